"""A trigger: the function of a table's stream, what it has been given, and what it has still to get."""

from __future__ import annotations

import copy
import inspect
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from ddbmock.triggers.destinations import send
from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.events import Context, Record, Window, failed_number, failure_message
from ddbmock.triggers.lanes import MAX_STATE, Batch, Lane
from ddbmock.triggers.options import LATEST, Handler, Options
from ddbmock.triggers.status import ENABLED, RETRYING, WAITING, Tally
from ddbmock.triggers.stream_cursor import Perform, StreamCursor, stream_arn

DAY: Final = 86_400


class Invocation(NamedTuple):
    """One call of a function."""

    function: str
    table: str
    event: dict[str, Any]
    answer: Any
    error: BaseException | None
    """The exception that the function has raised."""

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return the records of the event."""
        records: list[dict[str, Any]] = self.event["Records"]
        return records


class Failure(NamedTuple):
    """Records that a function has failed with, and that no destination got to know of."""

    trigger: Trigger
    records: list[Record]
    error: BaseException | None
    given_up: bool


class Trigger:
    """A function that is called with the records of a table's stream."""

    def __init__(
        self, perform: Perform, table: str, handler: Handler, options: Options, name: str | None
    ) -> None:
        self.table: Final = table
        self.handler: Final = handler
        self.options: Final = options
        self.function: Final[str] = getattr(handler, "__qualname__", type(handler).__name__)
        self.name: Final = name or self.function
        """The function with its module, if a setting names it."""
        self.tally: Final = Tally()
        self.steps = 0
        """The number of calls of the function, and of records that were given up."""
        self._perform: Final = perform
        self._patterns: Final = options.patterns()
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._cursor: StreamCursor | None = None
        try:
            arn = stream_arn(perform, table)
        except TriggerError:
            return  # the table may be created later; all its records are new then
        self._cursor = StreamCursor(perform, arn, latest=options.starting_position == LATEST)

    @property
    def asynchronous(self) -> bool:
        """Return whether the function is a coroutine function."""
        call = self.handler if inspect.isroutine(self.handler) else type(self.handler).__call__
        return inspect.iscoroutinefunction(call)

    def fetch(self) -> None:
        """Read the records that there are.

        :raises TriggerError: the table does not exist, or has no stream.
        """
        arn = stream_arn(self._perform, self.table)
        if self._cursor is None:
            self._cursor = StreamCursor(self._perform, arn, latest=False)
        elif self._cursor.arn != arn:
            self._read(self._cursor)  # what is left of the stream that was disabled
            self._cursor = StreamCursor(self._perform, arn, latest=False)
        self._read(self._cursor)

    def _read(self, cursor: StreamCursor) -> None:
        for shard_id, output in cursor.read(self._pending, self._full):
            record = Record.of(output, cursor.arn)
            if not self._patterns or any(one.matches(record.content) for one in self._patterns):
                self._lane(shard_id, record).queue.append(record)

    def _lane(self, shard_id: str, record: Record) -> Lane:
        number = zlib.crc32(record.key) % self.options.parallelization_factor
        return self._lanes.setdefault((shard_id, number), Lane(shard_id))

    def _pending(self, shard_id: str) -> bool:
        return any(lane.pending for (shard, _), lane in self._lanes.items() if shard == shard_id)

    def _full(self, shard_id: str) -> bool:
        return any(lane.full for (shard, _), lane in self._lanes.items() if shard == shard_id)

    async def work(self, now: float, invocations: list[Invocation], *, live: bool) -> list[Failure]:
        """Call the function with all batches that are due; return the failures to be reported.

        `live` postpones another attempt by the clock; otherwise it follows at once, or, without a
        last attempt, at the next call of this method.
        """
        failures: list[Failure] = []
        for lane in list(self._lanes.values()):
            while True:
                window = lane.ended_window(self.options, now)
                if window is not None:
                    await self._end_window(lane, window, invocations, early=False)
                    continue
                batch = lane.next_batch(self.options, now)
                if batch is None or not await self._take(
                    lane, batch, now, invocations, failures, live=live
                ):
                    break
            if not lane.pending and lane.window is None:
                self._lanes = {key: one for key, one in self._lanes.items() if one is not lane}
        return failures

    async def _take(
        self,
        lane: Lane,
        batch: Batch,
        now: float,
        invocations: list[Invocation],
        failures: list[Failure],
        *,
        live: bool,
    ) -> bool:
        """Call the function with a batch; return whether the lane can go on."""
        context = self._context()
        old = sum(self._expired(record, now) for record in batch.records)
        if old:
            failed = batch.failures > 0
            expired = Batch(batch.records[:old], batch.failures)
            self._give_up(expired, "RecordAgeExceeded", lane, context, now, failures, None, failed)
            batch.records = batch.records[old:]
            if not batch.records:
                return True
        window = self._enter_window(lane, batch)
        event = self._event(batch.records, lane, window, final=False, early=False)
        invocation = await self._invoke(event, context)
        invocations.append(invocation)
        error = invocation.error
        place: int | None = 0
        if error is None:
            place = None
            if self.options.reports_item_failures:
                place = failed_number(invocation.answer, batch.records)
        if place is None:
            self.tally.succeeded()
        else:
            self.tally.failed(error)
        if place is None:
            await self._keep_state(lane, window, invocation.answer, invocations)
            return True
        if place > 0:
            # what comes before counts as done, and the rest as not tried yet
            lane.failed.appendleft(batch.split(place)[1])
            return True
        if self.options.bisect_batch_on_function_error and len(batch.records) > 1:
            first, second = batch.split(len(batch.records) // 2)
            lane.failed.extendleft((second, first))
            return True
        batch.failures += 1
        attempts = self.options.maximum_retry_attempts
        if 0 <= attempts < batch.failures:
            condition = "RetryAttemptsExhausted"
            self._give_up(batch, condition, lane, context, now, failures, error, error is not None)
            return True
        lane.failed.appendleft(batch)
        if live:
            batch.postpone(now)
        if live or attempts < 0:
            failures.append(Failure(self, batch.records, error, given_up=False))
            return False
        return True

    def _expired(self, record: Record, now: float) -> bool:
        age = self.options.maximum_record_age_in_seconds
        return now - record.created > (DAY if age < 0 else min(age, DAY))

    def _give_up(
        self,
        batch: Batch,
        condition: str,
        lane: Lane,
        context: Context,
        now: float,
        failures: list[Failure],
        error: BaseException | None,
        failed: bool,
    ) -> None:
        self.steps += 1
        destination = self.options.on_failure
        if destination is None:
            failures.append(Failure(self, batch.records, error, given_up=True))
            return
        send(
            destination,
            failure_message(
                batch.records,
                condition=condition,
                invocations=batch.failures,
                failed=failed,
                shard_id=lane.shard_id,
                context=context,
                now=now,
            ),
        )

    async def _invoke(self, event: dict[str, Any], context: Context) -> Invocation:
        self.steps += 1
        given = copy.deepcopy(event)  # functions may change theirs
        try:
            answer = self.handler(given, context)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:
            return Invocation(self.function, self.table, event, None, error)
        return Invocation(self.function, self.table, event, answer, None)

    def _context(self) -> Context:
        name = self.function.rpartition(".")[2]
        assert self._cursor is not None, "records come from a stream"
        _, partition, _, region, account, _ = self._cursor.arn.split(":", 5)
        return Context(name, f"arn:{partition}:lambda:{region}:{account}:function:{name}")

    def _event(
        self, records: list[Record], lane: Lane, window: Window | None, *, final: bool, early: bool
    ) -> dict[str, Any]:
        event: dict[str, Any] = {"Records": [record.content for record in records]}
        if window is not None:
            assert self._cursor is not None, "records come from a stream"
            event |= {
                "window": window.members,
                "state": lane.state,
                "shardId": lane.shard_id,
                "eventSourceARN": self._cursor.arn,
                "isFinalInvokeForWindow": final,
                "isWindowTerminatedEarly": early,
            }
        return event

    def state(self, now: float) -> dict[str, Any]:
        """Return what it has done and what waits, for JSON."""
        lanes = list(self._lanes.values())
        waiting = [record for lane in lanes for record in lane.records]
        oldest = min((record.created for record in waiting), default=now)
        attempts = [lane.failed[0].due for lane in lanes if lane.failed]
        state = WAITING if self._cursor is None else RETRYING if attempts else ENABLED
        return {
            "name": self.name,
            "table": self.table,
            "state": state,
            "batchSize": self.options.batch_size,
            "startingPosition": self.options.starting_position,
            "position": {} if self._cursor is None else self._cursor.position,
            "waiting": len(waiting),
            "iteratorAge": max(now - oldest, 0.0),
            "nextAttempt": min(attempts, default=None),
            **self.tally.members,
        }

    # Tumbling windows

    def _enter_window(self, lane: Lane, batch: Batch) -> Window | None:
        length = self.options.tumbling_window_in_seconds
        if length:
            lane.window = Window.at(batch.records[0].created, length)
        return lane.window

    async def _keep_state(
        self, lane: Lane, window: Window | None, answer: Any, invocations: list[Invocation]
    ) -> None:
        if window is None:
            return
        lane.state = answer.get("state") or {} if isinstance(answer, dict) else {}
        if len(orjson.dumps(lane.state, str)) > MAX_STATE:
            await self._end_window(lane, window, invocations, early=True)

    async def _end_window(
        self, lane: Lane, window: Window, invocations: list[Invocation], *, early: bool
    ) -> None:
        event = self._event([], lane, window, final=True, early=early)
        invocations.append(await self._invoke(event, self._context()))
        lane.window, lane.state = None, {}

    def __repr__(self) -> str:
        return f"<trigger {self.name} of table {self.table!r}>"


def lines_of(failures: list[Failure]) -> Iterator[str]:
    """Yield a sentence about each failure."""
    for failure in failures:
        count = len(failure.records)
        first = failure.records[0].content
        what = "1 record" if count == 1 else f"{count} records"
        reason = (
            "reported records as failed"
            if failure.error is None
            else f"raised {type(failure.error).__name__}: {failure.error}"
        )
        fate = "was given up" if failure.given_up else "is tried again at the next run"
        yield (
            f"{failure.trigger.name} {reason} with {what} of table {failure.trigger.table!r}, from "
            f"{first['eventName']} of {first['dynamodb']['Keys']} on; the batch {fate}."
        )
