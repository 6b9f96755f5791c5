"""Exports as AWS puts them into S3: a folder with data files, and manifests that list them.

``AWSDynamoDB/<export id>/`` holds ``manifest-summary.json``, ``manifest-files.json`` (a line for
each data file), their checksums, and ``data/*.json.gz`` with a line for each item. Beside them ours
have ``table.json``, the table's description, which AWS' lack. Source: Developer Guide, "DynamoDB
table export output format".
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import orjson

from ddbmock.archive import lines
from ddbmock.archive.content import Held
from ddbmock.archive.errors import ArchiveError
from ddbmock.values.item import Item

FOLDER: Final = "AWSDynamoDB"
STARTED: Final = "_started"
SUMMARY: Final = "manifest-summary.json"
FILES: Final = "manifest-files.json"
DESCRIPTION: Final = "table.json"
FILE_ITEMS: Final = 250_000
"""Items in one data file at most."""


class DataFile(NamedTuple):
    """A file of items, as the manifest lists it."""

    path: Path
    item_count: int
    md5: str | None


class Export(NamedTuple):
    """An export that can be read."""

    table_name: str
    item_count: int
    description: dict[str, Any] | None
    """None: AWS wrote it."""
    files: tuple[DataFile, ...]

    def check(self) -> None:
        """Compare each data file with its checksum, before anything is done with it.

        :raises ArchiveError: one is missing or not what the manifest says.
        """
        for path, _, md5 in self.files:
            if md5 is not None and _md5(path) != md5:
                raise ArchiveError(f"{path} is damaged: its checksum is not that of the manifest.")

    def items(self) -> Iterator[lines.Read]:
        """All items of all files.

        :raises ArchiveError: a file cannot be read, or holds more or fewer than the manifest says.
        """
        for path, count, _ in self.files:
            found = 0
            for read in lines.read(path):
                found += 1
                yield read
            if found != count:
                raise ArchiveError(f"{path} has {found} items; {count} in the manifest.")


def find(path: Path) -> list[Export]:
    """The exports in a folder: itself, those below its ``AWSDynamoDB``, or right below it.

    :raises ArchiveError: there is none, or one is not complete.
    """
    if (path / SUMMARY).exists() or (path / STARTED).exists():
        return [_read(path)]
    inner = path / FOLDER if (path / FOLDER).is_dir() else path
    found = [
        _read(folder)
        for folder in sorted(inner.iterdir())
        if (folder / SUMMARY).exists() or (folder / STARTED).exists()
    ]
    if not found:
        raise ArchiveError(f"There is no export in {path}: no folder with a {SUMMARY}.")
    return found


def _read(folder: Path) -> Export:
    if not (folder / SUMMARY).exists():
        raise ArchiveError(f"The export in {folder} was not brought to its end: no {SUMMARY}.")
    summary = _json(folder / SUMMARY)
    if summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise ArchiveError(
            f"The export in {folder} is in the format {summary['outputFormat']}; export the table "
            "as DYNAMODB_JSON."
        )
    if summary.get("exportType", "FULL_EXPORT") != "FULL_EXPORT":
        raise ArchiveError(
            f"The export in {folder} is a {summary['exportType']}: changes, not the table."
        )
    files = []
    for text in _bytes(folder / FILES).splitlines():
        entry = _parsed(text, folder / FILES)
        if not entry.keys() >= {"dataFileS3Key", "itemCount"}:
            raise ArchiveError(f"{folder / FILES} does not list data files.")
        # the key begins with a prefix of the bucket's, which means nothing here
        name = str(entry["dataFileS3Key"]).rpartition("/")[2]
        files.append(
            DataFile(folder / "data" / name, int(entry["itemCount"]), entry.get("md5Checksum"))
        )
    described = folder / DESCRIPTION
    return Export(
        str(summary.get("tableArn", "")).rpartition(":table/")[2],
        int(summary.get("itemCount", 0)),
        _json(described) if described.exists() else None,
        tuple(files),
    )


def write(directory: Path, held: Held, progress: Callable[[int], None]) -> Path:
    """Write an export of a table; returns its folder. The summary comes last, when all is there.

    :raises OSError: it cannot be written.
    """
    begun = time.time()
    name = f"{int(begun * 1000):014d}-{secrets.token_hex(4)}"
    folder = directory / FOLDER / name
    (folder / "data").mkdir(parents=True)
    (folder / STARTED).touch()
    key = f"{FOLDER}/{name}"
    description = held.description
    (folder / DESCRIPTION).write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))
    entries = list(_write_data(folder / "data", key, held.items(), progress))
    manifest = b"".join(orjson.dumps(entry) + b"\n" for entry in entries)
    (folder / FILES).write_bytes(manifest)
    (folder / "manifest-files.checksum").write_bytes(_digest(manifest).encode())
    arn = description["Table"]["TableArn"]
    summary = {
        "version": "2020-06-30",
        "exportArn": f"{arn}/export/{name}",
        "startTime": _iso(begun),
        "endTime": _iso(time.time()),
        "tableArn": arn,
        "tableId": description["Table"]["TableId"],
        "exportTime": _iso(begun),
        "s3Bucket": "local",
        "s3Prefix": None,
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{key}/{FILES}",
        "billedSizeBytes": held.size,
        "itemCount": sum(entry["itemCount"] for entry in entries),
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
    content = orjson.dumps(summary)
    (folder / "manifest-summary.checksum").write_bytes(_digest(content).encode())
    (folder / SUMMARY).write_bytes(content)
    return folder


def _write_data(
    folder: Path, key: str, items: Iterator[Item], progress: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    """Write data files; gives the manifest's entry for each. There is one at least."""
    item = next(items, None)
    first = True
    while item is not None or first:
        first = False
        name = f"{secrets.token_hex(13)}.json.gz"
        count = 0
        with (folder / name).open("xb") as file:
            hashing = _Hashing(file)
            with lines.packed(cast("IO[bytes]", hashing)) as packing:
                while item is not None and count < FILE_ITEMS:
                    packing.write(lines.line(item))
                    count += 1
                    progress(1)
                    item = next(items, None)
        yield {
            "itemCount": count,
            "md5Checksum": base64.b64encode(hashing.md5.digest()).decode(),
            "etag": hashing.md5.hexdigest(),
            "dataFileS3Key": f"{key}/data/{name}",
        }


class _Hashing:
    """Passes bytes on to a file, and sums them up."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.md5 = hashlib.md5(usedforsecurity=False)

    def write(self, content: bytes) -> int:
        self.md5.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _md5(path: Path) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                md5.update(piece)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    return base64.b64encode(md5.digest()).decode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error


def _json(path: Path) -> dict[str, Any]:
    return _parsed(_bytes(path), path)


def _parsed(text: bytes, path: Path) -> dict[str, Any]:
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"There is no JSON in {path}: {error}.") from error
    if not isinstance(raw, dict):
        raise ArchiveError(f"There is no JSON object in {path}.")
    return raw
