"""The operating system's limit of open files, and so of a server's connections."""

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
"""The number of files that a server has open beside its connections: storage, log, libraries."""
FEWEST: Final = 16
MOST: Final = 20_000
WITHOUT_LIMIT: Final = 1_000
"""The number of connections if the system does not report a limit of files."""
TARGET_FILES: Final = 65_536

OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of accept() that end when connections are closed."""
ACCEPT_PAUSE: Final = 0.5
"""Seconds without accept() after such an error, since it would fail again at once."""
LOG_INTERVAL: Final = 60.0
"""Seconds between two lines in the log about the same problem."""


def raise_file_limit() -> None:
    """Raise the soft limit of open files, which is often 256 or 1,024, as far as possible."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = TARGET_FILES if hard == resource.RLIM_INFINITY else min(hard, TARGET_FILES)
    if soft != resource.RLIM_INFINITY and soft < target:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        except (ValueError, OSError):
            # The real limit of macOS is lower than the one that it reports.
            return


def connection_limit() -> int:
    """Return the number of connections that the limit of open files allows."""
    if resource is None:
        return WITHOUT_LIMIT
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, soft - RESERVED))


def to_close(limit: int) -> int:
    """Return the number of idle connections to close at a limit: several at once, since finding
    them takes time.

    >>> to_close(20), to_close(5_000)
    (1, 50)
    """
    return max(1, limit // 100)


class SeldomLogged:
    """A warning that is logged once a minute at most, with the number of omitted ones."""

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
