"""Keys longer than an index takes, kept in order: the rest of a long key goes into a space below.

PostgreSQL's index entries end at some 2,700 bytes. A key of up to :data:`CHUNK` bytes is stored as
it is. Of a longer one, the first CHUNK bytes and one zero byte are stored as a *marker*, which
sorts just after the key of those CHUNK bytes and before all that is greater; the rest is a key in a
space of its own, named by a digest of what came before, where it may be long again. Code that walks
over a space and meets a marker walks over the space below it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

CHUNK: Final = 2_000
LONGEST_NAME: Final = 200


def space_name(space: str) -> bytes:
    """Return the bytes for a space: its name in UTF-8, or a digest of a long name."""
    name = space.encode()
    # UTF-8 has neither the byte FE nor FF: no name is taken for a digest or for a space below.
    return name if len(name) <= LONGEST_NAME else b"\xfe" + blake2b(name, digest_size=32).digest()


def below(space: bytes, beginning: bytes) -> bytes:
    """Return the space that holds the rests of the long keys with this beginning."""
    return space + b"\xff" + blake2b(beginning, digest_size=16).digest()


def all_below(space: bytes) -> tuple[bytes, bytes]:
    """Return the bounds of the names of all spaces below."""
    return space + b"\xff", space + b"\xff" * 18


def place(space: bytes, key: bytes) -> tuple[bytes, bytes]:
    """Return the space and the key in it that a key is stored under."""
    if len(key) <= CHUNK:
        return space, key
    end = (len(key) - 1) // CHUNK * CHUNK
    return below(space, key[:end]), key[end:]


def markers(space: bytes, key: bytes) -> list[tuple[bytes, bytes]]:
    """Return the spaces and keys of the markers that lead to a key."""
    found = []
    for start in range(0, len(key) - CHUNK, CHUNK):
        found.append(
            (
                below(space, key[:start]) if start else space,
                key[start : start + CHUNK] + b"\x00",
            )
        )
    return found


def is_marker(stored: bytes) -> bool:
    """Return whether a stored key leads to a space below."""
    return len(stored) > CHUNK


def low_bound(low: bytes) -> bytes:
    """Return the least stored key that leads to `low` or above."""
    return low if len(low) <= CHUNK else low[:CHUNK] + b"\x00"


def high_bound(high: bytes) -> bytes:
    """Return the bound above the greatest stored key that leads to a key below `high`."""
    return high if len(high) <= CHUNK else high[:CHUNK] + b"\x00\x00"
