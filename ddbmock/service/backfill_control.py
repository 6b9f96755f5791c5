"""Control over the back-fill of indexes, which by default takes no time."""

from __future__ import annotations

from typing import Final

from ddbmock.database import DynamoDB
from ddbmock.database.control_plane import backfill


class BackfillControl:
    """Holds indexes in their back-fill, one by one.

    >>> from ddbmock.testing.database import Database
    >>> db = Database()
    >>> db.backfill.hold("songs", "by-sound")
    Traceback (most recent call last):
    ...
    ddbmock.errors.ResourceNotFoundException: Requested resource not found: Table: songs not found
    >>> db.close()
    """

    def __init__(self, dynamodb: DynamoDB, region: str) -> None:
        self._dynamodb: Final = dynamodb
        self._region: Final = region

    def hold(
        self, table: str, index: str, *, region: str | None = None, access_key: str = "ddbmock"
    ) -> None:
        """Let a global or vector index be CREATING, and back-filled, until :meth:`release`.

        :param region: the region of the table (default: the database's).
        :param access_key: the caller whose tables these are, if each has their own.
        :raises ResourceNotFoundException: there is no such table.
        :raises ValueError: the table has no such index.
        """
        call = self._dynamodb.call(region=region or self._region, access_key=access_key)
        with call.write() as tables:
            backfill.hold(tables, table, index)

    def release(
        self, table: str, index: str, *, region: str | None = None, access_key: str = "ddbmock"
    ) -> None:
        """Make an index ACTIVE; the parameters are those of :meth:`hold`."""
        call = self._dynamodb.call(region=region or self._region, access_key=access_key)
        with call.write() as tables:
            backfill.release(tables, table, index)
