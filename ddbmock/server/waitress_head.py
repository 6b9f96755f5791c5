"""A shortcut of waitress: the heads that SDKs send are read by one regular expression.

waitress looks at each line of a head with five functions, and ddbmock's rules of RFC 9112 look at it once more,
which takes a sixth of the time of a GetItem. A head that asks for nothing unusual (``POST / HTTP/1.1``, no header
twice, none that changes how the message is read) is read here; every other head, and every wrong one, is
left to waitress. ``tests/shortcuts`` compares both ways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ddbmock.server.framing import HOST

_FIRST: Final = b"POST / HTTP/1.1\r\n"
_LINE: Final = re.compile(
    rb"^([!#$%&'*+\-.^`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)\r\n", re.MULTILINE
)
"""A whole line, since ``^`` matches after a line feed alone. Names with ``_`` are left to waitress."""
_FRAMING: Final = frozenset({"EXPECT", "TRANSFER_ENCODING"})
"""Headers that change how a message is read."""
KEPT: Final = "keep-alive"
"""The value of Connection that changes nothing in HTTP/1.1; Node.js and requests send it."""
_LENGTH_DIGITS: Final = 15


def read(head: bytes) -> tuple[dict[str, str], int] | None:
    """Return the headers of a head by waitress's names, and the length of the body; None if it is unusual.

    `head` ends with the empty line.

    >>> read(b"POST / HTTP/1.1\\r\\nHost: here\\r\\nX-Amz-Date:  now\\r\\n\\r\\n")
    ({'HOST': 'here', 'X_AMZ_DATE': 'now'}, 0)
    >>> read(b"POST / HTTP/1.1\\r\\nHost: here\\r\\nConnection: Keep-Alive\\r\\n\\r\\n")
    ({'HOST': 'here', 'CONNECTION': 'Keep-Alive'}, 0)
    >>> read(b"POST / HTTP/1.1\\r\\nHost: here\\r\\nHost: there\\r\\n\\r\\n")
    """
    if not head.startswith(_FIRST):
        return None
    lines = _LINE.findall(head, len(_FIRST))
    # Each line feed ends a line; two of them end the first line and the empty one.
    if len(lines) != head.count(b"\n") - 2 or not head.endswith(b"\r\n\r\n"):
        return None
    headers = {_name(name): value.strip(b" \t").decode("latin-1") for name, value in lines}
    length = headers.get("CONTENT_LENGTH", "0")
    if (
        len(headers) != len(lines)
        or not _FRAMING.isdisjoint(headers)
        or not keeps(headers)
        or not HOST.fullmatch(headers.get("HOST", "/"))
        or not (length.isascii() and length.isdecimal() and len(length) <= _LENGTH_DIGITS)
    ):
        return None
    return headers, int(length)


def keeps(headers: Mapping[str, str]) -> bool:
    """Return whether a request leaves the connection as HTTP/1.1 has it, open."""
    return headers.get("CONNECTION", KEPT).lower() == KEPT


@lru_cache(maxsize=256)
def _name(name: bytes) -> str:
    """Return a header's name as waitress's parser spells it."""
    return name.upper().replace(b"-", b"_").decode("latin-1")
