"""A real program of boto's Layer2, in the process and against a server: the results are equal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import boto.dynamodb.condition as conditions
import pytest
from boto.dynamodb.exceptions import (
    DynamoDBConditionalCheckFailedError,
    DynamoDBKeyNotFoundError,
    DynamoDBResponseError,
    DynamoDBValidationError,
)
from boto.dynamodb.types import Binary

import ddbmock
from tests.servers import pserve

pytestmark = pytest.mark.slow

FORUMS = 50
POSTS = 200
THREADS = 8
ADDITIONS = 1000

Results = dict[Any, Any]
"""What each step got."""
Connect = Callable[[], Any]
Door = Callable[[Path], AbstractContextManager[Connect]]


@contextmanager
def in_process(_: Path) -> Iterator[Connect]:
    with ddbmock.boto_patch():
        yield ddbmock.connect_boto


@contextmanager
def over_the_network(directory: Path) -> Iterator[Connect]:
    delays = dict.fromkeys(("delay_creating", "delay_updating", "delay_deleting"), 0)
    with pserve(directory, **delays) as server:
        yield lambda: ddbmock.connect_ddbmock("127.0.0.1", server.port)


DOORS: dict[str, Door] = {"in process": in_process, "over the network": over_the_network}


def forum(number: int) -> str:
    return f"forum {number:02}"


def attributes(number: int) -> dict[str, Any]:
    """What a post has besides its key."""
    post: dict[str, Any] = {"subject": f"Post {number}", "views": number % 17}
    if number % 2:
        post["tags"] = {"odd", f"tag {number % 5}"}
    if number % 5 == 0:
        post["data"] = Binary(bytes([number % 256, 0, 255]))
    return post


def plain(item: Any) -> dict[str, Any]:
    return dict(item)


class Program:
    """What somebody might do with a table of posts in forums; each step notes what it got."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.results: Results = {}
        schema = connection.create_schema("forum", str, "number", int)
        self.table = connection.create_table("posts", schema, 10, 10)
        self.table.refresh()
        self.results["created"] = (self.table.status, self.table.read_units, self.table.item_count)

    def run(self) -> Results:
        self.write()
        self.query()
        self.scan()
        self.update()
        self.refuse()
        self.delete()
        return self.results

    def write(self) -> None:
        units = 0.0
        places = [(forum(f), number) for f in range(FORUMS) for number in range(POSTS)]
        for start in range(0, len(places), 25):
            batch = self.connection.new_batch_write_list()
            items = [
                self.table.new_item(name, number, attrs=attributes(number))
                for name, number in places[start : start + 25]
            ]
            batch.add_batch(self.table, puts=items)
            answer = self.connection.batch_write_item(batch)
            assert answer["UnprocessedItems"] == {}
            units += answer["Responses"]["posts"]["ConsumedCapacityUnits"]
        self.table.refresh()
        self.results["written"] = (units, self.table.item_count, self.table.size_bytes)

    def query(self) -> None:
        for forward in (True, False):
            found = self.table.query(
                forum(7),
                conditions.BETWEEN(20, 179),
                request_limit=33,
                scan_index_forward=forward,
            )
            items = [plain(item) for item in found]
            self.results["query", forward] = (items, found.consumed_units)
        everything = [
            item["number"]
            for number in range(FORUMS)
            for item in self.table.query(forum(number), attributes_to_get=["number"])
        ]
        self.results["all of all forums"] = everything
        batch = self.connection.new_batch_list()
        keys = [(forum(number), number) for number in range(FORUMS)]
        batch.add_batch(self.table, keys, attributes_to_get=["subject", "data"])
        answer = self.connection.batch_get_item(batch)["Responses"]["posts"]
        self.results["batch"] = ([plain(item) for item in answer["Items"]], answer["ConsumedCapacityUnits"])  # fmt: skip

    def scan(self) -> None:
        for name, scan_filter in (
            ("popular", {"views": conditions.GT(15)}),
            ("tagged", {"tags": conditions.CONTAINS("tag 3"), "number": conditions.LT(50)}),
            ("with data", {"data": conditions.NOT_NULL(), "views": conditions.EQ(0)}),
        ):
            found = self.table.scan(scan_filter, request_limit=1500)
            items = sorted((plain(item) for item in found), key=lambda i: (i["forum"], i["number"]))
            self.results["scan", name] = (items, found.scanned_count, found.consumed_units)

    def update(self) -> None:
        returned = []
        for number in range(0, POSTS, 10):
            item = self.table.get_item(forum(1), number, consistent_read=True)
            views = item["views"]
            item.add_attribute("views", 100)
            item.put_attribute("subject", "changed")
            if "tags" in item:
                item.delete_attribute("tags", {"odd"})
            answer = item.save(expected_value={"views": views}, return_values="ALL_NEW")
            returned.append(plain(answer["Attributes"]))
            item.put_attribute("subject", "changed again")
            with pytest.raises(DynamoDBConditionalCheckFailedError) as caught:
                item.save(expected_value={"views": views})
            returned.append(caught.value.error_message)
        new = self.table.new_item("a new forum", 1, attrs={"subject": "first"})
        returned.append(new.put(expected_value={"forum": False}))
        with pytest.raises(DynamoDBConditionalCheckFailedError):
            new.put(expected_value={"forum": False})
        self.results["updated"] = returned

    def refuse(self) -> None:
        refused = []
        attempts: list[tuple[Callable[[], Any], type[Exception]]] = [
            (lambda: self.table.get_item("no forum", 1), DynamoDBKeyNotFoundError),
            (lambda: self.table.new_item("x", 1, attrs={"y": ""}).put(), DynamoDBValidationError),
            (lambda: self.connection.get_table("nothing"), DynamoDBResponseError),
            (
                lambda: self.connection.create_table("posts", self.table.schema, 1, 1),
                DynamoDBResponseError,
            ),
        ]
        for attempt, exception in attempts:
            with pytest.raises(exception) as caught:
                attempt()
            error = caught.value
            refused.append([type(error).__name__, getattr(error, "error_message", None)])
        self.results["refused"] = refused

    def delete(self) -> None:
        item = self.table.get_item(forum(2), 3)
        with pytest.raises(DynamoDBConditionalCheckFailedError):
            item.delete(expected_value={"subject": "another"})
        answer = item.delete(expected_value={"subject": "Post 3"}, return_values="ALL_OLD")
        self.results["deleted"] = plain(answer["Attributes"])
        for start in range(0, POSTS, 25):
            batch = self.connection.new_batch_write_list()
            keys = [(forum(3), number) for number in range(start, start + 25)]
            batch.add_batch(self.table, deletes=keys)
            self.connection.batch_write_item(batch)
        self.results["left"] = (
            [plain(item) for item in self.table.query(forum(3))],
            self.table.scan(count=True).count,
        )
        self.table.delete()
        self.results["status"] = self.table.status


def test_both_doors_give_the_same_results(tmp_path: Path) -> None:
    with in_process(tmp_path) as connect:
        results = Program(connect()).run()
    check(results)
    with over_the_network(tmp_path) as connect:
        others = Program(connect()).run()
    assert results.keys() == others.keys()
    for step in results:
        assert results[step] == others[step], step


def check(got: Results) -> None:
    """The results are right."""
    places = [(name, number) for name in map(forum, range(FORUMS)) for number in range(POSTS)]
    everything = {
        place: {"forum": place[0], "number": place[1], **attributes(place[1])} for place in places
    }
    assert got["created"] == ("ACTIVE", 10, 0)
    units, count, _ = got["written"]
    assert (units, count) == (FORUMS * POSTS, FORUMS * POSTS)
    between = [everything[forum(7), number] for number in range(20, 180)]
    assert got["query", True][0] == between
    assert got["query", False][0] == between[::-1]
    assert got["all of all forums"] == list(range(POSTS)) * FORUMS
    filters: dict[str, Callable[[dict[str, Any]], bool]] = {
        "popular": lambda post: post["views"] > 15,
        "tagged": lambda post: "tag 3" in post.get("tags", ()) and post["number"] < 50,
        "with data": lambda post: "data" in post and post["views"] == 0,
    }
    for name, holds in filters.items():
        items, scanned, _ = got["scan", name]
        assert items == [post for post in everything.values() if holds(post)]
        assert scanned == FORUMS * POSTS
    assert got["refused"] == [
        ["DynamoDBKeyNotFoundError", None],
        [
            "DynamoDBValidationError",
            "One or more parameter values were invalid: "
            "An AttributeValue may not contain an empty string.",
        ],
        [
            "DynamoDBResponseError",
            "Requested resource not found: Table: nothing not found",
        ],
        [
            "DynamoDBResponseError",
            "Attempt to change a resource which is still in use: Duplicate table name: posts",
        ],
    ]
    assert got["deleted"] == everything[forum(2), 3]
    # One item was new, one was deleted alone, and a forum with all its posts.
    assert got["left"] == ([], FORUMS * POSTS + 1 - 1 - POSTS)
    assert got["status"] == "DELETING"


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
def test_additions_of_8_threads_are_exact(door: Door, tmp_path: Path) -> None:
    with door(tmp_path) as connect:
        connection = connect()
        schema = connection.create_schema("id", str)
        table = connection.create_table("counters", schema, 10, 10)
        errors = []

        def add() -> None:
            try:
                item = connect().get_table("counters").new_item("one")
                for _ in range(ADDITIONS):
                    item.add_attribute("count", 1)
                    item.save()
            except Exception as error:
                errors.append(error)
                raise

        threads = [threading.Thread(target=add) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        item = table.get_item("one", consistent_read=True)
        assert plain(item) == {"id": "one", "count": THREADS * ADDITIONS}
