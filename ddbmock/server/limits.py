"""Limits of the operating system that a server lives within: open files, and so connections."""

from __future__ import annotations

import errno
import logging
import time
from typing import Final

try:
    import resource
except ImportError:  # pragma: no cover  # Windows
    resource = None  # type: ignore[assignment]

RESERVED: Final = 64
"""Files that a server has open beside its connections: storage, log, libraries."""
FEWEST: Final = 16
MOST: Final = 20_000
WITHOUT_LIMIT: Final = 1_000
"""Connections where the system does not report how many files there can be."""
WANTED_FILES: Final = 65_536

OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of accept() that pass when connections are closed."""
ACCEPT_PAUSE: Final = 0.5
"""Seconds without accept() after such an error: it would fail again at once, and so on."""
LOG_INTERVAL: Final = 60.0
"""Seconds between two lines of the log about the same difficulty."""


def raise_file_limit() -> None:
    """Raise this process' soft limit of open files, often 256 or 1,024, as far as it may."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            # macOS has a limit below the one that it reports.
            return


def connection_limit() -> int:
    """Return how many connections a server may have open, by the limit of open files."""
    if resource is None:
        return WITHOUT_LIMIT
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, soft - RESERVED))


def to_close(limit: int) -> int:
    """Return how many idle connections to close at a limit: some at once, as finding them costs.

    >>> to_close(20), to_close(5_000)
    (1, 50)
    """
    return max(1, limit // 100)


class SeldomLogged:
    """A warning that is logged once a minute at most, with how often it was left out."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._last = -LOG_INTERVAL
        self._left_out = 0

    def warning(self, text: str) -> None:
        """Log a sentence, unless one was logged less than a minute ago."""
        now = time.monotonic()
        if now - self._last < LOG_INTERVAL:
            self._left_out += 1
            return
        more = f" ({self._left_out} more since the last line.)" if self._left_out else ""
        self._log.warning("%s%s", text, more)
        self._last, self._left_out = now, 0
