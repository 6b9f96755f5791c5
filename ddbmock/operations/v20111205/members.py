"""Members that the inputs of several families share.

Source of bounds and patterns: AWS's service model `dynamodb-2011-12-05`. Source of the order in which
enumerations are printed: later recordings of the same service.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from ddbmock import shapes
from ddbmock.errors import ValidationException
from ddbmock.shapes import Enum, Length, Long, Pattern, Range, RawAttributeValue
from ddbmock.shapes.constraints import NAME

PACKAGE: Final = "com.amazonaws.dynamodb.v20111205"

MIN_TABLE_NAME: Final = 3
MAX_TABLE_NAME: Final = 255

TableName: TypeAlias = Annotated[str, Pattern(NAME), Length(MIN_TABLE_NAME, MAX_TABLE_NAME)]
AttributeName: TypeAlias = Annotated[str, Length(1, 255)]
AttributeNames: TypeAlias = Annotated[list[str], Length(1)]
Limit: TypeAlias = Annotated[int, Range(1)]
ReturnValue: TypeAlias = Annotated[
    str, Enum("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
]


class Structure(shapes.Structure):
    """A structure of this version, in which attribute values have six types."""

    package = PACKAGE
    documents = False


class Input(shapes.Input):
    """The input of an operation of this version."""

    package = PACKAGE
    documents = False


class TableInput(Input):
    """The input of an operation on one table."""

    table_name: Annotated[str, Pattern(NAME)]

    def check_first(self) -> None:
        name = self.table_name
        if name is not None and not MIN_TABLE_NAME <= len(name) <= MAX_TABLE_NAME:
            # The spelling is the service's.
            raise ValidationException(
                f"The paramater 'tableName' must be at least {MIN_TABLE_NAME} characters long and "
                f"at most {MAX_TABLE_NAME} characters long",
                hint=f"The table name {name!r} has {len(name)} characters; 3 to 255 are allowed.",
            )


class Key(Structure):
    """The key of an item: values without names."""

    hash_key_element: RawAttributeValue
    range_key_element: RawAttributeValue | None = None


class KeySchemaElement(Structure):
    attribute_name: AttributeName
    attribute_type: Annotated[str, Enum("B", "N", "S")]


class KeySchema(Structure):
    hash_key_element: KeySchemaElement
    range_key_element: KeySchemaElement | None = None


class ProvisionedThroughput(Structure):
    read_capacity_units: Annotated[Long, Range(1)]
    write_capacity_units: Annotated[Long, Range(1)]
