"""DescribeLimits and DescribeEndpoints."""

from __future__ import annotations

import orjson

from ddbmock.database import DynamoDB
from ddbmock.service.http import WireRequest, handle
from ddbmock.service.router import Router
from tests.behaviour.calling import Caller
from tests.behaviour.doors import SIGNED


def test_limits_are_the_default_quotas(call: Caller) -> None:
    assert call("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }


def test_there_is_one_endpoint(call: Caller) -> None:
    (endpoint,) = call("DescribeEndpoints")["Endpoints"]
    assert endpoint["CachePeriodInMinutes"] == 1440


def test_the_endpoint_is_the_host_that_was_asked(dynamodb: DynamoDB) -> None:
    headers = {
        **SIGNED,
        "x-amz-target": "DynamoDB_20120810.DescribeEndpoints",
        "host": "localhost:6543",
    }
    response = handle(Router(dynamodb), WireRequest("POST", "/", "", headers, b"{}"))
    assert orjson.loads(response.body) == {
        "Endpoints": [{"Address": "localhost:6543", "CachePeriodInMinutes": 1440}]
    }
