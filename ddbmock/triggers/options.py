"""Options of triggers, with Lambda's names and bounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from ddbmock.suggestions import nearest
from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.filter_patterns import FilterPattern

Handler: TypeAlias = Callable[[dict[str, Any], Any], Any]
"""A Lambda function, which receives an event and a context, and may be asynchronous."""
Destination: TypeAlias = Callable[[dict[str, Any]], object] | str
"""The destination of messages about records that were given up: a function, or the ARN of an SQS
queue or SNS topic."""

LATEST: Final = "LATEST"
TRIM_HORIZON: Final = "TRIM_HORIZON"
REPORT_BATCH_ITEM_FAILURES: Final = "ReportBatchItemFailures"

_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "batch_size": (1, 10_000),
    "maximum_batching_window_in_seconds": (0, 300),
    "parallelization_factor": (1, 10),
    "maximum_retry_attempts": (-1, 10_000),
    "maximum_record_age_in_seconds": (-1, 604_800),
    "tumbling_window_in_seconds": (0, 900),
}


@dataclass(frozen=True)
class Options:
    """The options of a trigger.

    >>> Options(batch_size=0)
    Traceback (most recent call last):
    ddbmock.triggers.errors.TriggerError: batch_size must be from 1 to 10000, not 0.
    """

    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 0
    starting_position: str = LATEST
    parallelization_factor: int = 1
    tumbling_window_in_seconds: int = 0
    bisect_batch_on_function_error: bool = False
    maximum_retry_attempts: int = -1
    """-1: until the records are a day old."""
    maximum_record_age_in_seconds: int = -1
    """-1: until the records are a day old."""
    function_response_types: Sequence[str] = ()
    filters: Sequence[str | Mapping[str, Any]] = ()
    """Patterns, as JSON or Python values. A record must match one of them."""
    on_failure: Destination | None = None

    def __post_init__(self) -> None:
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                raise TriggerError(f"{name} must be from {least} to {most}, not {value!r}.")
        if self.starting_position not in (LATEST, TRIM_HORIZON):
            raise TriggerError(
                f"starting_position must be {LATEST} or {TRIM_HORIZON}, not "
                f"{self.starting_position!r}."
            )
        for kind in self.function_response_types:
            if kind != REPORT_BATCH_ITEM_FAILURES:
                raise TriggerError(
                    f"function_response_types can have {REPORT_BATCH_ITEM_FAILURES!r}, not {kind!r}."
                )
        self.patterns()

    @property
    def reports_item_failures(self) -> bool:
        """Whether the function returns which records of a batch have failed."""
        return REPORT_BATCH_ITEM_FAILURES in self.function_response_types

    def patterns(self) -> list[FilterPattern]:
        """Return the compiled filters.

        :raises TriggerError: a filter is not a pattern.
        """
        return [FilterPattern.of(one) for one in self.filters]

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all options."""
        return [field.name for field in dataclasses.fields(cls)]


H = TypeVar("H", bound=Handler)
_MARK: Final = "__ddbmock_stream__"


def on_stream(table: str, **options: Any) -> Callable[[H], H]:
    """Mark a function as the trigger of a table, for ``db.trigger(function)``.

    The function itself does not change. `options` are those of :class:`Options`.

    :raises TriggerError: an option is wrong.
    """
    options_of(options)

    def mark(handler: H) -> H:
        setattr(handler, _MARK, (table, options))
        return handler

    return mark


def marked(handler: Handler) -> tuple[str | None, dict[str, Any]]:
    """Return the table and the options with which :func:`on_stream` has marked a function."""
    table, options = getattr(handler, _MARK, (None, {}))
    return table, dict(options)


def options_of(options: Mapping[str, Any]) -> Options:
    """Return the options of these names.

    :raises TriggerError: an option does not exist, or its value is wrong.
    """
    unknown = [name for name in options if name not in Options.names()]
    if unknown:
        near = nearest(unknown[0], Options.names())
        advice = (
            f"did you mean {near}?" if near else f"its options are {', '.join(Options.names())}."
        )
        raise TriggerError(f"A trigger has no option {unknown[0]}; {advice}")
    return Options(**options)
