"""What a client gets from a database: values, metadata, exceptions, retries."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import ddbmock
from tests.clients.tables import KEY, MUSIC, create, table_names


class TestAnswers:
    """What a call gives is the same on both paths."""

    def on_both_paths(self, ask: Any) -> list[Any]:
        answers = []
        for path in ("direct", "wire"):
            with ddbmock.mock(path=path) as db:
                db.clock.freeze(1_790_000_000)
                client = boto3.client("dynamodb")
                answer = ask(client)
                metadata = answer["ResponseMetadata"]
                assert metadata["HTTPHeaders"].pop("x-amzn-requestid") == metadata["RequestId"]
                assert len(metadata.pop("RequestId")) == 52
                answers.append(answer)
        return answers

    def test_answers_have_their_metadata(self) -> None:
        direct, wire = self.on_both_paths(lambda client: client.list_tables())
        assert (
            direct
            == wire
            == {
                "TableNames": [],
                "ResponseMetadata": {
                    "HTTPStatusCode": 200,
                    "HTTPHeaders": {
                        "content-type": "application/x-amz-json-1.0",
                        "x-amz-crc32": "1315925753",
                        "content-length": "17",
                    },
                    "RetryAttempts": 0,
                },
            }
        )

    def test_items_and_times_are_python_values(self) -> None:
        item = {
            "pk": {"S": "a"},
            "b": {"B": b"\0\xff"},
            "m": {"M": {"l": {"L": [{"BS": [b"1", b"2"]}, {"N": "1.5"}, {"NULL": True}]}}},
        }

        def ask(client: Any) -> Any:
            described = client.create_table(**MUSIC)["TableDescription"]
            assert described.pop("TableId")
            client.put_item(TableName="music", Item=item)
            client.put_item(TableName="music", Item={"pk": {"S": "c"}})
            scanned = client.scan(TableName="music", ReturnConsumedCapacity="TOTAL")
            return scanned | {"described": described}

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["described"]["CreationDateTime"].timestamp() == 1_790_000_000
        assert direct["described"]["CreationDateTime"].tzinfo is not None
        assert direct["ConsumedCapacity"] == {"TableName": "music", "CapacityUnits": 2.0}
        assert sorted(direct["Items"], key=str) == sorted([item, {"pk": {"S": "c"}}], key=str)

    def test_an_answer_is_the_callers_own(self) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}, "l": {"L": []}})
            client.get_item(**KEY)["Item"]["l"]["L"].append({"S": "mine"})
            assert client.get_item(**KEY)["Item"]["l"] == {"L": []}

    def test_errors_are_the_modelled_exceptions_with_their_members(self) -> None:
        def ask(client: Any) -> Any:
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}, "b": {"B": b"x"}})
            with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
                client.put_item(
                    TableName="music",
                    Item={"pk": {"S": "a"}},
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            return caught.value.response

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["Item"] == {"pk": {"S": "a"}, "b": {"B": b"x"}}
        assert direct["Error"] == {
            "Code": "ConditionalCheckFailedException",
            "Message": "The conditional request failed",
        }

    def test_a_cancelled_transaction_tells_its_reasons(self) -> None:
        def ask(client: Any) -> Any:
            create(client)
            check = {
                "TableName": "music",
                "Key": {"pk": {"S": "a"}},
                "ConditionExpression": "attribute_exists(pk)",
            }
            with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
                client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
            return caught.value.response

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["CancellationReasons"] == [
            {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        ]

    def test_an_answer_without_a_body_has_none(self) -> None:
        def ask(client: Any) -> Any:
            arn = client.create_table(**MUSIC)["TableDescription"]["TableArn"]
            return client.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"

    def test_endpoints_are_told_by_the_host_that_was_asked(self) -> None:
        direct, wire = self.on_both_paths(lambda client: client.describe_endpoints())
        assert direct == wire
        assert direct["Endpoints"][0]["Address"] == "dynamodb.us-east-1.amazonaws.com"

    @pytest.mark.parametrize("path", ["direct", "wire"])
    def test_an_exception_has_the_hint_as_a_note(self, path: Any) -> None:
        with ddbmock.mock(path=path), pytest.raises(ClientError) as caught:
            boto3.client("dynamodb").get_item(TableName="musik", Key={"pk": {"S": "ä"}})
        assert caught.value.__notes__ == ["ddbmock: There is no table 'musik'; there are: none."]

    @pytest.mark.parametrize("path", ["direct", "wire"])
    def test_a_body_over_the_limit_is_refused_as_over_the_network(self, path: Any) -> None:
        with ddbmock.mock(path=path, max_body=100), pytest.raises(ClientError) as caught:
            boto3.client("dynamodb").get_item(TableName="musik", Key={"pk": {"S": "x" * 100}})
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
        assert caught.value.__notes__ == [
            "ddbmock: The body of the request is longer than 100 bytes."
        ]

    @pytest.mark.parametrize(
        ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
    )
    def test_arns_are_of_the_regions_partition(self, region: str, partition: str) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb", region_name=region)
            created = client.create_table(**MUSIC, SSESpecification={"Enabled": True})
            described = created["TableDescription"]
            arn = f"arn:{partition}:dynamodb:{region}:123456789012:table/music"
            assert described["TableArn"] == arn
            key = described["SSEDescription"]["KMSMasterKeyArn"]
            assert key.startswith(f"arn:{partition}:kms:{region}:123456789012:key/")
            assert client.describe_table(TableName=arn)["Table"]["TableName"] == "music"

    def test_those_without_credentials_have_the_same_tables_on_both_paths(self) -> None:
        with ddbmock.Database(databases="each") as db:
            for path in ("direct", "wire"):
                with ddbmock.mock(db, path=path, allow=["s3"]):
                    assert table_names(boto3.client("dynamodb")) == (
                        ["music"] if path == "wire" else []
                    )
                    if path == "direct":
                        create(boto3.client("dynamodb"))

    def test_each_access_key_has_its_tables_when_it_is_to(self) -> None:
        with ddbmock.mock(databases="each"):
            one = boto3.client("dynamodb", aws_access_key_id="one", aws_secret_access_key="x")
            other = boto3.client("dynamodb", aws_access_key_id="other", aws_secret_access_key="x")
            create(one)
            assert (table_names(one), table_names(other)) == (["music"], [])
