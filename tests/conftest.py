"""What all tests need: ddbmock imported before boto, which could not be imported without it.

No property has a deadline: how long a machine takes is no property of ddbmock.
"""

import pytest
from hypothesis import settings

import ddbmock as ddbmock
from ddbmock import roll_out

settings.register_profile("ddbmock", deadline=None)
settings.load_profile("ddbmock")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--wording``: the era or region of the databases of behaviour tests that choose none."""
    parser.addoption("--wording", default=roll_out.DEFAULT, type=roll_out.wording)
