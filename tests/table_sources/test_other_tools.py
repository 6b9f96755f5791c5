"""Tables of serverless.yml, NoSQL Workbench, Terraform and CDK, as these tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from ddbmock.table_sources import TableSourceError, tables_in

SERVERLESS = """
service: orders
provider:
  name: aws
  region: eu-west-1
  stage: ${opt:stage, 'dev'}
custom:
  tables:
    orders: ${self:service}-${sls:stage}-orders
functions:
  api: {handler: api.main}
resources:
  Resources:
    OrdersTable:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: ${self:custom.tables.orders}
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions:
          - {AttributeName: customer, AttributeType: S}
        KeySchema:
          - {AttributeName: customer, KeyType: HASH}
        TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
    Sessions:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: !Sub "${AWS::Region}-sessions"
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
WORKBENCH: Any = {
    "ModelName": "Music",
    "ModelMetadata": {"Version": "1.0"},
    "DataModel": [
        {
            "TableName": "Songs",
            "KeyAttributes": {
                "PartitionKey": {"AttributeName": "artist", "AttributeType": "S"},
                "SortKey": {"AttributeName": "title", "AttributeType": "S"},
            },
            "NonKeyAttributes": [{"AttributeName": "year", "AttributeType": "N"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-year",
                    "KeyAttributes": {
                        "PartitionKey": {"AttributeName": "year", "AttributeType": "N"}
                    },
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "TableData": [{"artist": {"S": "Can"}, "title": {"S": "Halleluhwah"}}],
            "BillingMode": "PROVISIONED",
        }
    ],
}
TERRAFORM: Any = {
    "format_version": "1.2",
    "terraform_version": "1.9.5",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_dynamodb_table.music",
                    "mode": "managed",
                    "type": "aws_dynamodb_table",
                    "name": "music",
                    "values": {
                        "name": "music",
                        "billing_mode": "PROVISIONED",
                        "read_capacity": 5,
                        "write_capacity": 2,
                        "hash_key": "artist",
                        "range_key": "year",
                        "attribute": [
                            {"name": "artist", "type": "S"},
                            {"name": "genre", "type": "S"},
                            {"name": "year", "type": "N"},
                        ],
                        "global_secondary_index": [
                            {
                                "name": "by-genre",
                                "hash_key": "genre",
                                "range_key": "",
                                "projection_type": "INCLUDE",
                                "non_key_attributes": ["label"],
                                "read_capacity": 1,
                                "write_capacity": 1,
                            }
                        ],
                        "local_secondary_index": [
                            {"name": "local", "range_key": "genre", "projection_type": "KEYS_ONLY"}
                        ],
                        "ttl": [{"attribute_name": "expires", "enabled": True}],
                        "stream_enabled": True,
                        "stream_view_type": "NEW_IMAGE",
                        "tags": {"team": "records"},
                    },
                },
                {"type": "aws_s3_bucket", "mode": "managed", "values": {}},
            ],
            "child_modules": [
                {
                    "resources": [
                        {
                            "type": "aws_dynamodb_table",
                            "values": {
                                "name": "inner",
                                "billing_mode": "PAY_PER_REQUEST",
                                "hash_key": "id",
                                "attribute": [{"name": "id", "type": "S"}],
                            },
                        }
                    ]
                }
            ],
        }
    },
}


SERVERLESS_TABLE = """
service: a
provider: {name: aws, region: eu-west-1}
resources:
  Resources:
    T:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: "NAME"
        KeySchema: [{AttributeName: id, KeyType: HASH}]
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        BillingMode: PAY_PER_REQUEST
"""


def described(source: Any, *parameters: Any) -> dict[str, Any]:
    """Return the descriptions of a source's tables, by name: that they can be made is part of it."""
    with ddbmock.Database() as db:
        names = db.create_tables(source, *parameters)
        return {name: db.client().describe_table(TableName=name)["Table"] for name in names}


def keys(table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["AttributeName"], one["KeyType"]) for one in table["KeySchema"]]


def test_a_serverless_file(tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text(SERVERLESS)
    assert list(described(path)) == ["orders-dev-orders", "us-east-1-sessions"]
    assert "orders-test-orders" in described(path, {"stage": "test"})
    (orders, _) = tables_in(path)
    assert orders.time_to_live == {"AttributeName": "expires", "Enabled": True}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("${opt:stage, 'dev'}", "dev"),
        ("${opt:name}", "given"),
        ("${aws:region}-${aws:accountId}", "eu-west-1-000000000000"),
        ("${self:custom.names.1}", "second"),
        ("${self:custom.names.7, 'none'}", "none"),
        ("${env:TABLE_OF_A_TEST}", "by-env"),
    ],
)
def test_variables_of_a_serverless_file(
    variable: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE_OF_A_TEST", "by-env")
    path = tmp_path / "serverless.yml"
    path.write_text(
        SERVERLESS_TABLE.replace("NAME", variable) + "custom: {names: [first, second]}\n"
    )
    (table,) = tables_in(path, {"name": "given"})
    assert table.create_table["TableName"] == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "service: a\nprovider: {name: aws}\n",
            "It looks like a serverless.yml, but has no resources.Resources.",
        ),
        (
            "service: a\nprovider: {name: aws}\nresources:\n  - ${file(tables.yml)}\n",
            "Its resources are in another file (${file(tables.yml)}): give that file as the source.",
        ),
        (
            "service: a\nprovider: {name: aws}\nresources:\n  Resources: {T: '${ssm:/name}'}\n",
            "The variable ${ssm:/name} has no value here: give it as a parameter, "
            "create_tables(source, {'stage': 'dev'}), or write a default into the file.",
        ),
        (
            "service: a\nprovider: {name: aws}\ncustom: {a: '${self:custom.a}'}\n"
            "resources:\n  Resources: {T: '${self:custom.a}'}\n",
            "The variables of '${self:custom.a}' refer to one another in a circle.",
        ),
    ],
)
def test_what_a_serverless_file_lacks(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text(text)
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(path))
    assert str(caught.value) == f"{path}: {sentence}"


def test_a_model_of_nosql_workbench() -> None:
    (songs,) = described(WORKBENCH).values()
    assert keys(songs) == [("artist", "HASH"), ("title", "RANGE")]
    assert [index["IndexName"] for index in songs["GlobalSecondaryIndexes"]] == ["by-year"]
    assert songs["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_model_without_keys_is_refused() -> None:
    with pytest.raises(TableSourceError) as caught:
        list(tables_in({"DataModel": [{"TableName": "Songs", "KeyAttributes": {}}]}))
    assert str(caught.value) == "The model's table 'Songs' has no PartitionKey."


def test_a_plan_of_terraform() -> None:
    music, inner = described(TERRAFORM).values()
    assert [keys(music), keys(inner)] == [
        [("artist", "HASH"), ("year", "RANGE")],
        [("id", "HASH")],
    ]
    (by_genre,) = music["GlobalSecondaryIndexes"]
    assert by_genre["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["label"]}
    assert music["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert music["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    (local,) = music["LocalSecondaryIndexes"]
    assert keys(local) == [("artist", "HASH"), ("genre", "RANGE")]


def test_a_state_of_terraform_has_the_same_tables() -> None:
    state = {"terraform_version": "1.9.5", "values": TERRAFORM["planned_values"]}
    assert list(tables_in(state)) == list(tables_in(TERRAFORM))


def test_another_document_of_terraform_is_refused() -> None:
    with pytest.raises(TableSourceError) as caught:
        list(tables_in({"terraform_version": "1.9.0", "resource_changes": []}))
    assert str(caught.value) == (
        "This looks like a document of Terraform, but it has neither planned_values nor values. "
        "Write it with: terraform plan -out FILE, then terraform show -json FILE."
    )


def test_a_name_that_only_apply_knows_is_refused() -> None:
    resource = {"address": "aws_dynamodb_table.a", "type": "aws_dynamodb_table", "values": {}}
    plan = {"terraform_version": "1", "values": {"root_module": {"resources": [resource]}}}
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(plan))
    assert str(caught.value) == (
        "aws_dynamodb_table.a has no name or hash_key that is known before apply."
    )


def test_the_folder_that_cdk_writes(tmp_path: Path) -> None:
    table = {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Replicas": [{"Region": {"Ref": "AWS::Region"}}],
            "TableName": "orders",
        },
    }
    template = {"Resources": {"Orders8D0F7A5C": table}, "Rules": {}}
    (tmp_path / "Stack.template.json").write_text(json.dumps(template))
    (tmp_path / "manifest.json").write_text('{"version": "36.0.0", "artifacts": {}}')
    (tmp_path / "tree.json").write_text('{"version": "tree-0.1", "tree": {}}')
    (tmp_path / "Stack.assets.json").write_text('{"version": "36.0.0", "files": {}}')
    assert list(described(tmp_path)) == ["orders"]


@pytest.mark.parametrize(
    ("document", "beginning"),
    [
        ({"TableNames": ["a"]}, "This is the answer of ListTables, which has names only: give"),
        ({"TableName": "a"}, "Table 'a' has no KeySchema."),
        ({"Items": []}, "These are items, not tables: ddbmock load puts items into a table."),
        (
            {"name": "web", "scripts": {}},
            "No table is defined by a document with name, scripts. It must be a CreateTable request",
        ),
    ],
)
def test_a_document_that_is_no_source_is_told_what_it_looks_like(
    document: Any, beginning: str
) -> None:
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(document))
    assert str(caught.value).startswith(beginning)


def test_terraforms_language_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text('resource "aws_dynamodb_table" "a" {}')
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(path))
    assert str(caught.value) == (
        f"{path}: Terraform's language is not read; give what terraform show -json prints of a plan."
    )
