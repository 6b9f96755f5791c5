"""What a request asks for: its operation, and the items it wants to read or write.

Read from the request as it came, before anybody has checked it: what is malformed is left out
here, and refused by the operation.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
WRITES: Final = frozenset(
    {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}
)
BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
TRANSACTIONS: Final = frozenset({"TransactGetItems", "TransactWriteItems"})


class Entry(NamedTuple):
    """One item that a request is about, or a whole table."""

    table: str
    """Its name, also where the request has an ARN."""
    attributes: Mapping[str, Any]
    """A key or an item, as JSON; empty for a whole table."""


class Asked(NamedTuple):
    """A request, as far as trouble is concerned."""

    operation: str
    body: Mapping[str, Any]
    entries: tuple[Entry, ...]
    """In the order of the request; none for what is not about items."""

    @classmethod
    def of(cls, operation: str, body: Mapping[str, Any]) -> Asked:
        return cls(operation, body, tuple(_entries(operation, body)))

    @property
    def numbers(self) -> set[int]:
        """Those of all entries."""
        return set(range(len(self.entries)))

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its tables, each once."""
        return tuple(dict.fromkeys(entry.table for entry in self.entries))

    @property
    def consistent(self) -> bool:
        """Whether it wants to read what was written last, at least of some table."""
        if self.operation == "TransactGetItems":
            return True
        parts = [self.body]
        if self.operation == "BatchGetItem":
            parts = [part for part in _mapping(self.body, "RequestItems").values() if _is_map(part)]
        return any(part.get("ConsistentRead") is True for part in parts)


def _entries(operation: str, body: Mapping[str, Any]) -> Iterator[Entry]:
    if operation in BATCHES:
        for table, part in _mapping(body, "RequestItems").items():
            for attributes in _of_batch(part):
                yield Entry(table_name(table), attributes)
    elif operation in TRANSACTIONS:
        for action in _sequence(body, "TransactItems"):
            for part in action.values() if _is_map(action) else ():
                if _is_map(part) and isinstance(part.get("TableName"), str):
                    yield Entry(table_name(part["TableName"]), _key_or_item(part))
    elif isinstance(body.get("TableName"), str):
        yield Entry(table_name(body["TableName"]), _key_or_item(body))


def _of_batch(part: Any) -> Iterator[Mapping[str, Any]]:
    """One for each entry, be it malformed."""
    for entry in _batch_entries(part):
        if isinstance(part, dict):
            yield entry if _is_map(entry) else {}
        else:
            requests = [one for one in entry.values() if _is_map(one)] if _is_map(entry) else []
            yield _key_or_item(requests[0]) if requests else {}


def _batch_entries(part: Any) -> Sequence[Any]:
    """What a batch wants of one table: its keys, or its requests to put and delete."""
    if isinstance(part, dict):
        return _sequence(part, "Keys")
    return part if isinstance(part, list) else ()


def _key_or_item(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(part, "Key") or _mapping(part, "Item")


def _mapping(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = part.get(name)
    return value if isinstance(value, dict) else {}


def _sequence(part: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = part.get(name)
    return value if isinstance(value, list) else ()


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def table_name(value: str) -> str:
    """The name of a table that is named by its name or its ARN.

    >>> table_name("music"), table_name("arn:aws:dynamodb:us-east-1:123456789012:table/music")
    ('music', 'music')
    """
    return value.rpartition(":table/")[2].partition("/")[0]


class Split(NamedTuple):
    """A batch in two parts."""

    body: Mapping[str, Any]
    """The request with what is to be done."""
    unprocessed: Mapping[str, Any]
    """The rest by table, as an answer gives it back."""

    def merged_into(self, output: dict[str, Any]) -> dict[str, Any]:
        """An output of the body, with the rest among what is unprocessed."""
        name = "UnprocessedKeys" if "UnprocessedKeys" in output else "UnprocessedItems"
        unprocessed = dict(output[name])
        for table, part in self.unprocessed.items():
            if table not in unprocessed:
                unprocessed[table] = part
            elif isinstance(part, dict):
                keys = [*unprocessed[table]["Keys"], *part["Keys"]]
                unprocessed[table] = {**part, "Keys": keys}
            else:
                unprocessed[table] = [*unprocessed[table], *part]
        return {**output, name: unprocessed}


def split(asked: Asked, left: Container[int]) -> Split:
    """A batch with and without the entries whose numbers are in `left`."""
    number = 0
    kept: dict[str, Any] = {}
    unprocessed: dict[str, Any] = {}
    for table, part in asked.body["RequestItems"].items():
        parts: dict[bool, list[Any]] = {True: [], False: []}
        for entry in _batch_entries(part):
            parts[number in left].append(entry)
            number += 1
        for is_left, target in ((True, unprocessed), (False, kept)):
            some = parts[is_left]
            if some or not (is_left or parts[True]):
                target[table] = {**part, "Keys": some} if isinstance(part, dict) else some
    return Split({**asked.body, "RequestItems": kept}, unprocessed)
