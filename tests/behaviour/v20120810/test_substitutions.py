"""The size limit of ExpressionAttributeNames and ExpressionAttributeValues: 2 MB in one request.

Source: Developer Guide, "Quotas", for the limit; the texts are those of Amazon's client for DynamoDB
Accelerator, which makes the same checks (amazon-dax-client on PyPI, ``RequestValidator``).
"""

from __future__ import annotations

from typing import Any, Literal

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import ValidationException
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.calling import START

MOST = 2_097_152
NAMES = "ExpressionAttributeNames exceeds max size"
VALUES = "ExpressionAttributeValues exceeds max size"
BOTH = "Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size"


def router(limits: Literal["aws", "none"] = "aws") -> Router:
    service = Router(DynamoDB(MemoryStorage(), Settings(limits=limits), ManualClock(START)))
    service.perform(
        service.target("DynamoDB_20120810.CreateTable"),
        {
            "TableName": "music",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        },
    )
    return service


def filtered(names: int, values: int) -> dict[str, Any]:
    """Return a filter with names and values of that many bytes, their references of two bytes included."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGH"
    parts = [names // len(letters)] * len(letters)
    parts[0] += names - sum(parts)
    return {
        "FilterExpression": f"{' OR '.join(f'#{letter} = :v' for letter in letters)}",
        "ExpressionAttributeNames": {
            f"#{letter}": "x" * (size - 2) for letter, size in zip(letters, parts, strict=True)
        },
        "ExpressionAttributeValues": {":v": {"S": "x" * (values - 2)}},
    }


def answer(request: dict[str, Any], limits: Literal["aws", "none"] = "aws") -> Any:
    service = router(limits)
    try:
        return service.perform(
            service.target("DynamoDB_20120810.Scan"), {"TableName": "music", **request}
        )["Count"]
    except ValidationException as error:
        return error.message


@pytest.mark.parametrize(
    ("names", "values", "expected"),
    [
        (MOST - 1000, 1000, 0),
        (MOST - 1000, 1001, BOTH),
        (MOST + 1, 3, NAMES),
        (102, MOST + 1, VALUES),
        (MOST + 1, MOST + 1, NAMES),
    ],
)
def test_names_and_values_have_at_most_2_mb(names: int, values: int, expected: object) -> None:
    assert answer(filtered(names, values)) == expected


def test_without_limits_there_is_none() -> None:
    assert answer(filtered(102, MOST + 1), limits="none") == 0
