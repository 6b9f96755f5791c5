"""Tables: CreateTable and DescribeTable."""

from __future__ import annotations

import uuid
from typing import Annotated

from ddbmock.database import Call
from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import TableDescription
from ddbmock.operations.operation import Output, Timestamp
from ddbmock.operations.v20120810.members import AttributeName, TableName
from ddbmock.shapes import Enum, Input, Structure


class AttributeDefinition(Structure):
    attribute_name: AttributeName
    attribute_type: Annotated[str, Enum("B", "N", "S")]


class KeySchemaElement(Structure):
    attribute_name: AttributeName
    key_type: Annotated[str, Enum("HASH", "RANGE")]


class CreateTableInput(Input):
    attribute_definitions: list[AttributeDefinition]
    table_name: TableName
    key_schema: list[KeySchemaElement]


def create_table(call: Call, request: CreateTableInput) -> Output:
    """Bring a table to be."""
    types = {d.attribute_name: d.attribute_type for d in request.attribute_definitions}
    keys = [KeyAttribute(e.attribute_name, types[e.attribute_name]) for e in request.key_schema]
    with call.write() as tables:
        description = TableDescription(
            name=request.table_name,
            table_id=str(uuid.uuid4()),
            created_at=tables.now,
            key_schema=KeySchema(tuple(keys[:1]), tuple(keys[1:])),
            attributes=tuple(KeyAttribute(name, kind) for name, kind in types.items()),
            prefix=call.prefix,
        )
        tables.save(description.name, (tables.now, description))
    return {"TableDescription": table_output(description)}


class DescribeTableInput(Input):
    table_name: TableName


def describe_table(call: Call, request: DescribeTableInput) -> Output:
    """What a table is at this time."""
    with call.read() as tables:
        return {"Table": table_output(tables[request.table_name].description)}


def table_output(description: TableDescription) -> Output:
    return {
        "TableName": description.name,
        "TableStatus": description.status,
        "CreationDateTime": Timestamp(description.created_at),
    }
