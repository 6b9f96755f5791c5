"""An operation and all facts about it that other packages need; the parts of its output."""

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
    """The plane an operation belongs to, and on the data plane its direction."""

    READ = "read"
    """Reads items, and is billed in read units."""
    WRITE = "write"
    """Changes items, and is billed in write units."""
    CONTROL = "control"
    """Creates, changes or describes tables and their settings."""
    STREAM = "stream"
    """Reads the records of a stream, or describes it."""


class Operation(NamedTuple):
    """An operation: its input, its function, and what else is known about it.

    Fault injection, the request log, the clients' shortcuts and the servers read these facts here;
    none of them keeps a table of operations of its own.
    """

    input: type[Input]
    perform: Callable[[Call, Any], Output]
    kind: Kind
    entries: EntryReader = no_entries
    """Reads the items and tables that a request names, and states whether it is a batch or a transaction."""
    page_size: str | None = None
    """The member that limits a page, where the operation returns pages."""
    plain_output: bool = False
    """Whether outputs consist of items, keys, numbers, strings and timestamps alone, so that their
    JSON is what clients return: no blobs or defaults."""
    empty: bool = False
    """Whether an output without members has no body at all, not even ``{}``."""
    max_body: int | None = None
    """Bytes of a request's body over HTTP, where the operation has a limit of its own."""
    writes: Callable[[Mapping[str, Any]], bool] | None = None
    """Tells from its body whether a request writes, where requests of one operation do or do not."""

    def kind_of(self, body: Mapping[str, Any]) -> Kind:
        """Return the kind of a request."""
        return Kind.WRITE if self.writes is not None and self.writes(body) else self.kind
