"""The triggers of a database, which are run on demand until no work is left."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine, Iterator
from functools import cached_property, partial
from typing import Any, Final

from ddbmock import storage
from ddbmock.clock import AdjustableClock
from ddbmock.database import DynamoDB
from ddbmock.operations.operation import Output
from ddbmock.service.instance import Restorable
from ddbmock.service.router import SILENT, Router
from ddbmock.storage import Storage
from ddbmock.triggers.changes import StreamedChange, changes
from ddbmock.triggers.errors import EndlessTriggersError, TriggerError
from ddbmock.triggers.options import Handler, marked, options_of
from ddbmock.triggers.positions import Positions, SupersededError
from ddbmock.triggers.run import Failure, HandlerError, Invocation, Run, lines_of
from ddbmock.triggers.trigger import Trigger

MAX_CHAIN: Final = 16
"""The number of consecutive calls at most of which each causes the next. Source: Lambda Developer
Guide, "Use Lambda recursive loop detection"."""
_ADVICE: Final = (
    "Move the clock of the database on, db.clock.advance(seconds), and run the triggers again; "
    "run_triggers(advance=True) does so for retries that have a bound."
)


class Triggers:
    """Functions that are called with the records of one database's streams."""

    def __init__(self, dynamodb: DynamoDB, clock: AdjustableClock) -> None:
        self._dynamodb: Final = dynamodb
        self._clock: Final = clock
        # Triggers have a router of their own, so that the log contains only requests of users.
        self._router: Final = Router(dynamodb, log=SILENT)
        self._triggers: list[Trigger] = []
        self._has_run = False

    def add(
        self,
        handler: Handler,
        table: str | None = None,
        *,
        name: str | None = None,
        positions: Positions | None = None,
        region: str = "us-east-1",
        access_key: str = "ddbmock",
        **options: Any,
    ) -> Trigger:
        """Call a function with the records of a table's stream, from now on.

        `name` is shown in lists; by default it is the name of the function. `positions` has the
        stored positions; by default there are none.

        :raises TriggerError: an option is wrong, no table is given, or the handler is no function.
        """
        if not callable(handler):
            raise TriggerError(f"A trigger calls a function; {handler!r} cannot be called.")
        marked_table, marked_options = marked(handler)
        table = table or marked_table
        if table is None:
            raise TriggerError("A trigger needs a table: db.trigger(function, table='orders').")
        if positions is None:
            positions = Positions(self._storage, uuid.uuid4().hex)
        perform = partial(self._perform, region=region, access_key=access_key)
        trigger = Trigger(
            perform, table, handler, options_of(marked_options | options), name, positions
        )
        self._triggers.append(trigger)
        return trigger

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger, its stored positions and the records that wait for it.

        :raises TriggerError: it is not a trigger of this database, or has been removed already.
        """
        if trigger not in self._triggers:
            raise TriggerError(
                f"{trigger!r} is not a trigger of this database, or has been removed already."
            )
        # This makes a new list, because a function may remove a trigger while the others are
        # called.
        self._triggers = [one for one in self._triggers if one is not trigger]
        trigger.backlog.remove()

    def idle(self) -> list[str]:
        """Return the names of the functions, if none was ever run."""
        return [] if self._has_run else [trigger.name for trigger in self._triggers]

    def run(self, *, advance: bool = False) -> Run:
        """Call the functions until nothing is due; return the calls and what waits.

        :param advance: whether to move the clock on until no records wait.
        :raises HandlerError: a function has failed, and no destination has received the failure.
        :raises EndlessTriggersError: functions cause each other's calls without end.
        :raises TriggerError: a table has no stream, or a function is asynchronous and this is
            called within an event loop.
        """
        if any(trigger.asynchronous for trigger in self._triggers):
            _check_no_loop()
            return asyncio.run(self.run_async(advance=advance))
        return _driven(self.run_async(advance=advance))

    async def run_async(self, *, advance: bool = False) -> Run:
        """Do the same, within an event loop."""
        self._has_run = True
        run = Run()
        failures: list[Failure] = []
        now = self.now  # This time holds for the whole run.
        chain = 0
        while True:
            count, steps = len(run), self._steps
            fetched = sum([trigger.backlog.fetch() for trigger in self._triggers])
            for trigger in self._triggers:
                with contextlib.suppress(SupersededError):  # The function has restored a snapshot.
                    failures += await trigger.work(now, run)
            if self._steps == steps:
                due = self._next_due(failures) if advance else None
                if due is None:
                    break
                now += max(due - now, 0.0)
                self._clock.advance(max(now - self._clock.now(), 0.0))
            elif fetched:
                chain += 1
                if chain > MAX_CHAIN:
                    raise EndlessTriggersError(_chain(run[count:]))
        run.waiting += [one for trigger in self._triggers for one in trigger.waiting()]
        lasting = [failure for failure in failures if self._lasts(failure)]
        if lasting:
            lines = list(lines_of(lasting, now))
            if any(failure.batch is not None for failure in lasting):
                lines.append(_ADVICE)
            raise HandlerError(" ".join(lines), run) from lasting[0].cause
        return run

    def _next_due(self, failures: list[Failure]) -> float | None:
        tried = {id(failure.batch) for failure in failures if failure.batch is not None}
        times = [trigger.next_due(tried) for trigger in self._triggers]
        return min((time for time in times if time is not None), default=None)

    def _lasts(self, failure: Failure) -> bool:
        """Return whether a failed batch has not succeeded later in the run."""
        batch = failure.batch
        return batch is None or any(trigger.waits(batch) for trigger in self._triggers)

    @property
    def _steps(self) -> int:
        return sum(trigger.steps for trigger in self._triggers)

    @property
    def now(self) -> float:
        """Return the time of the database."""
        return self._clock.now()

    @cached_property
    def _storage(self) -> Storage:
        """The storage of positions: that of the database if a snapshot restores it, otherwise
        memory."""
        engine = self._dynamodb.storage
        return engine if isinstance(engine, Restorable) else storage.open("memory://")

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
        """Return the state of each trigger, for JSON."""
        return [trigger.state(self.now) for trigger in list(self._triggers)]

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


def _driven(coroutine: Coroutine[Any, Any, Run]) -> Run:
    """Return the result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Run = end.value
        return result
    coroutine.close()
    raise TriggerError(
        "A trigger's function returned an awaitable and is no coroutine function: use "
        "`await db.run_triggers_async()`."
    )
