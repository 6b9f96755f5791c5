"""A real server on a free port, for tests that need a socket."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from ddbmock.database import DynamoDB
from ddbmock.router import Router
from ddbmock.web import application
from ddbmock.web.server import running


def serving(dynamodb: DynamoDB, **options: Any) -> AbstractContextManager[int]:
    """The port on which waitress serves a database while the block lasts."""
    return running(application(Router(dynamodb)), **options)
