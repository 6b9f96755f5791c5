"""Tokens of pages: hexadecimal text in blocks of 16. Only the list that returned a token accepts it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, Protocol, TypeVar

from ddbmock.errors import ValidationException

_BLOCK: Final = 16
_DIGEST: Final = 8
_SHORTEST: Final = 112
"""The fewest characters of a token of ListImports. Source: the service's model."""


class Keyed(Protocol):
    """The elements of a page."""

    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)


def token(kind: str, key: str) -> str:
    """Return the token of the page after a key.

    >>> start(token("export", "Music"), "export")
    'Music'
    """
    content = key.encode()
    length = max(_SHORTEST // 2, _DIGEST + len(content) + 1)
    length += -length % _BLOCK
    return (_digest(kind, content) + content + b"\0" * (length - _DIGEST - len(content))).hex()


def start(token: str | None, kind: str) -> str | None:
    """Return the key after which a page begins, or None for the first page.

    :raises ValidationException: the token is not from a list of this kind.
    """
    if token is None:
        return None
    try:
        content = bytes.fromhex(token)
    except ValueError:
        content = b""
    key = content[_DIGEST:].rstrip(b"\0")
    if len(content) < _DIGEST or content[:_DIGEST] != _digest(kind, key):
        raise ValidationException(
            f"Invalid Request: Provided nextToken is invalid: {token}",
            hint="NextToken must be what the previous page of this list returned.",
        )
    return key.decode()


def after(found: Iterator[K], key: str | None) -> Iterator[K]:
    """Yield the elements after a key; all elements if the key is None."""
    if key is None:
        return found
    return _following(found, key)


def _following(found: Iterator[K], key: str) -> Iterator[K]:
    # lists begin with the newest, so keys descend
    return (one for one in found if one.key < key)


def _digest(kind: str, content: bytes) -> bytes:
    return hashlib.sha256(kind.encode() + b"\0" + content).digest()[:_DIGEST]
