"""Bulk operations, as the service's model has them; botocore's clients do not know them yet."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.database.control_plane import jobs
from ddbmock.object_store.memory import MemoryBucket, MemoryStore
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import ARN, definitions, index, table

OUTPUT = {"OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"], "S3Bucket": "reports"}


@pytest.fixture
def settings() -> Settings:
    return Settings(s3="memory:items,reports")


@pytest.fixture
def buckets(dynamodb: DynamoDB) -> dict[str, MemoryBucket]:
    store = dynamodb.object_store
    assert isinstance(store, MemoryStore)
    return {name: store.bucket(name) for name in ("items", "reports")}


def line(artist: str, condition: str | None = None, **values: Any) -> bytes:
    content: dict[str, Any] = {"Item": {"artist": {"S": artist}, "n": {"N": "2"}}}
    if condition is not None:
        content["ConditionExpression"] = condition
    if values:
        content["ExpressionAttributeValues"] = {f":{name}": one for name, one in values.items()}
    return json.dumps(content).encode() + b"\n"


def started(call: Caller, **members: Any) -> Any:
    body = {
        "TableName": "Music",
        "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "DYNAMODB_JSON"},
        "OutputS3Configuration": OUTPUT,
        **members,
    }
    return call("StartBulkPutItems", body)["BulkOperationDescription"]


def described(call: Caller, description: Any) -> Any:
    arn = {"BulkOperationArn": description["BulkOperationArn"]}
    return call("DescribeBulkOperation", arn)["BulkOperationDescription"]


def scanned(call: Caller) -> list[str]:
    items = call("Scan", {"TableName": "Music"})["Items"]
    return sorted(item["artist"]["S"] for item in items)


def reported(buckets: dict[str, MemoryBucket], kind: str) -> list[Any]:
    content = buckets["reports"].content
    (key,) = [key for key in content if f"/{kind}/" in key]
    return [json.loads(one) for one in gzip.decompress(content[key]).splitlines()]


def test_items_are_put_and_counted(call: Caller, buckets: dict[str, MemoryBucket]) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "n:N"),
            GlobalSecondaryIndexes=[index("by-n", "n")],
        ),
    )
    buckets["items"].put("x", io.BytesIO(line("Can") + line("Faust")))
    description = started(call)
    table_id = call("DescribeTable", {"TableName": "Music"})["Table"]["TableId"]
    expected = {
        "BulkOperationArn": description["BulkOperationArn"],
        "BulkOperationStatus": "IN_PROGRESS",
        "TableDetails": [{"TableName": "Music", "TableId": table_id}],
        "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "DYNAMODB_JSON"},
        "OutputS3Configuration": OUTPUT,
        "StartTime": START,
        "PerformanceTier": "STANDARD",
        "ProcessedItemCount": 0,
        "FailedItemCount": 0,
        "ProcessedInputBytes": 0,
        "BulkOperationUsage": [
            {"TableName": "Music", "BulkPutBytes": 0, "Table": {"BulkPutBytes": 0}}
        ],
    }
    assert description == expected
    size = len(line("Can") + line("Faust"))
    assert described(call, description) == {
        **expected,
        "BulkOperationStatus": "COMPLETED",
        "EndTime": START,
        "ProcessedItemCount": 2,
        "ProcessedInputBytes": size,
        "TotalInputBytes": size,
        "BulkOperationUsage": [
            {
                "TableName": "Music",
                "BulkPutBytes": 52,
                "Table": {"BulkPutBytes": 26},
                "GlobalSecondaryIndexes": {"by-n": {"BulkPutBytes": 26}},
            }
        ],
    }
    assert scanned(call) == ["Can", "Faust"]
    assert call("ListBulkOperations") == {
        "BulkOperationsSummaryList": [
            {
                "BulkOperationArn": description["BulkOperationArn"],
                "BulkOperationStatus": "COMPLETED",
                "StartTime": START,
                "EndTime": START,
            }
        ]
    }


def test_errors_and_conditions_are_reported(call: Caller, buckets: dict[str, MemoryBucket]) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": "Can"}, "n": {"N": "1"}}})
    lines = [
        line("Can", "attribute_not_exists(artist)"),
        line("Can", "n = :old", old={"N": "1"}),
        line("Faust", "attribute_not_exists(artist)"),
        b'{"Item":{"year":{"N":"1"}}}\n',
        line("Neu!", "n ="),
        line("Cluster", "n = :n", m={"N": "1"}),
    ]
    buckets["items"].put("x", io.BytesIO(gzip.compress(b"".join(lines))))
    buckets["items"].put("y", io.BytesIO(b"nonsense"))
    source = {"S3Bucket": "items", "InputFormat": "DYNAMODB_JSON", "InputCompressionType": "GZIP"}
    done = described(call, started(call, InputS3Configuration=source))
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (7, 4)
    assert scanned(call) == ["Can", "Faust"]
    (refused,) = reported(buckets, "condition-check-failures")
    assert refused == {
        "Item": {"artist": {"S": "Can"}, "n": {"N": "2"}},
        "ExistingItem": {"artist": {"S": "Can"}, "n": {"N": "1"}},
    }
    errors = reported(buckets, "errors")
    places = [(one["itemS3Pointer"]["key"], one["itemS3Pointer"]["itemIndex"]) for one in errors]
    assert places == [("x", 3), ("x", 4), ("x", 5), ("y", 0)]
    assert errors[0]["errorMessages"] == [
        "One or more parameter values were invalid: Missing the key artist in the item"
    ]
    names = {key.rpartition("/")[2] for key in buckets["reports"].content}
    assert {"_started", "manifest-files.json", "manifest-summary.md5"} <= names


def test_failed_conditions_alone_are_no_errors(
    call: Caller, buckets: dict[str, MemoryBucket]
) -> None:
    call("CreateTable", table())
    buckets["items"].put("x", io.BytesIO(line("Can", "attribute_exists(artist)")))
    done = described(call, started(call))
    assert done["BulkOperationStatus"] == "COMPLETED"
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (1, 0)


@pytest.mark.parametrize("missing", ["InputS3Configuration", "OutputS3Configuration"])
def test_a_bucket_that_does_not_exist_fails_the_operation(
    call: Caller, buckets: dict[str, MemoryBucket], missing: str
) -> None:
    call("CreateTable", table())
    members: dict[str, Any] = {
        "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "ION"},
        "OutputS3Configuration": OUTPUT,
    }
    members[missing] = {**members[missing], "S3Bucket": "missing"}
    done = described(call, started(call, **members))
    assert (done["BulkOperationStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


def test_tokens(call: Caller, buckets: dict[str, MemoryBucket]) -> None:
    call("CreateTable", table())
    first = started(call, ClientToken="t")
    assert started(call, ClientToken="t")["BulkOperationArn"] == first["BulkOperationArn"]
    body = {
        "TableName": "Music",
        "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "ION"},
        "OutputS3Configuration": OUTPUT,
        "ClientToken": "t",
    }
    refused = call.refused("StartBulkPutItems", body)
    assert refused[:2] == (400, "IdempotentParameterMismatchException")


def test_reports_are_written_and_forgotten_in_slices(
    call: Caller,
    dynamodb: DynamoDB,
    buckets: dict[str, MemoryBucket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "STEP_ITEMS", 1)
    monkeypatch.setattr(jobs, "POLL_ITEMS", 7)
    call("CreateTable", table())
    lines = [line(str(number), "attribute_exists(artist)") for number in range(10)]
    lines += [b'{"Item": {"n": {"N": "1"}}}\n'] * 10
    buckets["items"].put("x", io.BytesIO(b"".join(lines)))
    description = started(call)
    polls = 0
    while (done := described(call, description))["BulkOperationStatus"] == "IN_PROGRESS":
        call("ListTables")
        polls += 1
    assert polls > 3
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert [
        one["Item"]["artist"]["S"] for one in reported(buckets, "condition-check-failures")
    ] == [str(number) for number in range(10)]
    assert len(reported(buckets, "errors")) == 10
    manifests = [key for key in buckets["reports"].content if key.endswith("manifest-files.json")]
    files = [json.loads(one) for one in buckets["reports"].content[manifests[0]].splitlines()]
    assert [one["itemCount"] for one in files] == [10, 10]
    operation_id = description["BulkOperationArn"].rpartition("/")[2]
    spaces = [f"{operation_id}//{kind}" for kind in ("errors", "condition-check-failures")]
    for _ in range(20):
        call("ListTables")
    with dynamodb.storage.read() as reader:
        assert [list(reader.range(space)) for space in (*spaces, jobs.SPACE)] == [[], [], []]


class TestWhileItRuns:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(s3="memory:items,reports", delay_jobs=60)

    def test_it_can_be_cancelled(self, call: Caller, buckets: dict[str, MemoryBucket]) -> None:
        call("CreateTable", table())
        buckets["items"].put("x", io.BytesIO(line("Can")))
        description = started(call)
        assert described(call, description)["BulkOperationStatus"] == "IN_PROGRESS"
        second = call.refused(
            "StartBulkPutItems",
            {
                "TableName": "Music",
                "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "ION"},
                "OutputS3Configuration": OUTPUT,
            },
        )
        assert second[:2] == (400, "ResourceInUseException")
        arn = {"BulkOperationArn": description["BulkOperationArn"]}
        assert call("CancelBulkOperation", arn) == {**arn, "BulkOperationStatus": "CANCELLING"}
        assert described(call, description)["BulkOperationStatus"] == "CANCELLED"
        assert scanned(call) == ["Can"]
        assert call.refused("CancelBulkOperation", arn)[:2] == (400, "ValidationException")

    def test_its_units_are_limited_by_the_clock(
        self, call: Caller, buckets: dict[str, MemoryBucket], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "POLL_SECONDS", 60.0)
        call("CreateTable", table())
        content = b"".join(line(str(number)) for number in range(2500))
        buckets["items"].put("x", io.BytesIO(content))
        description = started(call, MaxWriteRequestUnits=1024)
        counts = []
        for _ in range(3):
            counts.append(described(call, description)["ProcessedItemCount"])
            call.clock.advance(1)
        assert counts == [1024, 2048, 2500]

    def test_its_table_may_go(
        self, call: Caller, buckets: dict[str, MemoryBucket], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "STEP_ITEMS", 0)
        call("CreateTable", table())
        buckets["items"].put("x", io.BytesIO(line("Can")))
        description = started(call)
        call("DeleteTable", {"TableName": "Music"})
        done = described(call, description)
        assert (done["BulkOperationStatus"], done["FailureCode"]) == ("FAILED", "TableNotFound")


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        (
            "DescribeBulkOperation",
            {"BulkOperationArn": f"{ARN}/bulk-operation/01658528578619-c4d4e311"},
            (
                400,
                "ResourceNotFoundException",
                "Requested resource not found: Bulk operation: "
                f"{ARN}/bulk-operation/01658528578619-c4d4e311 not found",
            ),
        ),
        (
            "CancelBulkOperation",
            {"BulkOperationArn": f"{ARN}/export/01658528578619-c4d4e311"},
            (400, "ValidationException", "Invalid BulkOperation ARN"),
        ),
        (
            "StartBulkPutItems",
            {
                "TableName": "Music",
                "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "CSV"},
                "OutputS3Configuration": {"OutputType": []},
                "MaxWriteRequestUnits": 5,
            },
            (
                400,
                "ValidationException",
                "3 validation errors detected: Value 'CSV' at 'inputS3Configuration.inputFormat' "
                "failed to satisfy constraint: Member must satisfy enum value set: "
                "[DYNAMODB_JSON, ION]; Value '[]' at 'outputS3Configuration.outputType' failed to "
                "satisfy constraint: Member must have length greater than or equal to 1; Value '5' "
                "at 'maxWriteRequestUnits' failed to satisfy constraint: Member must have value "
                "greater than or equal to 1024",
            ),
        ),
        (
            "StartBulkPutItems",
            {
                "TableName": "Nowhere",
                "InputS3Configuration": {"S3Bucket": "items", "InputFormat": "ION"},
                "OutputS3Configuration": OUTPUT,
            },
            (
                400,
                "ResourceNotFoundException",
                "Requested resource not found: Table: Nowhere not found",
            ),
        ),
    ],
)
def test_refusals(
    call: Caller, operation: str, body: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert call.refused(operation, body) == expected
