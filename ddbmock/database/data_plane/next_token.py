"""NextToken of PartiQL: the start of the next page of one statement.

A token is bound to the table, the index, the text and the parameters of its statement, but not to
its Limit or ConsistentRead.

Source of the texts: recorded answers. The content is ddbmock's own; the service's is not known.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from typing import Any, Final

import orjson

from ddbmock.database.data_plane.statement_read import Position
from ddbmock.errors import ValidationException
from ddbmock.partiql.statements import Select
from ddbmock.values.dynamodb_json import decode_attributes, encode_attributes

_HEADER: Final = struct.Struct(">BI16sH")
_VERSION: Final = 1


def binding(table_id: str, statement: Select, parameters: Sequence[Any]) -> bytes:
    """Return what a token of a statement is bound to."""
    content = orjson.dumps([table_id, statement.text, parameters])
    return hashlib.sha256(content).digest()[:16]


def encode(position: Position, bound_to: bytes) -> str:
    """Return the token of a position."""
    key = b"" if position.key is None else orjson.dumps(encode_attributes(position.key))
    header = _HEADER.pack(_VERSION, binascii.crc32(key, position.read), bound_to, position.read)
    return base64.b64encode(header + key).decode("ascii")


def decode(token: str, bound_to: bytes) -> Position:
    """Return the position of a token.

    :raises ValidationException: it is no token, or that of another statement.
    """
    try:
        content = base64.b64decode(token, validate=True)
        version, checksum, bound, read = _HEADER.unpack_from(content)
        key = content[_HEADER.size :]
    except (ValueError, struct.error):
        raise _invalid() from None
    if version != _VERSION or checksum != binascii.crc32(key, read):
        raise _invalid()
    if bound != bound_to:
        raise ValidationException(
            "NextToken does not match request",
            hint="The token belongs to another statement: text, Parameters, table and index must "
            "be those of the request that it came from.",
        )
    return Position(read, decode_attributes(orjson.loads(key)) if key else None)


def _invalid() -> ValidationException:
    return ValidationException(
        "Invalid NextToken", hint="Send the NextToken of the last answer, unchanged."
    )
