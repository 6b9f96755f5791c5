"""waitress as one of several workers, which takes its connections from the supervisor."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from waitress.server import TcpWSGIServer
from waitress.trigger import trigger

if TYPE_CHECKING:
    from ddbmock.server.workers import Connections
    from ddbmock.server.workers.connections import Accepted


def take_connections(listeners: Sequence[TcpWSGIServer], connections: Connections) -> None:
    """Let the first listener of a forked server take connections from the supervisor, and no other one.

    Their listening sockets are closed already.
    """
    for listener in listeners:
        listener.del_channel()
        # the pipe that wakes the loop up is the supervisor's, too
        listener.trigger.close()
        listener.trigger = trigger(listener._map)
    first = listeners[0]
    first.set_socket(connections.socket, first._map)
    readable = first.readable

    def accept() -> Accepted | None:
        try:
            return connections.accept()
        except EOFError:
            sys.exit(0)

    def counted() -> bool:
        connections.set_open(len(first.active_channels))
        return bool(readable())

    first.accept, first.readable = accept, counted
