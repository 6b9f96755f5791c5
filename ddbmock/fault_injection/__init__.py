"""Trouble on demand: faults, throttling, stale reads and small pages, for code that must bear them.

All is off until it is asked for, and nothing happens by chance unless a chance is given.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ddbmock.database import Call, DynamoDB
from ddbmock.fault_injection import paging, refusals, throughput
from ddbmock.fault_injection.faults import Dose, Fault, Matching, Occasion, key_as_json, operations
from ddbmock.fault_injection.request_view import BATCHES, READS, WRITES, Asked, Entry, split
from ddbmock.fault_injection.staleness import StaleStorage
from ddbmock.fault_injection.throughput import Buckets, Draw

__all__ = ["Asked", "Entry", "Fault", "Occasion", "Trouble"]

Output: TypeAlias = dict[str, Any]
Perform: TypeAlias = Callable[[Mapping[str, Any], Call], Output]
"""Performs the operation: of a body, for a call."""


class Trouble:
    """What goes wrong in one database.

    >>> from ddbmock.testing.database import Database
    >>> db = Database()
    >>> db.trouble.on("PutItem", table="music", times=2).throttle()
    <fault throttle, 0 hits>
    >>> db.close()
    """

    # or a misspelt trouble would be none
    __slots__ = (
        "_buckets",
        "_dynamodb",
        "_faults",
        "_known",
        "_small_pages",
        "_source",
        "_stale",
        "_switch",
        "sleep",
    )

    def __init__(
        self, dynamodb: DynamoDB, switch: Callable[[bool], None], known: Iterable[str]
    ) -> None:
        """`switch` is told whether there is any trouble, whenever that may have changed; `known`
        are the names of all operations."""
        self._dynamodb: Final = dynamodb
        self._known: Final = sorted(known)
        self._switch: Final = switch
        self._faults: list[Fault] = []
        self._source: Final = random.Random(0)
        self._buckets: Buckets | None = None
        self._stale: DynamoDB | None = None
        self._small_pages = False
        self.sleep: Callable[[float], None] = time.sleep
        """How faults that delay a request wait."""

    def on(
        self,
        operation: str | Iterable[str] | None = None,
        *,
        table: str | None = None,
        key: Mapping[str, Any] | None = None,
        when: Callable[[Asked], bool] | None = None,
        times: int | None = None,
        after: int = 0,
        chance: float = 1.0,
    ) -> Occasion:
        """The requests that a fault is to strike; what it does is said of what this gives.

        :param operation: names of one operation or several; all, unless it is given.
        :param table: name of a table; of batches and transactions its entries are struck.
        :param key: attributes of key or item, as ``{"pk": "a"}`` or with DynamoDB's types.
        :param when: a predicate.
        :param times: how often the fault strikes; for good, unless it is given.
        :param after: how many such requests are spared first.
        :param chance: probability, for each request, of a source that :meth:`seed` begins anew.
        :raises ValueError: there is no such operation, or a number is out of its range.
        """
        matching = Matching(operations(operation, self._known), table, key_as_json(key), when)
        dose = Dose(times, after, chance, self._source)
        dose.check()
        return Occasion(matching, dose, self._add)

    def _add(self, fault: Fault) -> None:
        self._faults = [*self.faults, fault]
        self._tell()

    @property
    def faults(self) -> list[Fault]:
        """Those that may still strike, in the order in which they were asked for."""
        return [fault for fault in self._faults if not fault.over]

    def seed(self, seed: int) -> None:
        """Begin anew the source of chance; it began with 0."""
        self._source.seed(seed)

    @property
    def throughput(self) -> bool:
        """Whether provisioned throughput is held to, with bursts of 300 seconds' worth."""
        return self._buckets is not None

    @throughput.setter
    def throughput(self, on: bool) -> None:
        self._buckets = Buckets(self._dynamodb.clock) if on else None
        self._tell()

    @property
    def stale(self) -> bool:
        """Whether reads that are not consistent, those of global indexes among them, answer what
        was there when this was set, or at the last :meth:`settle`."""
        return self._stale is not None

    @stale.setter
    def stale(self, on: bool) -> None:
        self._stale = None
        if on:
            present = self._dynamodb.storage
            old = StaleStorage(present, present.fork())
            self._stale = DynamoDB(old, self._dynamodb.settings, self._dynamodb.clock)
        self._tell()

    def settle(self) -> None:
        """Let stale reads see all that has been written by now."""
        if self.stale:
            self.stale = True

    @property
    def small_pages(self) -> bool:
        """Whether pages have one item at most, and batches process one entry.

        A page whose item a filter drops is empty, and has a key to go on from.
        """
        return self._small_pages

    @small_pages.setter
    def small_pages(self, on: bool) -> None:
        self._small_pages = on
        self._tell()

    def clear(self) -> None:
        """No trouble at all from now on."""
        self._faults = []
        self._buckets = self._stale = None
        self._small_pages = False
        self._tell()

    def _tell(self) -> None:
        ways = (self.throughput, self.stale, self.small_pages)
        self._switch(bool(self._faults) or any(ways))

    def may_refuse(self, operation: str, body: Mapping[str, Any]) -> bool:
        """Whether a request may be struck or throttled, after which clients try again."""
        asked = Asked.of(operation, body)
        if self.throughput and operation in READS | WRITES:
            return True
        return any(fault.matching.entries(asked) is not None for fault in self.faults)

    def perform(
        self, operation: str, body: Mapping[str, Any], call: Call, perform: Perform
    ) -> Output:
        """The output of a request that goes through all the trouble there is.

        :raises DynamoDBError: trouble's own, or the operation's.
        """
        asked = Asked.of(operation, body)
        left = self._struck(asked)
        limited = self._buckets is not None and operation in READS | WRITES
        drawn = throughput.draws(call, asked) if limited else {}
        left |= self._throttled(asked, left, drawn)
        if self._small_pages and operation in BATCHES:
            left |= set(sorted(asked.numbers - left)[1:])
        if self._stale is not None and operation in READS and not asked.consistent:
            call.dynamodb = self._stale
        if self._small_pages:
            body = paging.one_at_a_time(operation, body)
        try:
            if not left:
                return perform(body, call)
            parts = split(asked, left)
            return parts.merged_into(perform(parts.body, call))
        finally:
            if self._buckets is not None:
                throughput.charge(self._buckets, call, asked, drawn)

    def _struck(self, asked: Asked) -> set[int]:
        """Numbers of the entries that faults leave unprocessed.

        :raises DynamoDBError: of a fault that leaves none to be processed.
        """
        left: set[int] = set()
        for fault in self.faults:
            struck = fault.strike(asked)
            if struck is None:
                continue
            if fault.delay:
                self.sleep(fault.delay)
            if fault.leave:
                left |= set(struck[-fault.leave :]) - {0}
            if fault.refusal is not None:
                left |= set(struck)
                if asked.operation not in BATCHES or left >= asked.numbers:
                    raise fault.refusal(asked, struck, fault.hint)
        return left

    def _throttled(
        self, asked: Asked, left: set[int], drawn: Mapping[int, Sequence[Draw]]
    ) -> set[int]:
        """Numbers of the entries for which there is no throughput.

        :raises DynamoDBError: there is none for any.
        """
        if self._buckets is None:
            return set()
        dry: dict[int, Draw] = {}
        for number in sorted(asked.numbers - left):
            empty = self._buckets.empty(drawn.get(number, ()))
            if empty is not None:
                dry[number] = empty
        if dry and (asked.operation not in BATCHES or left | set(dry) >= asked.numbers):
            draw = next(iter(dry.values()))
            reason = refusals.EXCEEDED if draw.index_name is None else refusals.EXCEEDED_OF_INDEX
            hint = f"Nothing is left of {draw}, and no burst. The clock fills it up."
            raise refusals.throttled(asked, list(dry), hint, reason)
        return set(dry)
