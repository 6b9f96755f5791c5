"""Writes of single items on waitress, if the storage gains from groups of them, as PostgreSQL does.

Threads of their own carry them out (:mod:`ddbmock.server.write_threads`), and one of them answers the
whole group. With a thread of waitress for each member, waking the threads cost more than the writes.
"""

from __future__ import annotations

from typing import Final, final

from ddbmock.server.startup import log
from ddbmock.server.waitress_connections import Channel
from ddbmock.server.waitress_direct import direct_request
from ddbmock.server.write_threads import Answers, WriteThreads
from ddbmock.service import http
from ddbmock.service.grouped_writes import GroupedWrites
from ddbmock.service.router import Router


@final
class GroupedChannels:
    """The channels whose next request is a write that threads of their own carry out in a group."""

    def __init__(self, router: Router, groups: GroupedWrites) -> None:
        self._router: Final = router
        self._threads: Final = WriteThreads(router, groups, _send)

    def add(self, channel: Channel) -> bool:
        """Carry out and answer the next request of a channel; return False if it is not such a write."""
        if not self._threads.groups(channel.requests[0].headers.get("X_AMZ_TARGET", "")):
            return False
        request = direct_request(channel)
        if request is None:
            return False
        admitted = http.admit(self._router, request)
        if not isinstance(admitted, http.Admitted):
            channel.prepared = admitted
            return False
        self._threads.add(admitted, channel.answer)
        return True

    def end(self, seconds: float) -> None:
        """Wait until all writes are answered, at most for so many seconds."""
        self._threads.end(seconds)


def _send(answers: Answers) -> None:
    for answer_by, answer in answers:
        try:
            answer_by(answer)
        except Exception:
            log.exception("An answer could not be sent.")
