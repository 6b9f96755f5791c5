"""The golden vectors of operations: each request gets exactly the recorded answer or error.

A vector is one line of a ``.json`` file here: ``operation``, ``request``, and either ``response`` or
``status``, ``type`` and ``message``, perhaps with further ``members`` of the error. The message is
that of us-east-1 in October 2026; ``messages`` has those of other eras and regions that differ, with
the type if that differs, too. An ellipsis stands for any text. Every vector is run in two eras and
two regions, unless its settings name a ``wording``.

``setup`` lists ``[operation, request]`` to be done before, or names such a list in ``setups/``;
``["AdvanceClock", seconds]`` in it lets time pass. ``settings`` are others than the defaults, for the
setup, too; ``api`` is the API's version where it is not 2012-08-10. ``<BackupArn>`` in a request or
message is the last ARN of this name that the setup has got; so are the ARNs of exports and imports.
``source`` names what the answer can be looked up in, or says ``assumed`` and why.
``test_schema.py`` checks the members of all vectors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

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
ARNS = re.compile(r'"((?:Backup|Export|Import|BulkOperation)Arn)": "([^"]+)"')


def router_over(
    storage: MemoryStorage, settings: Mapping[str, Any] | None = None, now: float = START
) -> Router:
    return Router(DynamoDB(storage, Settings(**(settings or {})), ManualClock(now)))


def perform(router: Router, api: str, operation: str, request: Mapping[str, Any]) -> Any:
    output = router.perform(router.target(f"DynamoDB_{api}.{operation}"), request)
    return orjson.loads(encode(output))


class Prepared(NamedTuple):
    """What a setup leaves behind."""

    storage: MemoryStorage
    now: float
    arns: Mapping[str, str]
    """The last ARN of each of the names ARNS, in angle brackets."""

    def named(self, value: Any) -> Any:
        """Return a request, an answer or a text with these ARNs in it."""
        if not self.arns:
            return value
        text = json.dumps(value)
        for name, arn in self.arns.items():
            text = text.replace(f"<{name}>", arn)
        return json.loads(text)


def prepared(vector: Vector) -> Prepared:
    """Return what the setup of a vector leaves behind; its requests work on forks of the storage."""
    settings = {name: one for name, one in vector.get("settings", {}).items() if name != "wording"}
    api = vector.get("api", "20120810")
    return _prepared(setup_of(vector), api, json.dumps(settings, sort_keys=True))


@cache
def _prepared(setup: str, api: str, settings: str) -> Prepared:
    done = Prepared(MemoryStorage(), START, {})
    router = router_over(done.storage, json.loads(settings))
    clock = router.dynamodb.clock
    assert isinstance(clock, ManualClock)
    for operation, request in json.loads(setup):
        if operation == "AdvanceClock":
            clock.advance(request)
        else:
            answer = json.dumps(perform(router, api, operation, done.named(request)))
            done = done._replace(arns={**done.arns, **dict(ARNS.findall(answer))})
    return done._replace(now=clock.now())


def setup_of(vector: Vector) -> str:
    setup = vector.get("setup", [])
    if isinstance(setup, str):
        return (HERE / "setups" / f"{setup}.json").read_text(encoding="utf-8")
    return json.dumps(setup)


WORDINGS = ("2026-us-east-1", "2025", "2026-eu-west-2")


def outcome(router: Router, vector: Vector, request: Mapping[str, Any]) -> Any:
    """Return the output, or the status, type and message of the error, which has a hint."""
    try:
        return perform(router, vector.get("api", "20120810"), vector["operation"], request)
    except DynamoDBError as error:
        hinted = "" if error.hint else " (without hint)"
        kind = type(error).__name__ + hinted
        if "members" in vector:
            members = orjson.loads(encode(dict(error.members)))
            return error.status, kind, error.message, members
        return error.status, kind, error.message


def expected(vector: Vector, wording: str, before: Prepared) -> Any:
    if "response" in vector:
        return before.named(vector["response"])
    message = vector.get("messages", {}).get(wording, vector["message"])
    kind, text = message if isinstance(message, list) else (vector["type"], message)
    text = before.named(text)
    if "members" in vector:
        return vector["status"], kind, text, vector["members"]
    return vector["status"], kind, text


def same(actual: Any, expectation: Any) -> bool:
    """Whether an outcome is the expected one, whose message may have ellipses."""
    if (
        isinstance(expectation, tuple)
        and isinstance(actual, tuple)
        and "…" in (expectation[2] or "")
    ):
        pattern = ".*".join(map(re.escape, expectation[2].split("…")))
        return actual[:2] == expectation[:2] and bool(re.fullmatch(pattern, actual[2], re.DOTALL))
    return bool(actual == expectation)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_answer_is_the_recorded_one(vector: Vector) -> None:
    settings = vector.get("settings", {})
    before = prepared(vector)
    request = before.named(vector["request"])
    for wording in [settings["wording"]] if "wording" in settings else WORDINGS:
        router = router_over(before.storage.fork(), {"wording": wording, **settings}, before.now)
        actual, expectation = outcome(router, vector, request), expected(vector, wording, before)
        assert same(actual, expectation), (wording, actual, expectation)
