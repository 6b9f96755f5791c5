"""A run of triggers: its calls, the failed ones, and the records that wait for the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ddbmock.named_tuple import NamedTuple
from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.events import Record
from ddbmock.triggers.lanes import Batch
from ddbmock.triggers.status import line_of


class Invocation(NamedTuple):
    """One call of a function."""

    function: str
    table: str
    event: dict[str, Any]
    answer: Any
    error: BaseException | None
    """The exception that the function has raised, or None."""

    @property
    def records(self) -> list[dict[str, Any]]:
        """Return the records of the event."""
        records: list[dict[str, Any]] = self.event["Records"]
        return records


class Waiting(NamedTuple):
    """Records that wait for a time."""

    function: str
    table: str
    records: int
    due: float
    """The time in epoch seconds of the database's clock."""
    reason: str
    """``retry``, ``batching window`` or ``tumbling window``."""


class Run(list[Invocation]):
    """The calls of a run in order, and the records that still wait."""

    def __init__(self, invocations: Iterable[Invocation] = ()) -> None:
        super().__init__(invocations)
        self.waiting: list[Waiting] = []
        """Records that wait for the clock."""


class HandlerError(TriggerError):
    """An error about a function that has failed and whose failure no destination has received. The
    function's exception is its cause."""

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run
        """The calls of the run, and the records that wait for the clock."""


class Failure(NamedTuple):
    """A failed call that was not reported to a destination."""

    function: str
    table: str
    records: Sequence[Record]
    """None at the end of a tumbling window."""
    error: BaseException | None
    batch: Batch | None
    """The batch that will be retried; None if it was given up."""
    undelivered: BaseException | None = None
    """The exception of the destination, or None."""

    @property
    def cause(self) -> BaseException | None:
        """The exception to show."""
        return self.undelivered or self.error


def lines_of(failures: Iterable[Failure], now: float) -> Iterator[str]:
    """Yield a sentence or two about each failure."""
    for failure in failures:
        reason = (
            "reported records as failed"
            if failure.error is None
            else f"raised {line_of(failure.error)}"
        )
        yield f"{failure.function} {reason} {_records_text(failure)}; {_outcome_text(failure, now)}."


def _records_text(failure: Failure) -> str:
    if not failure.records:
        return f"at the end of a tumbling window of table {failure.table!r}"
    count = len(failure.records)
    first = failure.records[0].content
    records = "1 record" if count == 1 else f"{count} records"
    return (
        f"with {records} of table {failure.table!r}, from {first['eventName']} of "
        f"{first['dynamodb']['Keys']} on"
    )


def _outcome_text(failure: Failure, now: float) -> str:
    if failure.undelivered is not None:
        error = line_of(failure.undelivered)
        return f"the batch was given up, and its destination cannot be told: {error}"
    if not failure.records:
        return "the window's state is lost"
    if failure.batch is None:
        return "the batch was given up"
    return f"the batch is tried again in {max(failure.batch.due - now, 0):g} s"
