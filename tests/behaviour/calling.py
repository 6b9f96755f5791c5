"""Calls of operations, as behaviour tests make them."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from tests.behaviour.doors import Refused, Send

START = 1_790_000_000.0
"""The time at which the tests' clock starts."""


class Caller:
    """Calls operations of one API: ``call("PutItem", {...})`` gives the answer's JSON."""

    def __init__(self, send: Send, api: str, clock: ManualClock) -> None:
        self.send = send
        self.api = api
        self.clock = clock

    def __call__(self, operation: str, body: Any = None) -> dict[str, Any]:
        return self.send(f"{self.api}.{operation}", {} if body is None else body)

    def refused(self, operation: str, body: Any = None) -> tuple[int, str, str | None]:
        """``(status, type, message)`` of an error answer; every error has a hint beside it."""
        with pytest.raises(Refused) as caught:
            self(operation, body)
        return caught.value.status, caught.value.type, caught.value.message
