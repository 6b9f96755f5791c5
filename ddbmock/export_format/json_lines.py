"""DynamoDB JSON: one object on each line, ``{"Item":{"id":{"S":"a"}}}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, Final

import orjson

from ddbmock.export_format import FormatError, Read

MAX_LINE: Final = 64 * 1024 * 1024
"""The size of a line in bytes at most, which is more than an item has with any escapes."""
MEMBERS: Final = ("Item", "Keys")
"""The members of which a line has one: an item, or a change of an item."""


def read(file: IO[bytes]) -> Iterator[Read]:
    """Yield the lines of a decompressed file; empty ones are left out.

    :raises FormatError: a line is no JSON object with an item or a change.
    """
    position = index = 0
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise FormatError(f"The line is longer than {MAX_LINE} bytes.", index)
        position += len(line)
        if not line.isspace():
            yield Read(index, position, parsed(line, index))
        index += 1


class LineError(FormatError):
    """A line that is not JSON, or not an item."""


def parsed(line: bytes, index: int = 0) -> dict[str, Any]:
    """Return the object on a line.

    :raises LineError: it is no JSON object with an item or a change.
    """
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineError(f"The line is not JSON: {error}.", index) from error
    if not isinstance(content, dict) or not any(
        isinstance(content.get(member), dict) for member in MEMBERS
    ):
        raise LineError('The line is not an item: it must be like {"Item":{…}}.', index)
    return content


def full_line(item: bytes) -> bytes:
    """Return the line of an item, given as JSON, in a full export."""
    return b'{"Item":' + item + b"}\n"


def change_line(
    written_at: int, keys: dict[str, Any], old: dict[str, Any] | None, new: dict[str, Any] | None
) -> bytes:
    """Return the line of a change in an incremental export, images sorted by attribute name.

    `written_at` is the time of the last write in microseconds.

    >>> change_line(5, {"pk": {"S": "2"}}, None, {"pk": {"S": "2"}, "a": {"BOOL": True}}).decode()
    '{"Metadata":{"WriteTimestampMicros":{"N":"5"}},"Keys":{"pk":{"S":"2"}},\
"NewImage":{"a":{"BOOL":true},"pk":{"S":"2"}}}\\n'
    """
    content = change(written_at, keys, old, new)
    return orjson.dumps(content) + b"\n"


def change(
    written_at: int, keys: dict[str, Any], old: dict[str, Any] | None, new: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the members of a change; images that are None are left out."""
    content: dict[str, Any] = {
        "Metadata": {"WriteTimestampMicros": {"N": str(written_at)}},
        "Keys": keys,
    }
    for member, image in (("OldImage", old), ("NewImage", new)):
        if image is not None:
            content[member] = dict(sorted(image.items()))
    return content
