"""Stored positions of triggers, at which they continue after a restart.

A trigger has one entry, and each shard that it reads has another one. Every change increases the
serial number in the trigger's entry. If the stored number differs from the one that was last
written, the content was restored to an earlier state, or another server has taken over the trigger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Storage, Writer
from ddbmock.storage.attempts import committed

SPACE: Final = "triggers"
ShardKey: TypeAlias = tuple[str, str]
"""The ARN of a stream and the id of a shard."""


class SupersededError(Exception):
    """An exception: another server or a restored snapshot has changed the stored positions."""


class Stored(NamedTuple):
    """The stored positions of a trigger."""

    streams: list[str]
    """The ARNs of the trigger's streams, the oldest first."""
    tally: dict[str, Any]
    shards: dict[ShardKey, dict[str, Any]]


class Positions:
    """The positions of one trigger."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage: Final = storage
        self._key: Final = name.encode()
        self._serial = 0

    def superseded(self) -> bool:
        """Return whether another server or a restored snapshot has changed them."""
        with self._storage.read() as reader:
            return self._stored_serial(reader) != self._serial

    def load(self) -> Stored | None:
        """Return the stored positions, or None."""
        with self._storage.read() as reader:
            stored = reader.get(SPACE, self._key)
            shards: dict[ShardKey, dict[str, Any]] = {}
            for key, content in reader.range(SPACE, self._key + b"\0", self._key + b"\1"):
                _, arn, shard_id = key.decode().rsplit("\0", 2)
                shards[arn, shard_id] = orjson.loads(content)
        if stored is None:
            self._serial = 0
            return None
        entry = orjson.loads(stored)
        self._serial = entry["serial"]
        return Stored(entry["streams"], entry["tally"], shards)

    def save(
        self,
        streams: list[str],
        tally: dict[str, Any],
        shards: Mapping[ShardKey, dict[str, Any] | None],
    ) -> None:
        """Store the streams, the tally and some shards; None removes a shard.

        :raises SupersededError: another server or a restored snapshot has changed them; nothing is
            stored.
        """
        serial = self._serial + 1
        entry = orjson.dumps({"serial": serial, "streams": streams, "tally": tally})

        def change(writer: Writer) -> None:
            if self._stored_serial(writer) != self._serial:
                raise SupersededError
            writer.put(SPACE, self._key, entry)
            for (arn, shard_id), content in shards.items():
                key = b"\0".join((self._key, arn.encode(), shard_id.encode()))
                if content is None:
                    writer.delete(SPACE, key)
                else:
                    writer.put(SPACE, key, orjson.dumps(content))

        committed(self._storage.write, change)
        self._serial = serial

    def remove(self) -> None:
        """Remove the stored positions."""

        def change(writer: Writer) -> None:
            for key, _ in list(writer.range(SPACE, self._key + b"\0", self._key + b"\1")):
                writer.delete(SPACE, key)
            writer.delete(SPACE, self._key)

        committed(self._storage.write, change)

    def _stored_serial(self, reader: Reader) -> int:
        stored = reader.get(SPACE, self._key)
        serial: int = 0 if stored is None else orjson.loads(stored)["serial"]
        return serial
