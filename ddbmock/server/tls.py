"""A client that speaks TLS to a server without: it would wait for an answer until it gives up."""

from __future__ import annotations

import logging
from typing import Final

log: Final = logging.getLogger("ddbmock.server")

HELLO: Final = b"\x16"
"""The first byte of a TLS connection, and of no HTTP request."""


def is_hello(data: bytes) -> bool:
    """Return whether a connection that begins so speaks TLS; log it if so."""
    if not data.startswith(HELLO):
        return False
    log.warning("A client has tried https://; its endpoint here begins with http://.")
    return True
