"""Random writes on a table with indexes, against a naive model of all that must follow.

The model keeps whole items in a dict. What indexes hold, sizes, counts and capacity it works out
anew from the definitions each time, so that it shares no idea with the code that is tested.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage

Json: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, int]
Totals: TypeAlias = dict[str | None, tuple[int, int]]

HASH_KEYS = ("a", "b")
RANGE_KEYS = (-1, 0, 10, 110)
NUMBER_SIZES = {"-1": 3, "0": 1, "1": 2, "10": 2, "110": 3, "9": 2}
"""Source: Developer Guide, "Item sizes and formats", and sizes observed on the service."""

INDEXES: dict[str, tuple[bool, tuple[str, ...], frozenset[str] | None]] = {
    "lsi": (True, ("p", "y"), None),
    "keys": (False, ("x",), frozenset("pcx")),
    "some": (False, ("x", "y"), frozenset("pcxyf")),
}
"""By name: whether it is local, its keys, and what it holds (None: everything)."""


def definition() -> Json:
    def key_schema(hash_key: str, *range_key: str) -> list[Json]:
        return [
            {"AttributeName": hash_key, "KeyType": "HASH"},
            *({"AttributeName": name, "KeyType": "RANGE"} for name in range_key),
        ]

    return {
        "TableName": "all",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("p", "S"), ("c", "N"), ("x", "S"), ("y", "N"))
        ],
        "KeySchema": key_schema("p", "c"),
        "LocalSecondaryIndexes": [
            {
                "IndexName": "lsi",
                "KeySchema": key_schema("p", "y"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "keys",
                "KeySchema": key_schema("x"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "some",
                "KeySchema": key_schema("x", "y"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["f"]},
            },
        ],
    }


def size(item: Json | None) -> int:
    """Bytes of an item of the few types that this test writes."""
    total = 0
    for name, value in (item or {}).items():
        match value:
            case {"S": str(text)}:
                total += len(name) + len(text)
            case {"N": str(number)}:
                total += len(name) + NUMBER_SIZES[number]
            case {"SS": list(texts)}:
                total += len(name) + sum(map(len, texts))
    return total


def entry(item: Json | None, index: str) -> Json | None:
    """What an index holds of an item."""
    _, keys, projected = INDEXES[index]
    if item is None or any(key not in item for key in keys):
        return None
    return {name: value for name, value in item.items() if projected is None or name in projected}


def units(*sizes: int) -> int:
    return max(1, math.ceil(max(sizes) / 1024))


def index_units(old: Json | None, new: Json | None, index: str) -> int:
    before, after = entry(old, index), entry(new, index)
    if before == after:
        return 0
    keys = INDEXES[index][1]
    if before and after and all(before[key] == after[key] for key in keys):
        return units(size(before), size(after))
    return sum(units(size(part)) for part in (before, after) if part)


def capacity(changes: list[tuple[Json | None, Json | None]], factor: int = 1) -> Json:
    """ConsumedCapacity, without the member that transactions add; `factor` is of the table."""
    table = factor * sum(units(size(old), size(new)) for old, new in changes)
    by_index = {name: sum(index_units(old, new, name) for old, new in changes) for name in INDEXES}
    answer: Json = {
        "TableName": "all",
        "CapacityUnits": float(table + sum(by_index.values())),
        "Table": {"CapacityUnits": float(table)},
    }
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        consumed = {
            name: {"CapacityUnits": float(spent)}
            for name, spent in by_index.items()
            if spent and INDEXES[name][0] == local
        }
        if consumed:
            answer[member] = consumed
    return answer


def without(capacity: Any, member: str) -> Any:
    """The capacity of a transaction, once its own member says the same as the others."""
    if not isinstance(capacity, dict):
        return capacity
    if "CapacityUnits" in capacity:
        assert capacity[member] == capacity["CapacityUnits"]
    return {name: without(part, member) for name, part in capacity.items() if name != member}


keys = st.tuples(st.sampled_from(HASH_KEYS), st.sampled_from(RANGE_KEYS))
attributes = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from([{"S": "x1"}, {"S": "x2"}]),
        "y": st.sampled_from([{"N": "1"}, {"N": "9"}]),
        "f": st.sampled_from([{"S": "f"}, {"S": "f" * 1100}, {"N": "10"}]),
        "g": st.sampled_from([{"S": "g"}, {"SS": ["h", "i"]}]),
    },
)
updates = st.sampled_from(
    [
        ["SET x = :x"],
        ["SET y = :y"],
        ["SET f = :f"],
        ["SET g = f"],
        ["REMOVE x"],
        ["REMOVE f, g"],
        ["SET x = :x", "REMOVE y"],
        ["SET g = f", "REMOVE f, x"],
    ]
)
VALUES: Json = {":x": {"S": "x3"}, ":y": {"N": "110"}, ":f": {"S": "F" * 2100}}


def json_key(key: Key) -> Json:
    return {"p": {"S": key[0]}, "c": {"N": str(key[1])}}


def update_members(clauses: list[str]) -> Json:
    members: Json = {}
    if clauses:
        members["UpdateExpression"] = " ".join(clauses)
    used = {ref: value for ref, value in VALUES.items() if any(ref in text for text in clauses)}
    if used:
        members["ExpressionAttributeValues"] = used
    return members


class Cannot(Exception):
    """The update cannot be done to this item."""


def updated(old: Json | None, key: Key, clauses: list[str]) -> Json | None:
    new = dict(old) if old is not None else json_key(key)
    for clause in clauses:
        verb, _, rest = clause.partition(" ")
        if verb == "REMOVE":
            for name in rest.split(", "):
                new.pop(name, None)
            continue
        name, _, source = rest.partition(" = ")
        if source in VALUES:
            new[name] = VALUES[source]
        elif old is not None and source in old:
            new[name] = old[source]
        else:
            raise Cannot
    removing = bool(clauses) and all(clause.startswith("REMOVE") for clause in clauses)
    return None if old is None and removing else new


class Writes(RuleBasedStateMachine):
    """The steps, and what is true after each."""

    @initialize()
    def create(self) -> None:
        self.router = Router(DynamoDB(MemoryStorage(), clock=ManualClock(1_790_000_000.0)))
        self.items: dict[Key, Json] = {}
        self.call("CreateTable", definition())

    def call(self, operation: str, body: Json) -> Any:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        return orjson.loads(encode(self.router.perform(target, body)))

    def refused(self, operation: str, body: Json) -> str:
        """The type of the error; nothing changes, as the next invariants see."""
        try:
            self.call(operation, body)
        except DynamoDBError as error:
            return type(error).__name__
        raise AssertionError("it was not refused")

    def wrote(
        self, changes: list[tuple[Key, Json | None]]
    ) -> list[tuple[Json | None, Json | None]]:
        """Take changes into the model; gives old and new items."""
        pairs = [(self.items.get(key), new) for key, new in changes]
        for key, new in changes:
            if new is None:
                self.items.pop(key, None)
            else:
                self.items[key] = new
        return pairs

    @rule(key=keys, item=attributes)
    def put(self, key: Key, item: Json) -> None:
        new = json_key(key) | item
        answer = self.call(
            "PutItem",
            {
                "TableName": "all",
                "Item": new,
                "ReturnValues": "ALL_OLD",
                "ReturnConsumedCapacity": "INDEXES",
            },
        )
        ((old, _),) = pairs = self.wrote([(key, new)])
        assert answer == {
            "ConsumedCapacity": capacity(pairs),
            **({} if old is None else {"Attributes": old}),
        }

    @rule(key=keys)
    def delete(self, key: Key) -> None:
        answer = self.call(
            "DeleteItem",
            {"TableName": "all", "Key": json_key(key), "ReturnConsumedCapacity": "INDEXES"},
        )
        assert answer == {"ConsumedCapacity": capacity(self.wrote([(key, None)]))}

    @rule(key=keys, clauses=updates | st.just([]))
    def update(self, key: Key, clauses: list[str]) -> None:
        body = {
            "TableName": "all",
            "Key": json_key(key),
            "ReturnValues": "ALL_NEW",
            "ReturnConsumedCapacity": "INDEXES",
            **update_members(clauses),
        }
        try:
            new = updated(self.items.get(key), key, clauses)
        except Cannot:
            assert self.refused("UpdateItem", body) == "ValidationException"
            return
        assert self.call("UpdateItem", body) == {
            "ConsumedCapacity": capacity(self.wrote([(key, new)])),
            **({} if new is None else {"Attributes": new}),
        }

    @rule(key=keys, exists=st.booleans())
    def put_if(self, key: Key, exists: bool) -> None:
        body = {
            "TableName": "all",
            "Item": json_key(key),
            "ConditionExpression": f"attribute_{'' if exists else 'not_'}exists(p)",
        }
        if (key in self.items) == exists:
            assert self.call("PutItem", body) == {}
            self.wrote([(key, json_key(key))])
        else:
            assert self.refused("PutItem", body) == "ConditionalCheckFailedException"

    @rule(writes=st.dictionaries(keys, st.none() | attributes, min_size=1))
    def batch(self, writes: dict[Key, Json | None]) -> None:
        changes = [
            (key, None if item is None else json_key(key) | item) for key, item in writes.items()
        ]
        requests = [
            {"DeleteRequest": {"Key": json_key(key)}}
            if new is None
            else {"PutRequest": {"Item": new}}
            for key, new in changes
        ]
        answer = self.call(
            "BatchWriteItem",
            {"RequestItems": {"all": requests}, "ReturnConsumedCapacity": "INDEXES"},
        )
        assert answer == {
            "UnprocessedItems": {},
            "ConsumedCapacity": [capacity(self.wrote(changes))],
        }

    @rule(
        actions=st.dictionaries(
            keys,
            st.tuples(st.just("Put"), attributes)
            | st.tuples(st.just("Update"), updates)
            | st.tuples(st.sampled_from(["Delete", "ConditionCheck"]), st.none()),
            min_size=1,
        ),
        exists=st.none() | st.booleans(),
    )
    def transaction(self, actions: dict[Key, tuple[str, Any]], exists: bool | None) -> None:
        """Several actions, all under the same condition or none."""
        condition = f"attribute_{'' if exists else 'not_'}exists(p)"
        entries, changes, unable = [], [], False
        failing = False
        for key, (kind, content) in actions.items():
            old = self.items.get(key)
            entry: Json = {"TableName": "all"}
            new: Json | None = old
            if kind == "Put":
                new = entry["Item"] = json_key(key) | content
            else:
                entry["Key"] = json_key(key)
            if kind == "Delete":
                new = None
            if kind == "Update":
                entry |= update_members(content)
                try:
                    new = updated(old, key, content)
                except Cannot:
                    unable = True
            if exists is not None or kind == "ConditionCheck":
                entry["ConditionExpression"] = condition
                failing |= (old is not None) != bool(exists)
            entries.append({kind: entry})
            changes.append((key, new))
        body = {"TransactItems": entries, "ReturnConsumedCapacity": "INDEXES"}
        if failing or unable:
            assert self.refused("TransactWriteItems", body) == "TransactionCanceledException"
            return
        answer = self.call("TransactWriteItems", body)
        (consumed,) = answer["ConsumedCapacity"]
        expected = capacity(self.wrote(changes), factor=2)
        assert without(consumed, "WriteCapacityUnits") == expected

    @invariant()
    def the_table_holds_the_items(self) -> None:
        self.agrees(None, list(self.items.values()))

    @invariant()
    def each_index_holds_its_entries(self) -> None:
        for name in INDEXES:
            self.agrees(name, [part for item in self.items.values() if (part := entry(item, name))])

    def agrees(self, index: str | None, expected: list[Json]) -> None:
        body = {"TableName": "all", **({"IndexName": index} if index else {})}
        found = self.call("Scan", body)["Items"]
        assert sorted(map(repr, map(in_order, found))) == sorted(map(repr, map(in_order, expected)))

    @invariant()
    def sizes_and_counts_agree(self) -> None:
        table = self.call("DescribeTable", {"TableName": "all"})["Table"]
        totals: Totals = {None: (table["ItemCount"], table["TableSizeBytes"])}
        for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            for index in table[member]:
                totals[index["IndexName"]] = (index["ItemCount"], index["IndexSizeBytes"])
        items = list(self.items.values())
        expected: Totals = {None: (len(items), sum(map(size, items)))}
        for name in INDEXES:
            entries = [part for item in items if (part := entry(item, name))]
            expected[name] = (len(entries), sum(map(size, entries)))
        assert totals == expected


def in_order(item: Json) -> Json:
    return dict(sorted(item.items()))


TestWrites = Writes.TestCase
TestWrites.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
