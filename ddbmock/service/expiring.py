"""The items of a database that expire next, over all its tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ddbmock.database import DynamoDB, damage
from ddbmock.database.data_plane import expiry_queue
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import DamagedError, Reader
from ddbmock.values.item import Item

SHOWN: Final = 100
"""The number of items at most."""


class Expiring(NamedTuple):
    """An item that will be removed."""

    region: str
    """Empty if all regions have the same tables."""
    access_key: str
    """Empty if all callers have the same tables."""
    table: str
    key: Item
    expires: int
    """Epoch seconds of the item's own attribute."""
    removed: float
    """Epoch seconds from which the item is gone: the setting ``ttl_delay`` later."""


def next_to_expire(dynamodb: DynamoDB, count: int = SHOWN) -> list[Expiring]:
    """Return the items that expire next, the earliest first."""
    settings, now = dynamodb.settings, dynamodb.clock.now()
    delay = 0.0 if settings.ttl == "prompt" else settings.ttl_delay
    found = []
    with dynamodb.storage.read() as reader:
        for due in islice(_sound(reader), count):
            try:
                stored = reader.get(due.prefix + CATALOGUE, due.table_name.encode())
                record = reader.get(due.table_id, due.stored_key)
            except DamagedError:
                continue
            table = None if stored is None else decode_life(stored).at(now)
            if table is None or table.table_id != due.table_id or record is None:
                continue
            access_key, _, region = due.prefix.rstrip("/").rpartition("/")
            key = Item.of_record(record).only(table.key_schema.names)
            expires = int.from_bytes(due.entry_key[:8], "big")
            found.append(Expiring(region, access_key, table.name, key, expires, expires + delay))
    return found


def _sound(reader: Reader) -> Iterator[expiry_queue.Due]:
    for key, value in damage.pairs(reader, expiry_queue.SPACE):
        if value is not None:
            yield expiry_queue.Due.of(key, value)
