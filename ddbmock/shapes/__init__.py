"""Request shapes: inputs are declared as typed classes and parsed from JSON with the service's errors.

A shape is a class whose annotated members are those of the service's model, in the order in which
violations are reported::

    class GetItemInput(Input):
        return_consumed_capacity: ReturnConsumedCapacity | None = None
        table_name: TableName
        key: AttributeMap

A member without a default is required. :meth:`Input.parse` first checks JSON types, depth first, and stops
at the first wrong one (SerializationException). Then it checks all constraints and reports all violations
together (ValidationException).
"""

from ddbmock.shapes.constraints import Enum, Length, Limit, Members, Pattern, Range, TableNameOrArn
from ddbmock.shapes.kinds import (
    AttributeList,
    AttributeMap,
    Double,
    Integer,
    Long,
    RawAttributeValue,
    Seconds,
)
from ddbmock.shapes.structure import Input, Structure

__all__ = [
    "AttributeList",
    "AttributeMap",
    "Double",
    "Enum",
    "Input",
    "Integer",
    "Length",
    "Limit",
    "Long",
    "Members",
    "Pattern",
    "Range",
    "RawAttributeValue",
    "Seconds",
    "Structure",
    "TableNameOrArn",
]
