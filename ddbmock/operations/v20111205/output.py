"""Members of this version's answers: table descriptions, keys, consumed capacity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ddbmock.database import Written
from ddbmock.database.capacity import read_units
from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import TableDescription, Throughput
from ddbmock.operations.operation import Output, Timestamp

READ_UNIT: Final = 1024
"""Bytes per read unit in this version."""
ITEM_OVERHEAD: Final = 100
"""Bytes per item that the service adds to TableSizeBytes for its index.

Source: AWS's pricing page of 2012.
"""


def read_capacity(sizes: Iterable[int], *, consistent: bool) -> float:
    """Return the units of reading single items of some sizes; a missing item has size 0."""
    return sum([read_units(size, consistent=consistent, unit=READ_UNIT) for size in sizes])


def page_capacity(size: int, *, consistent: bool) -> float:
    """Return the units of reading one page of a size."""
    return read_units(size, consistent=consistent, unit=READ_UNIT)


def write_capacity(written: Written) -> float:
    """Return the units of a write, including those of indexes, which only later versions can create."""
    return written.total


def table_description(description: TableDescription, now: float) -> Output:
    """Return the description of a table without totals, as in CreateTable, UpdateTable and DeleteTable."""
    return {
        "TableName": description.name,
        "KeySchema": key_schema(description.key_schema),
        "TableStatus": description.status,
        "CreationDateTime": Timestamp(description.created_at),
        "ProvisionedThroughput": throughput(description.throughput, now),
    }


def key_schema(schema: KeySchema) -> Output:
    elements = zip(("HashKeyElement", "RangeKeyElement"), schema.attributes, strict=False)
    return {role: _element(attribute) for role, attribute in elements}


def _element(attribute: KeyAttribute) -> Output:
    return {"AttributeName": attribute.name, "AttributeType": attribute.type}


def throughput(provisioned: Throughput, now: float) -> Output:
    """Return the units and the times of their last changes; a time is absent if there was no change."""
    output: Output = {
        "ReadCapacityUnits": provisioned.read_units,
        "WriteCapacityUnits": provisioned.write_units,
    }
    if provisioned.last_increase is not None:
        output["LastIncreaseDateTime"] = Timestamp(provisioned.last_increase)
    if provisioned.last_decrease is not None:
        output["LastDecreaseDateTime"] = Timestamp(provisioned.last_decrease)
        output["NumberOfDecreasesToday"] = provisioned.decreases_on(now)
    return output
