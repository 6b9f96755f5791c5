"""Connections of the waitress server without threads: the loop's own thread answers the requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ddbmock.server.waitress_connections import Channel
from ddbmock.service import http
from ddbmock.service.router import Router


class Inline:
    """A dispatcher that leaves the tasks to the loop's own thread: see :class:`InlineChannel`."""

    def __init__(self) -> None:
        self.router: Router | None = None
        self._channels: deque[InlineChannel] = deque()

    def add_task(self, channel: InlineChannel) -> None:
        self._channels.append(channel)

    def run(self) -> None:
        """Answer the requests that have arrived."""
        while self._channels:
            self._channels.popleft().begin()

    def set_thread_count(self, count: int) -> None:
        """Do nothing: the loop's thread is the only one."""

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Return at once: there is no thread to wait for."""
        del cancel_pending, timeout
        return False


class InlineChannel(Channel):
    """A connection whose requests are answered by the thread that reads them.

    A request that waits for slices of jobs is answered later. Until then each turn of the loop does
    one slice, and answers the requests of other connections. A request also waits while the client has
    not read the answer before it.
    """

    _slices: Iterator[None] | None = None
    _unread = False
    """Whether the next request waits until the client has read the last answer."""

    def begin(self) -> None:
        """Answer the next request, or do the first slice of jobs for which it waits."""
        self._unread = self.total_outbufs_len > 0
        if self._unread:
            return
        router = self.server.task_dispatcher.router
        if router is not None and self.requests and self.requests[0].error is None:
            request = self.requests[0]
            headers = request.headers
            self._slices = http.slices(
                router,
                headers.get("X_AMZ_TARGET", ""),
                headers.get("AUTHORIZATION") or request.query,
                headers.get("HOST", ""),
            )
        self._work()

    def _work(self) -> None:
        if self._slices is None or next(self._slices, self) is self:
            self._slices = None
            self.service()
        elif self._fileno is not None:
            # the loop takes connections in this order: others' requests come before the next slice
            del self._map[self._fileno]
            self._map[self._fileno] = self

    def writable(self) -> bool:
        return self._slices is not None or bool(super().writable())

    def handle_write(self) -> None:
        if self._slices is not None:
            self._work()
        else:
            if self._unread:
                # waitress itself sends nothing while there are requests
                self._send_pending()
            super().handle_write()
            if self._unread and self.connected:
                self.begin()
        self.server.task_dispatcher.run()

    def handle_close(self) -> None:
        self._slices = None
        super().handle_close()

    def handle_read(self) -> None:
        super().handle_read()
        # This must not happen within received(), which holds the lock that service() needs.
        self.server.task_dispatcher.run()

    def answered(self) -> None:
        self._send_pending()

    def _send_pending(self) -> None:
        if self.connected and self.total_outbufs_len:
            self._flush_exception(self._flush_some)
