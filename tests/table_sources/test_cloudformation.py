"""Tables from CloudFormation and SAM templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ddbmock
from ddbmock.table_sources import TableDefinition, TableSourceError, tables_in

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage:
    Type: String
    Default: dev
  Units:
    Type: Number
    Default: "7"
Mappings:
  Modes:
    dev: {mode: PROVISIONED}
    prod: {mode: PAY_PER_REQUEST}
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
  IsNotProduction: !Not [!Condition IsProduction]
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub "${AWS::StackName}-${Stage}-events"
      BillingMode: !FindInMap [Modes, !Ref Stage, mode]
      AttributeDefinitions:
        - {AttributeName: user, AttributeType: S}
        - {AttributeName: at, AttributeType: N}
      KeySchema:
        - {AttributeName: user, KeyType: HASH}
        - {AttributeName: at, KeyType: RANGE}
      GlobalSecondaryIndexes:
        - IndexName: !Join ["-", [by, at]]
          KeySchema: [{AttributeName: at, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: &units
            ReadCapacityUnits: !Ref Units
            WriteCapacityUnits: 1
          ContributorInsightsSpecification: {Enabled: true}
      ProvisionedThroughput: !If [IsProduction, !Ref AWS::NoValue, *units]
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      SSESpecification: {SSEEnabled: "true", SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn}
      TimeToLiveSpecification: {AttributeName: end, Enabled: "true"}
      Tags: [{Key: copy of, Value: !Ref Sessions}]
  Key:
    Type: AWS::KMS::Key
  Sessions:
    Type: AWS::Serverless::SimpleTable
  Users:
    Type: AWS::Serverless::SimpleTable
    Condition: IsNotProduction
    Properties:
      TableName: !Select [1, !Split [",", "a,users"]]
      PrimaryKey: {Name: number, Type: Number}
      ProvisionedThroughput: {ReadCapacityUnits: 2, WriteCapacityUnits: 3}
      Tags: {team: ours}
"""
EVENTS: dict[str, Any] = {
    "TableName": "stack-dev-events",
    "BillingMode": "PROVISIONED",
    "AttributeDefinitions": [
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-at",
            "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 1},
        }
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 1},
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "Key.Arn"},
    "Tags": [{"Key": "copy of", "Value": "Sessions"}],
}
END = {"AttributeName": "end", "Enabled": True}


def simple(name: str, key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        **more,
    }


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def test_a_template_gives_its_tables(template: Path) -> None:
    assert list(tables_in(template)) == [
        TableDefinition(EVENTS, END),
        TableDefinition(simple("Sessions", "id", "S", BillingMode="PAY_PER_REQUEST")),
        TableDefinition(
            simple(
                "users",
                "number",
                "N",
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
                Tags=[{"Key": "team", "Value": "ours"}],
            )
        ),
    ]


def test_parameters_can_be_given(template: Path) -> None:
    events, sessions = tables_in(template, {"Stage": "prod"})
    index = {**EVENTS["GlobalSecondaryIndexes"][0]}
    del index["ProvisionedThroughput"]
    expected = {
        **EVENTS,
        "TableName": "stack-prod-events",
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index],
    }
    del expected["ProvisionedThroughput"]
    assert (events.create_table, sessions.create_table["TableName"]) == (expected, "Sessions")


def test_a_template_becomes_tables_that_expire(template: Path) -> None:
    with ddbmock.Database(delay_creating=3) as db:
        assert db.create_tables(template) == ["stack-dev-events", "Sessions", "users"]
        answer = db.client().describe_time_to_live(TableName="stack-dev-events")
        assert answer["TimeToLiveDescription"]["AttributeName"] == "end"


def test_a_global_table_is_its_first_replica() -> None:
    throughput = {"WriteCapacityAutoScalingSettings": {"MinCapacity": 4, "MaxCapacity": 9}}
    index = {
        "IndexName": "same",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    resource = {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            **simple("world", "pk", "S"),
            "GlobalSecondaryIndexes": [
                {**index, "WriteProvisionedThroughputSettings": throughput},
            ],
            "WriteProvisionedThroughputSettings": throughput,
            "Replicas": [
                {
                    "Region": "eu-west-1",
                    "DeletionProtectionEnabled": True,
                    "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 5},
                    "GlobalSecondaryIndexes": [
                        {
                            "IndexName": "same",
                            "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 6},
                        }
                    ],
                },
                {"Region": "us-east-1"},
            ],
        },
    }
    [table] = tables_in({"Resources": {"World": resource}})
    assert table.create_table == simple(
        "world",
        "pk",
        "S",
        BillingMode="PROVISIONED",
        DeletionProtectionEnabled=True,
        GlobalSecondaryIndexes=[
            {**index, "ProvisionedThroughput": {"ReadCapacityUnits": 6, "WriteCapacityUnits": 4}}
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 4},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", "b"]}, "b"),
        ({"Fn::If": ["Missing", "a", "b"]}, "b"),
        ({"Fn::If": ["Both", "a", "b"]}, "b"),
        ({"Fn::If": ["Either", "a", "b"]}, "a"),
        ({"Fn::Sub": ["${One}-${!Two}-${AWS::Region}", {"One": {"Ref": "List"}}]}, None),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "y"),
        ({"Fn::ImportValue": "exported"}, "exported"),
        ({"Fn::GetAtt": "Other.Arn"}, "Other.Arn"),
        ({"Fn::Transform": {"Name": "ours"}}, "Fn::Transform"),
        ({"Ref": "Bare"}, "Bare"),
        ({"Ref": "Other"}, "other-table"),
    ],
)
def test_functions_are_worked_out(name: Any, value: str | None) -> None:
    document = {
        "Parameters": {
            "List": {"Type": "CommaDelimitedList", "Default": "x, y"},
            "Bare": {"Type": "String"},
        },
        "Conditions": {
            "Yes": {"Fn::Equals": ["true", True]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
            "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
        },
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {**simple("", "pk", "S"), "TableName": name},
            },
            "Other": {"Type": "AWS::Other::Kind", "Properties": {"TableName": "other-table"}},
        },
    }
    [table] = tables_in(document)
    expected = "['x', 'y']-${Two}-us-east-1" if value is None else value
    assert table.create_table["TableName"] == expected


def test_what_a_template_lacks_is_told() -> None:
    found = {"Fn::FindInMap": ["Modes", "dev", "mode"]}
    wrong = {
        "Mappings": {"Modes": {}},
        "Resources": {"One": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": found}}},
    }
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(wrong))
    assert str(caught.value) == ("The template's table One: Mappings has no Modes.dev.mode.")
    simple_table = {"Type": "AWS::Serverless::SimpleTable", "Properties": {"PrimaryKey": {"No": 1}}}
    with pytest.raises(TableSourceError) as caught:
        list(tables_in({"Resources": {"One": simple_table}}))
    assert str(caught.value) == "The template's table One is malformed: KeyError('Name')"


def test_a_parameter_that_no_template_has_is_refused() -> None:
    bare = {"Resources": {"One": {"Type": "AWS::Serverless::SimpleTable"}}}
    staged = {"Parameters": {"Stage": {"Type": "String"}}, **bare}
    one, other = tables_in([bare, staged], {"Stage": "test", "AWS::Region": "eu-west-1"})
    assert one == other
    with pytest.raises(TableSourceError) as caught:
        list(tables_in([bare, staged], {"stage": "test"}))
    assert str(caught.value) == "No template has a parameter 'stage'; did you mean Stage?"
    with pytest.raises(TableSourceError) as caught:
        list(tables_in(bare, {"Stage": "test"}))
    assert str(caught.value) == "No template has a parameter 'Stage'."
