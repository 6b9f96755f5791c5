"""What the storage tests share."""

import pytest

pytest.register_assert_rewrite("ddbmock.storage.testing")
