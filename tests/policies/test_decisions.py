"""Decisions about requests by policies, from cases whose sources are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ddbmock.policies.decision import decide
from ddbmock.policies.document import Request, read_policy
from ddbmock.policies.principals import Principal

FILES = sorted((Path(__file__).parent / "cases").glob("*.json"))
CASES = {
    f"{path.stem}: {case['name']}": case
    for path in FILES
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
}
MEMBERS = {
    "name",
    "source",
    "identity",
    "resource_policy",
    "principal",
    "tags",
    "action",
    "resource",
    "context",
    "decision",
    "message",
}


@pytest.mark.parametrize("name", CASES)
def test_decision(name: str) -> None:
    case = CASES[name]
    principal = Principal(case["principal"], tags=case.get("tags", {}))
    context = {key.lower(): tuple(values) for key, values in case.get("context", {}).items()}
    decision = decide(
        Request(principal, case["action"], case["resource"], {**principal.context(), **context}),
        [read_policy(one, resource_based=False) for one in case.get("identity", [])],
        [read_policy(one, resource_based=True) for one in _resource_policies(case)],
    )
    assert decision.reason.name == case["decision"], decision.explanation
    if "message" in case:
        assert decision.message == case["message"]


def _resource_policies(case: dict[str, Any]) -> list[dict[str, Any]]:
    return [case["resource_policy"]] if "resource_policy" in case else []


def test_every_case_names_its_source() -> None:
    assert len(CASES) >= 150
    for name, case in CASES.items():
        assert case["source"].startswith(("https://", "assumed: ")), name
        assert set(case) <= MEMBERS, name
