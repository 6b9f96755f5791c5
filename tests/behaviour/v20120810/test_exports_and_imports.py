"""Exports into buckets and imports from them; the buckets are in memory, the jobs those of any engine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from amazon.ion import simpleion

from ddbmock.database import DynamoDB
from ddbmock.database.control_plane import export_jobs, jobs
from ddbmock.object_store.folder import FolderBucket
from ddbmock.object_store.memory import MemoryBucket, MemoryStore
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from tests.archive.databases import Database, run
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import ARN, definitions, index, table

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws-dynamodb/imports:*"


@pytest.fixture
def settings() -> Settings:
    return Settings(s3="memory:exports")


@pytest.fixture
def bucket(dynamodb: DynamoDB) -> MemoryBucket:
    store = dynamodb.object_store
    assert isinstance(store, MemoryStore)
    return store.bucket("exports")


def fill(call: Caller, *artists: str) -> None:
    for artist in artists:
        call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": artist}}})


def begin(call: Caller, *artists: str) -> None:
    call("CreateTable", table())
    call(
        "UpdateContinuousBackups",
        {
            "TableName": "Music",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
    )
    fill(call, *artists)


def started(call: Caller, **members: Any) -> Any:
    body = {"TableArn": ARN, "S3Bucket": "exports", **members}
    return call("ExportTableToPointInTime", body)["ExportDescription"]


def described(call: Caller, description: Any) -> Any:
    arn = {"ExportArn": description["ExportArn"]}
    return call("DescribeExport", arn)["ExportDescription"]


def exported(call: Caller, **members: Any) -> Any:
    description = described(call, started(call, **members))
    assert description["ExportStatus"] == "COMPLETED", description
    return description


def lines_of(bucket: MemoryBucket, description: Any) -> list[bytes]:
    """The lines of an export, read as readers of exports do: by manifests and checksums."""
    content = bucket.content
    key = description["ExportManifest"]
    assert (
        base64.b64encode(hashlib.md5(content[key]).digest())
        == (content[key.removesuffix(".json") + ".md5"])
    )
    summary = json.loads(content[key])
    lines = []
    for line in content[summary["manifestFilesS3Key"]].splitlines():
        entry = json.loads(line)
        packed = content[entry["dataFileS3Key"]]
        md5 = hashlib.md5(packed).digest()
        assert base64.b64encode(md5).decode() == entry["md5Checksum"]
        assert hashlib.md5(md5).hexdigest() + "-1" == entry["etag"]
        found = gzip.decompress(packed).splitlines()
        assert len(found) == entry["itemCount"]
        lines += found
    assert len(lines) == summary["itemCount"] == description["ItemCount"]
    return lines


def artists_of(lines: list[bytes]) -> list[str]:
    return sorted(json.loads(line)["Item"]["artist"]["S"] for line in lines)


class TestExports:
    def test_the_description_is_that_of_a_minimal_export(
        self, call: Caller, bucket: MemoryBucket
    ) -> None:
        begin(call, "Can")
        description = started(call)
        table_id = call("DescribeTable", {"TableName": "Music"})["Table"]["TableId"]
        expected = {
            "ExportArn": description["ExportArn"],
            "ExportStatus": "IN_PROGRESS",
            "StartTime": START,
            "TableArn": ARN,
            "TableId": table_id,
            "ClientToken": description["ClientToken"],
            "S3Bucket": "exports",
            "S3SseAlgorithm": "AES256",
            "ExportFormat": "DYNAMODB_JSON",
            "ExportTime": START,
        }
        assert description == expected
        export_id = description["ExportArn"].rpartition("/")[2]
        assert export_id.startswith(f"0{int(START)}000-")
        assert described(call, description) == {
            **expected,
            "ExportStatus": "COMPLETED",
            "EndTime": START,
            "ItemCount": 1,
            "BilledSizeBytes": 0,
            "ExportManifest": f"AWSDynamoDB/{export_id}/manifest-summary.json",
        }
        assert call("ListExports") == {
            "ExportSummaries": [
                {
                    "ExportArn": description["ExportArn"],
                    "ExportStatus": "COMPLETED",
                    "ExportType": "FULL_EXPORT",
                }
            ]
        }

    def test_it_has_everything_so_far_although_the_clock_stands_still(
        self, call: Caller, bucket: MemoryBucket
    ) -> None:
        begin(call, "Can", "Faust")
        description = started(call, S3Prefix="foo/")
        fill(call, "Neu!")
        done = described(call, description)
        assert done["ExportManifest"].startswith("foo/AWSDynamoDB/0")
        assert artists_of(lines_of(bucket, done)) == ["Can", "Faust"]

    def test_an_earlier_time_can_be_exported(self, call: Caller, bucket: MemoryBucket) -> None:
        begin(call, "Can")
        call.clock.advance(10)
        fill(call, "Faust")
        call.clock.advance(400)
        done = exported(call, ExportTime=START + 9)
        assert (done["ExportTime"], artists_of(lines_of(bucket, done))) == (START + 9, ["Can"])

    def test_ion_is_read_by_its_library(self, call: Caller, bucket: MemoryBucket) -> None:
        begin(call)
        item = {"artist": {"S": "Can"}, "year": {"N": "1970"}, "tags": {"SS": ["a", "b"]}}
        call("PutItem", {"TableName": "Music", "Item": item})
        done = exported(call, ExportFormat="ION")
        (line,) = lines_of(bucket, done)
        value = simpleion.loads(line)["Item"]
        assert (value["artist"], int(value["year"]), list(value["tags"])) == (
            "Can",
            1970,
            ["a", "b"],
        )
        assert line == (b'$ion_1_0 {Item:{artist:"Can",year:197d1,tags:$dynamodb_SS::["a","b"]}}')

    @pytest.mark.parametrize("view", ["NEW_AND_OLD_IMAGES", "NEW_IMAGE"])
    def test_an_incremental_export_has_the_net_changes(
        self, call: Caller, bucket: MemoryBucket, view: str
    ) -> None:
        begin(call, "Can", "Faust", "Neu!")
        call.clock.advance(1)
        call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": "Can"}, "n": {"N": "1"}}})
        call.clock.advance(1)
        fill(call, "Cluster", "Harmonia")
        for gone in ("Faust", "Harmonia"):
            call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": gone}}})
        call.clock.advance(minutes=20)
        done = exported(
            call,
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification={
                "ExportFromTime": START + 1,
                "ExportToTime": START + 1000,
                "ExportViewType": view,
            },
        )
        assert "ExportTime" not in done
        assert done["BilledSizeBytes"] == 10_000_000
        assert done["IncrementalExportSpecification"] == {
            "ExportFromTime": START + 1,
            "ExportToTime": START + 1000,
            "ExportViewType": view,
        }
        found = {
            line.partition(b'"S":"')[2].partition(b'"')[0]: line for line in lines_of(bucket, done)
        }
        old = view == "NEW_AND_OLD_IMAGES"

        def expected(artist: str, seconds: int, **images: Any) -> bytes:
            keys = {"artist": {"S": artist}}
            micros = str((int(START) + seconds) * 1_000_000)
            line: dict[str, Any] = {
                "Metadata": {"WriteTimestampMicros": {"N": micros}},
                "Keys": keys,
            }
            for name, image in images.items():
                if name == "NewImage" or old:
                    line[name] = image
            return json.dumps(line, separators=(",", ":")).encode()

        can = {"artist": {"S": "Can"}}
        assert found == {
            b"Can": expected("Can", 1, OldImage=can, NewImage={**can, "n": {"N": "1"}}),
            b"Cluster": expected("Cluster", 2, NewImage={"artist": {"S": "Cluster"}}),
            b"Faust": expected("Faust", 2, OldImage={"artist": {"S": "Faust"}}),
        }

    def test_an_incremental_export_deletes_what_the_full_one_before_it_has(
        self, call: Caller, bucket: MemoryBucket
    ) -> None:
        """The clock stands still while the items come and the full export begins."""
        begin(call, "Can", "Faust")
        full = exported(call)
        call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Can"}}})
        call.clock.advance(1)
        call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Faust"}}})
        fill(call, "Neu!")
        call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Neu!"}}})
        call.clock.advance(minutes=20, seconds=0.5)
        period = {"ExportFromTime": full["ExportTime"]}
        done = exported(
            call, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=period
        )
        whole = START + 1201
        assert (done["StartTime"], done["ExportArn"][-12:-9]) == (whole, "000")
        assert done["IncrementalExportSpecification"] == {
            **period,
            "ExportToTime": whole,
            "ExportViewType": "NEW_AND_OLD_IMAGES",
        }
        lines = sorted(map(json.loads, lines_of(bucket, done)), key=str)
        assert [(line["Keys"], line["OldImage"], "NewImage" in line) for line in lines] == [
            ({"artist": {"S": artist}}, {"artist": {"S": artist}}, False)
            for artist in ("Can", "Faust")
        ]

    def test_a_bucket_that_does_not_exist_fails_the_job(self, call: Caller) -> None:
        begin(call)
        done = described(call, started(call, S3Bucket="missing", ExportType="FULL_EXPORT"))
        assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
        assert done["FailureMessage"].startswith(
            "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: "
            "NoSuchBucket; Request ID: "
        )
        assert done["ExportType"] == "FULL_EXPORT"

    def test_another_owner_fails_the_job(self, call: Caller) -> None:
        begin(call)
        done = described(call, started(call, S3BucketOwner="0" * 12))
        assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")
        assert done["FailureMessage"].startswith(
            "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; "
        )

    @pytest.mark.parametrize("key", [{}, {"S3SseKmsKeyId": "alias/aws/s3"}])
    def test_a_kms_key_is_described_as_it_was_given(
        self, call: Caller, bucket: MemoryBucket, key: dict[str, str]
    ) -> None:
        begin(call, "Can")
        done = exported(call, S3SseAlgorithm="KMS", **key)
        assert {name: done[name] for name in done if name.startswith("S3Sse")} == {
            "S3SseAlgorithm": "KMS",
            **key,
        }
        summary = json.loads(bucket.content[done["ExportManifest"]])
        assert (summary["s3SseAlgorithm"], summary["s3SseKmsKeyId"]) == (
            "KMS",
            key.get("S3SseKmsKeyId"),
        )

    def test_a_token_starts_one_export(self, call: Caller) -> None:
        begin(call)
        body = {"TableArn": ARN, "S3Bucket": "exports", "ClientToken": "t", "ExportTime": -1}
        # a refused request does not reserve it
        refused = call.refused("ExportTableToPointInTime", body)
        assert refused == (400, "InvalidExportTimeException", "Export Time is invalid")
        first = started(call, ClientToken="t")
        described(call, first)
        again = started(call, ClientToken="t")
        assert (again["ExportArn"], again["ExportStatus"]) == (first["ExportArn"], "COMPLETED")
        conflict = (
            400,
            "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters",
        )
        body = {"TableArn": ARN, "S3Bucket": "exports", "ClientToken": "t", "S3Prefix": "x"}
        assert call.refused("ExportTableToPointInTime", body) == conflict
        call.clock.advance(hours=8)
        assert started(call, ClientToken="t")["ExportArn"] != first["ExportArn"]

    def test_lists_have_pages_and_the_present_table_only(self, call: Caller) -> None:
        begin(call)
        arns = []
        for _ in range(3):
            arns.append(started(call)["ExportArn"])
            call.clock.advance(1)
        page = call("ListExports", {"TableArn": ARN, "MaxResults": 2})
        rest = call("ListExports", {"NextToken": page["NextToken"], "TableArn": ARN})
        listed = [*page["ExportSummaries"], *rest["ExportSummaries"]]
        assert [one["ExportArn"] for one in listed] == arns[::-1]
        assert "NextToken" not in rest
        call("DeleteTable", {"TableName": "Music"})
        assert call("ListExports", {"TableArn": ARN}) == {"ExportSummaries": []}
        assert call("DescribeExport", {"ExportArn": arns[0]})["ExportDescription"]

    def test_the_last_minutes_cannot_be_named(self, call: Caller) -> None:
        begin(call, "Can")
        call.clock.advance(minutes=10)
        body = {"TableArn": ARN, "S3Bucket": "exports", "ExportTime": START + 599}
        assert call.refused("ExportTableToPointInTime", body) == (
            400,
            "InvalidExportTimeException",
            "Point in Time Recovery is not available for specified export time",
        )

    def test_its_table_may_be_deleted_meanwhile(self, call: Caller, bucket: MemoryBucket) -> None:
        begin(call, "Can")
        description = started(call)
        call("DeleteTable", {"TableName": "Music"})
        assert artists_of(lines_of(bucket, described(call, description))) == ["Can"]

    def test_a_large_one_takes_several_steps_and_files(
        self, call: Caller, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "LONGEST_SLICE", 0)
        monkeypatch.setattr(export_jobs, "FILE_SIZE", 1)
        monkeypatch.setattr(jobs, "POLL_ITEMS", 5)
        monkeypatch.setattr(jobs, "STEP_ITEMS", 1)
        artists = [f"artist {number:02}" for number in range(30)]
        begin(call, *artists)
        description = started(call)
        polls = 0
        while described(call, description)["ExportStatus"] == "IN_PROGRESS":
            fill(call, f"later {polls}")
            polls += 1
        assert polls > 3
        assert artists_of(lines_of(bucket, described(call, description))) == artists

    def test_another_process_goes_on_with_it(
        self,
        call: Caller,
        dynamodb: DynamoDB,
        bucket: MemoryBucket,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What it has written of an incomplete file is written again, and listed once."""
        monkeypatch.setattr(jobs, "LONGEST_SLICE", 0)
        monkeypatch.setattr(jobs, "POLL_ITEMS", 7)
        monkeypatch.setattr(jobs, "STEP_ITEMS", 0)
        artists = [f"artist {number:02}" for number in range(30)]
        begin(call, *artists)
        description = started(call)
        described(call, description)
        monkeypatch.setattr(jobs, "POLL_ITEMS", 20_000)
        router = Router(DynamoDB(dynamodb.storage, dynamodb.settings, dynamodb.clock))
        router.dynamodb.object_store = dynamodb.object_store
        target = router.target("DynamoDB_20120810.DescribeExport")
        router.perform(target, {"ExportArn": description["ExportArn"]})
        assert artists_of(lines_of(bucket, described(call, description))) == artists


def imported(call: Caller, **members: Any) -> Any:
    """Import into ``Music`` and return the description of the end."""
    prefix = members.pop("prefix", None)
    source = {"S3Bucket": members.pop("bucket", "exports")}
    if prefix is not None:
        source["S3KeyPrefix"] = prefix
    description = call(
        "ImportTable",
        {
            "ClientToken": "t",
            "S3BucketSource": source,
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": table(),
            **members,
        },
    )["ImportTableDescription"]
    assert (description["ImportStatus"], description["ErrorCount"]) == ("IN_PROGRESS", 0)
    arn = {"ImportArn": description["ImportArn"]}
    return call("DescribeImport", arn)["ImportTableDescription"]


def outcome(description: Any) -> tuple[Any, ...]:
    return tuple(
        description.get(name)
        for name in (
            "ImportStatus",
            "FailureCode",
            "ProcessedItemCount",
            "ImportedItemCount",
            "ErrorCount",
        )
    )


def line(artist: str) -> bytes:
    return json.dumps({"Item": {"artist": {"S": artist}}}).encode() + b"\n"


def scanned(call: Caller) -> list[Any]:
    items: list[Any] = call("Scan", {"TableName": "Music"})["Items"]
    return items


LINES = [line(f"artist {number}") for number in range(10)]
BAD = [*LINES[:5], b"nonsense\n", *LINES[6:]]
KEYLESS = [*LINES[:5], b'{"Item":{"year":{"N":"1"}}}\n', *LINES[6:]]


class TestImports:
    def test_the_description(self, call: Caller, bucket: MemoryBucket) -> None:
        bucket.put("data/x", io.BytesIO(b"".join(LINES)))
        done = imported(call, prefix="data/")
        described = call("DescribeTable", {"TableName": "Music"})["Table"]
        assert described["TableStatus"] == "ACTIVE"
        assert done == {
            "ImportArn": done["ImportArn"],
            "ImportStatus": "COMPLETED",
            "TableArn": ARN,
            "TableId": described["TableId"],
            "ClientToken": "t",
            "S3BucketSource": {
                "S3Bucket": "exports",
                "S3KeyPrefix": "data/",
                "S3BucketOwner": "123456789012",
            },
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "NONE",
            "TableCreationParameters": table(),
            "StartTime": START,
            "EndTime": START,
            "ProcessedItemCount": 10,
            "ImportedItemCount": 10,
            "ErrorCount": 0,
            "ProcessedSizeBytes": sum(map(len, LINES)),
            "CloudWatchLogGroupArn": GROUP,
        }
        (summary,) = call("ListImports")["ImportSummaryList"]
        assert (summary["ImportArn"], summary["EndTime"]) == (done["ImportArn"], START)

    @pytest.mark.parametrize(
        ("lines", "expected", "count"),
        [
            (LINES, ("COMPLETED", None, 10, 10, 0), 10),
            (BAD, ("FAILED", "ItemValidationError", 6, 5, 1), 5),
            (KEYLESS, ("FAILED", "ItemValidationError", 10, 9, 1), 9),
            ([*LINES[:3], *LINES[:2]], ("COMPLETED", None, 5, 5, 0), 3),
            ([b"  \n", b"\n"], ("COMPLETED", None, 0, 0, 0), 0),
            ([], ("COMPLETED", None, 0, 0, 0), 0),
        ],
        ids=["all", "no JSON", "no key", "duplicates", "blank", "empty"],
    )
    def test_what_is_counted(
        self,
        call: Caller,
        bucket: MemoryBucket,
        lines: list[bytes],
        expected: tuple[Any, ...],
        count: int,
    ) -> None:
        bucket.put("x", io.BytesIO(b"".join(lines)))
        done = imported(call)
        assert outcome(done) == expected
        failed = (
            "Some of the items failed validation checks and were not imported. Please check "
            "CloudWatch error logs for more details."
        )
        assert done.get("FailureMessage") == (failed if expected[0] == "FAILED" else None)
        assert len(scanned(call)) == count

    def test_a_bad_object_does_not_end_the_others(self, call: Caller, bucket: MemoryBucket) -> None:
        bucket.put("a", io.BytesIO(gzip.compress(LINES[0])))
        bucket.put("b", io.BytesIO(b"".join(LINES)))
        bucket.put("c", io.BytesIO(gzip.compress(LINES[1])))
        assert outcome(imported(call, InputCompressionType="GZIP")) == (
            ("FAILED", "ItemValidationError", 3, 2, 1)
        )

    @pytest.mark.parametrize(
        ("compression", "compress"),
        [("GZIP", gzip.compress), ("ZSTD", zstandard.compress), ("NONE", bytes)],
    )
    def test_compressions(
        self, call: Caller, bucket: MemoryBucket, compression: str, compress: Any
    ) -> None:
        bucket.put("x", io.BytesIO(compress(b"".join(LINES))))
        done = imported(call, InputCompressionType=compression)
        assert outcome(done) == ("COMPLETED", None, 10, 10, 0)
        assert done["ProcessedSizeBytes"] == sum(map(len, LINES))

    def test_csv_has_the_types_of_the_keys(self, call: Caller, bucket: MemoryBucket) -> None:
        bucket.put("x", io.BytesIO(b'artist;year;title\n"a;1";5;"x ""y"""\nCan;6;\n'))
        parameters = table(
            AttributeDefinitions=definitions("artist:S", "year:N"),
            GlobalSecondaryIndexes=[index("by-year", "year")],
        )
        options = {"Csv": {"Delimiter": ";"}}
        done = imported(
            call,
            InputFormat="CSV",
            InputFormatOptions=options,
            TableCreationParameters=parameters,
        )
        assert outcome(done) == ("COMPLETED", None, 2, 2, 0)
        assert done["InputFormatOptions"] == options
        assert sorted(scanned(call), key=str) == [
            {"artist": {"S": "Can"}, "year": {"N": "6"}},
            {"artist": {"S": "a;1"}, "year": {"N": "5"}, "title": {"S": 'x "y"'}},
        ]
        entries = call("Scan", {"TableName": "Music", "IndexName": "by-year"})["Items"]
        assert len(entries) == 2

    def test_ion(self, call: Caller, bucket: MemoryBucket) -> None:
        bucket.put("x", io.BytesIO(b'$ion_1_0 [{Item:{artist:"Can",n:1d2}},{Item:{artist:b}}]'))
        assert outcome(imported(call, InputFormat="ION")) == ("COMPLETED", None, 2, 2, 0)
        assert {"artist": {"S": "Can"}, "n": {"N": "100"}} in scanned(call)

    def test_a_prefix_without_objects_makes_an_empty_table(
        self, call: Caller, bucket: MemoryBucket
    ) -> None:
        assert outcome(imported(call, prefix="none")) == ("COMPLETED", None, 0, 0, 0)
        assert scanned(call) == []

    def test_a_bucket_that_does_not_exist_makes_no_table(self, call: Caller) -> None:
        done = imported(call, bucket="missing")
        assert outcome(done) == ("FAILED", "S3NoSuchBucket", 0, 0, 0)
        assert call("ListTables") == {"TableNames": []}

    def test_an_export_is_imported(self, call: Caller, bucket: MemoryBucket) -> None:
        begin(call, "Can", "Faust", "Neu!")
        done = exported(call)
        folder = done["ExportManifest"].removesuffix("manifest-summary.json")
        call("DeleteTable", {"TableName": "Music"})
        for prefix, expected in (
            (folder, ("FAILED", "ItemValidationError", 7, 3, 4)),
            (folder + "data/", ("COMPLETED", None, 3, 3, 0)),
        ):
            found = imported(call, prefix=prefix, InputCompressionType="GZIP", ClientToken=prefix)
            assert outcome(found) == expected
            assert len(scanned(call)) == 3
            call("DeleteTable", {"TableName": "Music"})

    def test_tokens(self, call: Caller, bucket: MemoryBucket) -> None:
        first = imported(call)
        body = {
            "ClientToken": "t",
            "S3BucketSource": {"S3Bucket": "exports"},
            "InputFormat": "ION",
            "TableCreationParameters": table(),
        }
        in_use = (400, "ResourceInUseException", "Table already exists: Music")
        assert call.refused("ImportTable", body) == in_use
        call("DeleteTable", {"TableName": "Music"})
        again = call("ImportTable", body)["ImportTableDescription"]
        assert (again["ImportArn"], again["InputFormat"]) == (first["ImportArn"], "DYNAMODB_JSON")
        assert call("ListTables") == {"TableNames": []}
        other = {**body, "TableCreationParameters": table(TableName="Other")}
        assert call.refused("ImportTable", other) == (
            400,
            "ImportConflictException",
            "Import conflict: Duplicate request detected with conflicting parameters",
        )

    def test_a_large_one_takes_several_steps_in_several_processes(
        self,
        call: Caller,
        dynamodb: DynamoDB,
        bucket: MemoryBucket,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(jobs, "LONGEST_SLICE", 0)
        monkeypatch.setattr(jobs, "POLL_ITEMS", 4)
        bucket.put("a", io.BytesIO(b"".join(LINES)))
        bucket.put("b", io.BytesIO(gzip.compress(LINES[0])))
        bucket.put("c", io.BytesIO(b"".join(KEYLESS)))
        done = imported(call)
        polls = 0
        while done["ImportStatus"] == "IN_PROGRESS":
            router = Router(DynamoDB(dynamodb.storage, dynamodb.settings, dynamodb.clock))
            router.dynamodb.object_store = dynamodb.object_store
            target = router.target("DynamoDB_20120810.DescribeImport")
            done = router.perform(target, {"ImportArn": done["ImportArn"]})[
                "ImportTableDescription"
            ]
            polls += 1
        assert polls > 3
        assert outcome(done) == ("FAILED", "ItemValidationError", 21, 19, 2)
        assert len(scanned(call)) == 10


class TestWhileItIsImported:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(s3="memory:exports", delay_jobs=60)

    def test_its_table_is_creating(self, call: Caller, bucket: MemoryBucket) -> None:
        bucket.put("x", io.BytesIO(b"".join(LINES)))
        running = imported(call)
        assert (running["ImportStatus"], running["ProcessedItemCount"]) == ("IN_PROGRESS", 0)
        assert call("DescribeTable", {"TableName": "Music"})["Table"]["TableStatus"] == "CREATING"
        body = {"TableName": "Music", "BackupName": "abc"}
        unavailable = (
            400,
            "ContinuousBackupsUnavailableException",
            "Backups are being enabled for the table: Music. Please retry later",
        )
        assert call.refused("CreateBackup", body) == unavailable
        assert call.refused("DeleteTable", {"TableName": "Music"})[1] == "ResourceInUseException"
        put = {"TableName": "Music", "Item": {"artist": {"S": "Can"}}}
        assert call.refused("PutItem", put)[1] == "ResourceNotFoundException"
        loser = call(
            "ImportTable",
            {
                "ClientToken": "other",
                "S3BucketSource": {"S3Bucket": "exports"},
                "InputFormat": "DYNAMODB_JSON",
                "TableCreationParameters": table(),
            },
        )["ImportTableDescription"]
        call.clock.advance(60)
        done = call("DescribeImport", {"ImportArn": running["ImportArn"]})
        assert outcome(done["ImportTableDescription"]) == ("COMPLETED", None, 10, 10, 0)
        lost = call("DescribeImport", {"ImportArn": loser["ImportArn"]})
        assert outcome(lost["ImportTableDescription"])[:2] == ("FAILED", "TableAlreadyExists")


class TestTheCommand:
    """Exports of the operations are read by ``ddbmock load``: full ones, and changes onto them."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        (tmp_path / "exports").mkdir()
        return Settings(s3=f"file://{tmp_path}")

    def test_a_full_and_an_incremental_export_give_the_table(
        self, call: Caller, tmp_path: Path, way: Any
    ) -> None:
        if way.door != "router":
            pytest.skip("the doors do not matter here")
        begin(call, "Can", "Faust")
        call.clock.advance(minutes=10)
        exported(call)
        call.clock.advance(minutes=10)
        fill(call, "Neu!")
        call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Can"}}})
        call.clock.advance(minutes=10)
        specification = {"ExportFromTime": START + 600}
        exported(
            call,
            ExportFormat="ION",
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification=specification,
        )
        keys = [one.key for one in FolderBucket(tmp_path / "exports").objects("AWSDynamoDB/data/")]
        assert len(keys) == 4
        database = Database(f"sqlite:///{tmp_path}/loaded.db")
        result = run("load", "--storage", database.url, "--key", "artist", tmp_path / "exports")
        assert result.exit_code == 0, result.output
        assert sorted(database.scanned("Music"), key=str) == sorted(scanned(call), key=str)
