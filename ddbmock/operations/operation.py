"""An operation with all facts about it that other packages need, and the parts of its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from ddbmock.database import Call
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.request_entries import EntryReader, no_entries
from ddbmock.shapes import Input

Output: TypeAlias = dict[str, Any]
"""Members of an output: JSON's types, and :class:`~ddbmock.values.item.Item` and
:class:`Timestamp`, which a transport encodes as JSON or passes on as Python values."""


class Timestamp:
    """A point in time: a number of seconds on the wire, a datetime in Python."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds: Final = round(seconds, 3)

    def __repr__(self) -> str:
        return f"Timestamp({self.seconds!r})"


class Kind(Enum):
    """Kinds of operations: they read items, write items, manage tables, or read streams."""

    READ = "read"
    """Reads items, and is billed in read units."""
    WRITE = "write"
    """Changes items, and is billed in write units."""
    CONTROL = "control"
    """Creates, changes or describes tables and their settings."""
    STREAM = "stream"
    """Reads the records of a stream, or describes it."""


class Operation(NamedTuple):
    """An operation: its input class, its function, and all other facts about it.

    Fault injection, the request log, the clients' shortcuts and the servers read these facts here. None of
    them has its own table of operations.
    """

    input: type[Input]
    perform: Callable[[Call, Any], Output]
    kind: Kind
    entries: EntryReader = no_entries
    """Reads the items and tables that a request names; it also has whether the operation is a batch or a
    transaction."""
    page_size: str | None = None
    """The member that limits a page, if the operation returns pages."""
    plain_output: bool = False
    """True if clients can return the output's JSON unchanged: it has items, keys, numbers, strings and
    timestamps only, no blobs and no defaults."""
    empty: bool = False
    """True if an output without members is sent as an empty body, not as ``{}``."""
    max_body: int | None = None
    """The most bytes of a request's body over HTTP, if the operation has its own limit."""
    writes: Callable[[Mapping[str, Any]], bool] | None = None
    """Returns from a request's body whether it writes, if requests of the operation can read or write."""

    def kind_of(self, body: Mapping[str, Any]) -> Kind:
        """Return the kind of a request."""
        return Kind.WRITE if self.writes is not None and self.writes(body) else self.kind
