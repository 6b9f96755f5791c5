"""What keeps a server from starting, told to whoever starts it: one sentence, no traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ddbmock.settings import SettingsError
from ddbmock.storage import StorageError


@contextmanager
def told() -> Iterator[None]:
    """Ends the program with the sentence about a wrong setting or a storage that does not open."""
    try:
        yield
    except (SettingsError, StorageError) as error:
        raise SystemExit(f"ddbmock: {error}") from error


@contextmanager
def listening(address: str) -> Iterator[None]:
    """Ends the program with a sentence when it cannot listen on an address."""
    try:
        yield
    except OSError as error:
        # a name that nobody knows has a negative number of its own
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        advice = ""
        if number == errno.EADDRINUSE:
            advice = " Another program has the port: end it, or change “listen” in the .ini file."
        raise SystemExit(f"ddbmock cannot listen on {address}: {reason}.{advice}") from error
