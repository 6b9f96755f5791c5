"""The operation and the items of a request, read before the operation validates it.

Malformed parts are skipped here; the operation rejects them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
WRITES: Final = frozenset(
    {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}
)
BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
TRANSACTIONS: Final = frozenset({"TransactGetItems", "TransactWriteItems"})


class Entry(NamedTuple):
    """One item that a request reads or writes, or a whole table."""

    table: str
    """The name, even if the request has an ARN."""
    attributes: Mapping[str, Any]
    """A key or an item, as JSON; empty for a whole table."""


class RequestView(NamedTuple):
    """The parts of a request that faults depend on."""

    operation: str
    body: Mapping[str, Any]
    entries: tuple[Entry, ...]
    """In the order of the request; empty for operations without items or tables."""

    @classmethod
    def of(cls, operation: str, body: Mapping[str, Any]) -> RequestView:
        """Read a request."""
        return cls(operation, body, tuple(_entries(operation, body)))

    @property
    def numbers(self) -> set[int]:
        """The numbers of all entries, from 0."""
        return set(range(len(self.entries)))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables, each once."""
        return tuple(dict.fromkeys(entry.table for entry in self.entries))

    @property
    def consistent(self) -> bool:
        """Whether at least one table is read with strong consistency."""
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
    """Yield the key or item of each entry; empty for a malformed one."""
    for entry in _batch_entries(part):
        if isinstance(part, dict):
            yield entry if _is_map(entry) else {}
        else:
            requests = [one for one in entry.values() if _is_map(one)] if _is_map(entry) else []
            yield _key_or_item(requests[0]) if requests else {}


def _batch_entries(part: Any) -> Sequence[Any]:
    """Return the entries of one table in a batch: its keys, or its write requests."""
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
    """Return the name of a table that a request gives by name or by ARN.

    >>> table_name("music"), table_name("arn:aws:dynamodb:us-east-1:123456789012:table/music")
    ('music', 'music')
    """
    return value.rpartition(":table/")[2].partition("/")[0]


class Plan(NamedTuple):
    """The entries of a request by their numbers: those to process, and those to leave."""

    process: frozenset[int]
    leave: frozenset[int]

    @classmethod
    def of(cls, request: RequestView) -> Plan:
        """Plan to process every entry."""
        return cls(frozenset(request.numbers), frozenset())

    def leaving(self, numbers: Iterable[int]) -> Plan:
        """Return the plan with further entries left unprocessed."""
        leave = frozenset(numbers)
        return Plan(self.process - leave, self.leave | leave)

    def nothing_left(self, request: RequestView) -> bool:
        """Return whether the request fails as a whole if an entry of it does, or all entries do."""
        return request.operation not in BATCHES or not self.process


class Split(NamedTuple):
    """A batch divided into the entries to process and the others."""

    body: Mapping[str, Any]
    """The request with the entries to process."""
    unprocessed: Mapping[str, Any]
    """The other entries by table, in the form that responses have."""

    def merged_into(self, output: dict[str, Any]) -> dict[str, Any]:
        """Add the unprocessed entries to the output of the body."""
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


def split(request: RequestView, plan: Plan) -> Split:
    """Divide a batch by a plan."""
    number = 0
    kept: dict[str, Any] = {}
    unprocessed: dict[str, Any] = {}
    for table, part in request.body["RequestItems"].items():
        parts: dict[bool, list[Any]] = {True: [], False: []}
        for entry in _batch_entries(part):
            parts[number in plan.leave].append(entry)
            number += 1
        for is_left, target in ((True, unprocessed), (False, kept)):
            some = parts[is_left]
            if some or not (is_left or parts[True]):
                target[table] = {**part, "Keys": some} if isinstance(part, dict) else some
    return Split({**request.body, "RequestItems": kept}, unprocessed)
