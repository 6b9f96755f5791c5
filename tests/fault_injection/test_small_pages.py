"""Small pages find every loop that was forgotten, and do no harm where there is one."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.fault_injection.requests import Perform

KEYS = [str(number) for number in range(5)]


@pytest.fixture(autouse=True)
def _small(db: ddbmock.Database, perform: Perform) -> None:
    for key in KEYS:
        perform("PutItem", TableName="music", Item={"pk": {"S": key}})
    db.trouble.small_pages = True


def test_a_page_has_one_item(perform: Perform) -> None:
    page = perform("Scan", TableName="music", Limit=3)
    assert (page["Count"], page["LastEvaluatedKey"]) == (1, page["Items"][0])
    assert perform("ListTables") == {"TableNames": ["events"], "LastEvaluatedTableName": "events"}


def test_a_page_whose_item_is_dropped_is_empty_and_has_a_key(perform: Perform) -> None:
    page = perform("Scan", TableName="music", FilterExpression="attribute_exists(album)")
    assert (page["Items"], page["ScannedCount"], "LastEvaluatedKey" in page) == ([], 1, True)


def test_loops_find_everything(client: Any) -> None:
    pages = list(client.get_paginator("scan").paginate(TableName="music"))
    assert len(pages) == len(KEYS) + 1
    assert sorted(item["pk"]["S"] for page in pages for item in page["Items"]) == KEYS


def test_a_batch_processes_one_entry(perform: Perform) -> None:
    requests = [{"DeleteRequest": {"Key": {"pk": {"S": key}}}} for key in KEYS]
    output = perform("BatchWriteItem", RequestItems={"music": requests})
    assert output == {"UnprocessedItems": {"music": requests[1:]}}
    request = {"Keys": [{"pk": {"S": key}} for key in KEYS]}
    output = perform("BatchGetItem", RequestItems={"music": request})
    assert output["Responses"] == {"music": []}
    assert output["UnprocessedKeys"] == {"music": {"Keys": request["Keys"][1:]}}


def test_a_limit_that_is_wrong_is_refused_as_ever(perform: Perform) -> None:
    for limit in (0, -1, "x"):
        answer = perform("Scan", TableName="music", Limit=limit)
        assert answer[0] in ("ValidationException", "SerializationException")
