"""Exports in local folders, in the layout of AWS's exports to S3.

``AWSDynamoDB/<export id>/`` holds the manifests, their checksums, and ``data/`` with the data
files; an incremental export has those in ``AWSDynamoDB/data/``. Exports of ``ddbmock dump`` also
have ``table.json`` with the table's description, which AWS's exports lack.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from ddbmock.archive import lines
from ddbmock.archive.content import TableSnapshot
from ddbmock.archive.errors import ArchiveError
from ddbmock.clock import Clock
from ddbmock.export_format import FormatError, data_file, manifest
from ddbmock.export_format.manifest import DYNAMODB_JSON, FileEntry, Summary
from ddbmock.named_tuple import NamedTuple
from ddbmock.object_store import COPIED
from ddbmock.object_store.folder import FolderBucket

DESCRIPTION: Final = "table.json"
FILE_ITEMS: Final = 250_000
"""The number of items in a data file at most."""
LOCAL_BUCKET: Final = "local"
MAX_DESCRIPTION: Final = 1 << 24
"""The size of a description in bytes at most."""


class DataFile(NamedTuple):
    """A data file in a manifest."""

    path: Path
    item_count: int
    md5: str | None


class Export(NamedTuple):
    """A complete export."""

    folder: Path
    summary: Summary
    description: dict[str, Any] | None
    """The table's description; None in exports of AWS."""
    files: tuple[DataFile, ...]

    @property
    def table_name(self) -> str:
        return self.summary.table_arn.rpartition(":table/")[2]

    @property
    def full(self) -> bool:
        return self.summary.export_time is not None

    @property
    def until(self) -> float:
        """The time whose state of the table the export has."""
        if self.summary.export_time is None:
            return self.summary.to_time
        return self.summary.export_time or self.summary.start_time

    def check(self) -> None:
        """Compare each data file with its checksum.

        :raises ArchiveError: a file is missing or differs from the manifest.
        """
        for path, _, md5 in self.files:
            if md5 is not None and _md5(path) != md5:
                raise ArchiveError(f"{path} is damaged: its checksum is not that of the manifest.")

    def items(self) -> Iterator[lines.Read]:
        """Yield the writes of all files.

        :raises ArchiveError: a file cannot be read, or its number of items differs from the
            manifest.
        """
        for path, count, _ in self.files:
            found = 0
            for read in lines.read(path, self.summary.output_format):
                found += 1
                yield read
            if found != count:
                raise ArchiveError(f"{path} has {found} items; {count} in the manifest.")


def find(path: Path) -> list[Export]:
    """Return the exports in a folder: the folder itself, those in its ``AWSDynamoDB``, or those
    directly in it.

    :raises ArchiveError: there is none, or one is incomplete or damaged.
    """
    if _is_export(path):
        return [_read(path)]
    inner = path / manifest.FOLDER if (path / manifest.FOLDER).is_dir() else path
    found = [_read(folder) for folder in sorted(inner.iterdir()) if _is_export(folder)]
    if not found:
        raise ArchiveError(
            f"There is no export in {path}: no folder with a {manifest.SUMMARY}.{_elsewhere(path)}"
        )
    return found


def _elsewhere(path: Path) -> str:
    """Return a sentence about exports that are near a folder, above or below it."""
    if _is_export(path.parent):
        return f" There is one in {path.parent}."
    for below in (f"*/{manifest.FOLDER}/*", f"*/*/{manifest.FOLDER}/*"):
        for folder in sorted(path.glob(below)):
            if _is_export(folder):
                return f" There is one in {folder.parent.parent}."
    return ""


def check_not_manifest(path: Path) -> None:
    """Check that a file of lines is not a manifest.

    :raises ArchiveError: it is a manifest.
    """
    if path.name in (manifest.SUMMARY, manifest.FILES):
        raise ArchiveError(
            f"{path} is the manifest of an export: give the folder that it is in, {path.parent}."
        )


def latest(exports: Sequence[Export], folder: Path) -> list[Export]:
    """Return the exports with the newest state of a table: a full one, and the incremental ones
    after it.

    :raises ArchiveError: there is no full export, or there is a gap between two exports.
    """
    name = exports[0].table_name
    full = [one for one in exports if one.full]
    if not full:
        raise ArchiveError(
            f"The exports of table {name} in {folder} are incremental: changes, not the table. "
            "Put the full export that they follow beside them."
        )
    chain = [max(full, key=lambda one: (one.until, one.folder.name))]
    changes = [one for one in exports if not one.full and one.until > chain[0].until]
    for one in sorted(changes, key=lambda one: (one.summary.from_time, one.until)):
        if one.summary.from_time > chain[-1].until:
            raise ArchiveError(
                f"Changes of table {name} are missing between "
                f"{manifest.iso(chain[-1].until)} and {manifest.iso(one.summary.from_time)}."
            )
        if one.until > chain[-1].until:
            chain.append(one)
    return chain


def _is_export(folder: Path) -> bool:
    return any((folder / name).exists() for name in (manifest.SUMMARY, manifest.STARTED))


def _read(folder: Path) -> Export:
    if not (folder / manifest.SUMMARY).exists():
        raise ArchiveError(f"The export in {folder} is incomplete: no {manifest.SUMMARY}.")
    _check_no_link(folder)
    path = folder / manifest.SUMMARY
    try:
        summary = manifest.decode(_manifest(path, manifest.MAX_SUMMARY))
        path = folder / manifest.FILES
        entries = manifest.decode_files(_manifest(path, manifest.MAX_FILES))
        if summary.output_format not in manifest.EXTENSIONS:
            path = folder / manifest.SUMMARY
            raise FormatError(
                f"outputFormat must be DYNAMODB_JSON or ION, not {summary.output_format!r}"
            )
    except FormatError as error:
        raise ArchiveError(f"{path} cannot be used: {error}.") from error
    return Export(folder, summary, _description(folder), tuple(_located(folder, entries)))


def _located(folder: Path, entries: Sequence[FileEntry]) -> Iterator[DataFile]:
    """Yield the data files, whatever prefix their keys had in the bucket."""
    for entry in entries:
        name = entry.key.rpartition("/")[2]
        if not name or name in (".", "..") or "\0" in name or "\\" in name:
            raise ArchiveError(
                f"{folder / manifest.FILES} cannot be used: {entry.key!r} is not the key of a file."
            )
        path = folder / "data" / name
        if not path.exists() and (folder.parent / "data" / name).exists():
            path = folder.parent / "data" / name
        _check_no_link(path.parent)
        _check_no_link(path)
        yield DataFile(path, entry.item_count, entry.md5)


def _description(folder: Path) -> dict[str, Any] | None:
    path = folder / DESCRIPTION
    if not path.exists():
        return None
    _check_no_link(path)
    try:
        raw = orjson.loads(_bytes(path, MAX_DESCRIPTION))
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"{path} cannot be used: it is not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise ArchiveError(f"{path} cannot be used: it is not a JSON object.")
    return raw


def _manifest(path: Path, most: int) -> bytes:
    """Return the content of a manifest, which must match its checksum if there is one."""
    content = _bytes(path, most)
    for suffix in (manifest.CHECKSUM, ".checksum"):
        checksum = path.with_suffix(suffix)
        if checksum.exists() and _bytes(checksum, 1024).strip() != manifest.md5(content).encode():
            raise ArchiveError(f"{path} is damaged: its checksum is not that of {checksum.name}.")
    return content


def _check_no_link(path: Path) -> None:
    if path.is_symlink():
        raise ArchiveError(f"{path} is a symbolic link, which ddbmock does not follow.")


def _bytes(path: Path, most: int) -> bytes:
    _check_no_link(path)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise ArchiveError(f"{path} cannot be used: it has more than {most} bytes.")
    return content


def _md5(path: Path) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while piece := file.read(COPIED):
                md5.update(piece)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    return base64.b64encode(md5.digest()).decode()


def write(
    directory: Path, table: TableSnapshot, clock: Clock, progress: Callable[[int], None]
) -> Path:
    """Write an export of a table and return its folder. The summary is written last.

    :raises ObjectStoreError: it cannot be written.
    """
    begun = clock.now()
    export_id = f"{int(begun * 1000):014d}-{secrets.token_hex(4)}"
    directory.mkdir(parents=True, exist_ok=True)
    bucket = FolderBucket(directory)
    where = manifest.place(None, export_id)
    manifest.start(bucket, where)
    description = table.description
    folder = directory / where
    (folder / DESCRIPTION).write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))
    entries = list(_write_data(bucket, f"{where}data/", table, progress))
    arn = description["Table"]["TableArn"]
    summary = Summary(
        export_arn=f"{arn}/export/{export_id}",
        start_time=begun,
        end_time=clock.now(),
        table_arn=arn,
        table_id=description["Table"]["TableId"],
        bucket=LOCAL_BUCKET,
        prefix=None,
        sse_algorithm="AES256",
        sse_kms_key_id=None,
        manifest_files_key=where + manifest.FILES,
        billed_size=table.size,
        item_count=sum(entry.item_count for entry in entries),
        output_format=DYNAMODB_JSON,
        export_time=begun,
    )
    manifest.write(bucket, where, summary, entries)
    return folder


def _write_data(
    bucket: FolderBucket, where: str, table: TableSnapshot, progress: Callable[[int], None]
) -> Iterator[FileEntry]:
    """Write the data files, at least one, and yield their entries in the manifest."""
    items = table.items()
    item = next(items, None)
    first = True
    while item is not None or first:
        first = False
        with data_file.DataFile() as file:
            while item is not None and file.item_count < FILE_ITEMS:
                file.add(lines.line(item))
                progress(1)
                item = next(items, None)
            yield file.store(bucket, where + manifest.file_name(DYNAMODB_JSON))
