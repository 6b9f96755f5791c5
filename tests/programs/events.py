"""A program written against boto: it fills a table, reads it in every way and empties it.

It knows nothing of ddbmock. ``main`` tells all that it saw, so that two runs can be compared.
"""

from __future__ import annotations

import time
from typing import Any

from boto.dynamodb.condition import BEGINS_WITH, BETWEEN, CONTAINS, GT
from boto.dynamodb.exceptions import DynamoDBConditionalCheckFailedError
from boto.dynamodb.layer2 import Layer2

USERS = 20
EVENTS_EACH = 500


def event(user: int, number: int) -> dict[str, Any]:
    """The attributes of one event, but for its key."""
    return {
        "kind": ("click", "view", "buy")[number % 3],
        "amount": number * 1.25,
        "tags": {f"tag{number % 7}", f"user{user}"},
        "note": "x" * (number % 50 + 1),
    }


def main(connection: Layer2) -> dict[str, Any]:
    """What the program saw."""
    seen: dict[str, Any] = {}
    schema = connection.create_schema("user", str, "at", int)
    table = connection.create_table("events", schema, read_units=50, write_units=50)
    while table.status != "ACTIVE":
        time.sleep(0.05)
        table.refresh()
    write(connection, table)
    seen["query"] = query(table)
    seen["scan"] = scan(table)
    seen["update"] = update(table)
    table.refresh()
    seen["size"] = (table.item_count, table.size_bytes)
    seen["left"] = delete(connection, table)
    table.delete()
    return seen


def write(connection: Layer2, table: Any) -> None:
    """Batches of 25, until nothing is unprocessed."""
    items = [
        table.new_item(f"user-{user:02}", number, event(user, number))
        for user in range(USERS)
        for number in range(EVENTS_EACH)
    ]
    for begin in range(0, len(items), 25):
        batch = connection.new_batch_write_list()
        batch.add_batch(table, puts=items[begin : begin + 25])
        answer = connection.batch_write_item(batch)
        assert answer["UnprocessedItems"] == {}
        assert answer["Responses"]["events"]["ConsumedCapacityUnits"] == 25.0


def query(table: Any) -> dict[str, Any]:
    """Pages both ways, and a range."""
    seen: dict[str, Any] = {}
    for forward in (True, False):
        results = table.query("user-07", request_limit=60, scan_index_forward=forward)
        seen[f"forward={forward}"] = [dict(item) for item in results]
        seen[f"units forward={forward}"] = results.consumed_units
    between = table.query("user-07", BETWEEN(100, 109), consistent_read=True)
    seen["between"] = [item["at"] for item in between]
    seen["after"] = table.query("user-07", GT(490), count=True).count
    return seen


def scan(table: Any) -> dict[str, Any]:
    """Filtered, in pages, and counted."""
    filters = {"kind": CONTAINS("bu"), "user": BEGINS_WITH("user-1"), "amount": GT(600)}
    results = table.scan(filters, request_limit=1700)
    found = sorted((item["user"], item["at"]) for item in results)
    return {
        "found": found,
        "scanned": results.scanned_count,
        "count": table.scan({"tags": CONTAINS("tag3")}, count=True).count,
    }


def update(table: Any) -> dict[str, Any]:
    """Conditions that hold and that do not."""
    item = table.get_item("user-03", 42, consistent_read=True)
    item.add_attribute("visits", 2)
    item.put_attribute("kind", "seen")
    item.delete_attribute("tags", {"user3"})
    old = item.save(expected_value={"kind": "click"}, return_values="ALL_OLD")
    try:
        item.add_attribute("visits", 1)
        item.save(expected_value={"kind": "click"})
        refused = None
    except DynamoDBConditionalCheckFailedError as error:
        refused = (error.status, error.error_code, error.error_message)
    return {
        "old": dict(old["Attributes"]),
        "refused": refused,
        "new": dict(table.get_item("user-03", 42, consistent_read=True)),
    }


def delete(connection: Layer2, table: Any) -> int:
    """One with a condition, the others of a user in batches; how many are left of that user."""
    table.get_item("user-00", 0).delete(expected_value={"kind": "click"})
    for begin in range(1, EVENTS_EACH - 10, 25):
        batch = connection.new_batch_write_list()
        keys = [("user-00", number) for number in range(begin, min(begin + 25, EVENTS_EACH - 10))]
        batch.add_batch(table, deletes=keys)
        connection.batch_write_item(batch)
    left: int = table.query("user-00", count=True).count
    return left
