"""Manifests of exports: a summary, and a list of data files.

Members, their order and their spelling are those of real exports of 2026-01-14.
"""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import orjson

from ddbmock.export_format import FormatError
from ddbmock.named_tuple import NamedTuple
from ddbmock.object_store import Bucket

FOLDER: Final = "AWSDynamoDB"
STARTED: Final = "_started"
SUMMARY: Final = "manifest-summary.json"
FILES: Final = "manifest-files.json"
CHECKSUM: Final = ".md5"
FULL: Final = "FULL_EXPORT"
INCREMENTAL: Final = "INCREMENTAL_EXPORT"
DYNAMODB_JSON: Final = "DYNAMODB_JSON"
ION: Final = "ION"
EXTENSIONS: Final = {DYNAMODB_JSON: "json", ION: "ion"}
MAX_SUMMARY: Final = 1 << 20
"""Bytes of a summary at most."""
MAX_FILES: Final = 1 << 26
"""Bytes of a list of data files at most: some 300,000 of them."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


class FileEntry(NamedTuple):
    """A data file in the list."""

    item_count: int
    md5: str | None
    """Base64 of the MD5 of the compressed file."""
    etag: str | None
    key: str


class Summary(NamedTuple):
    """The source and the content of an export. Times are seconds since the epoch."""

    export_arn: str
    start_time: float
    end_time: float
    table_arn: str
    table_id: str
    bucket: str
    prefix: str | None
    sse_algorithm: str
    sse_kms_key_id: str | None
    manifest_files_key: str
    billed_size: int
    item_count: int
    output_format: str
    export_time: float | None = None
    """None: the export is an incremental one."""
    from_time: float = 0.0
    to_time: float = 0.0
    output_view: str = ""


def place(prefix: str | None, export_id: str) -> str:
    """Return the prefix of the keys of an export, with a slash at its end.

    >>> place("foo/", "01768385930622-efd1a093"), place(None, "1")
    ('foo/AWSDynamoDB/01768385930622-efd1a093/', 'AWSDynamoDB/1/')
    """
    return f"{_prefix(prefix)}{FOLDER}/{export_id}/"


def data_folder(prefix: str | None, export_id: str, *, incremental: bool) -> str:
    """Return the prefix of the keys of data files. Incremental exports share one folder."""
    if incremental:
        return f"{_prefix(prefix)}{FOLDER}/data/"
    return place(prefix, export_id) + "data/"


def _prefix(prefix: str | None) -> str:
    return "" if not prefix else prefix if prefix.endswith("/") else prefix + "/"


def file_name(output_format: str) -> str:
    """Return a new name of a data file: 26 characters of base32, and the format."""
    name = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
    return f"{name}.{EXTENSIONS[output_format]}.gz"


def iso(seconds: float) -> str:
    """Return a time in the form of manifests.

    >>> iso(1768385930.622)
    '2026-01-14T10:18:50.622Z'
    """
    moment = _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(bucket: Bucket, where: str, summary: Summary, files: Iterable[FileEntry]) -> None:
    """Write both manifests and their checksums below a place; the summary last.

    :raises ObjectStoreError: they cannot be written.
    """
    write_objects(bucket, where, encode(summary), files)


def write_objects(bucket: Bucket, where: str, summary: bytes, files: Iterable[FileEntry]) -> None:
    """Write a summary, given as text, and a list of data files, as :func:`write` does."""
    listed = b"".join(orjson.dumps(_entry(entry)) + b"\n" for entry in files)
    for name, content in ((FILES, listed), (SUMMARY, summary)):
        # The summary is last, so a reader who finds it finds everything else.
        checksum = name.removesuffix(".json") + CHECKSUM
        bucket.put(where + checksum, io.BytesIO(md5(content).encode()))
        bucket.put(where + name, io.BytesIO(content))


def start(bucket: Bucket, where: str) -> None:
    """Write the empty object that marks the start of an export."""
    bucket.put(where + STARTED, io.BytesIO())


def encode(summary: Summary) -> bytes:
    """Return the text of a summary: one line, members in AWS' order."""
    incremental = summary.export_time is None
    times = (
        {"exportFromTime": iso(summary.from_time), "exportToTime": iso(summary.to_time)}
        if summary.export_time is None
        else {"exportTime": iso(summary.export_time)}
    )
    kind = {"outputView": summary.output_view, "exportType": INCREMENTAL} if incremental else {}
    return orjson.dumps(
        {
            "version": "2023-08-01" if incremental else "2020-06-30",
            "exportArn": summary.export_arn,
            "startTime": iso(summary.start_time),
            "endTime": iso(summary.end_time),
            "tableArn": summary.table_arn,
            "tableId": summary.table_id,
            **times,
            "s3Bucket": summary.bucket,
            "s3Prefix": summary.prefix,
            "s3SseAlgorithm": summary.sse_algorithm,
            "s3SseKmsKeyId": summary.sse_kms_key_id,
            "manifestFilesS3Key": summary.manifest_files_key,
            "billedSizeBytes": summary.billed_size,
            "itemCount": summary.item_count,
            "outputFormat": summary.output_format,
            **kind,
        }
    )


def _entry(entry: FileEntry) -> dict[str, Any]:
    return {
        "itemCount": entry.item_count,
        "md5Checksum": entry.md5,
        "etag": entry.etag,
        "dataFileS3Key": entry.key,
    }


def md5(content: bytes) -> str:
    """Return the checksum of a content, as manifests have it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def decode(content: bytes) -> Summary:
    """Return the summary that a text spells. Members that readers do not need may be missing.

    :raises FormatError: it is not one; the text says which member is wrong.
    """
    raw = _object(content)
    incremental = _text(raw, "exportType", FULL) == INCREMENTAL
    return Summary(
        export_arn=_text(raw, "exportArn", ""),
        start_time=_time(raw, "startTime"),
        end_time=_time(raw, "endTime"),
        table_arn=_text(raw, "tableArn", ""),
        table_id=_text(raw, "tableId", ""),
        bucket=_text(raw, "s3Bucket", ""),
        prefix=_text(raw, "s3Prefix", "") or None,
        sse_algorithm=_text(raw, "s3SseAlgorithm", ""),
        sse_kms_key_id=_text(raw, "s3SseKmsKeyId", "") or None,
        manifest_files_key=_text(raw, "manifestFilesS3Key", ""),
        billed_size=_count(raw, "billedSizeBytes", 0),
        item_count=_count(raw, "itemCount", 0),
        output_format=_text(raw, "outputFormat", DYNAMODB_JSON),
        export_time=None if incremental else _time(raw, "exportTime"),
        from_time=_time(raw, "exportFromTime"),
        to_time=_time(raw, "exportToTime"),
        output_view=_text(raw, "outputView", ""),
    )


def decode_files(content: bytes) -> list[FileEntry]:
    """Return the data files of a list.

    :raises FormatError: it is not one.
    """
    entries = []
    for number, line in enumerate(filter(None, content.splitlines()), 1):
        try:
            raw = _object(line)
            if not isinstance(raw.get("dataFileS3Key"), str):
                raise FormatError("dataFileS3Key must be a string")
            entries.append(
                FileEntry(
                    _count(raw, "itemCount"),
                    _text(raw, "md5Checksum", "") or None,
                    _text(raw, "etag", "") or None,
                    raw["dataFileS3Key"],
                )
            )
        except FormatError as error:
            raise FormatError(f"line {number}: {error}") from error
    return entries


def _object(content: bytes) -> dict[str, Any]:
    try:
        raw = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"it is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise FormatError("it is not a JSON object")
    return raw


def _text(raw: dict[str, Any], member: str, default: str) -> str:
    value = raw.get(member)
    if value is None:
        return default
    if not isinstance(value, str):
        raise FormatError(f"{member} must be a string, not {_shown(value)}")
    return value


def _count(raw: dict[str, Any], member: str, default: int | None = None) -> int:
    value = raw.get(member, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FormatError(f"{member} must be a whole number from 0 on, not {_shown(value)}")
    return value


def _time(raw: dict[str, Any], member: str) -> float:
    text = _text(raw, member, "")
    if not text:
        return 0.0
    try:
        # fromisoformat reads the Z from Python 3.11 on only
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc).timestamp()
    except (ValueError, OverflowError):
        raise FormatError(
            f"{member} must be a time like 2026-01-14T10:18:50.622Z, not {_shown(text)}"
        ) from None


def _shown(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
