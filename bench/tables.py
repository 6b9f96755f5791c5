"""Group: an account full of tables, and a table with all the indexes that it may have.

Measured at the router, in seconds of the processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from bench.measure import Row, interleaved, ratio
from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage

GROUP: Final = "tables"
MOST: Final = 2500
"""Tables that an account may have."""
FEW: Final = 100
"""Tables of one page of ListTables."""
INDEXES: Final = 20
"""Global indexes that a table may have."""
CREATED: Final = 0.5
"""Seconds that the creation of all tables may take."""
MOST_TO_FEW: Final = 1.3
AN_INDEX: Final = 0.5
"""The cost that an index may add to a put, as a part of the cost of a put without indexes."""


class Account:
    """A database with tables of one index each."""

    def __init__(self, count: int = 0) -> None:
        self.router = Router(DynamoDB(MemoryStorage()))
        self.count = count
        for number in range(count):
            self.create(f"table-{number:05}")

    def call(self, operation: str, body: dict[str, Any]) -> Any:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)

    def create(self, name: str, indexes: int = 1) -> None:
        keys = ["id", *(f"i{number}" for number in range(indexes))]
        body: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if indexes:
            body["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": f"by-{key}",
                    "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
                for key in keys[1:]
            ]
        self.call("CreateTable", body)

    def describe(self, number: int) -> None:
        self.call("DescribeTable", {"TableName": f"table-{number * 7919 % self.count:05}"})

    def list(self, number: int) -> None:
        """Ask for the page of names that begins at a table, or at the beginning."""
        start = number * 7919 % max(1, self.count - FEW)
        body = {"ExclusiveStartTableName": f"table-{start - 1:05}"} if start else {}
        self.call("ListTables", {"Limit": FEW, **body})

    def create_and_delete(self, number: int) -> None:
        self.create(f"one-more-{number}")
        self.call("DeleteTable", {"TableName": f"one-more-{number}"})


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Rows of full accounts against those with few tables, and of a table with all its indexes."""
    most, few, count = (200, 120, 5) if smoke else (MOST, FEW, 100)
    result = interleaved({"all": lambda: _seconds(lambda: Account(most))}, 2 if smoke else rounds)
    what = f"create {most:,} tables"
    yield Row(
        GROUP, what, "ddbmock", result["all"].median, "s", result["all"].spread, target=CREATED
    )
    # one less, or there would be no room for another
    accounts = {f"{size:,} tables": Account(size) for size in (few, most - 1)}
    least, full = accounts
    for account in accounts.values():
        # a table's first description is read from its stored form, however many there are
        for number in range(account.count):
            account.describe(number)
    for what, method in (
        ("describe a table", Account.describe),
        ("list a page of 100", Account.list),
        ("create and delete a table", Account.create_and_delete),
    ):
        found = interleaved(
            {name: _timer(account, method, count) for name, account in accounts.items()}, rounds
        )
        for name, series in found.items():
            yield Row(
                GROUP, what, f"among {name}", series.median * 1e6, "µs", series.spread,
                f"among {least}" if name == full else None,
                ratio(series, found[least]) if name == full else None,
                MOST_TO_FEW if name == full else None,
            )  # fmt: skip
    yield from _indexes(rounds, count)


def _indexes(rounds: int, count: int) -> Iterator[Row]:
    account = Account()
    tables = {f"{number} indexes": number for number in (0, INDEXES)}
    for name, indexes in tables.items():
        account.create(name.replace(" ", "-"), indexes)
    keys = ["id", *(f"i{number}" for number in range(INDEXES))]

    def put(name: str) -> Callable[[Account, int], None]:
        def put_item(account: Account, number: int) -> None:
            item = {key: {"S": f"{key} {number % 50}"} for key in keys}
            item["changing"] = {"N": str(number)}
            account.call("PutItem", {"TableName": name, "Item": item})

        return put_item

    def describe(name: str) -> Callable[[Account, int], None]:
        return lambda account, _: account.call("DescribeTable", {"TableName": name})

    for what, work, target in (
        ("put into a table", put, 1 + AN_INDEX * INDEXES),
        ("describe a table", describe, None),
    ):
        found = interleaved(
            {name: _timer(account, work(name.replace(" ", "-")), count) for name in tables}, rounds
        )
        bare = found["0 indexes"]
        for name, series in found.items():
            indexed = name != "0 indexes"
            yield Row(
                GROUP, f"{what} with indexes", name, series.median * 1e6, "µs", series.spread,
                "0 indexes" if indexed else None,
                ratio(series, bare) if indexed else None,
                target if indexed else None,
            )  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _timer(
    account: Account, work: Callable[[Account, int], None], count: int
) -> Callable[[], float]:
    done = 0

    def timed() -> float:
        nonlocal done
        numbers = range(done, done + count)
        done += count
        start = time.process_time()
        for number in numbers:
            work(account, number)
        return (time.process_time() - start) / count

    return timed
