"""Items as lines of DynamoDB JSON, ``{"Item":{"id":{"S":"a"}}}``, packed with gzip or not."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import orjson

from ddbmock.archive.errors import ArchiveError
from ddbmock.values.item import Item

STANDARD: Final = Path("-")
"""Stands for standard input or output."""
LEVEL: Final = 6
"""Of compression: gzip's own default."""


class Read(NamedTuple):
    """An item as it was read."""

    item: dict[str, Any]
    size: int
    """Bytes of its line."""
    place: str
    """For people: which line of which file."""


def line(item: Item) -> bytes:
    """An item's line."""
    return b'{"Item":' + item.json + b"}\n"


def read(path: Path) -> Iterator[Read]:
    """The items in a file, one after the other.

    :raises ArchiveError: the file cannot be read, or a line is no item's.
    """
    name = "standard input" if path == STANDARD else str(path)
    try:
        with _opened(path) as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    place = f"line {number} of {name}"
                    yield Read(_item(text, place), len(text), place)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it is not whole, or not what gzip has made"
        raise ArchiveError(f"{name} cannot be read: {why}.") from error


def _item(text: bytes, place: str) -> dict[str, Any]:
    try:
        entry = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"There is no JSON in {place}: {error}.") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("Item"), dict):
        raise ArchiveError(f'There is no item in {place}; a line is like {{"Item":{{...}}}}.')
    return cast("dict[str, Any]", entry["Item"])


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked if they are packed, whatever it is called."""
    with sys.stdin.buffer if path == STANDARD else path.open("rb") as file:
        start = cast("Any", file).peek(2)[:2]
        if start == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


@contextmanager
def packed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file whose lines go into `file` packed; the same lines give the same bytes."""
    with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packing:
        yield cast("IO[bytes]", packing)


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A new file to write lines into, packed if its name says so; there when all is in it.

    :raises ArchiveError: there is a file already.
    """
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists():
        raise ArchiveError(f"{path} is there already; nothing is written over it.")
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                with packed(file) as packing:
                    yield packing
            else:
                yield file
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
