"""The AWS partition in ARNs, by region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

PREFIXES: Final[Mapping[str, str]] = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}
"""Partitions by prefix of region names. Source: botocore's partitions.json."""

REGIONS: Final = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
)
"""Regions in which a hint looks for a table that a caller's own lacks. Source: botocore's
endpoints.json."""


@lru_cache(maxsize=64)
def partition(region: str) -> str:
    """Return the partition of a region.

    >>> partition("eu-west-1"), partition("cn-north-1")
    ('aws', 'aws-cn')
    """
    return next((name for prefix, name in PREFIXES.items() if region.startswith(prefix)), "aws")
