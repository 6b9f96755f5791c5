"""CSV as imports read it: a header, and one item on each line.

Columns named like key attributes have the keys' types, all others are strings. Source: Developer
Guide, "Amazon S3 import formats for DynamoDB".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import IO, Final

from ddbmock.export_format import FormatError, Read
from ddbmock.export_format.json_lines import MAX_LINE

DELIMITER: Final = ","
_BOM: Final = b"\xef\xbb\xbf"


def read(
    file: IO[bytes],
    types: Mapping[str, str],
    delimiter: str | None = None,
    header: Sequence[str] | None = None,
) -> Iterator[Read]:
    """Yield the items of a decompressed file.

    `types` are those of the key attributes. With a `header` the first line is an item, too. A line
    with more or fewer fields than the header has an error.

    :raises FormatError: quotes do not match, or the text is not UTF-8.
    """
    for index, (position, fields) in enumerate(_records(file, delimiter or DELIMITER)):
        if header is None:
            header = fields
            continue
        if len(fields) != len(header):
            error = f"The line has {len(fields)} fields; the header has {len(header)}."
            yield Read(index, position, {}, error)
            continue
        item = {
            name: {types.get(name, "S"): field}
            for name, field in zip(header, fields, strict=True)
            if field
        }
        yield Read(index, position, {"Item": item})


def _records(file: IO[bytes], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the position after each record, and its fields; empty lines are left out."""
    position = index = 0
    pending: list[bytes] = []
    size = quotes = 0
    while line := file.readline(MAX_LINE + 1):
        position += len(line)
        size += len(line)
        if size > MAX_LINE:
            raise FormatError(f"The line is longer than {MAX_LINE} bytes.", index)
        pending.append(line)
        quotes += line.count(b'"')
        if quotes % 2:
            continue  # a line break within quotes
        record = b"".join(pending)
        pending, size, quotes = [], 0, 0
        if not record.isspace():
            yield position, _fields(record, delimiter, index)
            index += 1
    if pending:
        raise FormatError("A quoted field does not end.", index)


def _fields(record: bytes, delimiter: str, index: int) -> list[str]:
    try:
        text = record.removeprefix(_BOM).decode() if index == 0 else record.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"The line is not UTF-8: {error}.", index) from error
    text = text.removesuffix("\n").removesuffix("\r")
    if '"' not in text:
        return text.split(delimiter)
    fields, place, field = [], 0, _field(delimiter)
    while True:
        match = field.match(text, place)
        if match is None:
            raise FormatError(
                'The line has a " inside a field that is not quoted, or after one that is.', index
            )
        quoted = match[1]
        fields.append(match[2] if quoted is None else quoted.replace('""', '"'))
        place = match.end() + 1
        if match.end() == len(text):
            return fields


@lru_cache(maxsize=8)
def _field(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of one field, up to the delimiter or the end."""
    end = re.escape(delimiter)
    return re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{end}]*))(?={end}|\Z)')
