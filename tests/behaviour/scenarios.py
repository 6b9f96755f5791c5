"""Scenarios: the requests of behaviour tests, for ``ddbmock verify``.

``make scenarios`` writes those of the chosen tests into ``tests/golden/scenarios``, with the answers
in each wording; the tests themselves fail if they no longer send what is written there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.verify.naming import Naming
from ddbmock.verify.vectors import OPERATIONS, expanded, shortened
from tests.behaviour.calling import START
from tests.behaviour.doors import Send

ROOT: Final = Path(__file__).parent.parent.parent
FOLDER: Final = ROOT / "tests" / "golden" / "scenarios"
API: Final = "v20120810"
MODULES: Final = frozenset(
    {
        "test_batches", "test_delete_item", "test_get_item", "test_index_reads", "test_put_item",
        "test_query", "test_scan", "test_statements", "test_transactions", "test_update_item",
    }
)  # fmt: skip
"""The chosen part of the behaviour suite: what an application does with items."""
WORDINGS: Final = ("2026-us-east-1", "2025", "2026-eu-west-2")
MOST: Final = 20_000
"""Characters of a scenario's requests at most, with the short forms of long texts."""
LONGEST_STATEMENT: Final = 8_000
"""Characters of a statement at most: the prefix of a table's name makes it longer."""
LARGEST: Final = 5_000_000
"""The same without short forms: what is sent."""

Request = tuple[str, Any]
"""An operation and its body."""


class Recording:
    """The scenarios that the tests of a session send."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[Request]]] = {}

    def add(self, test: str, requests: list[Request]) -> None:
        """Take the requests of a test; the last ones with other ways are the same."""
        self._found.setdefault(Path(test.partition("::")[0]).stem, {})[test] = requests

    def write(self) -> None:
        """Write the scenarios, one file for each module of tests."""
        FOLDER.mkdir(exist_ok=True)
        for module, tests in self._found.items():
            blocks = [_block(test, requests) for test, requests in tests.items()]
            path = FOLDER / f"{module}.json"
            path.write_text("[\n" + ",\n".join(filter(None, blocks)) + "\n]\n", encoding="utf-8")


RECORDING: Final = pytest.StashKey[Recording]()


@contextmanager
def watched(request: pytest.FixtureRequest, send: Send, clock: ManualClock) -> Iterator[Send]:
    """Give a test `send`, and compare what it sends with its scenario, or record it."""
    requests: list[Request] = []

    def sent(target: str, body: Any) -> Any:
        requests.append((target.partition(".")[2], json.loads(json.dumps(body))))
        return send(target, body)

    yield sent
    if clock.now() != START:
        return  # no other server's clock can be set
    test = name_of(request.node)
    recording = request.config.stash.get(RECORDING, None)
    if recording is not None:
        recording.add(test, requests)
    elif test in written() or fits(requests):
        assert written().get(test) == requests, "The test has changed: run make scenarios."


def is_chosen(node: Any, settings: Settings) -> bool:
    """Return whether a test's requests are a scenario."""
    path = Path(node.path)
    return path.parent.name == API and path.stem in MODULES and settings == Settings()


def name_of(node: Any) -> str:
    """Return a test's name without its way to the database.

    >>> class Node: nodeid = "tests/a.py::test_b[memory-router-1]"
    >>> name_of(Node)
    'tests/a.py::test_b[1]'
    """
    name: str = node.nodeid.replace("[memory-router]", "").replace("memory-router-", "")
    return name


def fits(requests: Sequence[Request]) -> bool:
    """Return whether any server of the API can answer requests, and their number is small."""
    return (
        len(requests) > 1
        and "NextToken" not in json.dumps(requests)  # each server has its own
        and all(operation in OPERATIONS for operation, _ in requests)
        and not any(len(body.get("Statement", "")) > LONGEST_STATEMENT for _, body in requests)
        and len(json.dumps(shortened(list(requests)))) <= MOST
        and len(json.dumps(requests)) <= LARGEST
    )


@cache
def written() -> Mapping[str, list[Request]]:
    """Return the requests of all scenarios, by test."""
    found: dict[str, list[Request]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        for scenario in json.loads(path.read_text("utf-8"), object_hook=expanded):
            steps = [(step["operation"], step["request"]) for step in scenario["steps"]]
            found[scenario["test"]] = [*map(_pair, scenario["setup"]), *steps]
    return found


def _pair(step: Sequence[Any]) -> Request:
    operation, request = step
    return operation, request


def _block(test: str, requests: Sequence[Request]) -> str | None:
    """Return the text of a scenario; None: other servers cannot be asked."""
    if not fits(requests):
        return None
    answers = [answered(requests, wording) for wording in WORDINGS]
    leading = 0
    while leading < len(requests) and requests[leading][0] == "CreateTable":
        if "status" in answers[0][leading]:
            break
        leading += 1
    if leading == len(requests):
        leading = 0
    lines = [
        json.dumps(shortened(_step(*requests[number], [all_of[number] for all_of in answers])))
        for number in range(leading, len(requests))
    ]
    head = json.dumps({"test": test, "setup": shortened(list(requests[:leading]))}).removesuffix(
        "}"
    )
    return "  " + head + ', "steps": [\n    ' + ",\n    ".join(lines) + "\n  ]}"


def _step(operation: str, request: Any, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first, *others = answers
    step = {"operation": operation, "request": request, **first}
    messages = {}
    for wording, other in zip(WORDINGS[1:], others, strict=True):
        if other == first:
            continue
        assert other["status"] == first["status"], request
        if other.get("members") != first.get("members"):
            step.pop("members", None)  # a vector has those of one wording only
        kind, message = other["type"], other["message"]
        messages[wording] = message if kind == first["type"] else [kind, message]
    if messages:
        step["messages"] = messages
    return step


def answered(requests: Sequence[Request], wording: str) -> list[dict[str, Any]]:
    """Return the answers of a new database to requests in order."""
    router = Router(DynamoDB(MemoryStorage(), Settings(wording=wording), ManualClock(START)))
    naming = Naming("")
    return [
        _answer(router, naming, operation, orjson.loads(orjson.dumps(request)))
        for operation, request in requests
    ]


def _answer(router: Router, naming: Naming, operation: str, request: Any) -> dict[str, Any]:
    try:
        output = router.perform(router.target(f"DynamoDB_20120810.{operation}"), request)
    except DynamoDBError as error:
        members = naming.answer(orjson.loads(encode(dict(error.members))))
        return {
            "status": error.status,
            "type": type(error).__name__,
            "message": naming.answer(error.message),
            **({"members": members} if members else {}),
        }
    return {"response": naming.answer(orjson.loads(encode(output)))}
