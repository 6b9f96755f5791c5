"""Data files of exports: lines, compressed, with their count and checksum."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, Final, cast

import orjson

from ddbmock.export_format import FormatError, Read, csv_lines, ion, json_lines
from ddbmock.export_format.compression import decompressed, errors, gzip_writer
from ddbmock.export_format.manifest import ION, FileEntry
from ddbmock.object_store import Bucket

CSV: Final = "CSV"
IN_MEMORY: Final = 4 * 1024 * 1024
"""The size in bytes up to which a file that is being written stays in memory; a larger one goes to
disk."""


class DataFile:
    """A data file that is being written: first lines are added, then it is stored."""

    def __init__(self) -> None:
        # closed by close()
        self._spool = cast("IO[bytes]", SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115
        self.size = 0
        """The number of compressed bytes so far; the compressor has some more in its buffer."""
        self._md5: Final = hashlib.md5(usedforsecurity=False)
        self._gzip: Final = gzip_writer(cast("IO[bytes]", self))
        self.item_count = 0

    def add(self, line: bytes) -> None:
        """Add the line of an item."""
        self._gzip.write(line)
        self.item_count += 1

    def write(self, content: bytes) -> int:
        """Take compressed bytes: for the compressor alone."""
        if self._spool.closed:
            return len(
                content
            )  # The compressor of an unfinished file writes the end of its data when it is collected.
        self._md5.update(content)
        self.size += len(content)
        return self._spool.write(content)

    def flush(self) -> None:
        """Do nothing: for the compressor alone."""

    def store(self, bucket: Bucket, key: str) -> FileEntry:
        """End the file and put it into a bucket.

        :raises ObjectStoreError: it cannot be stored.
        """
        self._gzip.close()
        self._spool.seek(0)
        etag = bucket.put(key, self._spool)
        checksum = base64.b64encode(self._md5.digest()).decode()
        return FileEntry(self.item_count, checksum, etag, key)

    def close(self) -> None:
        """Discard the file."""
        self._spool.close()

    def __enter__(self) -> DataFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def full_line(output_format: str, item: bytes) -> bytes:
    """Return the line of an item, given as JSON."""
    return ion.full_line(orjson.loads(item)) if output_format == ION else json_lines.full_line(item)


def change_line(
    output_format: str,
    written_at: int,
    keys: dict[str, Any],
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
) -> bytes:
    """Return the line of a change; images that are None are left out."""
    if output_format == ION:
        return ion.change_line(json_lines.change(written_at, keys, old, new))
    return json_lines.change_line(written_at, keys, old, new)


def read(
    file: IO[bytes],
    input_format: str,
    compression: str,
    *,
    types: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    header: Sequence[str] | None = None,
) -> Iterator[Read]:
    """Yield the lines of a file of any format; the last three arguments are those of CSV.

    :raises FormatError: a line does not have the format, or the file cannot be decompressed.
    """
    content = decompressed(file, compression)
    index = 0
    try:
        if input_format == CSV:
            lines = csv_lines.read(content, types or {}, delimiter, header)
        elif input_format == ION:
            lines = ion.read(content)
        else:
            lines = json_lines.read(content)
        for line in lines:
            index = line.number + 1
            yield line
    except errors() as error:
        raise FormatError(
            f"The content is damaged, or not {compression}: {error}.", index
        ) from error
