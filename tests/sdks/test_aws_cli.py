"""The AWS CLI, as typed in a terminal: what it prints, and what it says and returns on errors.

One test is one session, in steps: each start of the CLI takes most of a second.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from tests.sdks.clients import aws_cli, environment
from tests.servers import pserve

COUNTED = [{"id": {"S": "counter"}, "at": {"N": str(number)}} for number in range(5)]


class Terminal:
    """Runs ``aws dynamodb ...`` in a directory."""

    def __init__(self, endpoint: str, directory: Path, service: str = "dynamodb") -> None:
        self._command = [aws_cli(), "--endpoint-url", endpoint, "--output", "json", service]
        self._directory = directory

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments],
            cwd=self._directory,
            env=environment(self._directory),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def __call__(self, *arguments: str) -> Any:
        """What it prints, as JSON; None if it prints nothing."""
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout) if done.stdout else None

    def refused(self, *arguments: str) -> str:
        """What it says in place of an answer."""
        done = self.run(*arguments)
        # 255 in version 1, 254 in version 2
        assert (done.returncode in {254, 255}, done.stdout) == (True, "")
        return done.stderr.strip().removeprefix("aws: [ERROR]: ")

    def file(self, name: str, content: Any) -> str:
        """An argument that names a JSON file."""
        (self._directory / name).write_text(json.dumps(content), encoding="utf-8")
        return f"file://{name}"


@pytest.mark.slow
def test_a_session_in_a_terminal(tmp_path: Path) -> None:
    with pserve(tmp_path, delay_creating=0.2) as server:
        aws = Terminal(f"http://127.0.0.1:{server.port}", tmp_path)
        creates_a_table(aws)
        puts_items(aws)
        queries_and_scans(aws)
        updates_by_files(aws)
        writes_in_transactions(aws)
        tells_errors(aws)


@pytest.mark.slow
def test_a_session_of_backups_exports_and_imports(tmp_path: Path) -> None:
    """With the CLI's own waiters, and restores with overrides as in its reference."""
    (tmp_path / "buckets" / "exports").mkdir(parents=True)
    with pserve(tmp_path, delay_creating=0, s3=f"file://{tmp_path}/buckets") as server:
        aws = Terminal(f"http://127.0.0.1:{server.port}", tmp_path)
        aws(
            *("create-table", "--table-name", "Music"),
            *("--billing-mode", "PAY_PER_REQUEST"),
            *("--attribute-definitions", "AttributeName=Artist,AttributeType=S"),
            *("--key-schema", "AttributeName=Artist,KeyType=HASH"),
        )
        aws("put-item", "--table-name", "Music", "--item", '{"Artist": {"S": "Can"}}')
        backup = aws("create-backup", "--table-name", "Music", "--backup-name", "MusicBackup")
        arn = backup["BackupDetails"]["BackupArn"]
        aws(
            *("restore-table-from-backup", "--backup-arn", arn),
            *("--target-table-name", "Restored", "--billing-mode-override", "PROVISIONED"),
            *("--provisioned-throughput-override", "ReadCapacityUnits=5,WriteCapacityUnits=6"),
        )
        assert aws("wait", "table-exists", "--table-name", "Restored") is None
        restored = aws("describe-table", "--table-name", "Restored")["Table"]
        assert restored["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
        assert aws("scan", "--table-name", "Restored")["Count"] == 1
        assert len(aws("list-backups", "--table-name", "Music")["BackupSummaries"]) == 1
        aws("delete-backup", "--backup-arn", arn)
        assert aws.refused("describe-backup", "--backup-arn", arn) == (
            "An error occurred (BackupNotFoundException) when calling the DescribeBackup "
            f"operation: Backup not found: {arn}"
        )
        exports_and_imports(aws)


def exports_and_imports(aws: Terminal) -> None:
    enabled = "PointInTimeRecoveryEnabled=true,RecoveryPeriodInDays=7"
    aws(
        *("update-continuous-backups", "--table-name", "Music"),
        *("--point-in-time-recovery-specification", enabled),
    )
    table_arn = aws("describe-table", "--table-name", "Music")["Table"]["TableArn"]
    started = aws(
        *("export-table-to-point-in-time", "--table-arn", table_arn),
        *("--s3-bucket", "exports", "--s3-prefix", "music"),
    )
    arn = started["ExportDescription"]["ExportArn"]
    assert aws("wait", "export-completed", "--export-arn", arn) is None
    done = aws("describe-export", "--export-arn", arn)["ExportDescription"]
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", 1)
    folder = done["ExportManifest"].rpartition("/")[0]
    parameters = {
        "TableName": "Imported",
        "AttributeDefinitions": [{"AttributeName": "Artist", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "Artist", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    started = aws(
        *("import-table", "--input-format", "DYNAMODB_JSON", "--input-compression-type", "GZIP"),
        *("--s3-bucket-source", f"S3Bucket=exports,S3KeyPrefix={folder}/data/"),
        *("--table-creation-parameters", aws.file("table.json", parameters)),
    )
    arn = started["ImportTableDescription"]["ImportArn"]
    assert aws("wait", "import-completed", "--import-arn", arn) is None
    assert aws("scan", "--table-name", "Imported")["Items"] == [{"Artist": {"S": "Can"}}]


@pytest.mark.slow
def test_a_session_in_partiql(tmp_path: Path) -> None:
    with pserve(tmp_path, delay_creating=0) as server:
        aws = Terminal(f"http://127.0.0.1:{server.port}", tmp_path)
        aws(
            *("create-table", "--table-name", "Music", "--billing-mode", "PAY_PER_REQUEST"),
            *("--attribute-definitions", "AttributeName=Artist,AttributeType=S"),
            "AttributeName=SongTitle,AttributeType=S",
            *("--key-schema", "AttributeName=Artist,KeyType=HASH"),
            "AttributeName=SongTitle,KeyType=RANGE",
        )
        follows_the_tutorial(aws)
        runs_batches_and_transactions(aws)
        tells_errors_of_statements(aws)


def follows_the_tutorial(aws: Terminal) -> None:
    execute = ("execute-statement", "--statement")
    for title in ("Call Me Today", "PartiQL Rocks"):
        text = "INSERT INTO Music VALUE {'Artist': ?, 'SongTitle': ?, 'Awards': 1}"
        parameters = json.dumps([{"S": "Acme Band"}, {"S": title}])
        assert aws(*execute, text, "--parameters", parameters) == {"Items": []}
    key = "Artist='Acme Band' AND SongTitle='PartiQL Rocks'"
    assert aws(*execute, f"UPDATE Music SET Awards = Awards + 1 WHERE {key}") == {"Items": []}
    text = "SELECT SongTitle, Awards FROM Music WHERE Artist='Acme Band'"
    rows = [
        {"SongTitle": {"S": "Call Me Today"}, "Awards": {"N": "1"}},
        {"SongTitle": {"S": "PartiQL Rocks"}, "Awards": {"N": "2"}},
    ]
    assert aws(*execute, text) == {"Items": rows}
    first = aws(*execute, text, "--limit", "1")
    assert first["Items"] == rows[:1]
    assert first["LastEvaluatedKey"]["SongTitle"] == {"S": "Call Me Today"}
    second = aws(*execute, text, "--next-token", first["NextToken"])
    assert second == {"Items": rows[1:]}
    deleted = aws(*execute, f"DELETE FROM Music WHERE {key} RETURNING ALL OLD *")
    assert deleted["Items"][0]["Awards"] == {"N": "2"}


def runs_batches_and_transactions(aws: Terminal) -> None:
    statements = [
        {"Statement": f"INSERT INTO Music VALUE {{'Artist': 'b', 'SongTitle': '{title}'}}"}
        for title in "xyx"
    ]
    transact = ("execute-transaction", "--transact-statements")
    assert aws(*transact, aws.file("writes.json", statements[:2])) == {"Responses": []}
    batch = ("batch-execute-statement", "--statements")
    assert aws(*batch, aws.file("again.json", statements[1:2])) == {
        "Responses": [
            {
                "Error": {
                    "Code": "DuplicateItem",
                    "Message": "Duplicate primary key exists in table",
                },
                "TableName": "Music",
            }
        ]
    }


def tells_errors_of_statements(aws: Terminal) -> None:
    assert aws.refused("execute-statement", "--statement", "SELECT * FRM Music") == (
        "An error occurred (ValidationException) when calling the ExecuteStatement operation: "
        "Statement wasn't well formed, can't be processed: Expected FROM after SELECT list"
    )


def creates_a_table(aws: Terminal) -> None:
    created = aws(
        *("create-table", "--table-name", "events", "--billing-mode", "PAY_PER_REQUEST"),
        *("--attribute-definitions", "AttributeName=id,AttributeType=S"),
        "AttributeName=at,AttributeType=N",
        *("--key-schema", "AttributeName=id,KeyType=HASH", "AttributeName=at,KeyType=RANGE"),
    )
    assert created == {
        "TableDescription": {
            "TableName": "events",
            "TableArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/events",
            "TableId": ANY,
            "TableStatus": "CREATING",
            "CreationDateTime": ANY,
            "AttributeDefinitions": [
                {"AttributeName": "at", "AttributeType": "N"},
                {"AttributeName": "id", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0,
                "ReadCapacityUnits": 0,
                "WriteCapacityUnits": 0,
            },
            "TableSizeBytes": 0,
            "ItemCount": 0,
            "DeletionProtectionEnabled": False,
        }
    }
    assert aws("wait", "table-exists", "--table-name", "events") is None
    assert aws("list-tables") == {"TableNames": ["events"]}


def puts_items(aws: Terminal) -> None:
    item = json.dumps({"id": {"S": "ada"}, "at": {"N": "1.50"}, "tags": {"SS": ["b", "a"]}})
    put = ("put-item", "--table-name", "events", "--item", item)
    assert aws(*put) is None
    assert aws(*put, "--return-values", "ALL_OLD", "--return-consumed-capacity", "TOTAL") == {
        "Attributes": {"id": {"S": "ada"}, "at": {"N": "1.5"}, "tags": {"SS": ["a", "b"]}},
        "ConsumedCapacity": {"TableName": "events", "CapacityUnits": 1.0},
    }
    requests = {"events": [{"PutRequest": {"Item": item}} for item in COUNTED]}
    assert aws("batch-write-item", "--request-items", aws.file("batch.json", requests)) == {
        "UnprocessedItems": {}
    }


def queries_and_scans(aws: Terminal) -> None:
    query = (
        *("query", "--table-name", "events", "--no-scan-index-forward", "--page-size", "2"),
        *("--key-condition-expression", "id = :id AND #at > :at"),
        *("--expression-attribute-names", '{"#at": "at"}'),
        *("--expression-attribute-values", '{":id": {"S": "counter"}, ":at": {"N": "0"}}'),
    )
    assert aws(*query) == {
        "Items": COUNTED[:0:-1],
        "Count": 4,
        "ScannedCount": 4,
        "ConsumedCapacity": None,
    }
    scan = (
        *("scan", "--table-name", "events", "--page-size", "2"),
        *("--projection-expression", "#at", "--expression-attribute-names", '{"#at": "at"}'),
    )
    first = aws(*scan, "--max-items", "4")
    second = aws(*scan, "--starting-token", first["NextToken"])
    assert "NextToken" not in second
    found = [item["at"]["N"] for item in first["Items"] + second["Items"]]
    assert sorted(found) == ["0", "1", "1.5", "2", "3", "4"]
    assert len(first["Items"]) == 4


def updates_by_files(aws: Terminal) -> None:
    request = {
        "TableName": "events",
        "Key": {"id": {"S": "ada"}, "at": {"N": "1.5"}},
        "UpdateExpression": "SET #m.#k = :v, seen = list_append(:seen, :seen) DELETE tags :tags",
        "ConditionExpression": "attribute_exists(id) AND size(tags) = :two",
        "ExpressionAttributeNames": {"#m": "places", "#k": "first"},
        "ExpressionAttributeValues": {
            ":v": {"S": "Zürich"},
            ":seen": {"L": [{"BOOL": True}]},
            ":tags": {"SS": ["b"]},
            ":two": {"N": "2"},
        },
        "ReturnValues": "ALL_NEW",
    }
    place = (
        *("update-item", "--table-name", "events"),
        *("--key", aws.file("key.json", request["Key"])),
        *("--update-expression", "SET places = :m"),
        *("--expression-attribute-values", aws.file("values.json", {":m": {"M": {}}})),
    )
    assert aws(*place) is None
    assert aws("update-item", "--cli-input-json", aws.file("update.json", request)) == {
        "Attributes": {
            "id": {"S": "ada"},
            "at": {"N": "1.5"},
            "tags": {"SS": ["a"]},
            "places": {"M": {"first": {"S": "Zürich"}}},
            "seen": {"L": [{"BOOL": True}, {"BOOL": True}]},
        }
    }


def writes_in_transactions(aws: Terminal) -> None:
    check = {
        "ConditionCheck": {
            "TableName": "events",
            "Key": COUNTED[0],
            "ConditionExpression": "attribute_exists(id)",
        }
    }
    put = {"Put": {"TableName": "events", "Item": {"id": {"S": "new"}, "at": {"N": "1"}}}}
    file = aws.file("transaction.json", [check, put])
    assert aws("transact-write-items", "--transact-items", file) is None
    get = [{"Get": {"TableName": "events", "Key": put["Put"]["Item"]}}]
    got = aws("transact-get-items", "--transact-items", aws.file("get.json", get))
    assert got == {"Responses": [{"Item": put["Put"]["Item"]}]}
    check["ConditionCheck"]["ConditionExpression"] = "attribute_exists(colour)"
    refused = aws.refused(
        "transact-write-items", "--transact-items", aws.file("refused.json", [put, check])
    )
    assert refused.startswith(
        "An error occurred (TransactionCanceledException) when calling the TransactWriteItems "
        "operation: Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed]"
    )


def tells_errors(aws: Terminal) -> None:
    assert aws.refused("describe-table", "--table-name", "nowhere") == (
        "An error occurred (ResourceNotFoundException) when calling the DescribeTable operation: "
        "Requested resource not found: Table: nowhere not found"
    )
    delete = ("delete-item", "--table-name", "events", "--key", json.dumps(COUNTED[0]))
    assert aws.refused(*delete, "--condition-expression", "attribute_not_exists(id)") == (
        "An error occurred (ConditionalCheckFailedException) when calling the DeleteItem "
        "operation: The conditional request failed"
    )


@pytest.mark.slow
def test_streams_in_a_terminal(tmp_path: Path) -> None:
    with pserve(tmp_path, delay_creating=0) as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        aws = Terminal(endpoint, tmp_path)
        streams = Terminal(endpoint, tmp_path, "dynamodbstreams")
        created = aws(
            *("create-table", "--table-name", "visits", "--billing-mode", "PAY_PER_REQUEST"),
            *("--attribute-definitions", "AttributeName=id,AttributeType=S"),
            *("--key-schema", "AttributeName=id,KeyType=HASH"),
            *("--stream-specification", "StreamEnabled=true,StreamViewType=NEW_IMAGE"),
        )
        arn = created["TableDescription"]["LatestStreamArn"]
        aws("put-item", "--table-name", "visits", "--item", '{"id": {"S": "a"}}')
        [stream] = streams("list-streams", "--table-name", "visits")["Streams"]
        assert stream["StreamArn"] == arn
        described = streams("describe-stream", "--stream-arn", arn)["StreamDescription"]
        [shard] = described["Shards"]
        iterator = streams(
            *("get-shard-iterator", "--stream-arn", arn, "--shard-id", shard["ShardId"]),
            *("--shard-iterator-type", "TRIM_HORIZON"),
        )["ShardIterator"]
        [record] = streams("get-records", "--shard-iterator", iterator)["Records"]
        assert (record["eventName"], record["dynamodb"]["NewImage"]) == (
            "INSERT",
            {"id": {"S": "a"}},
        )
        assert "Invalid ShardIterator" in streams.refused(
            "get-records", "--shard-iterator", "made up"
        )
