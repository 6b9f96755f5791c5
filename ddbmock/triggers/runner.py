"""The triggers of a database: runs them on demand, until there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any, Final

from ddbmock.database import DynamoDB
from ddbmock.operations.operation import Output
from ddbmock.service.router import Router
from ddbmock.triggers.changes import StreamedChange, changes
from ddbmock.triggers.errors import EndlessTriggersError, HandlerError, TriggerError
from ddbmock.triggers.options import Handler, marked, options_of
from ddbmock.triggers.trigger import Failure, Invocation, Trigger, lines_of

MAX_CHAIN: Final = 16
"""Calls in a row, each caused by the one before. Source: Lambda Developer Guide, "Use Lambda
recursive loop detection"."""

__all__ = ["Invocation", "Triggers"]


class Triggers:
    """Functions that are called with the records of one database's streams."""

    def __init__(self, dynamodb: DynamoDB) -> None:
        self._dynamodb: Final = dynamodb
        # A router of its own: users' requests are those that they made themselves.
        self._router: Final = Router(dynamodb)
        self._triggers: list[Trigger] = []

    def add(
        self,
        handler: Handler,
        table: str | None = None,
        *,
        name: str | None = None,
        region: str = "us-east-1",
        access_key: str = "ddbmock",
        **options: Any,
    ) -> Trigger:
        """Call a function with the records of a table's stream, from now on.

        `name` is what it is listed by; by default it is that of the function.

        :raises TriggerError: an option is wrong, or no table is given.
        """
        marked_table, marked_options = marked(handler)
        table = table or marked_table
        if table is None:
            raise TriggerError("A trigger needs a table: db.trigger(function, table='orders').")
        perform = partial(self._perform, region=region, access_key=access_key)
        trigger = Trigger(perform, table, handler, options_of(marked_options | options), name)
        self._triggers.append(trigger)
        return trigger

    def remove(self, trigger: Trigger) -> None:
        """Call the function of a trigger no more."""
        self._triggers.remove(trigger)

    def run(self) -> list[Invocation]:
        """Call the functions until there is nothing left to do; return the calls.

        :raises HandlerError: a function has failed, and no destination was told.
        :raises EndlessTriggersError: functions cause one another's calls without end.
        :raises TriggerError: a table has no stream, or a function is asynchronous and this is
            called within an event loop.
        """
        if any(trigger.asynchronous for trigger in self._triggers):
            _check_no_loop()
            return asyncio.run(self.run_async())
        return _driven(self.run_async())

    async def run_async(self) -> list[Invocation]:
        """Do the same, within an event loop."""
        invocations: list[Invocation] = []
        failures: list[Failure] = []
        blocked: set[Trigger] = set()
        for link in range(1, MAX_CHAIN + 2):
            count, steps = len(invocations), self._steps
            for trigger in self._triggers:
                trigger.fetch()
            for trigger in self._triggers:
                if trigger not in blocked:
                    failed = await trigger.work(self._now, invocations, live=False)
                    failures += failed
                    if any(not failure.given_up for failure in failed):
                        blocked.add(trigger)
            if self._steps == steps:
                break
            if link > MAX_CHAIN:
                raise EndlessTriggersError(_chain(invocations[count:]))
        if failures:
            raise HandlerError(" ".join(lines_of(failures))) from failures[0].error
        return invocations

    async def poll(self) -> list[Failure]:
        """Call the functions with what there is now; retries wait, by the clock of the database."""
        failures: list[Failure] = []
        for trigger in self._triggers:
            try:
                trigger.fetch()
            except TriggerError:
                continue  # the table may be created later
            failures += await trigger.work(self._now, [], live=True)
        return failures

    @property
    def _steps(self) -> int:
        return sum(trigger.steps for trigger in self._triggers)

    @property
    def _now(self) -> float:
        return self._dynamodb.clock.now()

    def _perform(
        self, target: str, request: dict[str, Any], *, region: str, access_key: str
    ) -> Output:
        return self._router.perform(
            self._router.target(target), request, region=region, access_key=access_key
        )

    def changes(
        self, table: str, *, region: str = "us-east-1", access_key: str = "ddbmock"
    ) -> Iterator[StreamedChange]:
        """Yield the records of a table's stream as Python values.

        :raises TriggerError: the table does not exist, or has never had a stream.
        """
        return changes(partial(self._perform, region=region, access_key=access_key), table)

    def state(self) -> list[dict[str, Any]]:
        """Return what each trigger has done and what waits, for JSON."""
        return [trigger.state(self._now) for trigger in list(self._triggers)]

    def __len__(self) -> int:
        return len(self._triggers)


def _chain(invocations: list[Invocation]) -> str:
    names = dict.fromkeys([f"{one.function} (of {one.table!r})" for one in invocations])
    return (
        f"Functions were called {MAX_CHAIN} times in a row, each time with records that the calls "
        f"before had written: {', '.join(names)}. Lambda stops such loops. Filter the function's "
        "own writes, or do not write what is there already: a write without a change makes no record."
    )


def _check_no_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise TriggerError(
        "A trigger's function is asynchronous and an event loop is running: use "
        "`await db.run_triggers_async()`."
    )


def _driven(coroutine: Coroutine[Any, Any, list[Invocation]]) -> list[Invocation]:
    """Return the result of a coroutine that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: list[Invocation] = end.value
        return result
    coroutine.close()
    raise TriggerError(
        "A trigger's function returned an awaitable and is no coroutine function: use "
        "`await db.run_triggers_async()`."
    )
