"""The roll-out of DynamoDB's new request validation, by era and region.

Since June 2026 AWS replaces the validation of requests, operation by operation and region by
region. The new one names the member instead of echoing its value, stops at the first error where
the old one collected all, puts ``1 validation error detected: `` before texts that stood alone and
words malformed numbers and duplicate set members differently.

Source: answers of 33 commercial regions, recorded from June to 9 October 2026.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import cache
from typing import Final, TypeAlias


class Wave(enum.Enum):
    """A part of the roll-out: the behaviours that every region changes together."""

    ITEMS = "PutItem, UpdateItem, DeleteItem; values of GetItem and Query"
    BATCH_GET = "BatchGetItem"
    SCAN = "parameters of Scan"
    BATCH_WRITE = "RequestItems of BatchWriteItem"
    TRANSACTIONS = "TransactGetItems and TransactWriteItems"


RollOut: TypeAlias = frozenset[Wave]
"""The waves that have reached a region."""

OLD: Final[RollOut] = frozenset()

_NEW_UNLESS: Final[Mapping[Wave, frozenset[str]]] = {
    Wave.ITEMS: frozenset({"eu-south-2", "me-central-1"}),
    Wave.BATCH_GET: frozenset({"me-central-1"}),
}
"""Regions that a wave has not reached; it has reached all others."""

_NEW_IN: Final[Mapping[Wave, frozenset[str]]] = {
    Wave.SCAN: frozenset(
        {
            "af-south-1",
            "ap-east-2",
            "ap-northeast-2",
            "ap-southeast-1",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "eu-central-1",
            "eu-west-2",
            "us-west-1",
        }
    ),
    Wave.BATCH_WRITE: frozenset(
        {"ap-east-2", "ap-southeast-1", "eu-central-1", "eu-north-1", "eu-west-2"}
    ),
    Wave.TRANSACTIONS: frozenset({"ap-northeast-2", "eu-north-1", "eu-west-2"}),
}
"""Regions that a wave has reached; it has reached no others."""

REGIONS: Final = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
    "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
    "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
    "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""AWS's commercial regions. Source: AWS General Reference, "Amazon DynamoDB endpoints"."""

ERA_2025: Final = "2025"
"""Before the roll-out."""
BY_REGION: Final = "by-region"
"""As the region for which the request is signed."""
DEFAULT: Final = "2026-us-east-1"
WORDINGS: Final = (
    ERA_2025,
    DEFAULT,
    "2026-eu-west-2",
    BY_REGION,
    *REGIONS,
)


def wording(value: object) -> str:
    """Convert the setting: an era, a region with or without ``2026-``, or ``by-region``.

    >>> wording("2026-eu-west-2"), wording("eu-north-1"), wording("latest")
    ('2026-eu-west-2', '2026-eu-north-1', '2026-us-east-1')
    """
    if value == "latest":
        return DEFAULT
    if value in (ERA_2025, BY_REGION):
        return str(value)
    region = str(value).removeprefix("2026-")
    if region not in REGIONS:
        raise ValueError("must be 2025, by-region or the name of an AWS region")
    return f"2026-{region}"


@cache
def roll_out(wording: str, region: str = "us-east-1") -> RollOut:
    """Return the waves of a wording; `region` counts only if that is ``by-region``.

    >>> Wave.TRANSACTIONS in roll_out("2026-eu-west-2"), roll_out("2025") == OLD
    (True, True)
    >>> roll_out("by-region", "us-east-1") == roll_out("2026-us-east-1")
    True
    """
    if wording == ERA_2025:
        return OLD
    if wording != BY_REGION:
        region = wording.removeprefix("2026-")
    reached = {wave for wave, regions in _NEW_IN.items() if region in regions}
    reached.update(wave for wave, regions in _NEW_UNLESS.items() if region not in regions)
    return frozenset(reached)
