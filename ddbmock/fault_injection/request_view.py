"""A request as fault injection sees it: its operation, and the items that it names.

The request has not been validated yet: malformed parts are skipped here, and the operation rejects
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind
from ddbmock.operations.request_entries import Entry, requests_of


class RequestView(NamedTuple):
    """The parts of a request that faults depend on."""

    target: Target
    body: Mapping[str, Any]
    entries: tuple[Entry, ...]
    """In the order of the request; empty for operations without items or tables."""

    @classmethod
    def of(cls, target: Target, body: Mapping[str, Any]) -> RequestView:
        """Read a request."""
        return cls(target, body, tuple(target.operation.entries(body)))

    @property
    def operation(self) -> str:
        """The operation's name."""
        return self.target.name

    @property
    def kind(self) -> Kind:
        """Whether the operation reads items, changes them, or does neither."""
        return self.target.operation.kind_of(self.body)

    @property
    def uses_throughput(self) -> bool:
        """Whether the operation reads or changes items, and so consumes units."""
        return self.kind in (Kind.READ, Kind.WRITE)

    @property
    def batch(self) -> bool:
        """Whether entries can stay unprocessed, each by itself."""
        return self.target.operation.entries.batch

    @property
    def transaction(self) -> bool:
        """Whether all entries succeed or none."""
        return self.target.operation.entries.transaction

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
        if self.transaction:
            return True
        parts = [self.body]
        if self.batch:
            by_table = self.body.get("RequestItems")
            parts = list(by_table.values()) if isinstance(by_table, dict) else []
        return any(isinstance(part, dict) and part.get("ConsistentRead") is True for part in parts)


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
        return not request.batch or not self.process


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
        for entry in requests_of(part):
            parts[number in plan.leave].append(entry)
            number += 1
        for is_left, target in ((True, unprocessed), (False, kept)):
            some = parts[is_left]
            if some or not (is_left or parts[True]):
                target[table] = {**part, "Keys": some} if isinstance(part, dict) else some
    return Split({**request.body, "RequestItems": kept}, unprocessed)
