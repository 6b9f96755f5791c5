"""Manifests are those of AWS, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from ddbmock.export_format import FormatError, manifest
from ddbmock.export_format.data_file import DataFile
from ddbmock.export_format.manifest import FileEntry, Summary
from ddbmock.object_store.memory import MemoryStore

FULL = (
    b'{"version":"2020-06-30","exportArn":"arn:aws:dynamodb:eu-north-1:123456789123:table/test'
    b'/export/01768385930622-efd1a093","startTime":"2026-01-14T10:18:50.622Z","endTime":'
    b'"2026-01-14T10:24:58.984Z","tableArn":"arn:aws:dynamodb:eu-north-1:123456789123:table/test",'
    b'"tableId":"cf263806-6bf1-4e51-a242-7067dcdecc72","exportTime":"2026-01-14T10:18:50.622Z",'
    b'"s3Bucket":"test-1231x1x","s3Prefix":null,"s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,'
    b'"manifestFilesS3Key":"AWSDynamoDB/01768385930622-efd1a093/manifest-files.json",'
    b'"billedSizeBytes":0,"itemCount":3,"outputFormat":"DYNAMODB_JSON"}'
)
"""Source: gurre/ddb-pitr, a real export of 2026-01-14."""
INCREMENTAL = (
    FULL.replace(b"2020-06-30", b"2023-08-01")
    .replace(
        b'"exportTime":"2026-01-14T10:18:50.622Z"',
        b'"exportFromTime":"2026-01-14T10:20:00.000Z","exportToTime":"2026-01-14T10:35:00.000Z"',
    )
    .replace(b'"billedSizeBytes":0,"itemCount":3', b'"billedSizeBytes":10000000,"itemCount":6')
    .replace(
        b'"DYNAMODB_JSON"}',
        b'"DYNAMODB_JSON","outputView":"NEW_AND_OLD_IMAGES","exportType":"INCREMENTAL_EXPORT"}',
    )
)


@pytest.mark.parametrize("content", [FULL, INCREMENTAL], ids=["full", "incremental"])
def test_a_real_summary_is_written_as_it_was_read(content: bytes) -> None:
    assert manifest.encode(manifest.decode(content)) == content


def test_a_summary_tells_which_kind_of_export_it_is_of() -> None:
    full, incremental = manifest.decode(FULL), manifest.decode(INCREMENTAL)
    assert full.export_time == 1768385930.622
    assert (incremental.export_time, incremental.from_time) == (None, 1768386000.0)


def test_an_export_has_its_objects_where_aws_puts_them() -> None:
    bucket = MemoryStore("1" * 12).create_bucket("exports")
    where = manifest.place("foo", "01-x")
    manifest.start(bucket, where)
    with DataFile() as file:
        entry = file.store(bucket, manifest.data_folder("foo", "01-x", incremental=False) + "e.gz")
    manifest.write(bucket, where, manifest.decode(FULL), [entry])
    assert [one.key for one in bucket.objects()] == [
        "foo/AWSDynamoDB/01-x/_started",
        "foo/AWSDynamoDB/01-x/data/e.gz",
        "foo/AWSDynamoDB/01-x/manifest-files.json",
        "foo/AWSDynamoDB/01-x/manifest-files.md5",
        "foo/AWSDynamoDB/01-x/manifest-summary.json",
        "foo/AWSDynamoDB/01-x/manifest-summary.md5",
    ]
    content = bucket.content
    assert content["foo/AWSDynamoDB/01-x/data/e.gz"].hex() == (
        "1f8b08000000000000ff03000000000000000000"
    )
    files = content["foo/AWSDynamoDB/01-x/manifest-files.json"]
    assert files == (
        b'{"itemCount":0,"md5Checksum":"FjvgqIxwymKf1RbbqtrZag==",'
        b'"etag":"7deb4078f238dd87d6af0538152c04e9-1",'
        b'"dataFileS3Key":"foo/AWSDynamoDB/01-x/data/e.gz"}\n'
    )
    md5 = base64.b64encode(hashlib.md5(files).digest())
    assert content["foo/AWSDynamoDB/01-x/manifest-files.md5"] == md5
    assert manifest.decode_files(files) == [entry]


def test_incremental_exports_share_a_folder() -> None:
    assert manifest.data_folder(None, "01-x", incremental=True) == "AWSDynamoDB/data/"


def test_names_of_data_files_are_those_of_aws() -> None:
    name, dot, rest = manifest.file_name("ION").partition(".")
    assert (len(name), dot + rest) == (26, ".ion.gz")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz234567")


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("itemCount", -1, "itemCount must be a whole number from 0 on, not -1"),
        ("itemCount", True, "itemCount must be a whole number from 0 on, not True"),
        ("itemCount", 1.5, "itemCount must be a whole number from 0 on, not 1.5"),
        ("startTime", "x" * 90, "startTime must be a time like 2026-01-14T10:18:50.622Z, not 'x"),
        ("exportType", [], "exportType must be a string, not []"),
    ],
)
def test_a_wrong_member_is_told(member: str, value: object, message: str) -> None:
    content = json.dumps({**json.loads(FULL), member: value}).encode()
    with pytest.raises(FormatError) as caught:
        manifest.decode(content)
    assert str(caught.value).startswith(message)


def test_missing_members_are_those_that_readers_do_not_need() -> None:
    assert isinstance(manifest.decode(b"{}"), Summary)
    assert manifest.decode_files(b'\n{"itemCount":1,"dataFileS3Key":"k"}') == [
        FileEntry(1, None, None, "k")
    ]
