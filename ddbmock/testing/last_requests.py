"""The last requests of a database, for the report of a failed test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ddbmock.service.request_log import Requests

if TYPE_CHECKING:
    from ddbmock.testing.database import Database
    from ddbmock.triggers import Triggers

SHOWN: Final = 10


def idle_triggers(database: Database) -> str:
    """Return a sentence about triggers that were added and never run; otherwise nothing."""
    triggers: Triggers | None = vars(database).get("_triggers")
    names = [] if triggers is None else triggers.idle()
    return f"No trigger has run: db.run_triggers() calls {', '.join(names)}." if names else ""


def summary(requests: Requests) -> str | None:
    """Return the last requests, one on each line with its hint below it; None if there were
    none."""
    count = requests.totals.requests
    if not count:
        return None
    lines = []
    last = list(requests)[-SHOWN:]
    if count > len(last):
        lines.append(f"The last {len(last)} of {count} requests:")
    for request in last:
        lines.append(str(request))
        lines += [f"    {line}" for line in (request.hint or "").splitlines()]
    return "\n".join(lines)
