"""The clock on the control path."""

from __future__ import annotations

from typing import Any, Final

from ddbmock.clock import AdjustableClock
from ddbmock.server.control.refused import RefusedError


def state(clock: AdjustableClock) -> dict[str, Any]:
    """Return a clock's time, and whether it is frozen."""
    return {"now": clock.now(), "frozen": clock.frozen}


def move(clock: AdjustableClock, body: dict[str, Any]) -> None:
    """Advance, freeze or resume a clock.

    :raises RefusedError: the body requests none of these.
    """
    match body:
        case {"advance": bool()} | {"freeze": False}:
            raise RefusedError(400, _CLOCK)
        case {"advance": int() | float() as seconds}:
            clock.advance(seconds)
        case {"advance": dict() as units} if units.keys() <= _UNITS:
            clock.advance(**units)
        case {"freeze": True}:
            clock.freeze()
        case {"freeze": int() | float() as at}:
            clock.freeze(at)
        case {"resume": True}:
            clock.resume()
        case _:
            raise RefusedError(400, _CLOCK)


_UNITS: Final = frozenset({"seconds", "minutes", "hours", "days"})
_CLOCK: Final = (
    'Say {"advance": 60}, {"advance": {"hours": 49}}, {"freeze": true}, {"freeze": 1790000000} or '
    '{"resume": true}.'
)
