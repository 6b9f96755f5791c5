"""Injected faults, throttling, stale reads and small pages, for code that must cope with them.

Everything is off by default, and nothing happens at random unless a chance is given.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ddbmock.database import Call, DynamoDB
from ddbmock.fault_injection import injected_errors, paging, throughput
from ddbmock.fault_injection.faults import (
    Fault,
    Frequency,
    Matcher,
    Selection,
    check_operations,
)
from ddbmock.fault_injection.request_view import Plan, RequestView, split
from ddbmock.fault_injection.scaling import Scaled, Scaling
from ddbmock.fault_injection.staleness import StaleStorage
from ddbmock.fault_injection.throughput import Buckets, Draw, Gauge
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind, Operation
from ddbmock.operations.request_entries import Entry
from ddbmock.values.plain_keys import key_as_json

__all__ = ["Entry", "Fault", "RequestView", "Selection", "Trouble"]

Output: TypeAlias = dict[str, Any]
Perform: TypeAlias = Callable[[Mapping[str, Any], Call], Output]
"""A function that performs the operation with a body, for a call."""


class Trouble:
    """The faults and other troubles of one database.

    >>> from ddbmock.testing.database import Database
    >>> db = Database()
    >>> db.trouble.on("PutItem", table="music", times=2).throttle()
    <fault throttle, 0 hits>
    >>> db.close()
    """

    # With slots, a misspelt switch raises AttributeError.
    __slots__ = (
        "_added",
        "_buckets",
        "_dynamodb",
        "_faults",
        "_operations",
        "_random",
        "_scaling",
        "_small_pages",
        "_stale",
        "_switch",
        "sleep",
    )

    def __init__(
        self,
        dynamodb: DynamoDB,
        switch: Callable[[bool], None],
        operations: Mapping[str, Operation],
    ) -> None:
        """Create a database's trouble, with everything off.

        :param switch: a function that is called with whether any trouble is on, each time that this
            may have changed.
        :param operations: all operations by name.
        """
        self._dynamodb: Final = dynamodb
        self._operations: Final = dict(sorted(operations.items()))
        self._switch: Final = switch
        self._faults: list[Fault] = []
        self._added = 0
        self._random: Final = random.Random(0)
        self._buckets: Buckets | None = None
        self._scaling: Scaling | None = None
        self._stale: DynamoDB | None = None
        self._small_pages = False
        self.sleep: Callable[[float], None] = time.sleep
        """The function that waits, for faults that delay a request."""

    def on(
        self,
        operation: str | Iterable[str] | None = None,
        *,
        table: str | None = None,
        key: Mapping[str, Any] | None = None,
        when: Callable[[RequestView], bool] | None = None,
        times: int | None = None,
        after: int = 0,
        chance: float = 1.0,
    ) -> Selection:
        """Select the requests to affect. Call a method of the returned object (``throttle()``,
        ``fail()``, ...) to choose the fault.

        :param operation: names of one operation or several; all by default.
        :param table: name of a table; of batches and transactions its entries are affected.
        :param key: attributes of the key or item, as ``{"pk": "a"}`` or with DynamoDB's types.
        :param when: a predicate.
        :param times: number of requests to affect; unlimited by default.
        :param after: number of selected requests to let pass first.
        :param chance: probability for each request; :meth:`seed` restarts the random numbers.
        :raises ValueError: there is no such operation, or a number is out of its range.
        """
        names = check_operations(operation, self._operations)
        matcher = Matcher(names, table, None if key is None else key_as_json(key), when)
        frequency = Frequency(times, after, chance, self._random)
        frequency.check()
        return Selection(matcher, frequency, self._operations, self._add)

    def _add(self, fault: Fault) -> None:
        self._added += 1
        fault.number = self._added
        self._faults = [*self.faults, fault]
        self._update_switch()

    @property
    def faults(self) -> list[Fault]:
        """The faults that may still affect a request, in the order of their creation."""
        return [fault for fault in self._faults if not fault.over]

    def seed(self, seed: int) -> None:
        """Restart the random numbers behind `chance`; the initial seed is 0."""
        self._random.seed(seed)

    @property
    def throughput(self) -> bool:
        """Whether provisioned throughput is enforced, with bursts of 300 seconds' worth."""
        return self._buckets is not None

    @throughput.setter
    def throughput(self, on: bool) -> None:
        self._buckets = Buckets(self._dynamodb.clock) if on else None
        self._scaling = Scaling(self._dynamodb) if on else None
        self._update_switch()

    @property
    def scaled(self) -> list[Scaled]:
        """The changes of throughput that auto scaling has made, oldest first."""
        if self._scaling is None:
            return []
        self._scaling.advance()
        return list(self._scaling.done)

    def gauges(self) -> list[Gauge]:
        """Return the levels of the buckets that requests have used, the emptiest first."""
        return [] if self._buckets is None else self._buckets.gauges()

    @property
    def stale(self) -> bool:
        """Whether reads without ``ConsistentRead``, and all reads of global indexes, return the
        state at the time when this was set, or of the last :meth:`settle`."""
        return self._stale is not None

    @stale.setter
    def stale(self, on: bool) -> None:
        self._stale = None
        if on:
            present = self._dynamodb.storage
            old = StaleStorage(present, present.fork())
            self._stale = DynamoDB(old, self._dynamodb.settings, self._dynamodb.clock)
        self._update_switch()

    def settle(self) -> None:
        """Make all earlier writes visible to stale reads."""
        if self.stale:
            self.stale = True

    @property
    def small_pages(self) -> bool:
        """Whether pages have at most one item, and batches process one entry.

        A page whose item is filtered out is empty, and has a ``LastEvaluatedKey``.
        """
        return self._small_pages

    @small_pages.setter
    def small_pages(self, on: bool) -> None:
        self._small_pages = on
        self._update_switch()

    def clear(self) -> None:
        """Switch all trouble off."""
        self._faults = []
        self._buckets = self._scaling = self._stale = None
        self._small_pages = False
        self._update_switch()

    def _update_switch(self) -> None:
        self._switch(bool(self._faults) or self.throughput or self.stale or self.small_pages)

    def may_refuse(self, target: Target, body: Mapping[str, Any]) -> bool:
        """Return whether a request may get an error after which clients retry."""
        request = RequestView.of(target, body)
        if self.throughput and request.uses_throughput:
            return True
        return any(fault.matcher.entries(request) is not None for fault in self.faults)

    def perform(
        self, target: Target, body: Mapping[str, Any], call: Call, perform: Perform
    ) -> Output:
        """Perform a request, affected by all trouble that is on, and return its output.

        :raises DynamoDBError: an injected error, or the operation's own.
        """
        request = RequestView.of(target, body)
        if self._scaling is not None:
            self._scaling.advance()
        plan = self._apply_faults(request)
        draws: Mapping[int, Sequence[Draw]] = {}
        if self._buckets is not None and request.uses_throughput:
            draws = throughput.draws(call, request)
            plan = _throttle(request, plan, draws, self._buckets)
        if self._small_pages and request.batch:
            plan = plan.leaving(sorted(plan.process)[1:])
        if self._stale is not None and request.kind is Kind.READ and not request.consistent:
            call.dynamodb = self._stale
        if self._small_pages:
            body = paging.one_at_a_time(target.operation.page_size, body)
        try:
            if not plan.leave:
                return perform(body, call)
            parts = split(request, plan)
            return parts.merged_into(perform(parts.body, call))
        finally:
            if self._buckets is not None:
                throughput.charge(self._buckets, call, request, draws)
            if self._scaling is not None:
                self._scaling.record(call, request)

    def _apply_faults(self, request: RequestView) -> Plan:
        """Apply each fault that selects the request.

        :raises DynamoDBError: the error of a fault that leaves no entry to process.
        """
        plan = Plan.of(request)
        for fault in self.faults:
            affected = fault.apply(request)
            if affected is None:
                continue
            if fault.delay:
                self.sleep(fault.delay)
            if fault.leave:
                plan = plan.leaving(set(affected[-fault.leave :]) - {0})
            if fault.error is not None:
                plan = plan.leaving(affected)
                if plan.nothing_left(request):
                    raise fault.error(request, affected, fault.hint)
        return plan


def _throttle(
    request: RequestView, plan: Plan, draws: Mapping[int, Sequence[Draw]], buckets: Buckets
) -> Plan:
    """Leave the entries unprocessed whose buckets are empty.

    :raises DynamoDBError: no entry could be processed.
    """
    empty: dict[int, Draw] = {}
    for number in sorted(plan.process):
        draw = buckets.empty(draws.get(number, ()))
        if draw is not None:
            empty[number] = draw
    plan = plan.leaving(empty)
    if empty and plan.nothing_left(request):
        draw = next(iter(empty.values()))
        reason = (
            injected_errors.EXCEEDED
            if draw.index_name is None
            else injected_errors.EXCEEDED_OF_INDEX
        )
        hint = f"Used up, burst included: {draw}. Advance the clock to refill the bucket."
        raise injected_errors.throttled(request, list(empty), hint, reason)
    return plan
