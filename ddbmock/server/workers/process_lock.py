"""A lock between the threads of processes that one process has forked."""

from __future__ import annotations

import fcntl
import os
import tempfile
from types import TracebackType

from ddbmock import forking


class ProcessLock:
    """A lock between threads and processes. The system releases it when its holder dies."""

    def __init__(self) -> None:
        self._threads = forking.lock()
        self._file, path = tempfile.mkstemp()
        os.unlink(path)

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()
