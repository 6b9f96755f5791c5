"""The error of requests on the control path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RefusedError(Exception):
    """A request that is not understood: its status, and a sentence that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def kept(things: Mapping[str, Any], name: str) -> Any:
    """Return the thing that has an id.

    :raises RefusedError: there is none.
    """
    found = things.get(name)
    if found is None:
        raise RefusedError(404, f"There is none with the id {name}.")
    return found
