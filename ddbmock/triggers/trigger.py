"""A trigger, which calls a function with the batches of a stream that are due."""

from __future__ import annotations

import copy
import inspect
from typing import Any, Final

import orjson

from ddbmock.named_tuple import NamedTuple
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


class _Turn(NamedTuple):
    """The work on one lane in a run, and the lists that receive its calls and its failures."""

    shard: ShardBacklog
    lane: Lane
    now: float
    invocations: list[Invocation]
    failures: list[Failure]


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
                turn = _Turn(shard, lane, now, invocations, failures)
                while await self._step(turn):
                    self.backlog.save(shard)
        self.backlog.save()
        return failures

    async def _step(self, turn: _Turn) -> bool:
        """End a tumbling window or call the function with a batch; return False if none is due."""
        window = turn.lane.ended_window(self.options, turn.now)
        if window is not None:
            await self._end_window(turn, window, early=False)
            return True
        batch = turn.lane.next_batch(self.options, turn.now, self._expired)
        if batch is None:
            return False
        if not self._gives_up_old_records(turn, batch):
            await self._try(turn, batch)
        return True

    def _gives_up_old_records(self, turn: _Turn, batch: Batch) -> bool:
        """Give up the records of a batch that are too old, and put the others back into the lane;
        return False if there are none."""
        old = sum(self._expired(record, turn.now) for record in batch.records)
        if not old:
            return False
        self._give_up(
            turn, Batch(batch.records[:old], batch.failures), "RecordAgeExceeded", batch.error
        )
        del batch.records[:old]
        if batch.records:
            turn.lane.failed.appendleft(batch)
        return True

    async def _try(self, turn: _Turn, batch: Batch) -> None:
        """Call the function with a batch, and put the records that must be retried back into the
        lane."""
        window = self._enter_window(turn.lane, batch)
        event = self._event(turn, batch.records, window, final=False, early=False)
        try:
            invocation = await self._invoke(event, self._context(turn.shard))
        except BaseException:
            # After an interrupt the batch is not done.
            turn.lane.failed.appendleft(batch)
            raise
        turn.invocations.append(invocation)
        place: int | None = 0
        if invocation.error is None:
            place = None
            if self.options.reports_item_failures:
                place = failed_number(invocation.answer, batch.records)
        if place is not None:
            self._failed(turn, batch, place, invocation.error)
            return
        self.backlog.tally.succeeded()
        if window is not None:
            await self._keep_state(turn, window, invocation.answer)

    def _failed(self, turn: _Turn, batch: Batch, place: int, error: BaseException | None) -> None:
        """Put the records of a batch that must be retried back into the lane, or give it up.

        `place` is the position of the first record that failed.
        """
        failed = turn.lane.failed
        self.backlog.tally.failed(error)
        if place > 0:
            # The records before the failed one count as done, and the rest as not tried yet.
            failed.appendleft(batch.split(place)[1])
            return
        if self.options.bisect_batch_on_function_error and len(batch.records) > 1:
            first, second = batch.split(len(batch.records) // 2)
            failed.extendleft((second, first))
            return
        batch.failures += 1
        batch.error = error
        if 0 <= self.options.maximum_retry_attempts < batch.failures:
            self._give_up(turn, batch, "RetryAttemptsExhausted", error)
            return
        batch.postpone(turn.now)
        failed.appendleft(batch)
        turn.failures.append(Failure(self.name, self.table, batch.records, error, batch))

    def _expired(self, record: Record, now: float) -> bool:
        age = self.options.maximum_record_age_in_seconds
        return now - record.created > (DAY if age < 0 else min(age, DAY))

    def _give_up(
        self, turn: _Turn, batch: Batch, condition: str, error: BaseException | None
    ) -> None:
        """Send a batch to the destination of failures. If that fails or there is none, report it."""
        self.steps += 1
        destination = self.options.on_failure
        undelivered = None
        if destination is not None:
            message = failure_message(
                batch.records,
                condition=condition,
                invocations=batch.failures,
                failed=error is not None,
                shard_id=turn.shard.shard_id,
                context=self._context(turn.shard),
                now=turn.now,
            )
            try:
                send(destination, message)
            except Exception as failed:
                undelivered = failed
            else:
                return
        turn.failures.append(
            Failure(self.name, self.table, batch.records, error, None, undelivered)
        )

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
        turn: _Turn,
        records: list[Record],
        window: Window | None,
        *,
        final: bool,
        early: bool,
    ) -> dict[str, Any]:
        event: dict[str, Any] = {"Records": [record.content for record in records]}
        if window is not None:
            event |= {
                "window": window.members,
                "state": turn.lane.state,
                "shardId": turn.shard.shard_id,
                "eventSourceARN": turn.shard.arn,
                "isFinalInvokeForWindow": final,
                "isWindowTerminatedEarly": early,
            }
        return event

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

    def _enter_window(self, lane: Lane, batch: Batch) -> Window | None:
        length = self.options.tumbling_window_in_seconds
        if length:
            lane.window = Window.at(batch.records[0].created, length)
        return lane.window

    async def _keep_state(self, turn: _Turn, window: Window, answer: Any) -> None:
        """Keep the state that the function has returned for the next batch of a window."""
        lane = turn.lane
        lane.state = answer.get("state") or {} if isinstance(answer, dict) else {}
        if len(orjson.dumps(lane.state, str)) > MAX_STATE:
            await self._end_window(turn, window, early=True)

    async def _end_window(self, turn: _Turn, window: Window, *, early: bool) -> None:
        """Call the function for the last time in a window."""
        event = self._event(turn, [], window, final=True, early=early)
        invocation = await self._invoke(event, self._context(turn.shard))
        turn.invocations.append(invocation)
        if invocation.error is None:
            self.backlog.tally.succeeded()
        else:
            self.backlog.tally.failed(invocation.error)
            turn.failures.append(Failure(self.name, self.table, [], invocation.error, None))
        turn.lane.window, turn.lane.state = None, {}

    def __repr__(self) -> str:
        return f"<trigger {self.name} of table {self.table!r}>"
