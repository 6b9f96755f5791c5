"""Members that the inputs of several families share.

Sources of bounds, patterns and the printed order of enumerations: AWS's service model and recorded answers.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from ddbmock.database import Call
from ddbmock.database.arn import partition
from ddbmock.errors import AccessDeniedException, ValidationException
from ddbmock.later import pattern
from ddbmock.named_tuple import NamedTuple
from ddbmock.shapes import (
    Enum,
    Input,
    Length,
    Pattern,
    RawAttributeValue,
    Structure,
    TableNameOrArn,
)
from ddbmock.shapes.constraints import NAME

ARN: Final = "arn:"
PREFIX: Final = "1 validation error detected: "
_TABLE_ARN: Final = pattern(
    rf"arn:aws[a-z-]*:dynamodb:(?P<region>[^:]*):(?P<account>[^:]*):table/(?P<name>{NAME})"
)

TableName: TypeAlias = Annotated[str, TableNameOrArn()]
NewTableName: TypeAlias = Annotated[str, TableNameOrArn(empty_is_short=True)]
ControlTableName: TypeAlias = Annotated[str, TableNameOrArn(empty_is_short=True, length_first=True)]
"""The name of a table in requests that manage it. Source: recorded in October 2026."""
IndexName: TypeAlias = Annotated[str, Pattern(NAME), Length(3, 255)]
NewIndexName: TypeAlias = Annotated[str, Length(3, 255), Pattern(NAME)]
"""The name of an index in its definition. Source: recorded in October 2026."""
AttributeName: TypeAlias = Annotated[str, Length(1, 255)]
ReturnConsumedCapacity: TypeAlias = Annotated[str, Enum("INDEXES", "TOTAL", "NONE")]
ReturnItemCollectionMetrics: TypeAlias = Annotated[str, Enum("SIZE", "NONE")]
ReturnValues: TypeAlias = Annotated[
    str,
    Enum(
        "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW",
        # "UPDATE_NEW" is the service's misprint.
        printed_2026=("ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATE_NEW", "NONE"),
    ),
]  # fmt: skip
ReturnValuesOnConditionCheckFailure: TypeAlias = Annotated[str, Enum("ALL_OLD", "NONE")]
ConditionalOperator: TypeAlias = Annotated[str, Enum("OR", "AND", printed_2026=("ALL", "OR"))]
ComparisonOperator: TypeAlias = Annotated[
    str,
    Enum(
        "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
        "BEGINS_WITH", "GE", "CONTAINS",
    ),
]  # fmt: skip


class ControlInput(Input):
    """The input of an operation that manages a table; it checks TableName before all else."""

    def check_first(self) -> None:
        if self.__dict__["table_name"] is None:
            raise ValidationException(
                "The parameter 'TableName' is required but was not present in the request",
                hint="Add TableName, the table's name or its ARN.",
            )


def check_length(member: str, name: str | None) -> None:
    """Check the length of a name where the error is a sentence instead of a violated constraint.

    :raises ValidationException: it has fewer than 3 characters, or more than 255.
    """
    if name is not None and not 3 <= len(name) <= 255:
        raise ValidationException(
            f"{member} must be at least 3 characters long and at most 255 characters long",
            hint=f"{name!r} has {len(name)} characters; 3 to 255 are allowed.",
        )


class Located(NamedTuple):
    """The region, account and name in a table's ARN."""

    region: str
    account: str
    name: str


def located(call: Call, arn: str) -> Located:
    """Return the parts of a table's ARN, which may be of another region or account.

    :raises ValidationException: it is not the ARN of a table.
    """
    match = _TABLE_ARN.fullmatch(arn)
    if match is None:
        raise ValidationException(
            f"Invalid TableArn: Invalid ResourceArn provided as input {arn}",
            hint=f"A table's ARN is like {call.table_arn('Music')}.",
        )
    return Located(match["region"], match["account"], match["name"])


def table_name(call: Call, value: str) -> str:
    """Return the name of a table from its name or its ARN.

    :raises ValidationException: the ARN is not that of a table in this region.
    :raises AccessDeniedException: the table belongs to another account.
    """
    if not value.startswith(ARN):
        return value
    found = located(call, value)
    check_owner(call, value, found.region, found.account)
    return found.name


def check_owner(call: Call, arn: str, region: str, account: str) -> None:
    """Check that an ARN is of the caller's region and account.

    :raises ValidationException: it is of another region.
    :raises AccessDeniedException: it is of another account.
    """
    if region != call.region:
        raise ValidationException(
            f"{PREFIX}Invalid AWS region in '{arn}'",
            hint=f"The request was signed for the region {call.region}.",
        )
    if account != call.account_id:
        hint = f"This account is {call.account_id}, chosen by ddbmock.account_id."
        if call.operation not in _ON_ITEMS:
            raise AccessDeniedException("Access is denied", hint=hint)
        raise AccessDeniedException(
            f"User: arn:{partition(call.region)}:iam::{call.account_id}:root is not authorized to perform: "
            f"dynamodb:{call.operation} on resource: {arn} because no resource-based policy "
            f"allows the dynamodb:{call.operation} action",
            hint=hint,
        )


_ON_ITEMS: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "SearchVectors",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""Operations that a resource policy can allow another account, as their error says."""


class ExpectedAttributeValue(Structure):
    """A member of ``Expected``."""

    value: RawAttributeValue | None = None
    exists: bool | None = None
    comparison_operator: ComparisonOperator | None = None
    attribute_value_list: list[RawAttributeValue] | None = None


class AttributeValueUpdate(Structure):
    """A member of ``AttributeUpdates``."""

    value: RawAttributeValue | None = None
    action: Annotated[str, Enum("ADD", "DELETE", "PUT")] | None = None


class Condition(Structure):
    """A member of ``KeyConditions``, ``QueryFilter`` or ``ScanFilter``."""

    attribute_value_list: list[RawAttributeValue] | None = None
    comparison_operator: ComparisonOperator
