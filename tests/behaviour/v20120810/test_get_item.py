"""GetItem: numbers as keys, binaries, projections, and tables that are not there yet."""

from __future__ import annotations

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import ARN, definitions, table

KEY = {"artist": {"S": "Can"}}


@pytest.mark.parametrize("spelling", ["1000", "1e3", "1000.0", "+1000", "01000"])
def test_a_number_is_the_same_key_in_every_spelling(call: Caller, spelling: str) -> None:
    call("CreateTable", table(AttributeDefinitions=definitions("artist:N")))
    call("PutItem", {"TableName": "Music", "Item": {"artist": {"N": "1000"}}})
    assert call("GetItem", {"TableName": "Music", "Key": {"artist": {"N": spelling}}}) == {
        "Item": {"artist": {"N": "1000"}}
    }


def test_bytes_are_a_key(call: Caller) -> None:
    call("CreateTable", table(AttributeDefinitions=definitions("artist:B")))
    item = {"artist": {"B": "AAD/"}, "a": {"B": ""}}
    call("PutItem", {"TableName": "Music", "Item": item})
    assert call("GetItem", {"TableName": "Music", "Key": {"artist": {"B": "AAD/"}}}) == {
        "Item": item
    }
    assert call("GetItem", {"TableName": "Music", "Key": {"artist": {"B": "AAA="}}}) == {}


def test_a_table_is_found_by_its_arn(call: Caller) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": KEY})
    assert call("GetItem", {"TableName": ARN, "Key": KEY}) == {"Item": KEY}


def test_a_projection_gives_parts_in_their_structure(call: Caller) -> None:
    call("CreateTable", table())
    item = KEY | {
        "m": {"M": {"a": {"B": "AA=="}, "b": {"N": "1"}}},
        "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    }
    call("PutItem", {"TableName": "Music", "Item": item})
    assert call(
        "GetItem",
        {
            "TableName": "Music",
            "Key": KEY,
            "ProjectionExpression": "#m.a, l[2], l[0], nothing",
            "ExpressionAttributeNames": {"#m": "m"},
        },
    ) == {"Item": {"m": {"M": {"a": {"B": "AA=="}}}, "l": {"L": [{"N": "0"}, {"N": "2"}]}}}


class TestWhileATableIsCreated:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=10)

    def test_it_is_not_found_until_it_is_active(self, call: Caller) -> None:
        call("CreateTable", table())
        request = {"TableName": "Music", "Key": KEY}
        not_found = (400, "ResourceNotFoundException", "Requested resource not found")
        assert call.refused("GetItem", request) == not_found
        assert call.refused("PutItem", {"TableName": "Music", "Item": KEY}) == not_found
        call.clock.advance(10)
        assert call("GetItem", request) == {}
