"""Golden vectors and scenarios: requests with the recorded answer, one on each line of a file.

A vector is a request that a setup prepares; a scenario is a sequence of requests, which a behaviour
test sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from ddbmock.named_tuple import NamedTuple
from ddbmock.roll_out import DEFAULT, ERA_2025, Wave, roll_out

_PACKAGED: Final = Path(__file__).parent / "golden"
_OF_CHECKOUT: Final = Path(__file__).parent.parent.parent / "tests" / "golden"
IS_PACKAGED: Final = _PACKAGED.is_dir()
"""Whether the vectors are a part of the installed package, where nothing is recorded."""
DEFAULT_FOLDER: Final = _PACKAGED if IS_PACKAGED else _OF_CHECKOUT
"""The folder of the vectors in the package, or in a checkout."""
SCENARIOS: Final = "scenarios"
"""The folder of scenarios within that of the vectors."""
LONG: Final = 100
"""Characters of a text of one character that has a short form."""
SCENARIO_LINE: Final = '{"test": '
"""The beginning of a line with a scenario's test and setup; its requests follow, one on each line."""


OPERATIONS: Final = frozenset(
    {
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "CreateTable", "DeleteItem",
        "DeleteTable", "DescribeTable", "DescribeTimeToLive", "ExecuteStatement",
        "ExecuteTransaction", "GetItem", "ListTagsOfResource", "PutItem", "Query", "Scan",
        "TagResource", "TransactGetItems", "TransactWriteItems", "UntagResource", "UpdateItem",
        "UpdateTable", "UpdateTimeToLive",
    }
)  # fmt: skip
"""Operations that need nothing but tables: no buckets, backups, replicas, policies or vectors."""

OTHER_REGION: Final = "2026-eu-west-2"
"""The region beside us-east-1 whose answers are recorded; all waves have reached it."""

_WAVES: Final[Mapping[str, Wave]] = {
    "PutItem": Wave.ITEMS,
    "UpdateItem": Wave.ITEMS,
    "DeleteItem": Wave.ITEMS,
    "GetItem": Wave.ITEMS,
    "Query": Wave.ITEMS,
    "BatchGetItem": Wave.BATCH_GET,
    "Scan": Wave.SCAN,
    "BatchWriteItem": Wave.BATCH_WRITE,
    "TransactGetItems": Wave.TRANSACTIONS,
    "TransactWriteItems": Wave.TRANSACTIONS,
}

Setup: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
"""Requests that prepare tables, in order."""


def recorded_wording(operation: str, wording: str) -> str:
    """Return the recorded wording in which an operation answers as in the given one.

    >>> recorded_wording("Scan", "2026-eu-central-1"), recorded_wording("Scan", "2026-us-west-2")
    ('2026-eu-west-2', '2026-us-east-1')
    >>> recorded_wording("PutItem", "2026-me-central-1")
    '2025'
    """
    if wording in (ERA_2025, DEFAULT, OTHER_REGION):
        return wording
    wave = _WAVES.get(operation)
    if wave is None:
        return DEFAULT
    reached = wave in roll_out(wording)
    if wave in roll_out(DEFAULT):
        return DEFAULT if reached else ERA_2025
    return OTHER_REGION if reached else DEFAULT


class Vector(NamedTuple):
    """A request and its answer."""

    file: str
    number: int
    """Its place in the file among the lines with a request, from 0 on."""
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file}-{self.number}"

    @property
    def operation(self) -> str:
        return str(self.content["operation"])

    @property
    def request(self) -> Any:
        return self.content["request"]

    def expected(self, wording: str) -> Expected:
        """Return the answer in a wording such as ``2026-us-east-1``."""
        vector = self.content
        if "response" in vector:
            return Expected(200, "", None, vector["response"], None)
        recorded = recorded_wording(self.operation, wording)
        message = vector.get("messages", {}).get(recorded, vector["message"])
        kind, text = message if isinstance(message, list) else (vector["type"], message)
        return Expected(vector["status"], kind, text, None, vector.get("members"))


class Scenario(NamedTuple):
    """Requests in order, on tables that a setup prepares; a vector is a scenario of one."""

    setup: Setup
    steps: Sequence[Vector]
    test: str = ""
    """The behaviour test that sends the requests; empty for a vector."""


class Expected(NamedTuple):
    """The answer that a vector records; an ellipsis in a message stands for any text."""

    status: int
    type: str
    text: str | None
    """The error's message."""
    body: Mapping[str, Any] | None
    """The output, or None for an error."""
    members: Mapping[str, Any] | None
    """The error's further members; None: any."""

    def allows(self, message: str | None) -> bool:
        """Return whether a message is the recorded one."""
        if self.text is None or message is None or "…" not in self.text:
            return message == self.text
        pattern = ".*".join(map(re.escape, self.text.split("…")))
        return re.fullmatch(pattern, message, re.DOTALL) is not None


def read(folder: Path) -> Iterator[Scenario]:
    """Yield the vectors and scenarios of a folder that any server of API version 2012-08-10 can
    answer.

    Left out are vectors of the first API, of expressions alone, and of other settings than the
    defaults: they are about ddbmock's limits or about other eras.
    """
    for path in sorted(folder.glob("*.json")):
        for number, content in enumerate(_parsed(path)):
            if "operation" not in content or "request" not in content:
                continue
            if content.get("api", "20120810") != "20120810" or content.get("settings"):
                continue
            if content["operation"] not in OPERATIONS:
                continue
            setup = content.get("setup", [])
            if isinstance(setup, str):
                setup = _parsed(folder / "setups" / f"{setup}.json")
            yield Scenario(_steps(setup), (Vector(path.stem, number, content),))
    for path in sorted((folder / SCENARIOS).glob("*.json")):
        yield from read_scenarios(path)


def read_scenarios(path: Path) -> Iterator[Scenario]:
    """Yield the scenarios of a file."""
    number = 0
    for content in _parsed(path):
        steps = []
        for step in content["steps"]:
            steps.append(Vector(f"{SCENARIOS}/{path.stem}", number, step))
            number += 1
        yield Scenario(_steps(content["setup"]), tuple(steps), content["test"])


def _parsed(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), object_hook=expanded)


def expanded(value: dict[str, Any]) -> Any:
    """Return a JSON object of a file, or the text that it stands for.

    >>> expanded({"repeat": "x", "times": 3})
    'xxx'
    """
    if value.keys() == {"repeat", "times"}:
        return value["repeat"] * value["times"]
    return value


def shortened(value: Any) -> Any:
    """Return JSON with short forms of long texts of one character; :func:`expanded` reads them.

    >>> shortened({"S": "x" * 1000})
    {'S': {'repeat': 'x', 'times': 1000}}
    """
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(part) for part in value]
    if isinstance(value, str) and len(value) >= LONG and value == value[0] * len(value):
        return {"repeat": value[0], "times": len(value)}
    return value


def _steps(setup: Any) -> Setup:
    return tuple([(operation, request) for operation, request in setup])
