"""DynamoDB Local's command line, as options of ``ddbmock serve``.

Source: DynamoDB developer guide, "DynamoDB local usage notes", command line options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ddbmock.suggestions import nearest

PORT: Final = "8000"
DELAY: Final = "0.5"
"""The approximate duration of transient states in DynamoDB Local, in seconds."""

VALUED: Final = ("port", "dbPath", "cors")
FLAGS: Final = (
    "inMemory",
    "sharedDb",
    "delayTransientStatuses",
    "optimizeDbBeforeStartup",
    "disableTelemetry",
    "help",
)


class LocalOptionError(ValueError):
    """An error in a command line of DynamoDB Local; its text is one sentence."""


def is_local(arguments: Sequence[str]) -> bool:
    """Return whether arguments have the form of DynamoDB Local: one dash and several letters.

    >>> is_local(["-sharedDb"]), is_local(["--port", "80"]), is_local(["-h"])
    (True, False, False)
    """
    known = {name.lower() for name in (*VALUED, *FLAGS)}
    return any(_single(one) and one.lstrip("-").lower() in known for one in arguments)


def translated(arguments: Sequence[str]) -> list[str]:
    """Return the equivalent options of ``ddbmock serve``.

    >>> translated(["-inMemory", "-sharedDb"])
    ['--port', '8000', '--databases', 'one', '--storage', 'memory://']

    :raises LocalOptionError: an option is unknown, lacks its value, or contradicts another one.
    """
    values: dict[str, str] = {}
    flags: set[str] = set()
    others: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name = argument.lstrip("-")
        if not _single(argument) or (name not in VALUED and name not in FLAGS):
            if _single(argument) and len(name) > 1:
                near = nearest(name, (*VALUED, *FLAGS))
                advice = f"; did you mean -{near}?" if near else "."
                raise LocalOptionError(f"DynamoDB Local has no option {argument}{advice}")
            others.append(argument)
        elif name in FLAGS:
            flags.add(name)
        elif rest:
            values[name] = rest.pop(0)
        else:
            raise LocalOptionError(f"The option {argument} lacks its value.")
    if "help" in flags:
        return ["--help"]
    if "inMemory" in flags and "dbPath" in values:
        raise LocalOptionError("-inMemory and -dbPath contradict each other.")
    options = ["--port", values.get("port", PORT)]
    options += ["--databases", "one" if "sharedDb" in flags else "each"]
    path = values.get("dbPath")
    options += ["--storage", "memory://" if path is None else f"sqlite:///{path}/ddbmock.db"]
    if "cors" in values:
        options += ["--origins", values["cors"]]
    if "delayTransientStatuses" in flags:
        for state in ("creating", "updating", "deleting", "index"):
            options += [f"--delay-{state}", DELAY]
    return options + others


def _single(argument: str) -> bool:
    return argument.startswith("-") and not argument.startswith("--")
