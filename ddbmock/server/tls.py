"""Detection of clients that use TLS, which would otherwise wait for an answer until they time
out."""

from __future__ import annotations

import logging
from typing import Final

log: Final = logging.getLogger("ddbmock.server")

HELLO: Final = b"\x16"
"""The first byte of a TLS connection; no HTTP request begins with it."""


def is_hello(data: bytes) -> bool:
    """Return whether a connection that begins with these bytes uses TLS; log it if so."""
    if not data.startswith(HELLO):
        return False
    log.warning("A client has tried https://; its endpoint here begins with http://.")
    return True
