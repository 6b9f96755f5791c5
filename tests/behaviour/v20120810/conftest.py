"""This API version has doors more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ddbmock.database import DynamoDB
from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.doors import DOORS, Send

ALL = DOORS | BOTO3_DOORS


@pytest.fixture(params=list(ALL))
def send(request: pytest.FixtureRequest, dynamodb: DynamoDB) -> Iterator[Send]:
    with ALL[request.param](dynamodb) as door:
        yield door
