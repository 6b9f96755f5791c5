"""APIs are entries of a table, and operations state all facts about themselves."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from ddbmock.database import Call, DynamoDB
from ddbmock.errors import ResourceNotFoundException
from ddbmock.operations import v20120810
from ddbmock.operations.api import Api, Target
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import (
    Body,
    Entry,
    EntryReader,
    batch_entries,
    no_entries,
    single_entry,
    transaction_entries,
)
from ddbmock.service import http
from ddbmock.service.apis import APIS
from ddbmock.service.router import Router
from ddbmock.shapes import Input
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED

TARGETS = [
    Target(api, name, operation) for api in APIS for name, operation in api.operations.items()
]


def members(target: Target) -> set[str]:
    """The names on the wire of the members of an operation's input."""
    return {member.name for member in target.operation.input.members()}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.api.name}.{target.name}")
class TestFacts:
    def test_operations_that_read_or_change_items_say_where_they_are(self, target: Target) -> None:
        if target.operation.kind in (Kind.READ, Kind.WRITE):
            assert target.operation.entries is not no_entries

    def test_entries_are_read_from_the_member_that_the_input_has(self, target: Target) -> None:
        names = {
            single_entry: "TableName",
            batch_entries: "RequestItems",
            transaction_entries: "TransactItems",
        }
        for reader, member in names.items():
            if target.operation.entries is reader:
                assert member in members(target)
            elif member == "TableName" and member in members(target):
                pytest.fail("names a table, and does not say so")

    def test_batches_and_transactions_are_those_of_their_readers(self, target: Target) -> None:
        entries = target.operation.entries
        transactions = {"TransactItems", "TransactStatements"}
        assert entries.batch == ("RequestItems" in members(target))
        assert entries.transaction == bool(transactions & members(target))

    def test_pages_are_limited_by_a_member_that_the_input_has(self, target: Target) -> None:
        sizes = {"Limit", "MaxResults", "PageSize"} & members(target)
        assert {target.operation.page_size} - {None} == sizes

    def test_the_name_is_that_of_the_input(self, target: Target) -> None:
        assert target.operation.input.__name__ == f"{target.name}Input"
        assert target.name not in target.api.not_served


def test_a_reader_names_each_table_once_unless_it_states_how() -> None:
    @EntryReader
    def pairs(body: Body) -> Iterator[Entry]:
        yield from (Entry(name, {}, name) for pair in body["Pairs"] for name in pair)

    assert pairs.references({"Pairs": [["a", "b"], ["a", "c"]]}) == ("a", "b", "c")
    assert batch_entries.references({"RequestItems": {"a": [], "b": []}}) == ("a", "b")


class DescribeWeatherInput(Input):
    table_name: str


def describe_weather(call: Call, request: DescribeWeatherInput) -> Output:
    if request.table_name == "nowhere":
        raise ResourceNotFoundException("There is no weather")
    return {"Weather": f"sunny in {call.region}"}


WEATHER = types.SimpleNamespace(
    OPERATIONS={
        "DescribeWeather": Operation(
            DescribeWeatherInput, describe_weather, Kind.CONTROL, single_entry
        )
    },
    NOT_SERVED=("MakeWeather",),
)


class TestAThirdApi:
    @pytest.fixture
    def router(self) -> Router:
        weather = Api("Weather_20300101", "com.example.weather.v20300101", lambda: WEATHER)
        return Router(DynamoDB(MemoryStorage()), apis=[*APIS, weather])

    def post(self, router: Router, operation: str, body: Any) -> tuple[int, Any, Any]:
        headers = {**SIGNED, "x-amz-target": f"Weather_20300101.{operation}"}
        request = http.WireRequest("POST", "/", "", headers, orjson.dumps(body))
        response = http.handle(router, request)
        hint = dict(response.headers).get(http.HINT_HEADER)
        return response.status, orjson.loads(response.body), hint

    def test_is_served_once_it_is_in_the_table(self, router: Router) -> None:
        answer = self.post(router, "DescribeWeather", {"TableName": "t"})
        assert answer == (200, {"Weather": "sunny in us-east-1"}, None)

    def test_has_errors_of_its_own_namespace(self, router: Router) -> None:
        assert self.post(router, "DescribeWeather", {"TableName": "nowhere"})[:2] == (
            400,
            {
                "__type": "com.example.weather.v20300101#ResourceNotFoundException",
                "message": "There is no weather",
            },
        )

    def test_has_its_operations_suggested(self, router: Router) -> None:
        _, _, hint = self.post(router, "DescribeWether", {})
        assert hint == (
            "There is no operation 'Weather_20300101.DescribeWether'; "
            "did you mean Weather_20300101.DescribeWeather?"
        )

    def test_says_which_operations_are_not_served(self, router: Router) -> None:
        status, body, hint = self.post(router, "MakeWeather", {})
        assert (status, hint) == (400, None)
        assert body["message"] == (
            "MakeWeather is an operation of DynamoDB that ddbmock does not serve; see Operations in "
            "its documentation."
        )


def test_each_family_has_the_operations_that_its_package_says() -> None:
    for name, operation in v20120810.OPERATIONS.items():
        family = sys.modules[operation.perform.__module__]
        assert family.OPERATIONS[name] is operation
    families = {sys.modules[one.perform.__module__] for one in v20120810.OPERATIONS.values()}
    named = [name for family in families for name in family.OPERATIONS]
    assert sorted(named) == list(v20120810.OPERATIONS)
    assert len(named) == len(v20120810.OPERATIONS)


def test_an_operation_that_is_unknown_or_named_imports_no_family() -> None:
    program = (
        "import sys; from ddbmock.operations import v20120810 as api; before = set(sys.modules); "
        "api.OPERATIONS.get('Unknown'), 'GetItem' in api.OPERATIONS, list(api.OPERATIONS); "
        "assert set(sys.modules) == before; api.OPERATIONS['GetItem']; "
        "print(*sorted(name for name in set(sys.modules) - before if 'v20120810' in name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "v20120810.items" in done.stdout
    assert "v20120810.reads" not in done.stdout
