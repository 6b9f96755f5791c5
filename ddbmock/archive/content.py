"""The content of a database at one moment: tables, their descriptions and their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson

from ddbmock.archive.errors import ArchiveError
from ddbmock.database import Call, Table
from ddbmock.database.catalogue import Tables
from ddbmock.database.schema import DELETING, TableDescription
from ddbmock.operations.v20120810.members.table_description import table_description
from ddbmock.service.json import encode
from ddbmock.values.item import Item

PAGE_ITEMS: Final = 100
"""The number of items on a page; if limits are off, pages have no other limit."""


class TableSnapshot:
    """A table and its items at one moment, which can be used inside the block of :func:`snapshot`."""

    def __init__(self, call: Call, table: Table, now: float) -> None:
        self.name: Final = table.description.name
        self._table = table
        self._described = table_description(call, table, now)

    @property
    def count(self) -> int:
        """The number of items."""
        return self._table.totals()[0]

    @property
    def size(self) -> int:
        """The size of all items in bytes, as DynamoDB bills them."""
        return self._table.totals()[1]

    @property
    def description(self) -> dict[str, Any]:
        """The answers of DescribeTable, DescribeTimeToLive and ListTagsOfResource as JSON."""
        described = self._table.description
        raw: dict[str, Any] = {"Table": orjson.loads(encode(self._described))}
        if described.time_to_live is not None and described.time_to_live.enabled:
            raw["TimeToLiveDescription"] = {
                "TimeToLiveStatus": "ENABLED",
                "AttributeName": described.time_to_live.attribute_name,
            }
        if described.tags:
            raw["Tags"] = [{"Key": key, "Value": value} for key, value in described.tags.items()]
        return raw

    def items(self) -> Iterator[Item]:
        """Yield all items in the order of Scan. One page of them is in memory at a time."""
        start = None
        while True:
            page = self._table.scan(start=start, limit=PAGE_ITEMS)
            yield from page.items
            if page.last_key is None:
                return
            start = page.last_key


@contextmanager
def snapshot(call: Call, names: Sequence[str] = ()) -> Iterator[list[TableSnapshot]]:
    """Yield the tables of a caller, or those with some names, at one moment.

    :raises ArchiveError: a table does not exist.
    """
    with call.read() as tables:
        yield [
            TableSnapshot(call, tables.table(description), tables.now)
            for description in _chosen(tables, names)
        ]


def _chosen(tables: Tables, names: Sequence[str]) -> Iterable[TableDescription]:
    there = {
        description.name: description
        for description in tables.descriptions()
        if description.status != DELETING
    }
    for name in names:
        if name not in there:
            listed = ", ".join(list(there)[:10]) + (", …" if len(there) > 10 else "")
            raise ArchiveError(f"Table {name} does not exist; there are: {listed or 'none'}.")
    return [there[name] for name in names or there]
