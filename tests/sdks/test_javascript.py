"""A program of the JavaScript SDK, version 3: what it saw is what it should have seen."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sdks.clients import JAVASCRIPT, environment, node

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """What ``program.mjs`` prints."""
    return printed("program.mjs", request, tmp_path_factory.mktemp("home"))


def printed(program: str, request: pytest.FixtureRequest, home: Path) -> Any:
    """Run a program against a server, and return the JSON that it prints."""
    # the SDK warns of versions of Node.js that it is to stop supporting one day
    command = [node(), "--no-warnings", str(JAVASCRIPT / program)]
    command.append(request.getfixturevalue("endpoint"))
    done = subprocess.run(
        command, env=environment(home), capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_tables_are_created_waited_for_and_deleted(seen: Any) -> None:
    assert seen["tables"] == {
        "created": "CREATING",
        "waited": "SUCCESS",
        "status": "ACTIVE",
        "arn": "arn:aws:dynamodb:eu-north-1:123456789012:table/cities",
        "keys": [
            {"AttributeName": "country", "KeyType": "HASH"},
            {"AttributeName": "name", "KeyType": "RANGE"},
        ],
        "indexes": [["by-people", "ACTIVE"]],
        "isDate": True,
    }
    assert seen["end"] == {"deleted": "DELETING", "waited": "SUCCESS"}


def test_items_are_documents(seen: Any) -> None:
    assert seen["items"] == {
        "got": {
            "country": "fr",
            "name": "Paris",
            "people": 2102650,
            "area": 105.4,
            "capital": True,
            "mayor": None,
            "rivers": ["Seine"],
            "raw": [0, 255],
            "districts": [{"number": 1, "label": ["Louvre"]}],
        },
        "some": {"districts": [{"label": ["Louvre"]}], "area": 105.4},
        "updated": {
            "Attributes": {
                "people": 2103000,
                "districts": ["second"],
                "rivers": ["Bièvre", "Seine"],
            },
            "ConsumedCapacity": {
                "TableName": "cities",
                "CapacityUnits": 3,
                "Table": {"CapacityUnits": 1},
                "GlobalSecondaryIndexes": {"by-people": {"CapacityUnits": 2}},
            },
        },
        "deleted": ["area", "capital", "country", "districts", "name", "people", "raw", "rivers"],
        "gone": {},
    }


def test_batches_write_and_get(seen: Any) -> None:
    assert seen["batches"] == {"unprocessed": {}, "got": [300, 1700], "left": {}}


def test_pages_add_up(seen: Any) -> None:
    assert seen["pages"] == {
        "people": [
            [1900, 1800, 1700, 1600, 1500, 1400, 1300, 1200],
            [1100, 1000, 900, 800, 700, 600, 500],
        ],
        "counted": 10,
        "between": {"Count": 3, "ScannedCount": 3},
        "tables": ["cities"],
    }


def test_transactions_write_all_or_nothing(seen: Any) -> None:
    roma = {"country": "it", "name": "Roma", "people": 1}
    assert seen["transactions"] == {
        "cancelled": {
            "name": "TransactionCanceledException",
            "message": "Transaction cancelled, please refer cancellation reasons for specific "
            "reasons [None, ConditionalCheckFailed]",
            "status": 400,
            "classes": [True],
            "reasons": [
                {"Code": "None"},
                {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                    "Item": {
                        "country": {"S": "xx"},
                        "name": {"S": "city-01"},
                        "people": {"N": "100"},
                    },
                },
            ],
        },
        "before": {"Responses": [{}]},
        "written": {},
        "again": {},
        "after": {"Responses": [{"Item": roma}]},
        "other": {"Item": {"country": "xx", "name": "city-01", "people": 99}},
    }


def test_errors_have_their_names_and_messages(seen: Any) -> None:
    errors = seen["errors"]
    assert errors["condition"] == {
        "name": "ConditionalCheckFailedException",
        "message": "The conditional request failed",
        "status": 400,
        "classes": [True, True],
        "item": {"country": {"S": "xx"}, "name": {"S": "city-00"}, "people": {"N": "0"}},
    }
    assert errors["missing"] == {
        "name": "ResourceNotFoundException",
        "message": "Requested resource not found",
        "status": 400,
        "classes": [True],
    }
    assert errors["syntax"] == {
        "name": "ValidationException",
        "message": 'Invalid KeyConditionExpression: Syntax error; token: "=", near: "= = :c"',
        "status": 400,
        "classes": [True],
    }
    assert errors["batch"] == {
        "name": "ValidationException",
        "message": "Provided list of item keys contains duplicates",
        "status": 400,
        "classes": [True],
    }


def test_tables_are_tagged_and_given_a_time_to_live(seen: Any) -> None:
    assert seen["rest"] == {
        "tags": {"Tags": [{"Key": "team", "Value": "maps"}]},
        "timeToLive": {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}},
    }


def test_statements_take_and_give_documents(seen: Any) -> None:
    assert seen["statements"] == {
        "updated": {"Items": [{"people": 8}]},
        "pages": [[{"name": "one"}, {"name": "three"}], [{"name": "two"}]],
        "last": [{"country": "pq", "name": "three"}, None],
        "batch": {
            "Responses": [
                {"TableName": "cities", "Item": {"people": 8}},
                {"TableName": "cities"},
            ]
        },
        "transaction": {"Responses": []},
        "refused": {
            "name": "ValidationException",
            "message": "Statement wasn't well formed, can't be processed: Expected data "
            "manipulation",
            "status": 400,
            "classes": [True],
        },
    }


def test_a_consumer_of_streams(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    record = {"keys": {"id": {"S": "a"}}, "isDate": True}
    assert printed("streams.mjs", request, tmp_path) == {
        "table": "visits",
        "status": "ENABLED",
        "seen": [
            {"eventName": "INSERT", "newNumber": "1", "photo": [0, 255], **record},
            {"eventName": "MODIFY", "newNumber": "2", "oldNumber": "1", **record},
            {"eventName": "REMOVE", "oldNumber": "2", **record},
        ],
        "refused": [True, "ValidationException", "Invalid ShardIterator"],
    }
