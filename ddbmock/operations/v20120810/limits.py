"""DescribeLimits and DescribeEndpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.database import Call
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.shapes import Input

ACCOUNT_UNITS: Final = 80_000
"""Quota of read units, and of write units, of a region. Source: Developer Guide, default quotas."""
TABLE_UNITS: Final = 40_000

CACHE_MINUTES: Final = 1440


class DescribeLimitsInput(Input):
    pass


def describe_limits(call: Call, request: DescribeLimitsInput) -> Output:
    """Return the default quotas of a region, which are not enforced."""
    return {
        "AccountMaxReadCapacityUnits": ACCOUNT_UNITS,
        "AccountMaxWriteCapacityUnits": ACCOUNT_UNITS,
        "TableMaxReadCapacityUnits": TABLE_UNITS,
        "TableMaxWriteCapacityUnits": TABLE_UNITS,
    }


class DescribeEndpointsInput(Input):
    pass


def describe_endpoints(call: Call, request: DescribeEndpointsInput) -> Output:
    """Return the address of this database: the host of the request.

    So a client that discovers its endpoint this way stays here instead of connecting to AWS.
    """
    address = call.host or f"dynamodb.{call.region}.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": CACHE_MINUTES}]}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeEndpoints": Operation(DescribeEndpointsInput, describe_endpoints, Kind.CONTROL),
    "DescribeLimits": Operation(DescribeLimitsInput, describe_limits, Kind.CONTROL),
}
