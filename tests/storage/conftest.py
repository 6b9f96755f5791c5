"""What the storage tests share."""

import pytest

from tests.postgresql import postgresql

pytest.register_assert_rewrite("ddbmock.storage.testing")

__all__ = ["postgresql"]
