"""Leases: if several servers share a database, only one of them calls a trigger's function.

A lease is a row with its holder and a number that the holder increases every second. A server that
has seen the same number for :data:`PATIENCE` takes the lease over, since its holder has ended. No
two clocks are compared, so it does not matter how the databases' clocks are set. Source: the leases
of the Kinesis Client Library and of AWS's DynamoDB lock client.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Final

import orjson

from ddbmock.storage import Storage, StorageError, Writer
from ddbmock.storage.attempts import committed

log: Final = logging.getLogger("ddbmock.triggers")

SPACE: Final = "triggers/leases"
BEAT: Final = 1.0
"""Seconds between two increases."""
PATIENCE: Final = 5.0
"""Seconds without an increase after which a lease is taken over."""


class Leases:
    """The leases of one server, which holds some of them."""

    def __init__(
        self,
        storage: Storage,
        names: Iterable[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage: Final = storage
        self._names: Final = list(names)
        self._monotonic: Final = monotonic
        self._owner: Final = uuid.uuid4().hex
        self._seen: dict[str, tuple[bytes, float]] = {}
        """The rows of other servers, with the time at which each was first seen."""
        self.own: frozenset[str] = frozenset()

    def beat(self) -> None:
        """Increase the numbers of the leases that are held, and take over those that have ended."""

        def change(writer: Writer) -> list[str]:
            return [name for name in self._names if self._taken(writer, name)]

        try:
            self.own = frozenset(committed(self._storage.write, change))
        except StorageError as error:
            # Other servers may take them over meanwhile.
            log.warning("leases of triggers cannot be renewed: %s", error)
            self.own = frozenset()

    def _taken(self, writer: Writer, name: str) -> bool:
        stored = writer.get(SPACE, name.encode())
        number = 0
        if stored is not None:
            row = orjson.loads(stored)
            if row["owner"] != self._owner and not self._ended(name, stored):
                return False
            number = row["number"]
        self._seen.pop(name, None)
        row = {"owner": self._owner, "number": number + 1}
        writer.put(SPACE, name.encode(), orjson.dumps(row))
        return True

    def _ended(self, name: str, row: bytes) -> bool:
        now = self._monotonic()
        seen, since = self._seen.get(name, (b"", now))
        if seen != row:
            self._seen[name] = row, now
            return False
        return now - since >= PATIENCE

    def release(self) -> None:
        """Give up the leases, so that other servers can take them at once."""

        def change(writer: Writer) -> None:
            for name in self._names:
                stored = writer.get(SPACE, name.encode())
                if stored is not None and orjson.loads(stored)["owner"] == self._owner:
                    writer.delete(SPACE, name.encode())

        self.own = frozenset()
        try:
            committed(self._storage.write, change)
        except StorageError as error:
            log.warning("leases of triggers cannot be released: %s", error)

    def keep(self, ended: threading.Event) -> None:
        """Beat until an event is set, then release."""
        try:
            while not ended.wait(BEAT):
                self.beat()
        finally:
            self.release()
