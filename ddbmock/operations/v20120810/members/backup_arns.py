"""ARNs of backups, exports, imports and bulk operations in requests.

Source of texts and orders: a published control-plane lab of October 2026.
"""

from __future__ import annotations

import re
from typing import Final

from ddbmock.database import Call
from ddbmock.database.arn import partition
from ddbmock.errors import AccessDeniedException, ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.shapes.constraints import NAME

_ARN: Final = re.compile(
    r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):"
    rf"table/(?P<table>{NAME[:-1]}{{3,255}})/(?P<kind>[a-z-]+)/(?P<id>[0-9]{{14}}-[0-9a-f]{{8}})",
    re.ASCII,
)
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)
_TABLE: Final = re.compile(
    rf"arn:[^:]*:dynamodb:[^:]*:(?P<account>[^:]*):table/(?P<name>{NAME[:-1]}{{1,255}})", re.ASCII
)


class NamedResource(NamedTuple):
    """The resource that an ARN names: a part of a table, by its id."""

    region: str
    table_name: str
    id: str


def parsed(call: Call, arn: str, kind: str) -> NamedResource:
    """Return the parts of an ARN of a kind (``backup``, ``export``, ``import``, ``bulk-operation``).

    The region is not compared with the caller's.

    :raises ValidationException: it is not an ARN of that kind.
    :raises AccessDeniedException: the account is another.
    """
    title = "BulkOperation" if kind == "bulk-operation" else kind.capitalize()
    match = _ARN.fullmatch(arn)
    hint = f"The ARN must be like {call.table_arn('Music')}/{kind}/01489602797149-73d8d5bc."
    if match is None or match["kind"] != kind:
        raise ValidationException(f"Invalid {title} ARN", hint=hint)
    region = match["region"]
    if (
        match["service"] != "dynamodb"
        or not _REGION.fullmatch(region)
        or match["partition"] != partition(region)
    ):
        raise ValidationException(f"Invalid Request: {title}Arn is not valid", hint=hint)
    check_account(call, match["account"])
    return NamedResource(region, match["table"], match["id"])


def check_account(call: Call, account: str) -> None:
    """Check that an ARN is of the caller's account.

    :raises AccessDeniedException: it is not.
    """
    if account != call.account_id:
        raise AccessDeniedException(
            "Access is denied", hint=f"This account is {call.account_id} (ddbmock.account_id)."
        )


def table_of(arn: str) -> tuple[str, str] | None:
    """Return the account and the name in a table's ARN, or None if it is not a table's."""
    match = _TABLE.fullmatch(arn)
    return None if match is None else (match["account"], match["name"])
