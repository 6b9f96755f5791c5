"""Amazon Ion as exports write it and imports read it.

Numbers are decimals, sets are annotated lists, and all other values are the obvious ones. ddbmock
writes Ion itself, to give the same text as AWS, and reads it with ``amazon.ion``. Source: Developer
Guide, "DynamoDB table export output format: Amazon Ion".
"""

from __future__ import annotations

import re
from base64 import b64encode
from codecs import utf_8_decode
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from ddbmock.export_format import FormatError, MissingExtraError, Read
from ddbmock.export_format.json_lines import MEMBERS

VERSION: Final = "$ion_1_0"
BINARY: Final = b"\xe0\x01\x00\xea"
"""The first bytes of binary Ion."""
MAX_DEPTH: Final = 64
"""The number of levels of a value at most, which is more than an item can have."""
MAX_VALUE: Final = 256 * 1024 * 1024
"""The size of a value in bytes at most; it can be a list of many items."""

_SETS: Final = {"SS": "$dynamodb_SS", "NS": "$dynamodb_NS", "BS": "$dynamodb_BS"}
_MEMBERS_OF_SETS: Final = {"SS": "S", "NS": "N", "BS": "B"}
_SYMBOL: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_RESERVED: Final = re.compile(r"null|true|false|nan|\$[0-9]+|\$ion_[0-9]+_[0-9]+", re.ASCII)
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\x7f]')
_ESCAPED_SYMBOL: Final = re.compile(r"['\\\x00-\x1f\x7f]")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def full_line(item: Mapping[str, Any]) -> bytes:
    """Return the line of an item, given as DynamoDB JSON, in a full export.

    >>> full_line({"Id": {"N": "600"}, "Tags": {"SS": ["a"]}}).decode()
    '$ion_1_0 {Item:{Id:6d2,Tags:$dynamodb_SS::["a"]}}\\n'
    """
    return f"{VERSION} {{Item:{_struct(item)}}}\n".encode()


def change_line(content: Mapping[str, Any]) -> bytes:
    """Return the line of a change as :func:`.json_lines.change` gives it."""
    images = [f"{member}:{_struct(image)}" for member, image in content.items()]
    return f"{VERSION} {{{','.join(images)}}}\n".encode()


def _struct(attributes: Mapping[str, Any]) -> str:
    fields = [f"{_field(name)}:{_value(value)}" for name, value in attributes.items()]
    return "{" + ",".join(fields) + "}"


def _field(name: str) -> str:
    if _SYMBOL.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    return f"'{_ESCAPED_SYMBOL.sub(_escape, name)}'"


def _value(value: Mapping[str, Any]) -> str:
    ((tag, content),) = value.items()
    match tag:
        case "S":
            return f'"{_ESCAPED.sub(_escape, content)}"'
        case "N":
            return _decimal(content)
        case "B":
            return f"{{{{{content}}}}}"
        case "BOOL":
            return "true" if content else "false"
        case "NULL":
            return "null"
        case "L":
            return f"[{','.join(map(_value, content))}]"
        case "M":
            return _struct(content)
        case _:
            kind = _MEMBERS_OF_SETS[tag]
            return f"{_SETS[tag]}::[{','.join([_value({kind: one}) for one in content])}]"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    return (
        f"\\x{ord(character):02x}" if character < " " or character == "\x7f" else "\\" + character
    )


def _decimal(number: str) -> str:
    """Return a canonical number as a decimal, its trailing zeros as an exponent.

    >>> _decimal("103"), _decimal("600"), _decimal("12.5"), _decimal("0")
    ('103.', '6d2', '12.5', '0.')
    """
    if "." in number:
        return number
    digits = number.rstrip("0")
    if digits in ("", number):
        return number + "."
    return f"{digits}d{len(number) - len(digits)}"


def check_available() -> None:
    """Reject Ion when ``amazon.ion`` is not installed.

    :raises MissingExtraError: it is not.
    """
    _simpleion()


def read(file: IO[bytes]) -> Iterator[Read]:
    """Yield the items or changes of a decompressed file: one value each, or lists of them.

    :raises FormatError: a value is none, or is not Ion.
    """
    counted = _Counted(file)
    load, values, index = _simpleion().load, None, 0
    while True:
        counted.allowance = MAX_VALUE
        try:
            if values is None:
                # This call already reads, so it can fail.
                values = load(counted, single_value=False, parse_eagerly=False)
            value = next(values, None)
        except Exception as error:
            value = None
            if counted.error is None:
                if _is_ion_error(error):
                    raise FormatError(f"The value is not Ion: {error}.", index) from error
                raise
        if value is None:
            if counted.error is not None:
                raise (
                    counted.error.at(index)
                    if isinstance(counted.error, _Rejection)
                    else counted.error
                )
            return
        for one in value if _type(value) == "LIST" else [value]:
            yield Read(index, counted.position, _line(one, index))
            index += 1


class _Rejection(Exception):
    """The reason why a file is not read to its end."""

    def at(self, index: int) -> FormatError:
        return FormatError(str(self), index)


class _Counted:
    """A file that counts the bytes that are read, and ends where amazon.ion must not read on.

    Its C code does not survive symbols in text that are not UTF-8.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.position = 0
        self.allowance = MAX_VALUE
        self.error: Exception | None = None
        """The error that ended the file. amazon.ion sees the end of the file instead."""
        self._is_text = True
        self._unfinished = b""
        """The bytes of a character of which the rest has not been read."""

    def read(self, size: int = -1) -> bytes:
        if self.error is not None:
            return b""
        try:
            return self._read(size)
        except Exception as error:
            self.error = error
            return b""

    def _read(self, size: int) -> bytes:
        content = self._file.read(size)
        if not self.position:
            while 0 < len(content) < len(BINARY) and (more := self._file.read(size)):
                content += more
            self._is_text = not content.startswith(BINARY)
        self.position += len(content)
        self.allowance -= len(content)
        if self.allowance < 0:
            raise _Rejection(f"The value is longer than {MAX_VALUE} bytes.")
        return self._valid(content) if self._is_text else content

    def _valid(self, content: bytes) -> bytes:
        """Return the part of the text before bytes that are not UTF-8."""
        before = len(self._unfinished)
        text = self._unfinished + content
        try:
            _, decoded = utf_8_decode(text, "strict", not content)
        except UnicodeDecodeError as error:
            self.error = _Rejection("The value is not Ion: its text is not UTF-8.")
            return text[before : max(error.start, before)]
        self._unfinished = text[decoded:]
        return content


def _line(value: Any, index: int) -> dict[str, Any]:
    members = dict(value) if _type(value) == "STRUCT" else {}
    if not any(_type(members.get(member)) == "STRUCT" for member in MEMBERS):
        raise FormatError("The value is not an item: it must be like {Item:{…}}.", index)
    return {
        name: _attributes(member, index, 0)
        for name, member in members.items()
        if _type(member) == "STRUCT"
    }


def _attributes(struct: Any, index: int, depth: int) -> dict[str, Any]:
    return {str(name): _json(value, index, depth) for name, value in struct.items()}


def _json(value: Any, index: int, depth: int) -> dict[str, Any]:
    """Return an Ion value as DynamoDB JSON."""
    if depth > MAX_DEPTH:
        raise FormatError(f"The value has more than {MAX_DEPTH} levels.", index)
    match kind := _type(value):
        case "NULL":
            return {"NULL": True}
        case "BOOL":
            return {"BOOL": bool(value)}
        case "INT" | "DECIMAL" | "FLOAT":
            return {"N": str(value)}
        case "STRING":
            return {"S": str(value)}
        case "SYMBOL":
            return {"S": str(value.text)}
        case "BLOB" | "CLOB":
            return {"B": b64encode(bytes(value)).decode()}
        case "LIST":
            annotations = [annotation.text for annotation in value.ion_annotations]
            for tag, annotation in _SETS.items():
                if annotation in annotations:
                    members = [_json(one, index, depth + 1) for one in value]
                    return {tag: [next(iter(member.values())) for member in members]}
            return {"L": [_json(one, index, depth + 1) for one in value]}
        case "STRUCT":
            return {"M": _attributes(value, index, depth + 1)}
        case _:
            raise FormatError(f"DynamoDB has no type for an Ion {str(kind).lower()}.", index)


def _type(value: Any) -> str:
    """Return the name of a value's Ion type, ``NULL`` also for typed nulls."""
    kind = getattr(value, "ion_type", None)
    if type(value).__name__ == "IonPyNull":
        return "NULL"
    return "" if kind is None else str(kind.name)


def _is_ion_error(error: Exception) -> bool:
    """Return whether an exception is one of those with which the library rejects a text."""
    from amazon.ion.exceptions import IonException

    return isinstance(error, IonException | ValueError | TypeError | EOFError | RecursionError)


def _simpleion() -> Any:
    try:
        from amazon.ion import simpleion
    except ModuleNotFoundError as missing:
        from ddbmock.extras import install_command

        raise MissingExtraError(
            f"Reading Ion needs amazon.ion, which is not installed: {install_command('exports')}"
        ) from missing
    return simpleion
