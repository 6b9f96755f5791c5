"""Faults: what is to go wrong, with which requests, and how often."""

from __future__ import annotations

import base64
import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, NamedTuple

from ddbmock.errors import DynamoDBError
from ddbmock.fault_injection.refusals import conflicting, failed, throttled
from ddbmock.fault_injection.request_view import BATCHES, TRANSACTIONS, WRITES, Asked, Entry
from ddbmock.suggestions import nearest

Refusal = Callable[[Asked, Sequence[int], str], DynamoDBError]
"""The error of a request, because of the entries with these numbers, with a hint."""


class Matching(NamedTuple):
    """Which requests a fault is about."""

    operations: frozenset[str] | None
    table: str | None
    key: Mapping[str, Any] | None
    """Attributes as JSON that the key or the item must have."""
    when: Callable[[Asked], bool] | None

    def entries(self, asked: Asked) -> list[int] | None:
        """Numbers of the entries that the fault is about; None: the request is none of its
        business."""
        if self.operations is not None and asked.operation not in self.operations:
            return None
        numbers = [number for number, entry in enumerate(asked.entries) if self._fits(entry)]
        if not numbers and (asked.entries or self.table is not None or self.key is not None):
            return None
        if self.when is not None and not self.when(asked):
            return None
        return numbers

    def _fits(self, entry: Entry) -> bool:
        if self.table is not None and entry.table != self.table:
            return False
        return self.key is None or all(
            entry.attributes.get(name) == value for name, value in self.key.items()
        )


class Dose(NamedTuple):
    """How often a fault strikes."""

    times: int | None
    """None: for good."""
    after: int
    """How many requests are spared first."""
    chance: float
    source: random.Random

    def check(self) -> None:
        """Refuse what would never strike, or not as it says.

        :raises ValueError: a number is out of its range.
        """
        if self.times is not None:
            check_whole("times", self.times, 0)
        check_whole("after", self.after, 0)
        if not is_number(self.chance) or not 0 <= self.chance <= 1:
            raise ValueError(f"chance is a probability from 0 to 1, not {self.chance!r}.")


class Occasion:
    """The requests that a fault is to strike. Each method is a fault, in force from then on."""

    def __init__(self, matching: Matching, dose: Dose, add: Callable[[Fault], None]) -> None:
        self._matching = matching
        self._dose = dose
        self._add = add

    def throttle(self) -> Fault:
        """Refuse as too much: ``ProvisionedThroughputExceededException``.

        Struck entries of a batch stay unprocessed, unless all are; a transaction is cancelled; what
        is not about items gets ``ThrottlingException``.
        """
        return self._fault("throttle", refusal=throttled)

    def fail(self) -> Fault:
        """Refuse as if the service were at fault: ``InternalServerError``, status 500."""
        return self._fault("fail", refusal=failed)

    def conflict(self) -> Fault:
        """Pretend that another transaction is at work on the items.

        A transaction is cancelled with the reason ``TransactionConflict``, a single write refused
        with ``TransactionConflictException``; other operations are not struck.
        """
        return self._fault("conflict", refusal=conflicting, among=(WRITES | TRANSACTIONS) - BATCHES)

    def delay(self, seconds: float) -> Fault:
        """Answer so many real seconds later."""
        if not is_number(seconds) or not seconds >= 0:
            raise ValueError(f"A delay is a number of seconds, not {seconds!r}.")
        return self._fault("delay", delay=seconds)

    def unprocessed(self, count: int = 1) -> Fault:
        """Leave the last `count` of a batch's struck entries unprocessed, but never the first of
        the batch: when DynamoDB can process none, it throttles."""
        check_whole("count", count, 1)
        return self._fault("unprocessed", leave=count, among=BATCHES)

    def _fault(
        self,
        name: str,
        *,
        refusal: Refusal | None = None,
        delay: float = 0.0,
        leave: int = 0,
        among: frozenset[str] | None = None,
    ) -> Fault:
        matching = self._matching
        if among is not None:
            asked = among if matching.operations is None else matching.operations & among
            if not asked:
                raise ValueError(f"{name}() strikes only {', '.join(sorted(among))}.")
            matching = matching._replace(operations=asked)
        fault = Fault(name, matching, self._dose, refusal=refusal, delay=delay, leave=leave)
        self._add(fault)
        return fault


class Fault:
    """Something that goes wrong, until :meth:`stop` or the end of a ``with`` block."""

    def __init__(
        self,
        name: str,
        matching: Matching,
        dose: Dose,
        *,
        refusal: Refusal | None,
        delay: float,
        leave: int,
    ) -> None:
        self.name: Final = name
        self.matching: Final = matching
        self.refusal: Final = refusal
        """What makes the error that is answered; None: it answers none."""
        self.delay: Final = delay
        """Seconds."""
        self.leave: Final = leave
        """Entries of a batch."""
        self.hits = 0
        """How often it has struck."""
        self._dose = dose
        self._left = dose.times
        self._to_spare = dose.after
        self._counting = threading.Lock()
        self._stopped = False

    @property
    def over(self) -> bool:
        """Whether it will never strike again."""
        return self._stopped or self._left == 0

    def strike(self, asked: Asked) -> list[int] | None:
        """Numbers of the entries that it strikes, which counts as one of its times; None: it does
        not strike the request."""
        numbers = self.matching.entries(asked)
        if numbers is None:
            return None
        with self._counting:
            if self.over:
                return None
            if self._to_spare:
                self._to_spare -= 1
                return None
            if self._dose.chance < 1.0 and self._dose.source.random() >= self._dose.chance:
                return None
            if self._left is not None:
                self._left -= 1
            self.hits += 1
        return numbers

    @property
    def hint(self) -> str:
        """What the error's hint says."""
        return f"This is the fault {self.name}() that was asked for, hit {self.hits}."

    def stop(self) -> None:
        """Let nothing go wrong any more."""
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


def operations(named: str | Iterable[str] | None, known: Sequence[str]) -> frozenset[str] | None:
    """Operations that are named by one name or several.

    >>> operations("Putitem", ["GetItem", "PutItem"])
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
    """Refuse a number that is not whole, or too small."""
    if not is_number(value) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is a whole number, {least} or more, not {value!r}.")


def is_number(value: object) -> bool:
    """Whether it is a number, and no boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def key_as_json(key: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A key as a request has it, from DynamoDB's JSON or from plain values.

    >>> key_as_json({"pk": "a", "at": 1, "raw": {"B": b"x"}})
    {'pk': {'S': 'a'}, 'at': {'N': '1'}, 'raw': {'B': 'eA=='}}
    """
    if key is not None and not isinstance(key, Mapping):
        raise TypeError(f"A key is its attributes by name, like {{'pk': 'a'}}, not {key!r}.")
    return None if key is None else {name: _as_json(value) for name, value in key.items()}


def _as_json(value: Any) -> Any:
    match value:
        case str():
            return {"S": value}
        case bytes() | bytearray():
            return {"B": base64.b64encode(value).decode()}
        case {"B": bytes() | bytearray() as content}:
            return {"B": base64.b64encode(content).decode()}
        case bool():
            raise TypeError(f"A key is a string, a number or bytes, not {value!r}.")
        case int() | float() | Decimal():
            return {"N": str(value)}
        case dict():
            return value
        case _:
            raise TypeError(f"A key is a string, a number or bytes, not {value!r}.")
