"""Rules of RFC 9112 that prevent two parsers from reading the head of a request differently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")


def violation(
    version: str, hosts: Sequence[str], lengths: int, codings: Sequence[str]
) -> str | None:
    """Return the rule that a head violates, or None.

    The arguments are the version (``1.1``), the values of Host, the number of Content-Length
    headers, and the values of Transfer-Encoding.

    >>> violation("1.1", ["localhost:6543"], 1, [])
    >>> violation("1.1", ["localhost"], 1, ["chunked"])
    'Content-Length beside Transfer-Encoding (section 6.1)'
    """
    if version not in ("1.0", "1.1"):
        return "another version than HTTP/1.1 (section 2.3)"
    if len(hosts) > 1 or (version == "1.1" and not hosts):
        return "not exactly one Host (section 3.2)"
    if hosts and not HOST.fullmatch(hosts[0]):
        return "a Host that is no host (section 3.2)"
    if codings and lengths:
        return "Content-Length beside Transfer-Encoding (section 6.1)"
    if codings and version == "1.0":
        return "Transfer-Encoding in HTTP/1.0 (section 6.1)"
    if len(codings) > 1 or (codings and codings[0].lower().count("chunked") > 1):
        return "chunked more than once (section 6.1)"
    return None


def violation_of_head(head: bytes) -> str | None:
    """Return the rule that a request line with its header lines violates, or None."""
    first, *lines = head.split(b"\r\n")
    hosts: list[str] = []
    codings: list[str] = []
    lengths = 0
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            return "a header continued on the next line (section 5.2)"
        name, _, value = line.partition(b":")
        match name.lower():
            case b"host":
                hosts.append(value.strip(b" \t").decode("latin-1"))
            case b"content-length":
                lengths += 1
            case b"transfer-encoding":
                codings.append(value.strip(b" \t").decode("latin-1"))
    words = first.split(b" ")
    if len(words) != 3:
        # HTTP/0.9 has neither a version nor headers; the parser handles such requests.
        return None
    return violation(words[2].removeprefix(b"HTTP/").decode("latin-1"), hosts, lengths, codings)
