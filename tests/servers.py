"""A real server on a free port, for tests that need a socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ddbmock.database import DynamoDB
from ddbmock.web import application
from ddbmock.web.server import make_server


@contextmanager
def serving(dynamodb: DynamoDB, **options: Any) -> Iterator[int]:
    """The port on which a database is served by waitress while the block lasts."""
    server = make_server(application(dynamodb), listen="127.0.0.1:0", **options)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.pull_trigger()
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(5)
