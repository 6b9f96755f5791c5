"""Policy documents that do not follow the grammar."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ddbmock.policies.document import Fault, PolicyError, read_policy

STATEMENT = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in STATEMENT.items() if name != member}


@pytest.mark.parametrize(
    ("document", "fault", "explanation"),
    [
        ("{", Fault.JSON, "The policy is not JSON: Expecting property name enclosed in double"),
        ("[]", Fault.JSON, "A policy is a JSON object, not []."),
        ('{"Id": "a", "Id": "b"}', Fault.JSON, "The member 'Id' occurs twice in one object."),
        ("[" * 100_000, Fault.JSON, "The policy is not JSON: "),
        ({}, Fault.GRAMMAR, "Statement must be an object or a list of them, not nothing."),
        ({"Statement": []}, Fault.GRAMMAR, "Statement must be an object or a list"),
        ({"Statements": [STATEMENT]}, Fault.GRAMMAR, "The policy has the unknown element 'State"),
        (
            {"Version": "2020-01-01", "Statement": STATEMENT},
            Fault.GRAMMAR,
            'Version must be 2012-10-17 or 2008-10-17, not "2020-01-01".',
        ),
        ({"Statement": ["x"]}, Fault.GRAMMAR, 'Statement 1 must be an object, not "x".'),
        (
            {"Statement": [STATEMENT, {**STATEMENT, "Effect": "allow"}]},
            Fault.GRAMMAR,
            'Statement 2 must have the Effect Allow or Deny, not "allow".',
        ),
        ({"Statement": {**STATEMENT, "Sid": 1}}, Fault.GRAMMAR, "Statement 1 has a Sid that is no"),
        (
            {"Statement": [{**STATEMENT, "Sid": "a"}, {**STATEMENT, "Sid": "a"}]},
            Fault.GRAMMAR,
            "Two statements have the Sid 'a'.",
        ),
        (
            {"Statement": without("Action")},
            Fault.ACTION,
            "Statement 1 must have exactly one of Action and NotAction.",
        ),
        ({"Statement": {**STATEMENT, "NotAction": "*"}}, Fault.ACTION, "Statement 1 must have exa"),
        ({"Statement": {**STATEMENT, "Action": []}}, Fault.ACTION, "Statement 1 must have a strin"),
        (
            {"Statement": {**STATEMENT, "Action": "GetItem"}},
            Fault.ACTION,
            "Statement 1 has the action 'GetItem', which is not like dynamodb:GetItem.",
        ),
        ({"Statement": without("Resource")}, Fault.RESOURCE, "Statement 1 must have exactly one"),
        (
            {"Statement": {**STATEMENT, "Resource": "music"}},
            Fault.RESOURCE,
            "Statement 1 has the resource 'music', which is neither an ARN nor *.",
        ),
        (
            {"Statement": {**STATEMENT, "Principal": "*"}},
            Fault.PRINCIPAL,
            "Statement 1 of an identity policy must not have Principal.",
        ),
        ({"Statement": {**STATEMENT, "Condition": []}}, Fault.CONDITION, "Statement 1 must have a"),
        (
            {"Statement": {**STATEMENT, "Condition": {"StringEqual": {}}}},
            Fault.CONDITION,
            "Statement 1 has the unknown operator 'StringEqual'.",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"StringEquals": ["a"]}}},
            Fault.CONDITION,
            'Statement 1 must have an object under StringEquals, not ["a"].',
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"StringEquals": {"aws:username": []}}}},
            Fault.CONDITION,
            "Statement 1 must have a value or values under StringEquals aws:username.",
        ),
    ],
)
def test_identity_policy_is_rejected(document: Any, fault: Fault, explanation: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(document, resource_based=False)
    assert (caught.value.fault, str(caught.value)[: len(explanation)]) == (fault, explanation)


@pytest.mark.parametrize(
    ("principal", "explanation"),
    [
        ({}, "Statement 1 must have exactly one of Principal and NotPrincipal."),
        ({"Principal": "*", "NotPrincipal": "*"}, "Statement 1 must have exactly one of"),
        ({"Principal": "ann"}, 'Statement 1 must have * or {"AWS": ...} as Principal, not "ann".'),
        ({"Principal": {"Aws": "*"}}, "Statement 1 has the unknown kind of principal 'Aws' in Pri"),
        ({"Principal": {"AWS": [1]}}, "Statement 1 must have a string or strings as Principal.AWS"),
    ],
)
def test_resource_policy_is_rejected(principal: dict[str, Any], explanation: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(json.dumps({"Statement": {**STATEMENT, **principal}}), resource_based=True)
    assert caught.value.fault is Fault.PRINCIPAL
    assert str(caught.value)[: len(explanation)] == explanation
