"""Random statements carried out: an answer or an error with a hint, nothing else."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage
from tests.partiql.random_statements import Statements

TABLE = {
    "TableName": "Music",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "ByN",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["s"]},
        },
        {
            "IndexName": "BySk",
            "KeySchema": [
                {"AttributeName": "sk", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        },
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "Keys",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def request(random: Random, statements: Statements) -> tuple[str, dict[str, Any]]:
    capacity = {"ReturnConsumedCapacity": random.choice(("NONE", "TOTAL", "INDEXES"))}
    operation = random.choice(
        ("ExecuteStatement", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
    )
    if operation == "ExecuteStatement":
        limit = random.choice(({}, {"Limit": 1}, {"Limit": 3}))
        return operation, {**statements.request(), **limit, **capacity}
    member = "Statements" if operation == "BatchExecuteStatement" else "TransactStatements"
    count = random.choice((1, 2, 3))
    return operation, {member: [statements.request() for _ in range(count)], **capacity}


def carry_out(count: int, seed: int) -> Counter[str]:
    """Carry out statements, their pages to the end, and count the outcomes."""
    random = Random(seed)
    router = Router(DynamoDB(MemoryStorage(), clock=ManualClock(1_790_000_000.0)))
    router.perform(router.target("DynamoDB_20120810.CreateTable"), TABLE)
    statements, outcomes = Statements(random), Counter[str]()
    for _ in range(count):
        operation, body = request(random, statements)
        target = router.target(f"DynamoDB_20120810.{operation}")
        while True:
            try:
                output = router.perform(target, body)
            except DynamoDBError as error:
                outcomes[type(error).__name__] += 1
                if error.status >= 500 or not error.hint:
                    raise AssertionError(f"{body}: {error}, {error.hint}") from error
                break
            outcomes[f"{operation} done"] += 1
            if "NextToken" not in output:
                break
            body = {**body, "NextToken": output["NextToken"]}
    return outcomes


def test_random_statements_are_carried_out_or_refused_with_a_hint() -> None:
    outcomes = carry_out(400, seed=0)
    assert outcomes["ExecuteStatement done"] > 50
    assert outcomes["ValidationException"] > 50
