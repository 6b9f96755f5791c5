"""Faults: the requests that they affect, their effects, and how often they occur."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, TypeAlias

from ddbmock import forking
from ddbmock.errors import DynamoDBError
from ddbmock.fault_injection.injected_errors import conflicting, failed, throttled
from ddbmock.fault_injection.request_view import RequestView
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Kind, Operation
from ddbmock.operations.request_entries import Entry
from ddbmock.suggestions import nearest

MakeError: TypeAlias = Callable[[RequestView, Sequence[int], str], DynamoDBError]
"""A function that creates the error of a request from the numbers of the affected entries and a
hint."""


class Matcher(NamedTuple):
    """The requests that a fault selects."""

    operations: frozenset[str] | None
    """None selects all."""
    table: str | None
    key: Mapping[str, Any] | None
    """The attributes, as JSON, that the key or the item must have."""
    when: Callable[[RequestView], bool] | None

    def entries(self, request: RequestView) -> list[int] | None:
        """Return the numbers of the selected entries; None if the request is not selected."""
        if self.operations is not None and request.operation not in self.operations:
            return None
        numbers = [number for number, entry in enumerate(request.entries) if self._fits(entry)]
        if not numbers and (request.entries or self.table is not None or self.key is not None):
            return None
        if self.when is not None and not self.when(request):
            return None
        return numbers

    def _fits(self, entry: Entry) -> bool:
        if self.table is not None and entry.table != self.table:
            return False
        return self.key is None or all(
            entry.attributes.get(name) == value for name, value in self.key.items()
        )


class Frequency(NamedTuple):
    """The share of the selected requests that a fault affects."""

    times: int | None
    """None is no limit."""
    after: int
    """Number of requests to let pass first."""
    chance: float
    random: random.Random

    def check(self) -> None:
        """Check the numbers of a fault.

        :raises ValueError: a number is out of its range.
        """
        if self.times is not None:
            check_whole("times", self.times, 0)
        check_whole("after", self.after, 0)
        if not is_number(self.chance) or not 0 <= self.chance <= 1:
            raise ValueError(f"chance must be between 0 and 1, not {self.chance!r}.")


class Selection:
    """The requests selected for a fault. Each method creates a fault that is in force at once."""

    def __init__(
        self,
        matcher: Matcher,
        frequency: Frequency,
        operations: Mapping[str, Operation],
        add: Callable[[Fault], None],
    ) -> None:
        self._matcher = matcher
        self._frequency = frequency
        self._operations = operations
        self._add = add

    def throttle(self) -> Fault:
        """Reject with ``ProvisionedThroughputExceededException``.

        Affected entries of a batch stay unprocessed, unless all are affected; a transaction is
        cancelled; operations on tables get ``ThrottlingException``.
        """
        return self._fault("throttle", error=throttled)

    def fail(self) -> Fault:
        """Reject with ``InternalServerError``, status 500."""
        return self._fault("fail", error=failed)

    def conflict(self) -> Fault:
        """Simulate another transaction on the same items.

        A transaction is cancelled with the reason ``TransactionConflict``, a single write rejected
        with ``TransactionConflictException``; other operations are not affected.
        """
        among = self._names(
            lambda one: (
                one.entries.transaction or (one.kind is Kind.WRITE and not one.entries.batch)
            )
        )
        return self._fault("conflict", error=conflicting, among=among)

    def delay(self, seconds: float) -> Fault:
        """Delay the response by a number of real seconds."""
        if not is_number(seconds) or not seconds >= 0:
            raise ValueError(f"A delay must be a number of seconds, 0 or more, not {seconds!r}.")
        return self._fault("delay", delay=seconds)

    def unprocessed(self, count: int = 1) -> Fault:
        """Leave the last `count` selected entries of a batch unprocessed, but never the first of
        the batch: when DynamoDB can process none, it throttles."""
        check_whole("count", count, 1)
        return self._fault(
            "unprocessed", leave=count, among=self._names(lambda one: one.entries.batch)
        )

    def _names(self, chosen: Callable[[Operation], bool]) -> frozenset[str]:
        return frozenset(name for name, one in self._operations.items() if chosen(one))

    def _fault(
        self,
        name: str,
        *,
        error: MakeError | None = None,
        delay: float = 0.0,
        leave: int = 0,
        among: frozenset[str] | None = None,
    ) -> Fault:
        matcher = self._matcher
        if among is not None:
            names = among if matcher.operations is None else matcher.operations & among
            if not names:
                raise ValueError(f"{name}() affects only {', '.join(sorted(among))}.")
            matcher = matcher._replace(operations=names)
        fault = Fault(name, matcher, self._frequency, error=error, delay=delay, leave=leave)
        self._add(fault)
        return fault


class Fault:
    """A fault, in force until :meth:`stop` or the end of a ``with`` block."""

    def __init__(
        self,
        name: str,
        matcher: Matcher,
        frequency: Frequency,
        *,
        error: MakeError | None,
        delay: float,
        leave: int,
    ) -> None:
        self.name: Final = name
        self.matcher: Final = matcher
        self.error: Final = error
        """The function that creates the error; None if the fault has no error."""
        self.delay: Final = delay
        """Seconds."""
        self.leave: Final = leave
        """Number of entries of a batch to leave unprocessed."""
        self.number = 0
        """The fault's number among all faults of its database, from 1."""
        self.hits = 0
        """Number of requests affected so far."""
        self._frequency = frequency
        self._left = frequency.times
        self._to_pass = frequency.after
        self._counting = forking.lock()
        self._stopped = False

    @property
    def over(self) -> bool:
        """Whether the fault will affect no further request."""
        return self._stopped or self._left == 0

    @property
    def left(self) -> int | None:
        """The number of requests that it will still affect; None if there is no limit."""
        return self._left

    def apply(self, request: RequestView) -> list[int] | None:
        """Count a request, and return the numbers of its affected entries; None if the fault does
        not affect it."""
        numbers = self.matcher.entries(request)
        if numbers is None:
            return None
        with self._counting:
            if self.over:
                return None
            if self._to_pass:
                self._to_pass -= 1
                return None
            chance = self._frequency.chance
            if chance < 1.0 and self._frequency.random.random() >= chance:
                return None
            if self._left is not None:
                self._left -= 1
            self.hits += 1
        return numbers

    @property
    def hint(self) -> str:
        """The hint of the fault's error."""
        return f"Injected by the fault {self.name}(), hit {self.hits}."

    def stop(self) -> None:
        """End the fault."""
        self._stopped = True

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<fault {self.name}, {self.hits} hits{', over' if self.over else ''}>"


def check_operations(
    named: str | Iterable[str] | None, known: Collection[str]
) -> frozenset[str] | None:
    """Return one operation name or several as a set; None stands for all.

    >>> check_operations("Putitem", ["GetItem", "PutItem"])
    Traceback (most recent call last):
    ValueError: There is no operation 'Putitem'; did you mean PutItem?
    """
    if named is None:
        return None
    names = frozenset([named] if isinstance(named, str) else named)
    for name in sorted(names - frozenset(known)):
        near = nearest(name, known)
        advice = f"; did you mean {near}?" if near else f" (there are: {', '.join(known)})."
        raise ValueError(f"There is no operation {name!r}{advice}")
    return names


def check_whole(name: str, value: object, least: int) -> None:
    """Raise ValueError for a number that is not whole, or too small."""
    if not is_number(value) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, not {value!r}.")


def is_number(value: object) -> bool:
    """Return whether a value is a number and not a boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
