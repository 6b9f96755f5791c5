"""A trigger, which calls a function with the batches of a stream that are due."""

from __future__ import annotations

import copy
import inspect
from typing import Any, Final

import orjson

from ddbmock.triggers.backlog import Backlog, ShardBacklog
from ddbmock.triggers.destinations import send
from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.events import Context, Record, Window, failed_number, failure_message
from ddbmock.triggers.lanes import MAX_STATE, RETRY, Batch, Lane
from ddbmock.triggers.options import Handler, Options
from ddbmock.triggers.positions import Positions
from ddbmock.triggers.run import Failure, Invocation, Waiting
from ddbmock.triggers.status import ENABLED, RETRYING, STANDBY, WAITING
from ddbmock.triggers.stream_cursor import Perform

DAY: Final = 86_400


class Trigger:
    """A function that is called with the records of a table's stream."""

    def __init__(
        self,
        perform: Perform,
        table: str,
        handler: Handler,
        options: Options,
        name: str | None,
        positions: Positions,
    ) -> None:
        self.table: Final = table
        self.handler: Final = handler
        self.options: Final = options
        self.function: Final[str] = getattr(handler, "__qualname__", type(handler).__name__)
        self.name: Final = name or self.function
        """The function with its module, if a setting names it."""
        self.standby = False
        """Whether another server calls the function."""
        self.steps = 0
        """The number of calls of the function, and of records that were given up."""
        self.backlog: Final = Backlog(perform, table, options, positions)

    @property
    def asynchronous(self) -> bool:
        """Return whether the function is a coroutine function."""
        call = self.handler if inspect.isroutine(self.handler) else type(self.handler).__call__
        return inspect.iscoroutinefunction(call)

    @property
    def endless(self) -> bool:
        """Return whether a batch that fails is tried again until its records are a day old."""
        options = self.options
        return options.maximum_retry_attempts < 0 and options.maximum_record_age_in_seconds < 0

    async def poll(self, now: float) -> list[Failure]:
        """Read the stream, and call the function with all batches that are due; return the failures.

        :raises SupersededError: another server or a snapshot has changed the positions.
        """
        try:
            self.backlog.fetch()
        except TriggerError:
            return []  # the table may be created later
        return await self.work(now, [])

    async def work(self, now: float, invocations: list[Invocation]) -> list[Failure]:
        """Call the function with all batches that are due; return the calls' failures.

        A batch that fails waits for its next attempt, by the clock. Positions are stored after each
        call, so that nothing is skipped when the process ends.

        :raises SupersededError: another server or a snapshot has changed the positions.
        """
        failures: list[Failure] = []
        for shard in self.backlog.shards:
            for lane in list(shard.lanes.values()):
                while True:
                    window = lane.ended_window(self.options, now)
                    if window is not None:
                        await self._end_window(
                            shard, lane, window, now, invocations, failures, early=False
                        )
                    else:
                        batch = lane.next_batch(self.options, now, self._expired)
                        if batch is None:
                            break
                        await self._take(shard, lane, batch, now, invocations, failures)
                    self.backlog.save(shard)
        self.backlog.save()
        return failures

    async def _take(
        self,
        shard: ShardBacklog,
        lane: Lane,
        batch: Batch,
        now: float,
        invocations: list[Invocation],
        failures: list[Failure],
    ) -> None:
        """Call the function with a batch, and put the records that must be retried back into the
        lane."""
        context = self._context(shard)
        old = sum(self._expired(record, now) for record in batch.records)
        if old:
            expired = Batch(batch.records[:old], batch.failures)
            condition = "RecordAgeExceeded"
            self._give_up(expired, condition, shard, context, now, failures, batch.error)
            del batch.records[:old]
            if batch.records:
                lane.failed.appendleft(batch)
            return
        window = self._enter_window(lane, batch)
        event = self._event(batch.records, shard, lane, window, final=False, early=False)
        try:
            invocation = await self._invoke(event, context)
        except BaseException:
            # After an interrupt the batch is not done.
            lane.failed.appendleft(batch)
            raise
        invocations.append(invocation)
        error = invocation.error
        place: int | None = 0
        if error is None:
            place = None
            if self.options.reports_item_failures:
                place = failed_number(invocation.answer, batch.records)
        if place is None:
            self.backlog.tally.succeeded()
            await self._keep_state(
                shard, lane, window, invocation.answer, now, invocations, failures
            )
            return
        self.backlog.tally.failed(error)
        if place > 0:
            # The records before the failed one count as done, and the rest as not tried yet.
            lane.failed.appendleft(batch.split(place)[1])
            return
        if self.options.bisect_batch_on_function_error and len(batch.records) > 1:
            first, second = batch.split(len(batch.records) // 2)
            lane.failed.extendleft((second, first))
            return
        batch.failures += 1
        batch.error = error
        if 0 <= self.options.maximum_retry_attempts < batch.failures:
            condition = "RetryAttemptsExhausted"
            self._give_up(batch, condition, shard, context, now, failures, error)
            return
        batch.postpone(now)
        lane.failed.appendleft(batch)
        failures.append(Failure(self.name, self.table, batch.records, error, batch))

    def _expired(self, record: Record, now: float) -> bool:
        age = self.options.maximum_record_age_in_seconds
        return now - record.created > (DAY if age < 0 else min(age, DAY))

    def _give_up(
        self,
        batch: Batch,
        condition: str,
        shard: ShardBacklog,
        context: Context,
        now: float,
        failures: list[Failure],
        error: BaseException | None,
    ) -> None:
        self.steps += 1
        destination = self.options.on_failure
        undelivered = None
        if destination is not None:
            message = failure_message(
                batch.records,
                condition=condition,
                invocations=batch.failures,
                failed=error is not None,
                shard_id=shard.shard_id,
                context=context,
                now=now,
            )
            try:
                send(destination, message)
            except Exception as failed:
                undelivered = failed
            else:
                return
        failures.append(Failure(self.name, self.table, batch.records, error, None, undelivered))

    async def _invoke(self, event: dict[str, Any], context: Context) -> Invocation:
        self.steps += 1
        own_event = copy.deepcopy(event)  # Functions may change their event.
        try:
            answer = self.handler(own_event, context)
            if inspect.isawaitable(answer):
                answer = await answer
        except (Exception, SystemExit) as error:
            # On AWS, sys.exit() ends a function with an error, and does not stop Lambda.
            return Invocation(self.function, self.table, event, None, error)
        return Invocation(self.function, self.table, event, answer, None)

    def _context(self, shard: ShardBacklog) -> Context:
        name = self.function.rpartition(".")[2]
        _, partition, _, region, account, _ = shard.arn.split(":", 5)
        return Context(name, f"arn:{partition}:lambda:{region}:{account}:function:{name}")

    def _event(
        self,
        records: list[Record],
        shard: ShardBacklog,
        lane: Lane,
        window: Window | None,
        *,
        final: bool,
        early: bool,
    ) -> dict[str, Any]:
        event: dict[str, Any] = {"Records": [record.content for record in records]}
        if window is not None:
            event |= {
                "window": window.members,
                "state": lane.state,
                "shardId": shard.shard_id,
                "eventSourceARN": shard.arn,
                "isFinalInvokeForWindow": final,
                "isWindowTerminatedEarly": early,
            }
        return event

    # Waiting records

    def waiting(self) -> list[Waiting]:
        """Return the records that wait for a time of the clock."""
        found = []
        for lane in self.backlog.lanes():
            due = lane.due(self.options)
            if due is not None:
                first = lane.failed[0].records if due[1] == RETRY else list(lane.queue)
                found.append(Waiting(self.name, self.table, len(first), *due))
        return found

    def next_due(self, tried: set[int]) -> float | None:
        """Return the time at which the next work is due, or None.

        Batches that can fail for a day are omitted if their ids are in `tried`.
        """
        times = [
            due[0]
            for lane in self.backlog.lanes()
            if (due := lane.due(self.options)) is not None
            and not (self.endless and lane.failed and id(lane.failed[0]) in tried)
        ]
        return min(times, default=None)

    def waits(self, batch: Batch) -> bool:
        """Return whether a batch still waits for its next attempt."""
        return any(batch in lane.failed for lane in self.backlog.lanes())

    def state(self, now: float) -> dict[str, Any]:
        """Return the state of the trigger, for JSON."""
        lanes = list(self.backlog.lanes())
        waiting = [record for lane in lanes for record in lane.records]
        oldest = min((record.created for record in waiting), default=now)
        attempts = [lane.failed[0].due for lane in lanes if lane.failed]
        state = RETRYING if attempts else ENABLED
        if self.standby:
            state = STANDBY
        elif not self.backlog.found:
            state = WAITING
        return {
            "name": self.name,
            "table": self.table,
            "state": state,
            "batchSize": self.options.batch_size,
            "startingPosition": self.options.starting_position,
            "position": self.backlog.position,
            "waiting": len(waiting),
            "iteratorAge": max(now - oldest, 0.0),
            "nextAttempt": min(attempts, default=None),
            **self.backlog.tally.members,
        }

    # Tumbling windows

    def _enter_window(self, lane: Lane, batch: Batch) -> Window | None:
        length = self.options.tumbling_window_in_seconds
        if length:
            lane.window = Window.at(batch.records[0].created, length)
        return lane.window

    async def _keep_state(
        self,
        shard: ShardBacklog,
        lane: Lane,
        window: Window | None,
        answer: Any,
        now: float,
        invocations: list[Invocation],
        failures: list[Failure],
    ) -> None:
        if window is None:
            return
        lane.state = answer.get("state") or {} if isinstance(answer, dict) else {}
        if len(orjson.dumps(lane.state, str)) > MAX_STATE:
            await self._end_window(shard, lane, window, now, invocations, failures, early=True)

    async def _end_window(
        self,
        shard: ShardBacklog,
        lane: Lane,
        window: Window,
        now: float,
        invocations: list[Invocation],
        failures: list[Failure],
        *,
        early: bool,
    ) -> None:
        event = self._event([], shard, lane, window, final=True, early=early)
        invocation = await self._invoke(event, self._context(shard))
        invocations.append(invocation)
        if invocation.error is None:
            self.backlog.tally.succeeded()
        else:
            self.backlog.tally.failed(invocation.error)
            failures.append(Failure(self.name, self.table, [], invocation.error, None))
        lane.window, lane.state = None, {}

    def __repr__(self) -> str:
        return f"<trigger {self.name} of table {self.table!r}>"
