"""Several processes that serve one database on one port: the setting ``workers``.

The process that was started is the *supervisor*. It listens, forks the workers, gives each new connection
to the worker with the fewest, and replaces a worker that has died. All data are in the storage, and the
clock is in memory that the processes share (:mod:`ddbmock.server.workers.shared_clock`).
"""

from __future__ import annotations

import os

from ddbmock.server.workers.connections import Connections
from ddbmock.server.workers.supervisor import supervise
from ddbmock.settings import Settings, SettingsError

__all__ = ["Connections", "check", "supervise"]


def check(settings: Settings) -> None:
    """Raise if several workers cannot serve the database of these settings.

    :raises SettingsError: they cannot; the text says what to write instead.
    """
    if settings.workers == 1:
        return
    start = f"Setting ddbmock.workers is {settings.workers}, but"
    if not hasattr(os, "fork"):
        raise SettingsError(f"{start} Windows cannot fork processes: set it to 1.")
    if settings.storage.startswith("memory:"):
        raise SettingsError(
            f"{start} data in memory belong to one process: set ddbmock.storage to "
            "sqlite:///content.db or a postgresql:// URL, or ddbmock.workers to 1."
        )
    if settings.s3.startswith("memory:"):
        raise SettingsError(
            f"{start} buckets in memory belong to one process: set ddbmock.s3 to file:///path, or "
            "ddbmock.workers to 1."
        )
