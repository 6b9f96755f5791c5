"""Stored keys: the ordered bytes of a key, and ranges of them.

A stored key begins with three bytes of a digest of the hash key, which gives Scan the service's
order and its segments, and goes on with the hash key and the range key in a form that sorts as
DynamoDB sorts: numbers as numbers, strings and binaries by their bytes.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ddbmock.values.model import AttributeValue, B, N, S
from ddbmock.values.number import ordered_bytes

DIGEST_SIZE: Final = 3
BUCKETS: Final = 4096
"""Values of the digest's first 12 bits, which parallel scans divide among their segments."""


def component(value: AttributeValue | None) -> bytes:
    """Return the bytes by which a key attribute is ordered and measured."""
    # Comparing types is faster than match, and this runs for each key of each call.
    if type(value) is S:
        return value.value.encode("utf-8", "surrogatepass")
    if type(value) is N:
        return ordered_bytes(value.value)
    if type(value) is B:
        return value.value
    raise TypeError(f"{value!r} cannot be part of a key")


def length(value: AttributeValue | None) -> int:
    """Return the size of a key attribute in bytes, as its limit counts it."""
    return 0 if value is None else len(component(value))


_END: Final = b"\0\0"


def escaped(part: bytes) -> bytes:
    """Return the part, NUL escaped as NUL FF, followed by the terminator NUL NUL.

    The terminator sorts before anything that could continue the part.
    """
    return part.replace(b"\0", b"\0\xff") + _END if b"\0" in part else part + _END


def escaped_digest(hash_part: bytes) -> bytes:
    """Return the :func:`digest` of the escaped hash key, of one or several attributes."""
    end = hash_part[:-2].replace(b"\0\xff", b"\0") if b"\0" in hash_part[:-2] else hash_part[:-2]
    return digest(end)


try:
    # OpenSSL's implementation takes four times as long for such short texts.
    _md5 = importlib.import_module("_md5").md5
except ImportError:  # pragma: no cover  # CPython may be built without it
    _md5 = hashlib.md5


def digest(content: bytes) -> bytes:
    """Return the bytes by which the service orders hash keys, as observed in its scans.

    The service hashes a constant word followed by the key's bytes; three bytes of that decide.
    """
    found: bytes = _md5(b"Outliers" + content, usedforsecurity=False).digest()
    return found[:DIGEST_SIZE]


def after_prefix(prefix: bytes) -> bytes | None:
    """Return the lowest bytes above all that begin with `prefix`, or None if there are none.

    >>> after_prefix(b"a"), after_prefix(b"a\\xff"), after_prefix(b"\\xff")
    (b'b', b'b', None)
    """
    stripped = prefix.rstrip(b"\xff")
    if not stripped:
        return None
    return stripped[:-1] + bytes([stripped[-1] + 1])


KeyRange = tuple[bytes, bytes | None]
"""Stored keys from the first (inclusive) to the second (exclusive; None for no end)."""


def _between(prefix: bytes, low: bytes, high: bytes) -> KeyRange:
    return prefix + low, after_prefix(prefix + high)


RANGES: Final[Mapping[str, Callable[[bytes, Sequence[bytes]], KeyRange]]] = {
    "=": lambda prefix, parts: _between(prefix, escaped(parts[0]), escaped(parts[0])),
    "<": lambda prefix, parts: (prefix, prefix + escaped(parts[0])),
    "<=": lambda prefix, parts: (prefix, after_prefix(prefix + escaped(parts[0]))),
    ">": lambda prefix, parts: (
        after_prefix(prefix + escaped(parts[0])) or prefix,
        after_prefix(prefix),
    ),
    ">=": lambda prefix, parts: (prefix + escaped(parts[0]), after_prefix(prefix)),
    "BETWEEN": lambda prefix, parts: _between(prefix, escaped(parts[0]), escaped(parts[1])),
    "begins_with": lambda prefix, parts: _between(
        prefix, escaped(parts[0])[:-2], escaped(parts[0])[:-2]
    ),
}


def range_of(prefix: bytes, operator: str, operands: Sequence[AttributeValue]) -> KeyRange:
    """Return the range of keys under `prefix` whose next component meets a condition."""
    return RANGES[operator](prefix, [component(operand) for operand in operands])


def within(stored: bytes, key_range: KeyRange) -> bool:
    """Return whether a stored key lies in a range."""
    low, high = key_range
    return low <= stored and (high is None or stored < high)


def prefix_range(prefix: bytes) -> KeyRange:
    """Return the range of all stored keys that begin with `prefix`."""
    return prefix, after_prefix(prefix)


def extended(prefix: bytes, value: AttributeValue) -> bytes:
    """Return the prefix extended by a component that equals `value`."""
    return prefix + escaped(component(value))


def segment_range(segment: int, total: int) -> KeyRange:
    """Return the range of keys of one segment of a parallel scan; it may be empty.

    Source: bucket vectors of the service.

    >>> segment_range(0, 2), segment_range(1, 2)
    ((b'\\x00\\x00\\x00', b'\\x80\\x00\\x00'), (b'\\x80\\x00\\x00', None))
    """
    low, high = (-(-BUCKETS * part // total) for part in (segment, segment + 1))
    if low == high:
        return b"", b""
    return _bucket_start(low), None if high == BUCKETS else _bucket_start(high)


PARTITIONS: Final = 4
"""Partitions of a new on-demand table, as the consumed capacity of its scans shows."""


def partitions(key_range: KeyRange) -> int:
    """Return how many partitions of an on-demand table a range touches, at least one.

    >>> partitions((b"", None)), partitions(segment_range(1, 2)), partitions((b"", b"\\x42key"))
    (4, 2, 2)
    """
    low, high = key_range
    first = low[0] * PARTITIONS // 256 if low else 0
    if high is None:
        return PARTITIONS - first
    # Bytes longer than a digest are a key. A range that ends at a digest excludes it.
    end = int.from_bytes(high[:DIGEST_SIZE].ljust(DIGEST_SIZE, b"\0"), "big")
    last = (end if len(high) > DIGEST_SIZE else end - 1) * PARTITIONS // 256**DIGEST_SIZE
    return max(last - first, 0) + 1


def _bucket_start(bucket: int) -> bytes:
    return (bucket << 12).to_bytes(DIGEST_SIZE, "big")
