"""Tables from CreateTable requests, answers of DescribeTable, and files with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from ddbmock.errors import ValidationException
from ddbmock.extras import install_command
from ddbmock.table_sources import TableSourceError, tables_in

REQUEST: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "kind", "AttributeType": "S"},
        {"AttributeName": "user", "AttributeType": "S"},
    ],
    "TableName": "events",
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "of_kind",
            "KeySchema": [
                {"AttributeName": "user", "KeyType": "HASH"},
                {"AttributeName": "kind", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_kind",
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        }
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "DeletionProtectionEnabled": True,
}
ON_DEMAND: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "B"}],
    "TableName": "blobs",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "DeletionProtectionEnabled": False,
    "OnDemandThroughput": {"MaxReadRequestUnits": 9, "MaxWriteRequestUnits": 8},
}


def described(request: dict[str, Any]) -> dict[str, Any]:
    """What DescribeTable answers of the table that a request makes."""
    with ddbmock.Database() as db:
        client = db.client()
        client.create_table(**request)
        answer: dict[str, Any] = client.describe_table(TableName=request["TableName"])
        return answer


@pytest.mark.parametrize("request_", [REQUEST, ON_DEMAND], ids=["provisioned", "on demand"])
def test_a_description_becomes_the_request_that_made_the_table(request_: dict[str, Any]) -> None:
    answer = described(request_)
    for source in (answer, answer["Table"], request_):
        [table] = tables_in(source)
        assert (table.create_table, table.time_to_live) == (request_, None)


def test_without_throughput_a_table_is_on_demand() -> None:
    keys = {name: ON_DEMAND[name] for name in ("AttributeDefinitions", "TableName", "KeySchema")}
    [table] = tables_in(keys)
    assert table.create_table == {**keys, "BillingMode": "PAY_PER_REQUEST"}


def test_a_database_creates_tables_of_several_sources(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "b.json").write_text(json.dumps(ON_DEMAND))
    (folder / "a.yml").write_text(json.dumps([{**ON_DEMAND, "TableName": "first"}]))
    (folder / "README").write_text("Not a table.")
    with ddbmock.Database() as db:
        assert db.create_tables([REQUEST, folder]) == ["events", "first", "blobs"]
        assert db.client().list_tables()["TableNames"] == ["blobs", "events", "first"]


def test_tables_can_be_used_at_once_though_creating_takes_time() -> None:
    with ddbmock.Database(delay_creating=60) as db:
        db.create_tables(ON_DEMAND)
        status = db.client().describe_table(TableName="blobs")["Table"]["TableStatus"]
        assert status == "ACTIVE"


def test_tables_are_whose_they_are_to_be() -> None:
    with ddbmock.Database(databases="each") as db:
        db.create_tables(ON_DEMAND)
        assert db.client().list_tables()["TableNames"] == ["blobs"]
        other: Any = {"aws_access_key_id": "AKID", "region_name": "eu-west-1"}
        assert db.client(**other).list_tables()["TableNames"] == []
        db.create_tables(ON_DEMAND, access_key="AKID", region="eu-west-1")
        assert db.client(**other).list_tables()["TableNames"] == ["blobs"]


def test_a_refused_table_is_named_beside_the_hint() -> None:
    with ddbmock.Database() as db, pytest.raises(ValidationException) as caught:
        db.create_tables({**ON_DEMAND, "BillingMode": "FREE"})
    [note] = caught.value.__notes__  # type: ignore[attr-defined]  # on 3.10
    assert note.startswith("ddbmock: CreateTable of 'blobs'.")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("no.json", "{", "Not JSON: "),
        ("no.yaml", "{", "Not YAML: "),
        ("no.json", "3", "Neither a table nor a template: 3."),
        ("no.json", "{}", "No table is defined by a document with nothing in it."),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(path))
    assert str(caught.value).startswith(f"{path}: {complaint}")


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    complaints = []
    for wrong in (tmp_path, tmp_path / "missing.json", 3, int):
        with pytest.raises(TableSourceError) as caught:
            list(tables_in(wrong))  # type: ignore[arg-type]  # that is the test
        complaints.append(str(caught.value))
    assert complaints == [
        f"{tmp_path}: no file whose name ends in .json, .template, .yaml, .yml.",
        f"{tmp_path}/missing.json: there is no such file or folder.",
        "3 defines no table.",
        "int is no PynamoDB model with a table.",
    ]


def test_yaml_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    path = tmp_path / "template.yaml"
    path.write_text("Resources:")
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(path))
    assert str(caught.value) == f"{path}: YAML needs PyYAML: {install_command('yaml')}"


def test_vector_indexes_come_from_descriptions(tmp_path: Path) -> None:
    index = {
        "IndexName": "near",
        "SearchSchema": [{"AttributeName": "id", "SearchSchemaElementType": "INLINE_FILTER"}],
        "VectorAttribute": {"AttributeName": "v"},
        "Projection": {"ProjectionType": "KEYS_ONLY"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
    }
    request = {
        "TableName": "Vectors",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "VectorIndexes": [index],
    }
    with ddbmock.mock() as database:
        client = database.client()
        client.create_table(**request)
        described = client.describe_table(TableName="Vectors")["Table"]
    described["CreationDateTime"] = 0
    described.pop("BillingModeSummary")
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({"Table": described}, default=str))
    (definition,) = tables_in(file)
    assert definition.create_table["VectorIndexes"] == [index]


def test_several_tables_are_one_argument() -> None:
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(REQUEST, REQUEST))
    assert str(caught.value) == (
        "The second argument has the parameters of a template; several tables are a list: "
        "[first, second]."
    )
