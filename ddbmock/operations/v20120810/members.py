"""Members that the inputs of several families share.

Bounds, patterns and the printed order of enumerations: AWS's service model and recorded answers.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from ddbmock.shapes import Enum, Length, Pattern, TableNameOrArn
from ddbmock.shapes.constraints import NAME

TableName: TypeAlias = Annotated[str, TableNameOrArn()]
IndexName: TypeAlias = Annotated[str, Pattern(NAME), Length(3, 255)]
AttributeName: TypeAlias = Annotated[str, Length(1, 255)]
ReturnConsumedCapacity: TypeAlias = Annotated[str, Enum("INDEXES", "TOTAL", "NONE")]
ReturnItemCollectionMetrics: TypeAlias = Annotated[str, Enum("SIZE", "NONE")]
ReturnValues: TypeAlias = Annotated[
    str, Enum("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
]
ReturnValuesOnConditionCheckFailure: TypeAlias = Annotated[str, Enum("ALL_OLD", "NONE")]
ConditionalOperator: TypeAlias = Annotated[str, Enum("OR", "AND")]
ComparisonOperator: TypeAlias = Annotated[
    str,
    Enum(
        "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
        "BEGINS_WITH", "GE", "CONTAINS",
    ),
]  # fmt: skip
ARN_START: Final = "arn:"
