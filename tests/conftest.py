"""What all tests need: ddbmock imported before boto, which could not be imported without it.

No property has a deadline: how long a machine takes is no property of ddbmock.
"""

import os

import pytest
from hypothesis import settings

import ddbmock as ddbmock
from ddbmock import roll_out

settings.register_profile("ddbmock", deadline=None)
settings.load_profile("ddbmock")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--wording``, or ``DDBMOCK_TEST_WORDING`` in the environment: the era or region of the
    databases of behaviour tests that choose none.

    ``--record-scenarios``: write what behaviour tests send, for ``ddbmock verify``.
    """
    chosen = os.environ.get("DDBMOCK_TEST_WORDING", roll_out.DEFAULT)
    parser.addoption("--wording", default=roll_out.wording(chosen), type=roll_out.wording)
    parser.addoption("--record-scenarios", action="store_true")
