"""Counts of the keys that requests access, for tables with contributor insights."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from ddbmock.database import Call
from ddbmock.database.control_plane.contributor_insights import THROTTLED_KEYS
from ddbmock.database.key import KeyAttribute
from ddbmock.database.schema import TableDescription
from ddbmock.errors import THROTTLING, DynamoDBError
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind
from ddbmock.operations.request_content import equal_values
from ddbmock.operations.request_entries import Entry, table_name

Rule: TypeAlias = tuple[str, str, str, str]
"""Region, table, index (empty for the table) and the kind of the rule: PKC, SKC, PKT or SKT."""


class KeyCount(NamedTuple):
    """The number of times that requests accessed a key."""

    key: Mapping[str, Any]
    """The attributes of the partition key, and of the sort key if `sort_key` is set, as JSON."""
    accesses: int


class KeyCounts:
    """The most accessed and most throttled keys of tables with contributor insights.

    Each item of a request counts once; a Query counts its partition key once. Scans have no keys.
    """

    def __init__(self) -> None:
        self._counts: dict[Rule, Counter[bytes]] = {}
        self._counting = threading.Lock()

    def most_accessed(
        self,
        table: str,
        index: str | None = None,
        *,
        sort_key: bool = False,
        region: str = "us-east-1",
        limit: int = 25,
    ) -> list[KeyCount]:
        """Return the keys accessed most often, the first of them the most; at most `limit`.

        :param index: the name of a global index; the table itself by default.
        :param sort_key: counts partition and sort key together instead of the partition key.
        """
        return self._most((region, table, index or "", "SKC" if sort_key else "PKC"), limit)

    def most_throttled(
        self,
        table: str,
        index: str | None = None,
        *,
        sort_key: bool = False,
        region: str = "us-east-1",
        limit: int = 25,
    ) -> list[KeyCount]:
        """Return the keys throttled most often; arguments as of :meth:`most_accessed`."""
        return self._most((region, table, index or "", "SKT" if sort_key else "PKT"), limit)

    def clear(self) -> None:
        """Reset all counts."""
        with self._counting:
            self._counts = {}

    def _most(self, rule: Rule, limit: int) -> list[KeyCount]:
        with self._counting:
            counted = self._counts.get(rule, Counter()).most_common(limit)
        return [KeyCount(orjson.loads(key), count) for key, count in counted]

    def observe(
        self, target: Target, call: Call, body: Mapping[str, Any], error: DynamoDBError | None
    ) -> None:
        """Count the keys of a finished call, if its tables have contributor insights."""
        throttled = isinstance(error, THROTTLING)
        if throttled:
            tables = _described(target, call, body)
        elif call.watched and (error is None or call.consumed):
            tables = {table.name: table for table in call.watched}
        else:
            return
        kind = "T" if throttled else "C"
        entries = [*target.operation.entries(body)]
        for table in tables.values():
            for index, insights in table.insights.items():
                if not insights.enabled or (not throttled and insights.mode == THROTTLED_KEYS):
                    continue
                if index and target.operation.kind is Kind.READ and target.name != "Query":
                    continue  # only Query and Scan read indexes
                for keys in _keys(table, index, target.name, body, entries):
                    self._count((call.region, table.name, index, f"PK{kind}"), keys[:1])
                    if len(keys) > 1:
                        self._count((call.region, table.name, index, f"SK{kind}"), keys)

    def _count(self, rule: Rule, keys: Sequence[Mapping[str, Any]]) -> None:
        key = orjson.dumps({name: value for part in keys for name, value in part.items()})
        with self._counting:
            self._counts.setdefault(rule, Counter())[key] += 1


def _described(target: Target, call: Call, body: Mapping[str, Any]) -> dict[str, TableDescription]:
    """Return the tables with insights that a throttled request names."""
    names = {entry.table for entry in target.operation.entries(body)}
    with call.read() as tables:
        found = [tables.describe(name) for name in sorted(names)]
    return {table.name: table for table in found if table is not None and table.insights}


def _keys(
    table: TableDescription,
    index: str,
    operation: str,
    body: Mapping[str, Any],
    entries: Sequence[Entry],
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield the partition key, and the sort key if known, of each access to a table or index."""
    described = table.index(index) if index else None
    schema = table.key_schema if described is None else described.key_schema
    if operation == "Query":
        if (body.get("IndexName") or "") != index or table_name(
            str(body["TableName"])
        ) != table.name:
            return
        names = [attribute.name for attribute in schema.hash_key]
        values = [next(equal_values(body, name), None) for name in names]
        if None not in values:
            yield [dict(zip(names, values, strict=True))]
        return
    for entry in entries:
        if entry.table != table.name:
            continue
        hash_key = _part(schema.hash_key, entry.attributes)
        if hash_key:
            range_key = _part(schema.range_key, entry.attributes)
            yield [hash_key, range_key] if range_key else [hash_key]


def _part(attributes: Sequence[KeyAttribute], content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of key attributes; None if one is missing."""
    if any(attribute.name not in content for attribute in attributes):
        return None
    return {attribute.name: content[attribute.name] for attribute in attributes}
