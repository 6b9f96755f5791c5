"""Server-side encryption: the key that a table's description names, and changes of it.

Source of texts: recorded answers of the service, October 2026.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Final

from ddbmock.database.arn import partition
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.schema import DAY
from ddbmock.errors import LimitExceededException
from ddbmock.named_tuple import NamedTuple

FREE_CHANGES: Final = 4
"""Changes in 24 hours that need no pause."""
CHANGE_PAUSE: Final = 21600.0
"""Seconds between each further change and the one before."""


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
    _check(specification)
    if not (specification.enabled or specification.type or specification.key_id):
        return {}
    return {
        "Status": "ENABLED",
        "SSEType": "KMS",
        "KMSMasterKeyArn": _key_arn(specification.key_id, region, account_id),
    }


def _check(specification: Encryption) -> None:
    """Check that the members fit together; without Enabled, SSEType KMS enables encryption."""
    if specification.enabled is False:
        for name, value in (
            ("SSEType", specification.type),
            ("KMSMasterKeyId", specification.key_id),
        ):
            if value is not None:
                raise invalid(
                    f"{name} can not be specified if Enabled is false",
                    hint=f"Set Enabled to true, or leave {name} out.",
                )
    if specification.type == "AES256":
        raise invalid(
            "SSEType AES256 is not supported",
            hint="Set SSEType to KMS, or leave SSESpecification out for a key that AWS owns.",
        )
    if specification.key_id is not None and specification.type is None:
        raise invalid(
            "SSEType KMS is required if KMSMasterKeyId is specified",
            hint="Add SSEType KMS, or leave KMSMasterKeyId out for the AWS managed key.",
        )


def check_change(
    current: Mapping[str, str], new: Mapping[str, str], specification: Encryption
) -> None:
    """Check that a change of encryption changes something.

    Only the ARN of the current key is recognized as such: its id, an alias and a request
    without a key encrypt the table again.
    """
    if not new and not current:
        raise invalid(
            "Table is already encrypted by default",
            hint="The table has a key that AWS owns; set Enabled to true for a key in KMS.",
        )
    key = specification.key_id
    if key is not None and key == current.get("KMSMasterKeyArn"):
        raise invalid(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter "
            "if you want to change Master Key",
            hint=f"The table is encrypted with {key} now; name another key.",
        )


def check_frequency(changes: tuple[float, ...], now: float) -> tuple[float, ...]:
    """Return the times of changes in the last 24 hours, including this change.

    :raises LimitExceededException: there were too many.
    """
    recent = tuple(at for at in changes if at > now - DAY)
    if len(recent) >= FREE_CHANGES and now < recent[-1] + CHANGE_PAUSE:
        raise LimitExceededException(
            "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window "
            f"ending at {_printed(recent[0] + DAY)}. After the first {FREE_CHANGES} change, each "
            "subsequent change in the same window can be performed at most once every "
            f"{CHANGE_PAUSE:.0f} seconds. Number of updates today: {len(recent)}. "
            f"Last change at {_printed(recent[-1])}. "
            f"Next changes can be made at {_printed(recent[-1] + CHANGE_PAUSE)}.",
            hint="The setting ddbmock.limits = none lifts this limit.",
        )
    return (*recent, now)


def _printed(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def _key_arn(key_id: str | None, region: str, account_id: str) -> str:
    """Return the ARN of a key; by default, of the account's AWS managed key for DynamoDB.

    DynamoDB describes the key that an alias stands for, so each alias stands for a key here too.
    """
    start = f"arn:{partition(region)}:kms:{region}:{account_id}:"
    if key_id is None or key_id == "alias/aws/dynamodb":
        return f"{start}key/{uuid.uuid5(uuid.NAMESPACE_URL, start)}"
    if key_id.startswith("alias/"):
        return f"{start}key/{uuid.uuid5(uuid.NAMESPACE_URL, start + key_id)}"
    if key_id.startswith("arn:"):
        _, alias, name = key_id.partition(":alias/")
        return _key_arn("alias/" + name, region, account_id) if alias else key_id
    return f"{start}key/{key_id}"
