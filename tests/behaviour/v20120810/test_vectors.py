"""Vector indexes: their life, what writes enter into them, and SearchVectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "vector_capacity.json"
NOT_FOUND = "The table does not have the specified index: vidx"
BACKFILLING = "Cannot search backfilling vector index: vidx"


def vector_index(name: str = "vidx", *filters: str, **members: Any) -> dict[str, Any]:
    """The definition of an index with the HASH attribute tenant and some filters."""
    schema = [{"AttributeName": "tenant", "SearchSchemaElementType": "HASH"}]
    schema += [
        {"AttributeName": one, "SearchSchemaElementType": "INLINE_FILTER"} for one in filters
    ]
    return {
        "IndexName": name,
        "SearchSchema": schema,
        "VectorAttribute": {"AttributeName": "emb"},
        "Projection": {"ProjectionType": "ALL"},
        "Dimensions": 2,
        "DistanceFunction": "EUCLIDEAN",
    } | members


def table(*indexes: dict[str, Any], **types: str) -> dict[str, Any]:
    types = {"pk": "S"} | types
    return {
        "TableName": "Tab",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
        ],
        "BillingMode": "PAY_PER_REQUEST",
    } | ({"VectorIndexes": list(indexes)} if indexes else {})


def list_of(*numbers: object) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in numbers]}


def item(pk: str, *numbers: object, tenant: str = "t", **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": pk}, "tenant": {"S": tenant}, "emb": list_of(*numbers)} | attributes


def put(call: Caller, *items: dict[str, Any]) -> None:
    for one in items:
        call("PutItem", {"TableName": "Tab", "Item": one})


def request(condition: str = "tenant = :t", /, **members: Any) -> dict[str, Any]:
    values = members.pop("values", {})
    return {
        "TableName": "Tab",
        "IndexName": "vidx",
        "SearchVector": [{"N": "0"}, {"N": "0"}],
        "TopK": 10,
        "SearchConditionExpression": condition,
        "ExpressionAttributeValues": {":t": {"S": "t"}} | values,
    } | members


def found(call: Caller, condition: str = "tenant = :t", /, **members: Any) -> list[str]:
    """The keys of the items that a search finds, best first."""
    results = call("SearchVectors", request(condition, **members))["SearchResults"]
    return [one["Item"]["pk"]["S"] for one in results]


def described(call: Caller) -> list[dict[str, Any]]:
    indexes: list[dict[str, Any]] = call("DescribeTable", {"TableName": "Tab"})["Table"].get(
        "VectorIndexes", []
    )
    return indexes


def states(call: Caller) -> tuple[str, str | None, bool | None]:
    """TableStatus, and IndexStatus and Backfilling of the index."""
    description = call("DescribeTable", {"TableName": "Tab"})["Table"]
    (index,) = description.get("VectorIndexes") or [{}]
    return description["TableStatus"], index.get("IndexStatus"), index.get("Backfilling")


class TestLife:
    """An index that is created with its table, or later in two phases."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=10, delay_updating=20, delay_index=40, delay_search=5)

    def test_it_is_creating_as_long_as_its_table_is(self, call: Caller) -> None:
        output = call("CreateTable", table(vector_index(), tenant="S"))["TableDescription"]
        assert output["VectorIndexes"] == [
            vector_index()
            | {
                "IndexStatus": "CREATING",
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Tab/index/vidx",
            }
        ]
        call.clock.advance(10)
        assert states(call) == ("ACTIVE", "ACTIVE", None)
        assert call.refused("SearchVectors", request())[2] == NOT_FOUND
        call.clock.advance(5)
        assert found(call) == []

    def test_an_index_is_added_in_two_phases(self, call: Caller) -> None:
        call("CreateTable", table())
        call.clock.advance(10)
        put(
            call,
            item("fits", 1, 1),
            item("long", 1, 1, 1),
            item("text", 1, "1") | {"emb": {"S": ""}},
        )
        definitions = [{"AttributeName": "tenant", "AttributeType": "S"}]
        call(
            "UpdateTable",
            {
                "TableName": "Tab",
                "AttributeDefinitions": definitions,
                "VectorIndexUpdates": [{"Create": vector_index()}],
            },
        )
        deletion = {"TableName": "Tab", "VectorIndexUpdates": [{"Delete": {"IndexName": "vidx"}}]}
        assert states(call) == ("UPDATING", "CREATING", False)
        assert call.refused("SearchVectors", request())[2] == NOT_FOUND
        assert call.refused("UpdateTable", deletion) == (
            400,
            "ResourceInUseException",
            "Attempt to change a resource which is still in use: Index creation is in resource "
            "allocation phase. Retry deletion during backfilling phase or when the index is "
            "active. Table: Tab Index: vidx",
        )
        call.clock.advance(20)
        assert states(call) == ("ACTIVE", "CREATING", True)
        assert call.refused("SearchVectors", request())[2] == BACKFILLING
        assert call.refused("DeleteTable", {"TableName": "Tab"})[1] == "ResourceInUseException"
        assert call.refused("PutItem", {"TableName": "Tab", "Item": item("no", 1)})[0] == 400
        call.clock.advance(40)
        assert states(call) == ("ACTIVE", "ACTIVE", None)
        assert call.refused("SearchVectors", request())[2] == NOT_FOUND
        call.clock.advance(5)
        assert found(call) == ["fits"]
        assert described(call)[0]["ItemCount"] == 1

    def test_an_index_that_is_back_filled_can_be_deleted(self, call: Caller) -> None:
        call("CreateTable", table())
        call.clock.advance(10)
        create = {
            "TableName": "Tab",
            "AttributeDefinitions": [{"AttributeName": "tenant", "AttributeType": "S"}],
            "VectorIndexUpdates": [{"Create": vector_index()}],
        }
        delete = {"TableName": "Tab", "VectorIndexUpdates": [{"Delete": {"IndexName": "vidx"}}]}
        call("UpdateTable", create)
        call.clock.advance(20)
        assert call.refused("UpdateTable", create)[1] == "ResourceInUseException"
        call("UpdateTable", delete)
        assert states(call) == ("UPDATING", "DELETING", None)
        assert call.refused("SearchVectors", request())[2] == NOT_FOUND
        call.clock.advance(60)
        assert states(call) == ("ACTIVE", None, None)
        assert call("DescribeTable", {"TableName": "Tab"})["Table"]["AttributeDefinitions"] == [
            {"AttributeName": "pk", "AttributeType": "S"}
        ]

    def test_a_deleted_index_can_be_created_again(self, call: Caller) -> None:
        call("CreateTable", table(vector_index(), tenant="S"))
        call.clock.advance(15)
        put(call, item("a", 1, 1))
        assert found(call) == ["a"]
        delete = {"TableName": "Tab", "VectorIndexUpdates": [{"Delete": {"IndexName": "vidx"}}]}
        call("UpdateTable", delete)
        put(call, item("b", 2, 2), item("long", 1, 1, 1))
        call.clock.advance(20)
        create = {
            "TableName": "Tab",
            "AttributeDefinitions": [{"AttributeName": "tenant", "AttributeType": "S"}],
            "VectorIndexUpdates": [{"Create": vector_index()}],
        }
        call("UpdateTable", create)
        call.clock.advance(65)
        assert found(call) == ["a", "b"]

    def test_a_table_becomes_on_demand_and_gets_an_index_in_one_request(self, call: Caller) -> None:
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        call("CreateTable", table() | provisioned)
        call.clock.advance(10)
        call(
            "UpdateTable",
            {
                "TableName": "Tab",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "tenant", "AttributeType": "S"}],
                "VectorIndexUpdates": [{"Create": vector_index()}],
            },
        )
        call.clock.advance(65)
        assert found(call) == []


class TestEntries:
    """Which items an index holds."""

    @pytest.fixture(autouse=True)
    def _table(self, call: Caller) -> None:
        call("CreateTable", table(vector_index(), tenant="S"))

    def update(self, call: Caller, expression: str, **values: Any) -> dict[str, Any]:
        return call(
            "UpdateItem",
            {"TableName": "Tab", "Key": {"pk": {"S": "a"}}, "UpdateExpression": expression}
            | ({"ExpressionAttributeValues": values} if values else {}),
        )

    def test_an_item_without_vector_or_hash_value_is_stored_and_not_found(
        self, call: Caller
    ) -> None:
        bare = item("a", 1, 1)
        put(call, {key: value for key, value in bare.items() if key != "tenant"})
        put(call, {key: value for key, value in item("b", 1, 1).items() if key != "emb"})
        assert found(call) == []
        assert described(call)[0]["ItemCount"] == 0

    @pytest.mark.parametrize("name", ["emb", "tenant"])
    def test_an_entry_leaves_the_index_with_its_attribute(self, call: Caller, name: str) -> None:
        put(call, item("a", 1, 1))
        assert found(call) == ["a"]
        self.update(call, f"REMOVE {name}")
        assert found(call) == []

    def test_an_entry_follows_its_item(self, call: Caller) -> None:
        put(call, item("a", 1, 1), item("b", 2, 2))
        assert found(call) == ["a", "b"]
        self.update(call, "SET emb = :v", **{":v": list_of(3, 3)})
        assert found(call) == ["b", "a"]
        self.update(call, "SET tenant = :v", **{":v": {"S": "u"}})
        assert found(call) == ["b"]
        assert found(call, values={":t": {"S": "u"}}) == ["a"]
        call("DeleteItem", {"TableName": "Tab", "Key": {"pk": {"S": "b"}}})
        assert found(call) == []

    def test_batches_and_transactions_enter_items(self, call: Caller) -> None:
        writes = [{"PutRequest": {"Item": item("a", 1, 1)}}]
        call("BatchWriteItem", {"RequestItems": {"Tab": writes}})
        entry = {"Put": {"TableName": "Tab", "Item": item("b", 2, 2)}}
        output = call(
            "TransactWriteItems", {"TransactItems": [entry], "ReturnConsumedCapacity": "INDEXES"}
        )
        assert found(call) == ["a", "b"]
        (capacity,) = output["ConsumedCapacity"]
        assert capacity["CapacityUnits"] == 2.0
        assert capacity["VectorIndexes"] == {"vidx": {"VectorWriteRequestBytes": 1024}}

    def test_a_batch_with_an_invalid_vector_writes_nothing(self, call: Caller) -> None:
        writes = [{"PutRequest": {"Item": one}} for one in (item("a", 1, 1), item("b", 1))]
        assert call.refused("BatchWriteItem", {"RequestItems": {"Tab": writes}}) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid. Invalid size for parameter emb, "
            "Expected: 2, Actual: 1. IndexName: vidx",
        )
        assert found(call) == []

    def test_a_transaction_with_an_invalid_vector_is_cancelled(self, call: Caller) -> None:
        entry = {"Put": {"TableName": "Tab", "Item": item("a", 1)}}
        status, kind, _ = call.refused("TransactWriteItems", {"TransactItems": [entry]})
        assert (status, kind) == (400, "TransactionCanceledException")

    def test_an_item_from_before_an_index_can_be_updated_elsewhere(self, call: Caller) -> None:
        put(call, {"pk": {"S": "a"}, "tenant": {"S": "t"}, "late": {"S": "no vector"}})
        create = vector_index("other", VectorAttribute={"AttributeName": "late"})
        call(
            "UpdateTable",
            {
                "TableName": "Tab",
                "AttributeDefinitions": [{"AttributeName": "tenant", "AttributeType": "S"}],
                "VectorIndexUpdates": [{"Create": create}],
            },
        )
        self.update(call, "SET color = :v", **{":v": {"S": "red"}})
        body = {
            "TableName": "Tab",
            "Key": {"pk": {"S": "a"}},
            "UpdateExpression": "SET late = :v",
            "ExpressionAttributeValues": {":v": {"S": "still none"}},
        }
        assert call.refused("UpdateItem", body)[2] == (
            "One or more parameter values were invalid. Invalid type for parameter late, "
            "Expected: L, Actual: S. IndexName: other"
        )

    def test_an_expired_item_leaves_the_index(self, call: Caller) -> None:
        specification = {"AttributeName": "ends", "Enabled": True}
        call("UpdateTimeToLive", {"TableName": "Tab", "TimeToLiveSpecification": specification})
        put(call, item("a", 1, 1, ends={"N": str(int(START) + 60)}))
        assert found(call) == ["a"]
        call.clock.advance(60 + 172800)
        assert found(call) == []


@pytest.mark.parametrize(
    "vector", json.loads(GOLDEN.read_text(encoding="utf-8")), ids=lambda vector: vector["operation"]
)
def test_the_bytes_written_are_the_recorded_ones(call: Caller, vector: Mapping[str, Any]) -> None:
    dimensions = vector["dimensions"]
    index = vector_index(
        "vidx", Dimensions=dimensions, Projection={"ProjectionType": vector["projection"]}
    )
    call("CreateTable", table(index, tenant="S"))
    ones = {"emb": list_of(*[1] * dimensions)}
    if "before" in vector:
        put(call, vector["before"] | ones)
    members = {**vector["members"]}
    if "Item" in members:
        members["Item"] = members["Item"] | ones
    body = {"TableName": "Tab", "ReturnConsumedCapacity": "INDEXES"} | members
    capacity = call(vector["operation"], body)["ConsumedCapacity"]
    written = vector["written"]
    expected = None if written is None else {"vidx": {"VectorWriteRequestBytes": written}}
    assert capacity.get("VectorIndexes") == expected


def test_bytes_of_vectors_are_shown_for_indexes_only(call: Caller) -> None:
    call("CreateTable", table(vector_index(), tenant="S"))
    body = {"TableName": "Tab", "Item": item("a", 1, 1), "ReturnConsumedCapacity": "TOTAL"}
    assert call("PutItem", body)["ConsumedCapacity"] == {"TableName": "Tab", "CapacityUnits": 1.0}


class TestSearch:
    """What a search finds, and in which order."""

    @pytest.fixture(autouse=True)
    def _table(self, call: Caller) -> None:
        index = vector_index("vidx", "color", "year")
        plain = vector_index("plain", Projection={"ProjectionType": "KEYS_ONLY"})
        del plain["SearchSchema"]
        call("CreateTable", table(index, plain, tenant="S", color="S", year="N"))
        put(
            call,
            item("a", 1, 0, color={"S": "red"}, year={"N": "1999"}),
            item("b", 2, 0, color={"S": "red"}, year={"N": "2001"}),
            item("c", 3, 0, color={"S": "blue"}, year={"N": "2003"}, size={"S": "L"}),
            item("d", 4, 0),
            item("e", 1, 0, tenant="u", color={"S": "red"}),
        )

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("tenant = :t", "abcd"),
            (":t = tenant", "abcd"),
            ("tenant = :t AND color = :red", "ab"),
            ("tenant = :t AND color <> :red AND attribute_exists(color)", "c"),
            ("#y > :y AND tenant = :t", "bc"),
            ("tenant = :t AND (#y BETWEEN :y AND :z OR color = :blue)", "bc"),
            ("tenant = :t AND color IN (:red, :blue)", "abc"),
            ("tenant = :t AND begins_with(color, :b)", "c"),
            ("tenant = :t AND attribute_not_exists(#y)", "d"),
            ("tenant = :t AND NOT color = :red", "cd"),
        ],
    )
    def test_a_filter_selects_before_entries_are_ranked(
        self, call: Caller, condition: str, expected: str
    ) -> None:
        every = {
            ":red": {"S": "red"},
            ":blue": {"S": "blue"},
            ":b": {"S": "b"},
            ":y": {"N": "2000"},
            ":z": {"N": "2002"},
        }
        values = {name: value for name, value in every.items() if _uses(condition, name)}
        names = {"ExpressionAttributeNames": {"#y": "year"}} if "#y" in condition else {}
        assert found(call, condition, values=values, **names) == list(expected)
        assert found(call, condition, values=values, TopK=1, **names) == list(expected[:1])

    def test_an_index_without_hash_attribute_is_searched_whole(self, call: Caller) -> None:
        """Equal scores are in the order of a scan."""
        body = request(IndexName="plain", TopK=3)
        del body["SearchConditionExpression"], body["ExpressionAttributeValues"]
        results = call("SearchVectors", body)["SearchResults"]
        assert results == [
            {"Item": {"pk": {"S": "e"}}, "Score": 1.0},
            {"Item": {"pk": {"S": "a"}}, "Score": 1.0},
            {"Item": {"pk": {"S": "b"}}, "Score": 2.0},
        ]

    def test_all_projected_attributes_but_the_vector_are_returned(self, call: Caller) -> None:
        results = call("SearchVectors", request("tenant = :t", TopK=3))["SearchResults"]
        whole = item("c", 3, 0, color={"S": "blue"}, year={"N": "2003"}, size={"S": "L"})
        del whole["emb"]
        assert results[2] == {"Item": whole, "Score": 3.0}

    def test_a_projection_returns_the_copy_of_the_index(self, call: Caller) -> None:
        put(call, item("a", "0.12345678901234567890", 16777217))
        body = request(
            ProjectionExpression="emb, nowhere, #s",
            ExpressionAttributeNames={"#s": "size"},
            SearchVector=[{"N": "0"}, {"N": "16777216"}],
            TopK=1,
        )
        (result,) = call("SearchVectors", body)["SearchResults"]
        assert result["Item"] == {"emb": {"L": [{"N": "0.12345679"}, {"N": "16777216.0"}]}}
        body["ProjectionExpression"] = "emb[1], #s"
        (result,) = call("SearchVectors", body)["SearchResults"]
        assert result["Item"] == {"emb": {"L": [{"N": "16777216.0"}]}}
        stored = call("GetItem", {"TableName": "Tab", "Key": {"pk": {"S": "a"}}})["Item"]["emb"]
        assert stored == list_of("0.1234567890123456789", 16777217)

    @pytest.mark.parametrize("level", ["TOTAL", "INDEXES"])
    def test_a_search_is_billed_in_bytes(self, call: Caller, level: str) -> None:
        output = call("SearchVectors", request(ReturnConsumedCapacity=level))
        capacity = output["ConsumedCapacity"]
        assert list(capacity) == ["VectorSearchRequestBytes"]
        assert capacity["VectorSearchRequestBytes"] >= 1024
        assert "ConsumedCapacity" not in call("SearchVectors", request())

    def test_a_table_can_be_named_by_its_arn(self, call: Caller) -> None:
        arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Tab"
        assert found(call, TableName=arn, TopK=1) == ["a"]

    def test_a_secondary_index_is_no_vector_index(self, call: Caller) -> None:
        status, kind, message = call.refused("SearchVectors", request(IndexName="nowhere"))
        assert (status, kind) == (400, "ValidationException")
        assert message == "The table does not have the specified index: nowhere"

    def test_a_fraction_of_top_k_is_no_number_of_results(self, call: Caller) -> None:
        status, kind, message = call.refused("SearchVectors", request(TopK=3.5))
        assert (status, kind) == (400, "SerializationException")
        assert message is not None
        assert message.startswith("invalid type: floating point `3.5`, expected i32 at line 1")


def _uses(condition: str, name: str) -> bool:
    words = condition.replace("(", " ").replace(")", " ").replace(",", " ").split()
    return name in words


def test_many_entries_are_found_after_each_change(call: Caller) -> None:
    """More entries than are searched without NumPy, in a matrix that changes must renew."""
    call("CreateTable", table(vector_index(), tenant="S"))
    for start in range(0, 100, 25):
        writes = [
            {"PutRequest": {"Item": item(f"k{place:03}", place + 1, 0)}}
            for place in range(start, start + 25)
        ]
        call("BatchWriteItem", {"RequestItems": {"Tab": writes}})
    assert found(call, TopK=3) == ["k000", "k001", "k002"]
    put(call, item("k099", 0, 0))
    assert found(call, TopK=2) == ["k099", "k000"]
    call("DeleteItem", {"TableName": "Tab", "Key": {"pk": {"S": "k000"}}})
    assert found(call, TopK=3) == ["k099", "k001", "k002"]
    results = call("SearchVectors", request(TopK=100))["SearchResults"]
    assert len(results) == 99
    assert [one["Score"] for one in results] == sorted(one["Score"] for one in results)


class TestRestored:
    """Vector indexes of restored tables."""

    @pytest.fixture(autouse=True)
    def backup(self, call: Caller) -> str:
        other = vector_index("other", DistanceFunction="COSINE")
        call("CreateTable", table(vector_index(), other, tenant="S"))
        put(call, item("a", 1, 1), item("b", 2, 2))
        details = call("CreateBackup", {"TableName": "Tab", "BackupName": "one"})["BackupDetails"]
        arn: str = details["BackupArn"]
        return arn

    def restore(self, call: Caller, arn: str, **members: Any) -> dict[str, Any]:
        body = {"BackupArn": arn, "TargetTableName": "Back"} | members
        created: dict[str, Any] = call("RestoreTableFromBackup", body)["TableDescription"]
        return created

    def test_a_backup_lists_them(self, call: Caller, backup: str) -> None:
        description = call("DescribeBackup", {"BackupArn": backup})["BackupDescription"]
        other = vector_index("other", DistanceFunction="COSINE")
        features = description["SourceTableFeatureDetails"]
        assert features["VectorIndexes"] == [vector_index(), other]

    def test_a_restored_table_can_be_searched(self, call: Caller, backup: str) -> None:
        self.restore(call, backup)
        call.clock.advance(3600)
        assert found(call, TableName="Back") == ["a", "b"]
        assert sorted(found(call, TableName="Back", IndexName="other")) == ["a", "b"]

    def test_an_override_selects_indexes(self, call: Caller, backup: str) -> None:
        created = self.restore(call, backup, VectorIndexOverride=[vector_index()])
        assert [index["IndexName"] for index in created["VectorIndexes"]] == ["vidx"]
        call.clock.advance(3600)
        assert found(call, TableName="Back") == ["a", "b"]
        self.restore(call, backup, VectorIndexOverride=[], TargetTableName="Bare")
        call.clock.advance(3600)
        assert "VectorIndexes" not in call("DescribeTable", {"TableName": "Bare"})["Table"]

    def test_an_override_must_be_an_index_of_the_source(self, call: Caller, backup: str) -> None:
        body = {
            "BackupArn": backup,
            "TargetTableName": "Back",
            "VectorIndexOverride": [vector_index(Dimensions=3)],
        }
        status, kind, message = call.refused("RestoreTableFromBackup", body)
        assert (status, kind) == (400, "ValidationException")
        assert message == (
            "Invalid Request: Index vidx does not match a vector index that existed in the source "
            "table and cannot be created during the restore operation"
        )


@pytest.mark.parametrize("where", ["", " WHERE tenant = 't'", " WHERE pk = 'a'"])
def test_statements_cannot_read_a_vector_index(call: Caller, where: str) -> None:
    call("CreateTable", table(vector_index(), tenant="S"))
    body = {"Statement": f'SELECT * FROM "Tab"."vidx"{where}'}
    assert call.refused("ExecuteStatement", body) == (
        400,
        "ValidationException",
        "Scan operation not supported on this index type",
    )


class TestNumbersOfAugust2026:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(vector_numbers="2026-08")

    def test_elements_are_printed_without_a_point(self, call: Caller) -> None:
        call("CreateTable", table(vector_index(), tenant="S"))
        put(call, item("a", "1", "0.5"))
        [result] = call("SearchVectors", request(ProjectionExpression="emb"))["SearchResults"]
        assert result["Item"]["emb"] == list_of("1", "0.5")
