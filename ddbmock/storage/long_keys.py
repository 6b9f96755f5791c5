"""Keys that are longer than an index allows, in order: the rest of a long key is stored in a space
below.

An index entry of PostgreSQL has at most about 2,700 bytes. A key of up to :data:`CHUNK` bytes is
stored as it is. For a longer key, its first CHUNK bytes and one zero byte are stored as a *marker*,
which sorts directly after the key that consists of those CHUNK bytes. The rest is a key in a space
of its own, whose name is a digest of the part before; there it may be long again. Code that
iterates over a space and finds a marker iterates over the space below it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

CHUNK: Final = 2_000
LONGEST_NAME: Final = 200


def space_name(space: str) -> bytes:
    """Return the bytes for a space: its name in UTF-8, or a digest of a long name."""
    name = space.encode()
    # UTF-8 contains neither FE nor FF, so a name cannot be mistaken for a digest or for a space
    # below.
    return name if len(name) <= LONGEST_NAME else b"\xfe" + blake2b(name, digest_size=32).digest()


def below(space: bytes, beginning: bytes) -> bytes:
    """Return the space with the rests of all long keys that start with `beginning`."""
    return space + b"\xff" + blake2b(beginning, digest_size=16).digest()


def all_below(space: bytes) -> tuple[bytes, bytes]:
    """Return the bounds of the names of all spaces below."""
    return space + b"\xff", space + b"\xff" * 18


def place(space: bytes, key: bytes) -> tuple[bytes, bytes]:
    """Return the space and the key in it at which a key is stored."""
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
    """Return the lowest stored key that leads to `low` or to a greater key."""
    return low if len(low) <= CHUNK else low[:CHUNK] + b"\x00"


def high_bound(high: bytes) -> bytes:
    """Return an upper bound of the stored keys that lead to keys below `high`."""
    return high if len(high) <= CHUNK else high[:CHUNK] + b"\x00\x00"
