"""The golden vectors of operations: each request gets exactly the recorded answer or error.

A vector is one line of a ``.json`` file here: ``operation``, ``request``, and either ``response``
or ``status``, ``type`` and ``message``. ``setup`` lists ``[operation, request]`` to be done before,
or names such a list in ``setups/``; ``settings`` are others than the defaults. ``source`` says how
the answer is known: from the Developer Guide, observed on the service since 2021 or before, or
assumed by analogy. ``api`` is the API's version where it is not 2012-08-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage

Vector = Mapping[str, Any]

HERE = Path(__file__).parent
VECTORS = [
    pytest.param(vector, id=f"{path.stem}-{number}")
    for path in sorted(HERE.glob("*.json"))
    for number, vector in enumerate(json.loads(path.read_text(encoding="utf-8")))
    if "request" in vector
]
START = 1_790_000_000.0


def router_over(storage: MemoryStorage, settings: Mapping[str, Any] | None = None) -> Router:
    return Router(DynamoDB(storage, Settings(**(settings or {})), ManualClock(START)))


def perform(router: Router, api: str, operation: str, request: Mapping[str, Any]) -> Any:
    output = router.perform(router.target(f"DynamoDB_{api}.{operation}"), request)
    return orjson.loads(encode(output))


@cache
def prepared(setup: str, api: str) -> MemoryStorage:
    """What a setup leaves behind; vectors that have it in common work on forks."""
    storage = MemoryStorage()
    router = router_over(storage)
    for operation, request in json.loads(setup):
        perform(router, api, operation, request)
    return storage


def setup_of(vector: Vector) -> str:
    setup = vector.get("setup", [])
    if isinstance(setup, str):
        return (HERE / "setups" / f"{setup}.json").read_text(encoding="utf-8")
    return json.dumps(setup)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_answer_is_the_recorded_one(vector: Vector) -> None:
    api = vector.get("api", "20120810")
    router = router_over(prepared(setup_of(vector), api).fork(), vector.get("settings"))
    if "response" in vector:
        assert perform(router, api, vector["operation"], vector["request"]) == vector["response"]
        return
    with pytest.raises(DynamoDBError) as caught:
        perform(router, api, vector["operation"], vector["request"])
    error = caught.value
    assert (error.status, type(error).__name__, error.message) == (
        vector["status"],
        vector["type"],
        vector["message"],
    )
    assert error.hint
