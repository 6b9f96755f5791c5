"""Server-side encryption: the key that a table's description names."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ddbmock.database.arn import partition
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.named_tuple import NamedTuple


class Encryption(NamedTuple):
    """The SSESpecification of a request."""

    enabled: bool | None
    type: str | None
    key_id: str | None


def described(
    specification: Encryption | None, *, region: str, account_id: str
) -> Mapping[str, str]:
    """Return the SSEDescription of a table; empty for encryption with a key owned by AWS.

    :raises ValidationException: the members do not fit together.
    """
    if specification is None:
        return {}
    if not specification.enabled:
        if specification.type is not None or specification.key_id is not None:
            raise invalid(
                "SSEType and KMSMasterKeyId can only be specified if SSE is enabled",
                hint="Set Enabled to true, or leave SSEType and KMSMasterKeyId out.",
            )
        return {}
    if specification.type == "AES256":
        raise invalid(
            "SSEType AES256 is not supported",
            hint="Set SSEType to KMS, or leave SSESpecification out for a key that AWS owns.",
        )
    return {
        "Status": "ENABLED",
        "SSEType": "KMS",
        "KMSMasterKeyArn": _key_arn(specification.key_id, region, account_id),
    }


def _key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """Return the ARN of a key; by default, of the account's AWS managed key for DynamoDB."""
    if key_id is not None and key_id.startswith("arn:"):
        return key_id
    start = f"arn:{partition(region)}:kms:{region}:{account_id}:"
    if key_id is not None and key_id.startswith("alias/"):
        return start + key_id
    return f"{start}key/{key_id or uuid.uuid5(uuid.NAMESPACE_URL, start)}"
