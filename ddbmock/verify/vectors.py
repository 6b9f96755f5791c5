"""Golden vectors: requests with the recorded answer, one on each line of a ``.json`` file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

DEFAULT_FOLDER: Final = Path(__file__).parent.parent.parent / "tests" / "golden"
"""The folder of the vectors in a checkout."""


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


class Vector(NamedTuple):
    """A request and its answer."""

    file: str
    number: int
    """Its line in the file, from 0 on, without the bracket."""
    content: Mapping[str, Any]
    setup: tuple[tuple[str, Mapping[str, Any]], ...]
    """The requests that prepare the tables."""

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
            return Expected(200, "", None, vector["response"])
        message = vector.get("messages", {}).get(wording, vector["message"])
        kind, text = message if isinstance(message, list) else (vector["type"], message)
        return Expected(vector["status"], kind, text, None)


class Expected(NamedTuple):
    """The answer that a vector records; an ellipsis in a message stands for any text."""

    status: int
    type: str
    text: str | None
    """The error's message."""
    body: Mapping[str, Any] | None

    def allows(self, message: str | None) -> bool:
        """Return whether a message is the recorded one."""
        if self.text is None or message is None or "…" not in self.text:
            return message == self.text
        pattern = ".*".join(map(re.escape, self.text.split("…")))
        return re.fullmatch(pattern, message, re.DOTALL) is not None


def read(folder: Path) -> Iterator[Vector]:
    """Yield the vectors of a folder that any server of API version 2012-08-10 can answer.

    Left out are those of the first API, of expressions alone, and of other settings than the
    defaults: they are about ddbmock's limits or about other eras.
    """
    for path in sorted(folder.glob("*.json")):
        for number, content in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            if "operation" not in content or "request" not in content:
                continue
            if content.get("api", "20120810") != "20120810" or content.get("settings"):
                continue
            if content["operation"] not in OPERATIONS:
                continue
            setup = content.get("setup", [])
            if isinstance(setup, str):
                setup = json.loads((folder / "setups" / f"{setup}.json").read_text("utf-8"))
            steps = tuple([(operation, request) for operation, request in setup])
            yield Vector(path.stem, number, content, steps)
