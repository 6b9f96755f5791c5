"""What an operation is, and what its output is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from ddbmock.database import Call
from ddbmock.shapes import Input

Output: TypeAlias = dict[str, Any]
"""Members of an answer: JSON's types, and :class:`~ddbmock.values.item.Item` and
:class:`Timestamp`, which a door writes as JSON text or hands over as Python values."""


class Timestamp:
    """A point in time: a number of seconds on the wire, a datetime in Python."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds: Final = round(seconds, 3)

    def __repr__(self) -> str:
        return f"Timestamp({self.seconds!r})"


class Operation(NamedTuple):
    """An operation: its input, and the function that performs it."""

    input: type[Input]
    perform: Callable[[Call, Any], Output]
    empty: bool = False
    """Whether an answer without members has no body at all, not even ``{}``."""
    max_body: int | None = None
    """Bytes of a request's body over HTTP, where the operation has a limit of its own."""
