"""Expiry beside damaged records: all other items are removed as ever.

An entry of the expiry queue repeats what its item says, and its key has all but the place of the
table. So an item whose entry is damaged is still removed, if the entry's key names the item and the
item confirms the time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from ddbmock.database import damage
from ddbmock.database.data_plane import expiry, expiry_queue
from ddbmock.database.data_plane.expiry_queue import Due
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, TableDescription
from ddbmock.storage import ConflictError, DamagedError, Reader, Storage, UnavailableError
from ddbmock.values.item import Item

log: Final = logging.getLogger("ddbmock.requests")


def expire(storage: Storage, prefix: str, *, by: float, now: float, known: set[bytes]) -> bool:
    """Remove the items that expired at `by` or before, except those with damaged records.

    :param prefix: the caller, whose tables damaged entries are looked up in.
    :param known: the keys of entries that cannot be used, which were logged; more are added.
    :returns: False if more can perhaps be removed now, or during a request of another caller.
    """
    try:
        found, elsewhere = _due(storage, prefix, by, now, known)
        for first in range(0, len(found), expiry.BATCH):
            _expire(storage, found[first : first + expiry.BATCH], now, known)
    except (ConflictError, UnavailableError) as error:
        log.warning("expired items could not be removed: %s", error)
        return False
    except DamagedError as error:
        _note(known, b"", f"expired items cannot be removed: {error}")
        return True
    return not elsewhere


def _due(
    storage: Storage, prefix: str, by: float, now: float, known: set[bytes]
) -> tuple[list[Due], bool]:
    """Return the items that can be removed, and whether other callers may have more."""
    found: list[Due] = []
    elsewhere = False
    with storage.read() as reader:
        for key, value in damage.pairs(reader, expiry_queue.SPACE, expiry_queue.end(by)):
            if key in known:
                continue
            if value is not None:
                found.append(Due.of(key, value))
                continue
            table = _table(reader, prefix, expiry_queue.table_id(key), now)
            if table is None and prefix:
                elsewhere = True
            elif table is None or not _confirms(reader, table, key):
                _note(known, key, f"an entry of the expiry queue is damaged (key {key.hex()})")
            else:
                found.append(Due.of(key, expiry_queue.entry_value(table)))
    return found, elsewhere


def _table(reader: Reader, prefix: str, table_id: str, now: float) -> TableDescription | None:
    for _, life in damage.pairs(reader, prefix + CATALOGUE):
        table = None if life is None else decode_life(life).at(now)
        if table is not None and table.table_id == table_id:
            return table
    return None


def _confirms(reader: Reader, table: TableDescription, key: bytes) -> bool:
    """Return whether the item that an entry's key names expires at the time in the key."""
    try:
        record = reader.get(table.space(), expiry_queue.stored_key(key))
    except DamagedError:
        return False
    item = None if record is None else Item.of_record(record)
    return expiry_queue.expiry(item, table) == int.from_bytes(key[:8], "big")


def _expire(storage: Storage, batch: Sequence[Due], now: float, known: set[bytes]) -> None:
    """Remove items in one transaction, or in halves of it if one has a damaged record."""
    try:
        with storage.write() as writer:
            for due in batch:
                expiry.expire_one(writer, due, now)
    except DamagedError as error:
        if len(batch) == 1:
            _note(known, batch[0].entry_key, f"an expired item cannot be removed: {error}")
            return
        middle = len(batch) // 2
        _expire(storage, batch[:middle], now, known)
        _expire(storage, batch[middle:], now, known)


def _note(known: set[bytes], key: bytes, text: str) -> None:
    if key not in known:
        known.add(key)
        log.error("%s", text)
