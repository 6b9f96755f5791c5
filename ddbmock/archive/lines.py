"""Local files of lines: DynamoDB JSON, Ion or CSV, compressed or not; and standard input and output."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast
from urllib.parse import quote

from ddbmock.archive.errors import ArchiveError
from ddbmock.export_format import FormatError, MissingExtraError, data_file
from ddbmock.export_format.compression import guessed, gzip_writer
from ddbmock.export_format.json_lines import LineError, full_line
from ddbmock.export_format.manifest import DYNAMODB_JSON, ION
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item

STANDARD: Final = Path("-")
"""The path that means standard input or output."""
SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
"""The endings of files with a line of DynamoDB JSON for each item; ``.gz`` can follow."""
OF_A_SCAN: Final = (
    "The output of aws dynamodb scan becomes lines of items by jq -c '.Items[] | {Item: .}'."
)
"""Advice for a file whose first line is no item."""
_COMPRESSED: Final = (".gz", ".zst")
_SQLITE: Final = b"SQLite format 3\0"
"""The first bytes of a SQLite file."""


class Read(NamedTuple):
    """The write of a line."""

    request: dict[str, Any]
    """``{"PutRequest": …}`` or ``{"DeleteRequest": …}``, as in BatchWriteItem."""
    size: int
    """The size of the line in bytes."""
    place: str
    """The line and its file, for messages."""

    @property
    def is_put(self) -> bool:
        """Whether an item is put, not deleted."""
        return "PutRequest" in self.request


def put(item: dict[str, Any], size: int, place: str) -> Read:
    """Return a write that puts an item."""
    return Read({"PutRequest": {"Item": item}}, size, place)


def line(item: Item) -> bytes:
    """Return the line of an item."""
    return full_line(item.json)


def read(
    path: Path, input_format: str | None = None, types: Mapping[str, str] | None = None
) -> Iterator[Read]:
    """Yield the writes of a file; by default its name determines the format.

    `types` are those of the key attributes, for CSV.

    :raises ArchiveError: the file cannot be read, or a line is not an item.
    """
    name = "standard input" if path == STANDARD else str(path)
    position = 0
    try:
        with _opened(path) as file:
            buffered = io.BufferedReader(cast("Any", file))
            lines = data_file.read(
                cast("IO[bytes]", buffered),
                input_format or _format(path),
                guessed(buffered.peek(4)),
                types=types,
            )
            for one in lines:
                place = f"line {one.number + 1} of {name}"
                if one.error is not None:
                    raise ArchiveError(f"{_upper(place)} does not fit. {one.error}")
                yield _write(one.content, one.position - position, place)
                position = one.position
    except FormatError as error:
        advice = f" {OF_A_SCAN}" if isinstance(error, LineError) and not position else ""
        raise ArchiveError(
            f"{_upper(f'line {error.index + 1} of {name}')}: {error}{advice}"
        ) from error
    except MissingExtraError as error:
        raise ArchiveError(f"{name} cannot be read. {error}") from error
    except OSError as error:
        raise ArchiveError(f"{name} cannot be read: {error.strerror}.") from error


def _write(content: dict[str, Any], size: int, place: str) -> Read:
    if "Item" in content:
        return put(content["Item"], size, place)
    image = content.get("NewImage")
    if image is not None:
        return put(image, size, place)
    return Read({"DeleteRequest": {"Key": content["Keys"]}}, size, place)


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _format(path: Path) -> str:
    name = path.name
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    if name.endswith(".csv"):
        return data_file.CSV
    return ION if name.endswith(".ion") else DYNAMODB_JSON


def check_not_sqlite(path: Path) -> None:
    """Check that a file of lines is not a SQLite file.

    :raises ArchiveError: it is one, or cannot be read.
    """
    try:
        with _opened(path) as file:
            found = path != STANDARD and file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    if found:
        raise ArchiveError(
            f"The file {path} is a SQLite database: write its URL, sqlite:///{quote(str(path))}."
        )


def is_lines(path: Path) -> bool:
    """Return whether a path for output names a file of lines instead of a folder.

    :raises ArchiveError: it names a file of another kind.
    """
    if path == STANDARD:
        return True
    if path.is_dir():
        return False
    name = path.name.removesuffix(".gz")
    if name.endswith(SUFFIXES):
        return True
    if path.name.endswith(_OTHER_FILES):
        raise ArchiveError(
            f"Files like {path.name} cannot be written: give a name that ends in .jsonl or "
            ".jsonl.gz, or the name of a folder."
        )
    return False


_OTHER_FILES: Final = (
    ".csv", ".db", ".gz", ".ion", ".parquet", ".sqlite", ".sqlite3", ".tar", ".tgz", ".tsv",
    ".txt", ".xml", ".yaml", ".yml", ".zip", ".zst",
)  # fmt: skip


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        if path.exists():
            raise ArchiveError(f"{path} cannot be read: it is {kind}.")
    with path.open("rb") as file:
        yield file


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file for lines, compressed if its name ends so. The file gets its name when it is
    complete.

    :raises ArchiveError: the file exists.
    """
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists():
        raise ArchiveError(f"{path} exists; ddbmock does not overwrite it.")
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                with gzip_writer(file) as compressing:
                    yield cast("IO[bytes]", compressing)
            else:
                yield file
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
