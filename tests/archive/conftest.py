"""What the tests of archives share."""

from tests.postgresql import postgresql, shared_postgresql

__all__ = ["postgresql", "shared_postgresql"]
