"""Compression of bodies: ``Content-Encoding`` and ``Accept-Encoding``."""

from __future__ import annotations

import re
import zlib
from typing import Final

from ddbmock.errors import InternalFailure


class TooLargeError(Exception):
    """A body that is larger than a limit once it is decompressed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit: Final = limit


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its ``Content-Encoding``, at most `limit` bytes.

    :raises TooLargeError: there are more bytes.
    :raises InternalFailure: the body does not match its encoding; DynamoDB also answers with 500.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise InternalFailure(hint=f"Content-Encoding {encoding!r} is neither gzip nor deflate.")
    parts: list[bytes] = []
    size = position = members = 0
    while not members or body.startswith(GZIP, position):
        # Consecutive gzip members form one body; anything else after them is ignored.
        members += 1
        if members > MEMBERS:
            raise InternalFailure(hint=f"The body has more than {MEMBERS} gzip members.")
        try:
            part, position = _member(body, position, encoding, limit - size)
        except zlib.error as error:
            raise InternalFailure(hint=f"The body is not {encoding}: {error}.") from error
        parts.append(part)
        size += len(part)
        if size > limit:
            raise TooLargeError(limit)
    return b"".join(parts)


GZIP: Final = b"\x1f\x8b"
MEMBERS: Final = 1_000
"""The most gzip members of a body: each one costs time, even if it is empty."""
PIECE: Final = 256
"""The number of bytes of a member that are read first; it doubles with each further read. A
decompressor copies the bytes after its member. If it got the whole rest of the body, a body of many
members would be copied once for each of them."""


def _member(body: bytes, position: int, encoding: str, limit: int) -> tuple[bytes, int]:
    """Return the content that begins at a position, at most one byte over the limit, and its end.

    :raises InternalFailure: it is cut off.
    """
    decompressor = zlib.decompressobj(31 if encoding == "gzip" else 15)
    parts: list[bytes] = []
    size, piece = 0, PIECE
    while not decompressor.eof:
        read = body[position : position + piece]
        if not read:
            raise InternalFailure(hint=f"The {encoding} of the body is cut off.")
        parts.append(decompressor.decompress(read, limit + 1 - size))
        size += len(parts[-1])
        if size > limit:
            break
        position += len(read) - len(decompressor.unused_data) - len(decompressor.unconsumed_tail)
        piece = min(2 * piece, 1024 * 1024)
    return b"".join(parts), position


ENCODINGS: Final = ("gzip", "deflate")
_QUALITY: Final = re.compile(r"q=([^;]*)")


def accepted_encoding(header: str) -> str | None:
    """Return the compression that an ``Accept-Encoding`` header prefers, or None.

    As in DynamoDB, the first of several equal preferences wins, ``*`` means all encodings that are
    not listed and comes after those, the first of several ``q=`` counts, and a malformed one counts
    as 1.

    >>> accepted_encoding("deflate;q=0.9, gzip;q=0.5"), accepted_encoding("br, gzip;q=0")
    ('deflate', None)
    >>> accepted_encoding("*, gzip;q=0.5"), accepted_encoding("*, deflate")
    ('deflate', 'deflate')
    """
    if not header or header == "identity":
        return None
    listed: list[tuple[str, float]] = []
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        listed.append((name.strip(), _quality(parameters)))
    names = {name for name, _ in listed}
    star = next((quality for name, quality in listed if name == "*"), 0.0)
    listed += [(name, star) for name in ENCODINGS if name not in names]
    acceptable = [(name, quality) for name, quality in listed if name in ENCODINGS and quality > 0]
    return max(acceptable, key=lambda choice: choice[1])[0] if acceptable else None


def _quality(parameters: str) -> float:
    match = _QUALITY.search(parameters)
    try:
        return min(float(match[1]), 1.0) if match else 1.0
    except ValueError:
        return 1.0


def compress(body: bytes, encoding: str) -> bytes:
    """Return a body in one of :data:`ENCODINGS`."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    return compressor.compress(body) + compressor.flush()
