"""The error of requests on the control path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class RefusedError(Exception):
    """A rejected request: the status, and a sentence with the reason."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


_OF_ONE_PROCESS: Final[Mapping[tuple[str, str], str]] = {
    ("POST", "trouble"): "Trouble",
    ("POST", "settle"): "Trouble",
    ("POST", "replication"): "The state of the links between regions",
    ("POST", "access"): "The list of callers",
}
"""Things that each process of a server has for itself, by the requests that show or change them."""


def check_workers(method: str, word: str, workers: int) -> None:
    """Raise if a request is about one process of a server that has several.

    :raises RefusedError: it is.
    """
    what = _OF_ONE_PROCESS.get((method, word))
    if what is not None:
        raise RefusedError(
            409,
            f"{what} belongs to one process, and this server has {workers}: start it with "
            "ddbmock.workers = 1.",
        )


def kept(things: Mapping[str, Any], name: str) -> Any:
    """Return the object with an id.

    :raises RefusedError: no object has this id.
    """
    found = things.get(name)
    if found is None:
        raise RefusedError(404, f"There is none with the id {name}.")
    return found
