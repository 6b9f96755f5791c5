"""Request ids."""

from __future__ import annotations

import os


def new_request_id() -> str:
    """Return 52 characters out of 0-9 and A-F: the service's request ids have all of 0-9 and A-Z."""
    return os.urandom(26).hex().upper()
