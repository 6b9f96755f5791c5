"""A shortcut of BatchWriteItem: batches of valid puts.

Most batches put items into tables without indexes. Parsing each part as a structure, planning each put and
applying it alone costs more than the walk through the items. :func:`read` reads such a batch at once, and
:func:`store` stores it at once. Both return None in any unusual case, before anything has changed. Then the
general path takes over, which is the only one that raises errors. ``tests/shortcuts`` compares both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ddbmock.database import Table
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import plain_puts
from ddbmock.errors import ValidationException
from ddbmock.operations.batch_rules import MAX_WRITES
from ddbmock.values.canonical import WrongTypeError
from ddbmock.values.item import Item

_TABLE_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


def read(body: Mapping[str, Any]) -> dict[str, list[Item]] | None:
    """Return the items that a batch puts, by table; None unless the batch is simple and certainly valid."""
    tables = body.get("RequestItems")
    if len(body) != 1 or type(tables) is not dict or not tables:
        return None
    puts: dict[str, list[Item]] = {}
    room = MAX_WRITES
    try:
        for name, requests in tables.items():
            if type(requests) is not list or not requests or not _TABLE_NAME.fullmatch(name):
                return None
            room -= len(requests)
            if room < 0:
                return None
            puts[name] = items = []
            for request in requests:
                put = request["PutRequest"]
                item = put["Item"]
                if len(request) != 1 or len(put) != 1 or type(item) is not dict:
                    return None
                items.append(Item.of_json(item))
    except (KeyError, TypeError, UnicodeEncodeError, ValidationException, WrongTypeError):
        return None
    return puts


def store(
    tables: Tables, found: Mapping[str, Table], puts: Mapping[str, Sequence[Item]]
) -> dict[str, float] | None:
    """Put the items and return the units by table; return None and change nothing in any unusual case."""
    keyed: dict[str, dict[bytes, Item]] = {}
    for name, table in found.items():
        items = puts[name]
        schema = table.schema
        most = table.max_item_size
        if not plain_puts.is_plain(table.description):
            return None
        keyed[name] = by_key = {}
        for item in items:
            stored_key = schema.stored_of_json(item.raw)
            if stored_key is None:
                if not schema.fits(item):
                    return None
                stored_key = schema.stored(item)
            if most is not None and item.size > most:
                return None
            by_key[stored_key] = item
        if len(by_key) != len(items):
            return None
    return {
        name: plain_puts.put_all(tables.writer, table.description, keyed[name])
        for name, table in found.items()
    }
