"""Server-side encryption: which key a table is said to be encrypted with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from ddbmock.database.arn import partition
from ddbmock.database.control_plane.key_rules import invalid


class Encryption(NamedTuple):
    """An SSE specification as a request gives it."""

    enabled: bool | None
    type: str | None
    key_id: str | None


def described(wanted: Encryption | None, *, region: str, account_id: str) -> Mapping[str, str]:
    """The SSEDescription of a table; empty when it is encrypted with a key of AWS's own.

    :raises ValidationException: a key without encryption by KMS.
    """
    if wanted is None:
        return {}
    if not wanted.enabled:
        if wanted.type is not None or wanted.key_id is not None:
            raise invalid(
                "SSEType and KMSMasterKeyId can only be specified if SSE is enabled",
                hint="Set SSESpecification.Enabled to true, or leave the others out.",
            )
        return {}
    if wanted.type == "AES256":
        raise invalid("SSEType AES256 is not supported", hint="KMS is the only type DynamoDB has.")
    return {
        "Status": "ENABLED",
        "SSEType": "KMS",
        "KMSMasterKeyArn": _key_arn(wanted.key_id, region, account_id),
    }


def _key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """The ARN of a key; of the account's default key for DynamoDB when none is named."""
    if key_id is not None and key_id.startswith("arn:"):
        return key_id
    start = f"arn:{partition(region)}:kms:{region}:{account_id}:"
    if key_id is not None and key_id.startswith("alias/"):
        return start + key_id
    return f"{start}key/{key_id or uuid.uuid5(uuid.NAMESPACE_URL, start)}"
