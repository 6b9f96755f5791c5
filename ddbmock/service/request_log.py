"""The log of a database's requests: operation, tables, cost and error of each."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, overload

import orjson

from ddbmock import forking
from ddbmock.database import Call
from ddbmock.errors import DynamoDBError
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target

KEPT: Final = 1000
"""Number of requests that the log keeps; the totals count all."""


class Request(NamedTuple):
    """One request and its outcome."""

    operation: str
    tables: tuple[str, ...]
    """The tables' names or ARNs, as in the request."""
    read_units: float
    write_units: float
    scanned: int
    """The number of items read."""
    returned: int
    """The number of items returned, after filters."""
    error: str | None
    """Name of the exception; None if the request succeeded."""
    hint: str | None
    """The hint of the error or of the failed statements of a batch, or advice on a statement that
    reads a whole table."""
    duration: float
    """Seconds spent in the engine."""
    at: float
    """Time of completion by the database's clock, in seconds since the epoch."""
    scan: bool = False
    """Whether it was a Scan, or a PartiQL statement that became one."""
    plan: str | None = None
    """The plan of a PartiQL SELECT: ``get``, ``query``, ``union of 3 reads`` or ``scan``."""
    region: str = ""
    access_key: str = ""
    """The access key that signed the request."""

    @property
    def table(self) -> str | None:
        """The table, or the first of several."""
        return self.tables[0] if self.tables else None

    def __str__(self) -> str:
        parts = [self.operation, ", ".join(self.tables)]
        if self.read_units:
            parts.append(f"{self.read_units:g} read units")
        if self.write_units:
            parts.append(f"{self.write_units:g} write units")
        if self.scanned:
            parts.append(f"{self.returned} of {self.scanned} items")
        if self.plan is not None:
            parts.append(f"by a {self.plan}")
        if self.error:
            parts.append(self.error)
        parts.append(f"{self.duration * 1000:.2f} ms")
        return "  ".join(part for part in parts if part)


class Totals(NamedTuple):
    """Sums over requests."""

    requests: int = 0
    errors: int = 0
    scans: int = 0
    """Number of Scan requests, and of PartiQL statements that became scans."""
    read_units: float = 0.0
    write_units: float = 0.0
    scanned: int = 0
    """Number of items that reads have evaluated."""
    returned: int = 0
    """Number of items that reads have returned."""
    duration: float = 0.0
    """Seconds."""


class Logged(NamedTuple):
    """A request in the log."""

    number: int
    """The request's number; each request has the next one."""
    request: Request
    body: bytes | None
    """The request's body as JSON, if the log is being watched and the body is not too large."""


_Kept: TypeAlias = tuple[int, tuple[Any, ...], bytes | None]
"""The content of a :class:`Logged`, whose request stays a plain tuple until the log is read."""

SUMMED: Final = 100
"""The number of requests that are added to the totals at a time: one sum over many costs less than
many."""
WATCHED: Final = 10.0
"""The seconds after the last :meth:`Requests.since` during which the log keeps bodies."""
MAX_BODY: Final = 65_536
"""The size in bytes up to which the log keeps a body."""


class Requests(Sequence[Request]):
    """The latest requests, oldest first, and the totals of all."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque(maxlen=KEPT)
        self._number = 0
        self._watched_until = 0.0
        """The time at which the log stops to keep bodies; 0 until it is first watched."""
        self._totals = Totals()
        self._unsummed: list[tuple[Any, ...]] = []
        """The requests that are not in the totals yet."""
        self._adding = forking.lock()

    def observe(
        self,
        target: Target,
        call: Call,
        body: Mapping[str, Any],
        duration: float,
        error: DynamoDBError | None,
    ) -> None:
        """Log a finished call; an observer of a router."""
        read_units = write_units = 0.0
        for one in call.consumed:
            read_units += one.read_units
            write_units += one.write_units
        request = (
            call.operation,
            target.operation.entries.references(body),
            read_units,
            write_units,
            call.scanned,
            call.returned,
            None if error is None else type(error).__name__,
            call.hint if error is None else error.hint,
            duration,
            call.clock.now(),
            call.scan,
            call.plan,
            call.region,
            call.access_key,
        )
        content = None
        if self._watched_until and self._watched_until > time.monotonic():
            content = _content(body)
        with self._adding:
            self._kept.append((self._number, request, content))
            self._number += 1
            self._unsummed.append(request)
            if len(self._unsummed) >= SUMMED:
                self._sum_up()

    def _refresh(self) -> None:
        """Bring what is kept, and the totals, up to date. The caller holds the lock."""
        self._sum_up()

    def _sum_up(self) -> None:
        """Add the latest requests to the totals. The caller holds the lock."""
        requests, self._unsummed = self._unsummed, []
        if not requests:
            return
        columns: Any = Request._make(zip(*requests, strict=True))
        was, count = self._totals, len(requests)
        self._totals = Totals(
            was.requests + count,
            was.errors + count - columns.error.count(None),
            was.scans + columns.scan.count(True),
            was.read_units + sum(columns.read_units),
            was.write_units + sum(columns.write_units),
            was.scanned + sum(columns.scanned),
            was.returned + sum(columns.returned),
            was.duration + sum(columns.duration),
        )

    @property
    def totals(self) -> Totals:
        """Sums over all requests, including those no longer kept."""
        with self._adding:
            self._refresh()
            return self._totals

    def since(self, number: int) -> list[Logged]:
        """Return the requests after a number, oldest first; -1 is before all.

        A number that this log has not reached is from the log of an earlier process: it is before
        all, too. For the next seconds the log keeps the bodies of requests.
        """
        self._watched_until = time.monotonic() + WATCHED
        with self._adding:
            self._refresh()
            if number >= self._number:
                number = -1
            return [
                Logged(kept[0], Request(*kept[1]), kept[2])
                for kept in self._kept
                if kept[0] > number
            ]

    def clear(self) -> None:
        """Remove all requests and reset the totals."""
        with self._adding:
            self._kept.clear()
            self._unsummed.clear()
            self._totals = Totals()

    if TYPE_CHECKING:  # typing keeps overloads until the process ends

        @overload
        def __getitem__(self, index: int) -> Request: ...
        @overload
        def __getitem__(self, index: slice) -> Sequence[Request]: ...

    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        with self._adding:
            self._refresh()
            if isinstance(index, slice):
                return [Request(*kept[1]) for kept in [*self._kept][index]]
            return Request(*self._kept[index][1])

    def __iter__(self) -> Iterator[Request]:
        with self._adding:
            self._refresh()
            kept = [*self._kept]
        return (Request(*one[1]) for one in kept)

    def __len__(self) -> int:
        with self._adding:
            self._refresh()
            return len(self._kept)

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {self.totals}>"


def _content(body: Mapping[str, Any]) -> bytes | None:
    content = orjson.dumps(body)
    return content if len(content) <= MAX_BODY else None
