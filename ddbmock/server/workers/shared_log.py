"""The log of requests of all workers, in memory that they share."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from ddbmock.database import Call
from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.server.workers.process_lock import ProcessLock
from ddbmock.service.request_log import KEPT, WATCHED, Logged, Requests, Totals

SLOT: Final = 8192
"""The bytes that one request takes at most, with its body if that fits."""
TABLES: Final = 10
"""The number of tables that are kept of a request that does not fit otherwise."""
_HEADER: Final = struct.Struct(f"qqd{len(Totals._fields)}d")
"""The next number, the first number that is not deleted, when the log ceases to be watched, totals."""
_LENGTHS: Final = struct.Struct("II")
_WATCHED_UNTIL: Final = struct.Struct("d")
_WATCHED_AT: Final = 16


class SharedRequests(Requests):
    """The latest requests of all processes that are forked from the one that creates it.

    A request costs some microseconds more than in a log of one process.
    """

    def __init__(self) -> None:
        super().__init__()
        self._memory: Final = mmap.mmap(-1, _HEADER.size + KEPT * SLOT)
        self._between: Final = ProcessLock()

    def observe(
        self,
        target: Target,
        call: Call,
        body: Mapping[str, Any],
        duration: float,
        error: DynamoDBError | None,
    ) -> None:
        (self._watched_until,) = _WATCHED_UNTIL.unpack_from(self._memory, _WATCHED_AT)
        super().observe(target, call, body, duration, error)
        with self._adding:
            _, request, content = self._kept.pop()
            self._unsummed.clear()
        self._share(request, content)

    def since(self, number: int) -> list[Logged]:
        with self._between:
            until = time.monotonic() + WATCHED
            _WATCHED_UNTIL.pack_into(self._memory, _WATCHED_AT, until)
        return super().since(number)

    def _share(self, request: tuple[Any, ...], content: bytes | None) -> None:
        encoded = orjson.dumps(request)
        if len(encoded) > SLOT - _LENGTHS.size:
            shortened = list(request)
            shortened[1], shortened[7] = request[1][:TABLES], None
            encoded = orjson.dumps(shortened)
        body = content or b""
        if len(encoded) + len(body) > SLOT - _LENGTHS.size:
            body = b""
        _, _, read, write, scanned, returned, error, _, duration, _, scan, *_ = request
        with self._between:
            number, first, watched, *totals = _HEADER.unpack_from(self._memory)
            at = _HEADER.size + number % KEPT * SLOT
            record = _LENGTHS.pack(len(encoded), len(body)) + encoded + body
            self._memory[at : at + len(record)] = record
            more = (1, error is not None, scan, read, write, scanned, returned, duration)
            _HEADER.pack_into(
                self._memory, 0, number + 1, first, watched,
                *[before + one for before, one in zip(totals, more, strict=True)],
            )  # fmt: skip

    def _refresh(self) -> None:
        """Take over what the processes have logged. The caller holds the lock of this process."""
        with self._between:
            number, first, _, *totals = _HEADER.unpack_from(self._memory)
            self._number = number
            self._kept.clear()
            for one in range(max(first, number - KEPT), number):
                at = _HEADER.size + one % KEPT * SLOT
                length, size = _LENGTHS.unpack_from(self._memory, at)
                at += _LENGTHS.size
                request = orjson.loads(self._memory[at : at + length])
                request[1] = tuple(request[1])
                body = self._memory[at + length : at + length + size]
                self._kept.append((one, tuple(request), body or None))
        counts = [int(total) for total in totals]
        self._totals = Totals(*counts)._replace(
            read_units=totals[3], write_units=totals[4], duration=totals[7]
        )

    def clear(self) -> None:
        with self._between:
            number, _, watched, *totals = _HEADER.unpack_from(self._memory)
            nothing = [0.0] * len(totals)
            _HEADER.pack_into(self._memory, 0, number, number, watched, *nothing)
