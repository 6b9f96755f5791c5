"""A run of golden vectors against an endpoint: what is sent, compared, and counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ddbmock.verify.endpoint import Answer, VerifyError
from ddbmock.verify.naming import Naming
from ddbmock.verify.tables import Tables
from ddbmock.verify.vectors import Expected, Vector

CONTROL_PLANE: Final = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "TagResource", "UntagResource"}
    | {"UpdateTimeToLive"}
)
"""Operations after which the tables of a setup are made again."""
WRITES: Final = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
    | {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
)
"""Operations after which the items of a setup are put back."""
DENIED: Final = "AccessDeniedException"


@dataclass(frozen=True)
class Difference:
    """A vector whose recorded answer is not the endpoint's."""

    vector: Vector
    expected: Expected
    answer: Answer

    @property
    def kind(self) -> str:
        """The part that differs: ``status``, ``type``, ``message`` or ``output``."""
        if self.expected.status != self.answer.status:
            return "status"
        if self.expected.type != self.answer.type:
            return "type"
        return "output" if self.expected.body is not None else "message"


@dataclass
class Result:
    """The outcome of a run."""

    same: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """Names of the vectors that were not compared, by the reason."""

    def skip(self, reason: str, vectors: Iterable[Vector]) -> None:
        self.skipped.setdefault(reason, []).extend([vector.name for vector in vectors])

    @property
    def compared(self) -> int:
        return self.same + len(self.differences)


def estimate(vectors: Sequence[Vector]) -> tuple[int, int]:
    """Return how many tables a run creates, and how many requests it sends, at least."""
    setups = {repr(vector.setup): vector.setup for vector in vectors}
    tables = sum(kind == "CreateTable" for setup in setups.values() for kind, _ in setup)
    creating = sum(
        vector.operation == "CreateTable" and "response" in vector.content for vector in vectors
    )
    steps = sum(map(len, setups.values()))
    writing = sum(vector.operation in WRITES and "response" in vector.content for vector in vectors)
    return tables + creating, len(vectors) + 2 * steps + 4 * writing


def run(
    vectors: Sequence[Vector],
    tables: Tables,
    naming: Naming,
    wording: str,
    progress: Callable[[], None] = lambda: None,
) -> Result:
    """Send vectors, and compare the answers with those recorded in a wording."""
    result = Result()
    ordered = sorted(vectors, key=lambda vector: repr(vector.setup))
    for _, group in itertools.groupby(ordered, key=lambda vector: repr(vector.setup)):
        _run_group(list(group), tables, naming, wording, result, progress)
    return result


def _run_group(
    vectors: Sequence[Vector],
    tables: Tables,
    naming: Naming,
    wording: str,
    result: Result,
    progress: Callable[[], None],
) -> None:
    """Send the vectors that share a setup, on tables that end with them."""
    content: list[tuple[str, list[Mapping[str, Any]]]] | None = None
    for number, vector in enumerate(vectors):
        if content is None:
            try:
                content = tables.prepare(vector.setup)
            except VerifyError as error:
                result.skip(str(error), vectors[number:])
                tables.delete_all()
                return
        answer = tables.perform(vector.operation, vector.request)
        progress()
        if answer.type == DENIED and DENIED not in str(vector.content.get("type")):
            result.skip(f"{vector.operation} is not permitted", [vector])
            continue
        _compare(vector, answer, naming, wording, result)
        if answer.status == 200 and vector.operation in CONTROL_PLANE:
            tables.delete_all()
            content = None
        elif answer.status == 200 and vector.operation in WRITES:
            tables.restore(content)
    tables.delete_all()


def _compare(vector: Vector, answer: Answer, naming: Naming, wording: str, result: Result) -> None:
    shown = Answer(answer.status, naming.answer(answer.body))
    expected = vector.expected(wording)
    expected = expected._replace(text=naming.answer(expected.text))
    if shown.status == 200 == expected.status:
        same = naming.answer(expected.body) == shown.body
    else:
        same = (expected.status, expected.type) == (shown.status, shown.type) and expected.allows(
            shown.message
        )
    if same:
        result.same += 1
    else:
        result.differences.append(Difference(vector, expected, shown))
