"""Searches of a vector index against a model that scores every item of the table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ddbmock
from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import vector_search, vectors
from ddbmock.database.data_plane.vector_search import MatrixCache
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage

TABLE: dict[str, Any] = {
    "TableName": "Tab",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "tenant", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "VectorIndexes": [
        {
            "IndexName": function,
            "VectorAttribute": {"AttributeName": "emb"},
            "SearchSchema": [{"AttributeName": "tenant", "SearchSchemaElementType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "Dimensions": 2,
            "DistanceFunction": function,
        }
        for function in vectors.DISTANCE_FUNCTIONS
    ],
}


class Tab:
    """A table with an index for each distance function."""

    def __init__(self) -> None:
        self.router = Router(DynamoDB(MemoryStorage(), clock=ManualClock()))
        self.call("CreateTable", TABLE)

    def call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)

    def put(self, pk: str, tenant: int, *numbers: int) -> None:
        item = {
            "pk": {"S": pk},
            "tenant": {"N": str(tenant)},
            "emb": {"L": [{"N": str(number)} for number in numbers]},
        }
        self.call("PutItem", {"TableName": "Tab", "Item": item})

    def delete(self, pk: str) -> None:
        self.call("DeleteItem", {"TableName": "Tab", "Key": {"pk": {"S": pk}}})

    def search(self, function: str, tenant: int, top_k: int, *numbers: int) -> list[Any]:
        """The keys and scores that a search finds."""
        body = {
            "TableName": "Tab",
            "IndexName": function,
            "SearchVector": [{"N": str(number)} for number in numbers],
            "TopK": top_k,
            "SearchConditionExpression": "tenant = :t",
            "ExpressionAttributeValues": {":t": {"N": str(tenant)}},
        }
        results = self.call("SearchVectors", body)["SearchResults"]
        return [(one["Item"].get("pk").value, one["Score"]) for one in results]

    def scored(self, function: str, tenant: int, top_k: int, *numbers: int) -> list[Any]:
        """The same, by a score of each item that a scan finds."""
        query = vectors.vector(map(str, numbers))
        found = []
        for item in self.call("Scan", {"TableName": "Tab"})["Items"]:
            if item.get("tenant").value == str(tenant):
                stored = vectors.vector([one.value for one in item.get("emb").value])
                found.append((item.get("pk").value, vectors.score(function, query, stored)))
        return sorted(found, key=lambda one: one[1], reverse=function == "DOT_PRODUCT")[:top_k]


@pytest.fixture
def few() -> Iterator[None]:
    """Use NumPy from three entries on."""
    pytest.importorskip("numpy")
    before, vector_search.FEW = vector_search.FEW, 2  # type: ignore[misc]  # put back below
    yield
    vector_search.FEW = before  # type: ignore[misc]


keys = st.sampled_from("abcdefgh")
tenants = st.integers(1, 2)
numbers = st.integers(-3, 3)
writes = st.one_of(
    st.tuples(st.just("put"), keys, tenants, numbers, numbers),
    st.tuples(st.just("delete"), keys),
)


@pytest.mark.usefixtures("few")
@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(writes, max_size=6), max_size=4),
    st.sampled_from(vectors.DISTANCE_FUNCTIONS),
    st.integers(1, 5),
)
def test_a_search_finds_what_scoring_every_item_finds(
    batches: list[list[Any]], function: str, top_k: int
) -> None:
    table = Tab()
    for batch in batches:
        for kind, *arguments in batch:
            getattr(table, kind)(*arguments)
        for tenant in (1, 2):
            for query in ((0, 0), (1, -2)):
                expected = table.scored(function, tenant, top_k, *query)
                assert table.search(function, tenant, top_k, *query) == expected


def test_searches_need_no_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ddbmock.database.data_plane.vector_matrix", None)
    table = Tab()
    for number in range(100):
        table.put(f"{number:02}", 1, number, 0)
    assert table.search("EUCLIDEAN", 1, 2, 99, 0) == [("99", 0.0), ("98", 1.0)]


def test_matrices_are_dropped_when_they_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    table = Tab()
    for tenant in (1, 2):
        for number in range(100):
            table.put(f"{tenant}-{number:02}", tenant, number, tenant)
    one = 100 * 2 * 4
    monkeypatch.setattr(vector_search, "MAX_CACHED", one)
    cache: MatrixCache = table.router.dynamodb.matrices
    for tenant in (1, 2, 1):
        assert table.search("EUCLIDEAN", tenant, 1, 7, tenant) == [(f"{tenant}-07", 0.0)]
        assert cache.size == one
    monkeypatch.setattr(vector_search, "MAX_CACHED", one - 1)
    assert table.search("COSINE", 2, 1, 0, 1) == [("2-00", 0.0)]


def test_stale_reads_search_the_entries_as_they_were() -> None:
    with ddbmock.Database() as db:
        client = db.client()
        client.create_table(**TABLE)

        def put(pk: str) -> None:
            numbers = {"L": [{"N": "1"}, {"N": "1"}]}
            item = {"pk": {"S": pk}, "tenant": {"N": "1"}, "emb": numbers}
            client.put_item(TableName="Tab", Item=item)

        def search() -> int:
            results = client.search_vectors(
                TableName="Tab",
                IndexName="COSINE",
                SearchVector=[{"N": "1"}, {"N": "1"}],
                TopK=9,
                SearchConditionExpression="tenant = :t",
                ExpressionAttributeValues={":t": {"N": "1"}},
            )
            return len(results["SearchResults"])

        put("a")
        db.trouble.stale = True
        put("b")
        assert search() == 1
        db.trouble.settle()
        assert search() == 2


def test_each_replica_searches_its_own_copy() -> None:
    with ddbmock.Database() as db:
        clients = [db.client(region_name=region) for region in ("us-east-1", "eu-west-1")]
        clients[0].create_table(**TABLE)
        updates = [{"Create": {"RegionName": "eu-west-1"}}]
        clients[0].update_table(TableName="Tab", ReplicaUpdates=updates)

        def found(client: Any) -> int:
            results = client.search_vectors(
                TableName="Tab",
                IndexName="COSINE",
                SearchVector=[{"N": "1"}, {"N": "1"}],
                TopK=9,
                SearchConditionExpression="tenant = :t",
                ExpressionAttributeValues={":t": {"N": "1"}},
            )
            return len(results["SearchResults"])

        db.replication.hold("eu-west-1")
        numbers = {"L": [{"N": "1"}, {"N": "1"}]}
        item = {"pk": {"S": "a"}, "tenant": {"N": "1"}, "emb": numbers}
        clients[0].put_item(TableName="Tab", Item=item)
        assert [found(client) for client in clients] == [1, 0]
        db.replication.release()
        assert [found(client) for client in clients] == [1, 1]
