"""Writers that know what they were promised, and what is in doubt, when a server is killed.

Each writer has keys of its own, so what must be under them is known exactly: what was acknowledged
last, or what the one request without an answer was to bring about.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from tests.durability.clients import Client, Lost, Refused, all_of

KEYS: Final = 12
"""Keys of each writer in each table."""

Key: TypeAlias = tuple[str, str]
"""A table and a key in it."""
Effects: TypeAlias = dict[Key, "int | None"]
"""What a request makes of items: their number, or None where one is deleted."""


def create_tables(client: Client) -> None:
    for table in ("left", "right"):
        client(
            "CreateTable",
            TableName=table,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in (("id", "S"), ("bucket", "S"), ("number", "N"))
            ],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-bucket",
                    "KeySchema": [
                        {"AttributeName": "bucket", "KeyType": "HASH"},
                        {"AttributeName": "number", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )


def item(key: Key, number: int) -> dict[str, Any]:
    return {
        "id": {"S": key[1]},
        "number": {"N": str(number)},
        "bucket": {"S": f"bucket {number % 3}"},
        "text": {"S": "x" * (number % 40 * 50)},
    }


class Counts:
    """How much was acknowledged, for whoever waits for some of it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.acknowledged = 0
        self._ended = 0

    def acknowledge(self) -> None:
        with self._condition:
            self.acknowledged += 1
            self._condition.notify_all()

    def end(self) -> None:
        with self._condition:
            self._ended += 1
            self._condition.notify_all()

    def wait(self, more: int, writers: int) -> None:
        """Until so many more were acknowledged, or all writers have ended."""
        with self._condition:
            until = self.acknowledged + more
            done = self._condition.wait_for(
                lambda: self.acknowledged >= until or self._ended == writers, 120
            )
            assert done, "nobody writes"


class Writer:
    """One writer, over as many servers as come and go."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.chance = chance
        self.sure: Effects = {}
        self.doubt: Effects | None = None
        self.added = 0
        """Additions to the counter of all writers that were acknowledged."""
        self.adding = False
        self.lost = False
        """Whether an answer stayed out in the last load."""
        self.failure: Exception | None = None
        self._number = 0

    def write(self, port: int, stop: threading.Event, counts: Counts) -> None:
        """Write until told to stop, or until an answer stays out or says nothing certain."""
        client = Client(port)
        try:
            while not stop.is_set():
                self._write_once(client)
                counts.acknowledge()
        except Lost:
            self.lost = True
        except Refused as refused:
            # the one retryable error: its outcome may be unknown
            if (refused.status, refused.type) != (500, "InternalServerError"):
                self.failure = refused
        except Exception as failure:
            self.failure = failure
        finally:
            client.close()
            counts.end()

    def _write_once(self, client: Client) -> None:
        self._number += 1
        key = f"{self.name} {self.chance.randrange(KEYS)}"
        match self.chance.randrange(5):
            case 0:
                self._pair(client, key)
            case 1:
                self._one(client, ("left", key), None)
            case 2:
                self.adding = True
                client(
                    "UpdateItem",
                    TableName="right",
                    Key={"id": {"S": "counter"}},
                    UpdateExpression="ADD amount :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )
                self.adding = False
                self.added += 1
            case _:
                self._one(client, ("left", key), self._number)

    def _one(self, client: Client, key: Key, number: int | None) -> None:
        self.doubt = {key: number}
        if number is None:
            client("DeleteItem", TableName=key[0], Key={"id": {"S": key[1]}})
        else:
            client("PutItem", TableName=key[0], Item=item(key, number))
        self._acknowledged()

    def _pair(self, client: Client, key: str) -> None:
        """A transaction over both tables: both items or none."""
        keys = [("left", f"{key} pair"), ("right", f"{key} pair")]
        self.doubt = dict.fromkeys(keys, self._number)
        client(
            "TransactWriteItems",
            TransactItems=[
                {"Put": {"TableName": pair[0], "Item": item(pair, self._number)}} for pair in keys
            ],
        )
        self._acknowledged()

    def _acknowledged(self) -> None:
        assert self.doubt is not None
        self.sure |= self.doubt
        self.doubt = None

    def check(self, found: Effects) -> None:
        """Compare what there is with what must be, and take it for sure from now on."""
        mine = {key: number for key, number in found.items() if key[1].startswith(f"{self.name} ")}
        sure = {key: number for key, number in self.sure.items() if number is not None}
        doubt = {
            key: number
            for key, number in (self.sure | (self.doubt or {})).items()
            if number is not None
        }
        assert mine in (sure, doubt)
        self.sure, self.doubt = dict(mine), None


def check(client: Client, writers: Iterable[Writer]) -> None:
    """That all acknowledged writes are there, no transaction by halves, and indexes agree."""
    found: Effects = {}
    for table in ("left", "right"):
        items = all_of(client, "Scan", TableName=table, ConsistentRead=True)
        counters = [one for one in items if one["id"]["S"] == "counter"]
        numbered = [one for one in items if one["id"]["S"] != "counter"]
        for one in numbered:
            key, number = (table, one["id"]["S"]), int(one["number"]["N"])
            assert one == item(key, number)
            found[key] = number
        entries = all_of(client, "Scan", TableName=table, IndexName="by-bucket")
        assert _by_id(entries) == _by_id(numbered)
        described = client("DescribeTable", TableName=table)["Table"]
        assert described["ItemCount"] == len(items)
        assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == len(entries)
    writers = list(writers)
    for writer in writers:
        writer.check(found)
    _check_counter(counters, writers)


def _check_counter(counters: Sequence[Any], writers: Sequence[Writer]) -> None:
    amount = int(counters[0]["amount"]["N"]) if counters else 0
    sure = sum(writer.added for writer in writers)
    assert sure <= amount <= sure + sum(writer.adding for writer in writers)
    # whose it was is not known, and does not matter
    writers[0].added += amount - sure
    for writer in writers:
        writer.adding = False


def _by_id(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda one: str(one["id"]["S"]))


class Load:
    """Writers at work, each at one of some servers."""

    def __init__(self, writers: Sequence[Writer], ports: Sequence[int]) -> None:
        self.counts = Counts()
        self._writers = writers
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=writer.write, args=(ports[number % len(ports)], self._stop, self.counts)
            )
            for number, writer in enumerate(writers)
        ]
        for writer in writers:
            writer.lost = False
        for thread in self._threads:
            thread.start()

    def wait(self, more: int) -> None:
        """Until so many more requests were acknowledged, or nobody writes any longer."""
        self.counts.wait(more, len(self._writers))

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()
        assert [writer.failure for writer in self._writers if writer.failure is not None] == []
