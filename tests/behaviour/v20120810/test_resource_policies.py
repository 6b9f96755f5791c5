"""PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy and CreateTable's ResourcePolicy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import table

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Music"
NOT_FOUND = f"Resource-based policy not found for the provided ResourceArn: {ARN}"
POLICY_NOT_FOUND = (400, "PolicyNotFoundException", NOT_FOUND)
INVALID = "One or more parameter values were invalid: "
VALIDATION = "ValidationException"


def policy(**members: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "dynamodb:GetItem",
        "Resource": ARN,
        **members,
    }
    content = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps(content, separators=(",", ":"))


def put(call: Caller, document: str, **members: Any) -> str:
    answer = call("PutResourcePolicy", {"ResourceArn": ARN, "Policy": document, **members})
    assert list(answer) == ["RevisionId"]
    revision: str = answer["RevisionId"]
    return revision


def test_a_policy_is_kept_in_its_canonical_form(call: Caller) -> None:
    call("CreateTable", table())
    document = " " + policy(Principal={"AWS": ["123456789012"]}, Action=["dynamodb:GetItem"]) + "\n"
    revision = put(call, document)
    assert call("GetResourcePolicy", {"ResourceArn": ARN}) == {
        "Policy": policy(),
        "RevisionId": revision,
    }
    assert put(call, policy()) == revision


def test_an_identical_document_keeps_the_revision(call: Caller) -> None:
    call("CreateTable", table())
    first = put(call, policy())
    assert put(call, policy()) == first
    assert put(call, policy(Action="dynamodb:PutItem")) != first


def test_deleting_gives_the_revision_and_then_nothing(call: Caller) -> None:
    call("CreateTable", table())
    revision = put(call, policy())
    assert call("DeleteResourcePolicy", {"ResourceArn": ARN}) == {"RevisionId": revision}
    gone = call("DeleteResourcePolicy", {"ResourceArn": ARN})["RevisionId"]
    assert gone != revision
    assert call("DeleteResourcePolicy", {"ResourceArn": ARN}) == {"RevisionId": gone}
    assert call.refused("GetResourcePolicy", {"ResourceArn": ARN}) == POLICY_NOT_FOUND


def test_an_expected_revision_must_be_the_present_one(call: Caller) -> None:
    call("CreateTable", table())
    request = {"ResourceArn": ARN, "Policy": policy()}
    assert call.refused("PutResourcePolicy", {**request, "ExpectedRevisionId": "1"}) == (
        400,
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy "
        "with revision id 1, but table Music has no associated policy.",
    )
    first = put(call, policy(), ExpectedRevisionId="NO_POLICY")
    assert call.refused("PutResourcePolicy", {**request, "ExpectedRevisionId": "NO_POLICY"}) == (
        400,
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested policy update "
        f"expecting none to be present for table Music, but a policy exists with revision id {first}.",
    )
    second = put(call, policy(Action="dynamodb:*"), ExpectedRevisionId=first)
    delete = {"ResourceArn": ARN, "ExpectedRevisionId": first}
    refused = call.refused("DeleteResourcePolicy", delete)
    assert refused[:2] == (400, "PolicyNotFoundException")
    assert call("DeleteResourcePolicy", {**delete, "ExpectedRevisionId": second}) == {
        "RevisionId": second
    }


def test_a_policy_can_come_with_the_table_and_ends_with_it(call: Caller) -> None:
    call("CreateTable", {**table(), "ResourcePolicy": policy()})
    assert call("GetResourcePolicy", {"ResourceArn": ARN})["Policy"] == policy()
    assert "ResourcePolicy" not in call("DescribeTable", {"TableName": "Music"})["Table"]
    call("DeleteTable", {"TableName": "Music"})
    call("CreateTable", table())
    assert call.refused("GetResourcePolicy", {"ResourceArn": ARN}) == POLICY_NOT_FOUND


def test_a_wrong_policy_creates_no_table(call: Caller) -> None:
    refused = call.refused("CreateTable", {**table(), "ResourcePolicy": policy(Principal="ann")})
    assert refused == (400, VALIDATION, f"{INVALID}Invalid principal in policy document.")
    assert call("ListTables") == {"TableNames": []}


def test_a_stream_has_a_policy_of_its_own(call: Caller) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    created = call("CreateTable", {**table(), "StreamSpecification": stream})
    arn = created["TableDescription"]["LatestStreamArn"]
    document = policy(Action=["dynamodb:GetRecords", "dynamodb:DescribeStream"], Resource=arn)
    answer = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": document})
    assert call("GetResourcePolicy", {"ResourceArn": arn}) == {"Policy": document, **answer}
    assert call.refused("GetResourcePolicy", {"ResourceArn": ARN}) == POLICY_NOT_FOUND
    other = f"{ARN}/stream/2020-01-01T00:00:00.000"
    assert call.refused("GetResourcePolicy", {"ResourceArn": other}) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Stream: 2020-01-01T00:00:00.000 not found for Table: Music",
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", f"{INVALID}Invalid policy document:"),
        ("[]", f"{INVALID}Invalid policy document:"),
        (policy(Effect="Maybe"), f"{INVALID}Invalid policy document."),
        (policy(Principal="ann"), f"{INVALID}Invalid principal in policy document."),
        (
            policy(Principal={"Service": "lambda.amazonaws.com"}),
            "Invalid policy document: Policy contains invalid service principal",
        ),
        (
            policy(Action=["dynamodb:GetItem", "dynamodb:ListStreams"]),
            f"{INVALID}Invalid policy document: The following action names are invalid: "
            '"dynamodb:ListStreams"',
        ),
        (
            policy(Action="dynamodb:GetRecords"),
            f"{INVALID}Invalid policy document: The following action names are invalid: "
            '"dynamodb:GetRecords"',
        ),
        (policy(Sid="x" * 20_480), f"{INVALID}Maximum policy size of 20480 bytes exceeded"),
    ],
)
def test_a_wrong_document_is_rejected(call: Caller, document: str, message: str) -> None:
    call("CreateTable", table())
    refused = call.refused("PutResourcePolicy", {"ResourceArn": ARN, "Policy": document})
    assert (refused[0], refused[1], str(refused[2])[: len(message)]) == (400, VALIDATION, message)


def test_what_lies_within_the_resource_may_be_named(call: Caller) -> None:
    call("CreateTable", table())
    put(call, policy(Resource=[ARN, f"{ARN}/index/*", "*"]))
    put(
        call,
        policy(Action="dynamodb:*", Principal={"Service": "replication.dynamodb.amazonaws.com"}),
    )


class TestCreating:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=10)

    def test_a_table_being_created_is_not_found(self, call: Caller) -> None:
        call("CreateTable", {**table(), "ResourcePolicy": policy()})
        assert call.refused("GetResourcePolicy", {"ResourceArn": ARN})[2] == (
            "Requested resource not found: Table: Music not found"
        )
        call.clock.advance(10)
        assert call("GetResourcePolicy", {"ResourceArn": ARN})["Policy"] == policy()


class TestDelay:
    """Policies that come into force later, as DynamoDB's do."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_policies=15)

    def test_the_old_policy_is_returned_meanwhile(self, call: Caller) -> None:
        call("CreateTable", table(ResourcePolicy=policy()))
        get = {"ResourceArn": ARN}
        assert call("GetResourcePolicy", get)["Policy"] == policy()
        second = policy(Action="dynamodb:PutItem")
        revision = put(call, second)
        assert call("GetResourcePolicy", get)["Policy"] == policy()
        call.clock.advance(15)
        assert call("GetResourcePolicy", get) == {"Policy": second, "RevisionId": revision}
        assert call("DeleteResourcePolicy", get) == {"RevisionId": revision}
        assert call("GetResourcePolicy", get)["Policy"] == second
        call.clock.advance(15)
        assert call.refused("GetResourcePolicy", get) == POLICY_NOT_FOUND

    def test_further_changes_have_to_wait(self, call: Caller) -> None:
        call("CreateTable", table())
        first = put(call, policy())
        assert put(call, policy()) == first
        refused = call.refused(
            "PutResourcePolicy",
            {"ResourceArn": ARN, "Policy": policy(Action="dynamodb:PutItem")},
        )
        assert refused[:2] == (400, "ResourceInUseException")
        refused = call.refused("DeleteResourcePolicy", {"ResourceArn": ARN})
        assert refused[:2] == (400, "ResourceInUseException")
        call.clock.advance(15)
        assert call("DeleteResourcePolicy", {"ResourceArn": ARN}) == {"RevisionId": first}


def test_a_policy_that_locks_out_its_caller_needs_a_confirmation(call: Caller) -> None:
    call("CreateTable", table())
    document = policy(Effect="Deny", Principal="*", Action="dynamodb:PutResourcePolicy")
    request = {"ResourceArn": ARN, "Policy": document}
    assert call.refused("PutResourcePolicy", request) == (
        400,
        "AccessDeniedException",
        "The new resource policy will not allow you to update the resource policy in the future.",
    )
    put(call, document, ConfirmRemoveSelfResourceAccess=True)
