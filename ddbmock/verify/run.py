"""A run of golden vectors and scenarios against an endpoint, with its differences and counts."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.verify.endpoint import Answer, NotPermittedError, VerifyError
from ddbmock.verify.naming import Naming
from ddbmock.verify.tables import Prepared, Tables
from ddbmock.verify.vectors import Expected, Scenario, Vector

CONTROL_PLANE: Final = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "TagResource", "UntagResource"}
    | {"UpdateTimeToLive"}
)
"""Operations after which the tables of a setup are made again."""
WRITES: Final = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
    | {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
)
"""Operations after which the items of a setup are restored."""
READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "ExecuteStatement"})
"""Operations that can read an earlier state."""
DENIED: Final = "AccessDeniedException"
REREADS: Final = 4
"""Attempts of a read on AWS whose answer differs: reads of indexes are eventually consistent."""
REREAD_PAUSE: Final = 0.5
"""Seconds between two attempts."""


@dataclass(frozen=True)
class Difference:
    """A vector whose recorded answer is not the endpoint's."""

    vector: Vector
    expected: Expected
    answer: Answer
    test: str = ""
    """The behaviour test whose scenario the request belongs to."""

    @property
    def kind(self) -> str:
        """The part that differs: ``status``, ``type``, ``message``, ``members`` or ``output``."""
        if self.expected.status != self.answer.status:
            return "status"
        if self.expected.type != self.answer.type:
            return "type"
        if self.expected.body is not None:
            return "output"
        return "message" if not self.expected.allows(self.answer.message) else "members"


@dataclass
class Result:
    """The outcome of a run."""

    same: int = 0
    """Vectors and scenarios that were answered as recorded."""
    differences: list[Difference] = field(default_factory=list)
    """The first difference of each vector and scenario that has one."""
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """Names of the vectors and tests that were not compared, by the reason."""
    answers: int = 0
    """Answers that were compared."""

    def skip(self, reason: str, scenarios: Iterable[Scenario]) -> None:
        names = [scenario.test or scenario.steps[0].name for scenario in scenarios]
        self.skipped.setdefault(reason, []).extend(names)

    @property
    def compared(self) -> int:
        return self.same + len(self.differences)


class Estimate(NamedTuple):
    """The extent of a run: at most about so much."""

    tables: int
    requests: int
    units: int
    """Request units, all counted as those of writes."""


def estimate(scenarios: Sequence[Scenario]) -> Estimate:
    """Return the numbers of tables, requests and units of a run."""
    setups = {repr(scenario.setup): scenario.setup for scenario in scenarios}
    steps = [step for setup in setups.values() for step in setup]
    sent = [step for scenario in scenarios for step in scenario.steps]
    done = [step for step in sent if "response" in step.content]
    tables = [kind for kind, _ in steps if kind == "CreateTable"]
    tables += [step.operation for step in done if step.operation == "CreateTable"]
    writing = [step for step in done if step.operation in WRITES]
    # After each write, the items of the setup are read and restored.
    units = 2 * sum(map(_units, [*[request for _, request in steps], *[s.request for s in sent]]))
    return Estimate(
        len(tables), len(sent) + 2 * len(steps) + 4 * len(writing), units + 8 * len(writing)
    )


def _units(request: Any) -> int:
    """Return the request units of a write of what a request carries, with an index or two."""
    return 4 * (1 + len(json.dumps(request)) // 1024)


class Run:
    """Sends vectors and scenarios, and compares the answers with those recorded in a wording."""

    def __init__(
        self,
        tables: Tables,
        naming: Naming,
        wording: str,
        *,
        rereads: int = 1,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare a run.

        :param rereads: attempts of a read whose answer differs.
        :param progress: called after each vector and scenario.
        """
        self._tables = tables
        self._naming = naming
        self._wording = wording
        self._rereads = rereads
        self._sleep = sleep
        self._progress = progress
        self.result: Final = Result()

    def perform(self, scenarios: Sequence[Scenario]) -> Result:
        """Run scenarios, those with the same setup on the same tables."""
        ordered = sorted(scenarios, key=lambda scenario: repr(scenario.setup))
        for _, group in itertools.groupby(ordered, key=lambda scenario: repr(scenario.setup)):
            self._perform_group(list(group))
        return self.result

    def _perform_group(self, scenarios: Sequence[Scenario]) -> None:
        """Run the scenarios that share a setup, on tables that end with them."""
        prepared: Prepared | None = None
        for number, scenario in enumerate(scenarios):
            self._naming.renew_tokens()
            if prepared is None:
                try:
                    prepared = self._tables.prepare(scenario.setup)
                except NotPermittedError:
                    raise
                except VerifyError as error:
                    self.result.skip(str(error), scenarios[number:])
                    break
            why = prepared.missing([step.request for step in scenario.steps])
            if why is not None:
                self.result.skip(why, [scenario])
                continue
            changed = self._perform_scenario(scenario)
            self._progress()
            if changed & CONTROL_PLANE:
                self._tables.delete_all()
                prepared = None
            elif changed & WRITES:
                self._tables.restore(prepared)
        self._tables.delete_all()

    def _perform_scenario(self, scenario: Scenario) -> set[str]:
        """Run a scenario up to its first difference; return the operations that succeeded."""
        succeeded: set[str] = set()
        for step in scenario.steps:
            answer, same = self._answer(step)
            if answer.type == DENIED and DENIED not in str(step.content.get("type")):
                self.result.skip(f"{step.operation} is not permitted", [scenario])
                return succeeded
            self.result.answers += 1
            if answer.status == 200:
                succeeded.add(step.operation)
            if not same:
                expected = _renamed(step.expected(self._wording), self._naming)
                shown = Answer(answer.status, self._naming.answer(answer.body))
                self.result.differences.append(Difference(step, expected, shown, scenario.test))
                return succeeded
            if scenario.test and step.operation in ("CreateTable", "UpdateTable"):
                self._wait(step, answer)
        self.result.same += 1
        return succeeded

    def _wait(self, step: Vector, answer: Answer) -> None:
        if answer.status == 200:
            self._tables.wait(str(step.request["TableName"]))

    def _answer(self, step: Vector) -> tuple[Answer, bool]:
        """Return the answer to a step, and whether it is the recorded one."""
        attempts = self._rereads if step.operation in READS else 1
        while True:
            answer = self._tables.perform(step.operation, step.request)
            same = is_same(step.expected(self._wording), answer, self._naming)
            attempts -= 1
            if same or attempts < 1 or answer.status != 200:
                return answer, same
            self._sleep(REREAD_PAUSE)


def _renamed(expected: Expected, naming: Naming) -> Expected:
    return expected._replace(text=naming.answer(expected.text))


def is_same(expected: Expected, answer: Answer, naming: Naming) -> bool:
    """Return whether an answer is the expected one, apart from names, ids and times."""
    if answer.status == 200 == expected.status:
        return bool(naming.answer(expected.body) == naming.answer(answer.body))
    if (expected.status, expected.type) != (answer.status, answer.type):
        return False
    if expected.members is not None and naming.answer(expected.members) != naming.answer(
        answer.members
    ):
        return False
    return _renamed(expected, naming).allows(naming.answer(answer.message))
