"""What is measured: requests of DynamoDB 2012-08-10, the same for every contender.

A workload is created for each repetition `n`, so that no answer comes from a cache.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Request: TypeAlias = tuple[str, dict[str, Any]]
"""An operation and its parameters, as botocore's low-level client takes them and the wire does."""

SINGLE: Final = "bench-single"
SERIES: Final = "bench-series"
LARGE: Final = "bench-large"
BINARY: Final = "bench-binary"
SINGLE_ITEMS: Final = 1000
SERIES_ITEMS: Final = 1000
LARGE_ITEMS: Final = 20_000


class Workload(NamedTuple):
    """One kind of request."""

    name: str
    requests: Callable[[int], list[Request]]
    """The requests of repetition n; their sum is what is timed."""
    weight: float
    """Repetitions relative to a single get: slow requests are repeated less often."""
    large: bool = False
    """Whether the table of 20,000 items is needed."""


def item(partition: str, position: int | None = None) -> dict[str, Any]:
    """An item of ten attributes and some 600 bytes of JSON."""
    key: dict[str, Any] = {"pk": {"S": partition}}
    if position is not None:
        key["sk"] = {"N": str(position)}
    return key | {
        "name": {"S": f"name of {partition} number {position}"},
        "email": {"S": f"{partition}.{position}@example.com"},
        "age": {"N": str(20 + (position or 0) % 50)},
        "score": {"N": "1234.5678"},
        "active": {"BOOL": True},
        "tags": {"SS": ["alpha", "beta", "gamma"]},
        "address": {"M": {"street": {"S": "1 Long Street, Some Town"}, "zip": {"S": "12345"}}},
        "history": {"L": [{"N": "1"}, {"N": "2"}, {"S": "three"}]},
        "text": {"S": "x" * 150},
    }


def _with_binary(partition: str, position: int) -> dict[str, Any]:
    return item(partition, position) | {"image": {"B": bytes(range(60))}}


def as_json(value: object) -> str:
    """Bytes as JSON has them, for a JSON encoder."""
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode("ascii")


def table(name: str, *keys: tuple[str, str, str]) -> Request:
    return "CreateTable", {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": kind} for key, kind, _ in keys
        ],
        "KeySchema": [{"AttributeName": key, "KeyType": role} for key, _, role in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


PK: Final = ("pk", "S", "HASH")
SK: Final = ("sk", "N", "RANGE")


def setup(*, large: bool) -> Iterator[Request]:
    """The tables and items that the workloads need."""
    yield table(SINGLE, PK)
    yield table(SERIES, PK, SK)
    for n in range(0, SINGLE_ITEMS, 25):
        yield write(SINGLE, [item(f"user-{i}") for i in range(n, n + 25)])
    for partition in range(SERIES_ITEMS // 50):
        for start in (0, 25):
            yield write(
                SERIES, [item(f"series-{partition}", start + position) for position in range(25)]
            )
    yield table(BINARY, PK, SK)
    for partition in range(SERIES_ITEMS // 50):
        for start in (0, 25):
            name = f"series-{partition}"
            yield write(BINARY, [_with_binary(name, start + position) for position in range(25)])
    if large:
        yield table(LARGE, PK, SK)
        for start in range(0, LARGE_ITEMS, 25):
            yield write(LARGE, [item("large", start + position) for position in range(25)])


def write(name: str, items: list[dict[str, Any]]) -> Request:
    return "BatchWriteItem", {"RequestItems": {name: [{"PutRequest": {"Item": i}} for i in items]}}


def _create(n: int) -> list[Request]:
    name = f"bench-new-{n}"
    return [table(name, PK, SK), ("DeleteTable", {"TableName": name})]


def _key(n: int) -> dict[str, Any]:
    return {"TableName": SINGLE, "Key": {"pk": {"S": f"user-{n % SINGLE_ITEMS}"}}}


def _get(n: int) -> list[Request]:
    return [("GetItem", _key(n))]


def _put(n: int) -> list[Request]:
    return [("PutItem", {"TableName": SINGLE, "Item": item(f"put-{n}")})]


def _update(n: int) -> list[Request]:
    return [
        (
            "UpdateItem",
            _key(n)
            | {
                "UpdateExpression": "SET age = :a, score = score + :one",
                "ConditionExpression": "attribute_exists(pk) AND active = :yes",
                "ExpressionAttributeValues": {
                    ":a": {"N": str(n % 90)},
                    ":one": {"N": "1"},
                    ":yes": {"BOOL": True},
                },
            },
        )
    ]


def _delete(n: int) -> list[Request]:
    return [("DeleteItem", {"TableName": SINGLE, "Key": {"pk": {"S": f"put-{n}"}}})]


def _query(table: str, partition: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :p AND sk >= :s",
        "ExpressionAttributeValues": {":p": {"S": partition}, ":s": {"N": "10"}},
        "Limit": 25,
    }


def _query_25(n: int) -> list[Request]:
    return [("Query", _query(SERIES, f"series-{n % 20}"))]


def _query_filter(n: int) -> list[Request]:
    request = _query(SERIES, f"series-{n % 20}")
    request["FilterExpression"] = "age > :age AND active = :yes"
    request["ExpressionAttributeValues"] |= {":age": {"N": "40"}, ":yes": {"BOOL": True}}
    return [("Query", request)]


def _query_large(n: int) -> list[Request]:
    request = _query(LARGE, "large")
    request["ExpressionAttributeValues"][":s"] = {"N": str(10_000 + n % 100)}
    return [("Query", request)]


def _scan(_: int) -> list[Request]:
    return [("Scan", {"TableName": SERIES})]


def _query_binary(n: int) -> list[Request]:
    return [("Query", _query(BINARY, f"series-{n % 20}"))]


def _scan_binary(_: int) -> list[Request]:
    return [("Scan", {"TableName": BINARY})]


def _batch(n: int) -> list[Request]:
    return [write(SINGLE, [item(f"batch-{n}-{i}") for i in range(25)])]


def _transaction(n: int) -> list[Request]:
    put = {"TableName": SINGLE, "Item": item(f"transaction-{n}")}
    check = _key(n) | {"ConditionExpression": "attribute_exists(pk)"}
    update = _key(n + 1) | {
        "UpdateExpression": "SET age = :a",
        "ExpressionAttributeValues": {":a": {"N": "33"}},
    }
    delete = {"TableName": SINGLE, "Key": {"pk": {"S": f"gone-{n}"}}}
    return [
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": put},
                    {"ConditionCheck": check},
                    {"Update": update},
                    {"Delete": delete},
                ]
            },
        )
    ]


def _statement(text: str, *parameters: Any, **members: Any) -> list[Request]:
    request = {"Statement": text, "Parameters": list(parameters), **members}
    return [("ExecuteStatement", request)]


def _partiql_get(n: int) -> list[Request]:
    return _statement(f'SELECT * FROM "{SINGLE}" WHERE pk = ?', _key(n)["Key"]["pk"])


def _partiql_put(n: int) -> list[Request]:
    put = item(f"statement-{n}")
    members = ", ".join([f"'{name}': ?" for name in put])
    return _statement(f'INSERT INTO "{SINGLE}" VALUE {{{members}}}', *put.values())


def _partiql_update(n: int) -> list[Request]:
    text = f'UPDATE "{SINGLE}" SET age = ?, score = score + 1 WHERE pk = ? AND active = true'
    return _statement(text, {"N": str(n % 90)}, _key(n)["Key"]["pk"])


def _partiql_query(n: int) -> list[Request]:
    text = f'SELECT * FROM "{SERIES}" WHERE pk = ? AND sk >= ?'
    return _statement(text, {"S": f"series-{n % 20}"}, {"N": "10"}, Limit=25)


WORKLOADS: Final[Mapping[str, Workload]] = {
    workload.name: workload
    for workload in (
        Workload("create table", _create, 0.2),
        Workload("get", _get, 1.0),
        Workload("put", _put, 1.0),
        Workload("update", _update, 1.0),
        Workload("delete", _delete, 1.0),
        Workload("query of 25", _query_25, 0.5),
        Workload("query with filter", _query_filter, 0.5),
        Workload("scan of 1,000", _scan, 0.04),
        Workload("query of 25 with binaries", _query_binary, 0.5),
        Workload("scan of 1,000 with binaries", _scan_binary, 0.04),
        Workload("batch write of 25", _batch, 0.1),
        Workload("transaction of 4", _transaction, 0.4),
        Workload("query at 20,000", _query_large, 0.5, large=True),
        Workload("PartiQL get", _partiql_get, 1.0),
        Workload("PartiQL put", _partiql_put, 1.0),
        Workload("PartiQL update", _partiql_update, 1.0),
        Workload("PartiQL query of 25", _partiql_query, 0.5),
    )
}

SAME_BY_ITEM: Final[Mapping[str, str]] = {
    name: name.removeprefix("PartiQL ") for name in WORKLOADS if name.startswith("PartiQL ")
}
"""The workload that does without PartiQL what one does by a statement."""
