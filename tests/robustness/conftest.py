"""What these tests share."""

from tests.postgresql import postgresql

__all__ = ["postgresql"]
