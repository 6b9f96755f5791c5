"""The state of a trigger for people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ENABLED: Final = "ENABLED"
"""Records are passed to the function as they arrive."""
RETRYING: Final = "RETRYING"
"""A batch has failed and waits for its next attempt."""
STANDBY: Final = "STANDBY"
"""Another server calls the function."""
WAITING: Final = "WAITING"
"""The table does not exist, or has no stream."""

NOTHING: Final = "No records processed"
OK: Final = "OK"
FAILED: Final = "PROBLEM: Function call failed"
"""The results that Lambda's event source mappings report."""


def line_of(error: BaseException) -> str:
    """Return an exception in one line, like the last line of a traceback.

    >>> line_of(ValueError("not yet\\n\\nand more"))
    'ValueError: not yet'
    """
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@dataclass
class Tally:
    """The numbers of a function's calls and failures."""

    calls: int = 0
    failures: int = 0
    last_result: str = NOTHING
    last_error: str | None = None
    """The last failure, in one line; it stays after calls that succeed."""

    def succeeded(self) -> None:
        """Count a successful call."""
        self.calls += 1
        self.last_result = OK

    def failed(self, error: BaseException | None) -> None:
        """Count a call that raised `error`, or that reported records as failed."""
        self.calls += 1
        self.failures += 1
        self.last_result = FAILED
        self.last_error = "reported records as failed" if error is None else line_of(error)

    @property
    def members(self) -> dict[str, Any]:
        """Return the tally for JSON."""
        return {
            "calls": self.calls,
            "failures": self.failures,
            "lastResult": self.last_result,
            "lastError": self.last_error,
        }
