"""The scenarios of ``ddbmock verify``: each is answered as is written there, in each wording."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddbmock.verify.endpoint import Answer
from ddbmock.verify.naming import Naming
from ddbmock.verify.run import is_same
from ddbmock.verify.vectors import Scenario, read_scenarios
from tests.behaviour.scenarios import FOLDER, WORDINGS, answered

SCENARIOS = [
    pytest.param(scenario, id=Path(scenario.test).name)
    for path in sorted(FOLDER.glob("*.json"))
    for scenario in read_scenarios(path)
]


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 80


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_answered_as_is_written(scenario: Scenario, wording: str) -> None:
    steps = [(step.operation, step.request) for step in scenario.steps]
    answers = answered([*scenario.setup, *steps], wording)[len(scenario.setup) :]
    naming = Naming("")
    for step, recorded in zip(scenario.steps, answers, strict=True):
        if "response" in recorded:
            answer = Answer(200, recorded["response"])
        else:
            body = {"__type": f"#{recorded['type']}", "message": recorded["message"]}
            answer = Answer(recorded["status"], {**body, **recorded.get("members", {})})
        assert is_same(step.expected(wording), answer, naming), (step, answer)
