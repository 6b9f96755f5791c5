"""The web pages that may use a server: checks of ``Origin``, ``Host`` and ``Sec-Fetch-Site``.

Every page in a browser on this machine can reach a server on 127.0.0.1, also by a name that an
attacker's DNS resolves to that address. SDKs and command-line tools send no ``Origin``; browsers
send one with each POST, and a page can neither omit nor choose it. So requests without ``Origin``
are answered under any name of the server, and pages need an allowed origin.

For the control path and the console the checks are stricter: they answer GET requests, and with
those a browser sends no ``Origin`` to the site of the page itself. See :func:`strict_refusal`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final

ANY: Final = "*"

_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s:/\[\]@]+)(?::([0-9]{1,5}))?", re.I)
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/\[\]@]+)(?::[0-9]{1,5})?", re.I)
SHOWN: Final = 200
"""The number of characters of an origin that a hint quotes."""


def refusal(headers: Mapping[str, str], method: str, allowed: str) -> str | None:
    """Return a sentence about why a browser's request is rejected; None if it is accepted.

    `headers` have names in lower case; `allowed` is the setting ``origins``.

    >>> refusal({"host": "dynamodb:6543"}, "POST", "loopback")
    >>> refusal({"origin": "http://localhost:3000"}, "POST", "loopback")
    >>> refusal({"origin": "https://evil.example"}, "POST", "https://app.example")[:49]
    'Pages of https://evil.example may not use this se'
    """
    origin = headers.get("origin")
    if origin is not None:
        own = is_allowed(origin, allowed) or _is_page_of(origin, headers.get("host", ""))
        return None if own else _not_allowed(origin)
    if method not in ("GET", "HEAD") and headers.get("sec-fetch-site") in _OTHER_SITES:
        return _not_allowed("another site")
    return None


_OTHER_SITES: Final = ("cross-site", "same-site")


def is_allowed(origin: str, allowed: str) -> bool:
    """Return whether pages of an origin may use the data."""
    words = allowed.split()
    if ANY in words or origin in words:
        return True
    match = _ORIGIN.fullmatch(origin)
    return match is not None and is_loopback(match[1])


def answer_headers(origin: str, allowed: str, exposed: str) -> list[tuple[str, str]]:
    """Return the headers of an answer to a page that may use the server.

    Where all pages may, they are DynamoDB's own; otherwise they name the page, so that no cache
    gives the answer to another one.

    :param exposed: the names of headers that the page can read.

    >>> answer_headers("https://app.example", "*", "Date")[0]
    ('Access-Control-Allow-Origin', '*')
    """
    everyone = ANY in allowed.split()
    named = [] if everyone else [("Vary", "Origin")]
    return [
        ("Access-Control-Allow-Origin", ANY if everyone else origin),
        ("Access-Control-Expose-Headers", exposed),
        *named,
    ]


def _is_page_of(origin: str, host: str) -> bool:
    """Return whether a page comes from this server, under a name that no other site can use."""
    match = _HOST.fullmatch(host)
    same = origin.partition("://")[2].lower() == host.lower()
    return same and match is not None and _is_own(match[1])


def strict_refusal(headers: Mapping[str, str], allowed: str) -> str | None:
    """Return a sentence about why a request to the control path or the console is rejected; None if
    it is accepted.

    The name in ``Host`` must be one that an attacker cannot own: loopback, an address, a name
    without dots (of a container) or the name of an allowed origin. A page must come from this
    server or from an origin that the setting names.
    """
    host = headers.get("host", "localhost")  # Browsers always send a Host.
    match = _HOST.fullmatch(host)
    words = allowed.split()
    named = [found[1].lower() for word in words if (found := _ORIGIN.fullmatch(word))]
    if ANY in words:
        return None
    if match is None or not (_is_own(match[1]) or match[1].lower() in named):
        return (
            f"The server is not known as {_shown(host)} to its control path: use localhost or an "
            "address, or name an origin with this host in the setting ddbmock.origins."
        )
    origin = headers.get("origin")
    if origin is None:
        # Another site may link to the console; it cannot read the answer.
        linked = headers.get("sec-fetch-mode") == "navigate"
        other = headers.get("sec-fetch-site") in _OTHER_SITES and not linked
        return _not_allowed("another site") if other else None
    same = origin.partition("://")[2].lower() == host.lower()
    return None if same or origin in words else _not_allowed(origin)


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address means this machine.

    >>> [is_loopback(host) for host in ("localhost", "db.localhost", "127.0.0.2", "[::1]", "evil.example")]
    [True, True, True, True, False]
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _is_own(host: str) -> bool:
    return is_loopback(host) or _address(host) is not None or "." not in host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _not_allowed(origin: str) -> str:
    return (
        f"Pages of {_shown(origin)} may not use this server: add the origin to the setting "
        "ddbmock.origins if they are yours."
    )


def _shown(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")[:SHOWN]
