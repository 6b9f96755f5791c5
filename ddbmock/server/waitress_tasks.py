"""The threads of waitress: writes, which may wait for each other, never occupy all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher

from ddbmock.errors import DynamoDBError
from ddbmock.operations.operation import Kind
from ddbmock.service.router import Router

if TYPE_CHECKING:
    from ddbmock.server.waitress_groups import GroupedChannels

RESERVED: Final = 4
"""One of this number of threads takes no writes."""


def writes(router: Router | None) -> Callable[[Any], bool]:
    """Return a function that checks whether a channel's next request changes items or tables."""

    def is_write(channel: HTTPChannel) -> bool:
        if router is None or not channel.requests:
            return False
        try:
            target = router.target(channel.requests[0].headers.get("X_AMZ_TARGET", ""))
        except DynamoDBError:
            return False
        return target.operation.kind in (Kind.WRITE, Kind.CONTROL)

    return is_write


@final
class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress is untyped
    """A dispatcher that reserves some threads for requests that change nothing.

    A storage can make its callers wait, as PostgreSQL does for a row that a frozen server has
    changed. Otherwise all threads could wait for the same item, while reads of other items wait for
    a thread.
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.is_write: Callable[[Any], bool] = writes(None)
        self.grouped: GroupedChannels | None = None
        """The writes that are carried out in groups, if the storage gains from them."""
        self._writes: deque[Any] = deque()
        self._writing = 0
        self._count: Final = threads

    def start(self) -> None:
        """Start the threads; they would not survive a fork."""
        if not self.threads:
            self.set_thread_count(self._count)

    def add_task(self, task: Any) -> None:
        if self.grouped is not None and self.grouped.add(task):
            return
        with self.lock:
            (self._writes if self.is_write(task) else self.queue).append(task)
            self.queue_cv.notify()

    def handler_thread(self, thread_no: int) -> None:
        while True:
            with self.lock:
                while self.stop_count == 0 and not (self.queue or self._may_write()):
                    self.active_count -= 1
                    self.queue_cv.wait()
                    self.active_count += 1
                if self.stop_count > 0:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return
                writing = not self.queue
                task = (self._writes if writing else self.queue).popleft()
                self._writing += writing
            try:
                task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", task)
            finally:
                with self.lock:
                    self._writing -= writing
                    if writing:
                        # A thread may be asleep although it can now take a write.
                        self.queue_cv.notify()

    def _may_write(self) -> bool:
        return bool(self._writes) and self._writing < self._most_writers()

    def _most_writers(self) -> int:
        threads = len(self.threads)
        return max(1, threads - max(1, threads // RESERVED))

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        if self.grouped is not None:
            self.grouped.end(timeout)
        with self.lock:
            self.queue.extend(self._writes)
            self._writes.clear()
        cancelled: bool = super().shutdown(cancel_pending, timeout)
        return cancelled
