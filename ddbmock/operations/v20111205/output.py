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
"""Bytes that one unit of reading pays for in this version."""
ITEM_OVERHEAD: Final = 100
"""Bytes that the service adds to each item in TableSizeBytes, for indexing it.

Source: AWS's pricing page of 2012.
"""


def read_capacity(sizes: Iterable[int], *, consistent: bool) -> float:
    """Return the units of reading items of these sizes one by one; a missing item has size 0."""
    return sum([read_units(size, consistent=consistent, unit=READ_UNIT) for size in sizes])


def page_capacity(size: int, *, consistent: bool) -> float:
    """Return the units of reading one page of this size."""
    return read_units(size, consistent=consistent, unit=READ_UNIT)


def write_capacity(written: Written) -> float:
    """Return the units of a write, including those of indexes, which only later versions know."""
    return written.total


def table_description(description: TableDescription, now: float) -> Output:
    """Describe a table as CreateTable, UpdateTable and DeleteTable do: without its totals."""
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
    """Describe units and their last changes; dates appear only if there was a change."""
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
