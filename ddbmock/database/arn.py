"""The AWS partition in ARNs, by region."""

from __future__ import annotations

from collections.abc import Mapping
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


def partition(region: str) -> str:
    """Return the partition of a region.

    >>> partition("eu-west-1"), partition("cn-north-1")
    ('aws', 'aws-cn')
    """
    return next((name for prefix, name in PREFIXES.items() if region.startswith(prefix)), "aws")
