"""The tables of a caller by region."""

from __future__ import annotations

from collections.abc import Iterator

from ddbmock.database import DynamoDB
from ddbmock.database.arn import REGIONS
from ddbmock.database.db import catalogue_prefix


def catalogues(databases: str, access_key: str) -> Iterator[tuple[str, str]]:
    """Yield each region with the prefix of its catalogue. If all share one catalogue, the region's
    name is empty.

    >>> list(catalogues("one", ""))
    [('', '')]
    """
    if databases == "one":
        yield "", ""
        return
    for region in REGIONS:
        yield region, catalogue_prefix(databases, access_key, region)


def tables_of(dynamodb: DynamoDB, *, region: str, access_key: str) -> list[str]:
    """Return the names of a caller's tables in one region."""
    with dynamodb.call(region=region, access_key=access_key).read() as tables:
        return [table.name for table in tables.sound_descriptions() if not table.restoring]


def regions(dynamodb: DynamoDB, access_key: str) -> dict[str, int]:
    """Return the number of a caller's tables in each region.

    If all regions share their tables, each region has the number of all.
    """
    found = {}
    for region in REGIONS:
        with dynamodb.call(region=region, access_key=access_key).read() as tables:
            found[region] = tables.count()
    return found
