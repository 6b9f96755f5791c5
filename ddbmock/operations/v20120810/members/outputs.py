"""Members of outputs that several families share: consumed capacity and item collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ddbmock.database.capacity import Consumed
from ddbmock.database.data_plane.table import Table
from ddbmock.database.key import Attributed
from ddbmock.operations.operation import Output
from ddbmock.values.item import Item


def consumed_capacity(level: str | None, table_name: str, consumed: Consumed) -> Output:
    """Return the member ``ConsumedCapacity`` of one table, or nothing if `level` does not request it."""
    if level is None or level == "NONE":
        return {}
    return {"ConsumedCapacity": _capacity(level, table_name, consumed, None)}


def consumed_capacities(
    level: str | None, tables: Mapping[str, Consumed], kind: str | None = None
) -> Output:
    """Return the member ``ConsumedCapacity`` of several tables.

    `kind` is ``ReadCapacityUnits`` or ``WriteCapacityUnits`` in transactions, whose outputs have this member.
    """
    if level is None or level == "NONE":
        return {}
    return {
        "ConsumedCapacity": [
            _capacity(level, name, consumed, kind) for name, consumed in tables.items()
        ]
    }


def _capacity(level: str, table_name: str, consumed: Consumed, kind: str | None) -> Output:
    capacity: Output = {"TableName": table_name, **_units(consumed.total, kind)}
    if level == "INDEXES":
        capacity["Table"] = _units(consumed.table, kind)
        for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
            indexes = {
                index.name: _units(index.units, kind)
                for index in consumed.indexes
                if index.local == local
            }
            if indexes:
                capacity[member] = indexes
        if consumed.vectors:
            capacity["VectorIndexes"] = {
                name: {"VectorWriteRequestBytes": written} for name, written in consumed.vectors
            }
    return capacity


def _units(units: float, kind: str | None) -> Output:
    return {"CapacityUnits": units} if kind is None else {"CapacityUnits": units, kind: units}


def item_collection_metrics(
    mode: str | None, table: Table, keys: Iterable[Attributed]
) -> list[Output]:
    """Return the sizes of the item collections of some keys, if the request asks for them and they exist."""
    if mode != "SIZE" or not table.description.local_indexes:
        return []
    hash_keys = {Item(table.hash_key_of(key)): None for key in keys}
    return [
        _metrics(hash_key, table.collection_size(hash_key.attributes)) for hash_key in hash_keys
    ]


def _metrics(hash_key: Item, size: int) -> Output:
    low = size // 2**30
    return {"ItemCollectionKey": hash_key, "SizeEstimateRangeGB": [float(low), float(low + 1)]}
