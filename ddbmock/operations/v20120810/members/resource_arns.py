"""ARNs of tables and streams in the member ``ResourceArn``."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from ddbmock.database import Call
from ddbmock.database.key import INVALID
from ddbmock.errors import ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.shapes import Length
from ddbmock.shapes.constraints import NAME

ResourceArn: TypeAlias = Annotated[str, Length(1, 1283)]

_RESOURCE: Final = re.compile(
    r"arn:aws[a-z-]*:dynamodb:(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.*)", re.DOTALL
)
_KINDS: Final = re.compile(r"table/[^/]*(/(index|stream)/.*)?", re.DOTALL)
_TABLE: Final = re.compile(rf"table/(?P<name>{NAME})(/stream/(?P<label>.+))?")


class Resource(NamedTuple):
    """A table, or one of its streams."""

    table_name: str
    stream_label: str | None
    region: str
    account_id: str


def check_is_arn(text: str) -> None:
    """Check that a ResourceArn is an ARN.

    :raises ValidationException: it is not.
    """
    if not text.startswith("arn:"):
        raise ValidationException(
            f"{INVALID}ARNs must start with 'arn:': {text}",
            hint="ResourceArn must be the ARN of a table, which DescribeTable returns.",
        )


def resource_of(call: Call, arn: str) -> Resource:
    """Return the table or stream that an ARN names, in any region and account.

    :raises ValidationException: it is not the ARN of a table or stream.
    """
    hint = f"A table's ARN is like {call.table_arn('Music')}."
    match = _RESOURCE.fullmatch(arn)
    if match is None or not _KINDS.fullmatch(match["resource"]):
        raise ValidationException(
            f"{INVALID}Provided Arn is not a DynamoDB resource arn: {arn}", hint=hint
        )
    table = _TABLE.fullmatch(match["resource"])
    if table is None:
        raise ValidationException(
            f"{INVALID}Invalid resource arn provided, only table or stream is accepted. "
            f"Provided resource arn: {arn}",
            hint=hint,
        )
    return Resource(table["name"], table["label"], match["region"], match["account"])
