"""What all tests need: ddbmock imported before boto, which could not be imported without it.

No property has a deadline: how long a machine takes is no property of ddbmock.
"""

from hypothesis import settings

import ddbmock as ddbmock

settings.register_profile("ddbmock", deadline=None)
settings.load_profile("ddbmock")
