"""Random writes against a plain dictionary: items, totals and order agree after each step."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ddbmock.errors import ConditionalCheckFailedException
from tests.behaviour.v20111205.database import Database
from tests.behaviour.v20111205.requests import Json, key, n, s

hashes = st.sampled_from(["a", "b", "\0", "a\0"])
ranges = st.sampled_from([-1, 0, 1, 2, 10, 100])
attributes = st.sampled_from(["x", "y"])
counts = st.integers(-3, 3)
Place = tuple[str, int]


class Items(RuleBasedStateMachine):
    """A table, and what should be in it: numbers by attribute, by key."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database()
        self.items: dict[Place, dict[str, int]] = {}

    @initialize()
    def create(self) -> None:
        self.database.create("thread", "id:S", "at:N")

    def write(self, operation: str, expected: tuple[str, int | None] | None, **more: Any) -> bool:
        """Whether the write was done."""
        request: Json = {"TableName": "thread", **more}
        if expected is not None:
            name, value = expected
            given = {"Exists": False} if value is None else {"Value": n(value)}
            request["Expected"] = {name: given}
        try:
            self.database(operation, **request)
        except ConditionalCheckFailedException:
            return False
        return True

    def holds(self, place: Place, expected: tuple[str, int | None] | None) -> bool:
        if expected is None:
            return True
        name, value = expected
        return self.items.get(place, {}).get(name) == value

    expectations = st.none() | st.tuples(attributes, st.none() | counts)

    @rule(
        hash_value=hashes,
        range_value=ranges,
        item=st.dictionaries(attributes, counts),
        expected=expectations,
    )
    def put(
        self,
        hash_value: str,
        range_value: int,
        item: dict[str, int],
        expected: tuple[str, int | None] | None,
    ) -> None:
        place = hash_value, range_value
        json_item = {"id": s(hash_value), "at": n(range_value)}
        json_item |= {name: n(value) for name, value in item.items()}
        assert self.write("PutItem", expected, Item=json_item) == self.holds(place, expected)
        if self.holds(place, expected):
            self.items[place] = dict(item)

    @rule(hash_value=hashes, range_value=ranges, expected=expectations)
    def delete(
        self, hash_value: str, range_value: int, expected: tuple[str, int | None] | None
    ) -> None:
        place = hash_value, range_value
        item_key = key(s(hash_value), n(range_value))
        assert self.write("DeleteItem", expected, Key=item_key) == self.holds(place, expected)
        if self.holds(place, expected):
            self.items.pop(place, None)

    @rule(
        hash_value=hashes,
        range_value=ranges,
        updates=st.dictionaries(
            attributes, st.tuples(st.sampled_from(["PUT", "ADD", "DELETE"]), counts)
        ),
        expected=expectations,
    )
    def update(
        self,
        hash_value: str,
        range_value: int,
        updates: dict[str, tuple[str, int]],
        expected: tuple[str, int | None] | None,
    ) -> None:
        place = hash_value, range_value
        changes: Json = {
            name: {"Action": action} | ({} if action == "DELETE" else {"Value": n(value)})
            for name, (action, value) in updates.items()
        }
        holds = self.holds(place, expected)
        item_key = key(s(hash_value), n(range_value))
        assert self.write("UpdateItem", expected, Key=item_key, AttributeUpdates=changes) == holds
        only_deletes = updates and all(action == "DELETE" for action, _ in updates.values())
        if not holds or (place not in self.items and only_deletes):
            return
        item = self.items.setdefault(place, {})
        for name, (action, value) in updates.items():
            if action == "DELETE":
                item.pop(name, None)
            else:
                item[name] = value + (item.get(name, 0) if action == "ADD" else 0)

    @invariant()
    def the_table_is_as_it_should_be(self) -> None:
        if "thread" not in self.database("ListTables")["TableNames"]:
            return
        table = self.database("DescribeTable", TableName="thread")["Table"]
        assert table["ItemCount"] == len(self.items)
        found = {}
        for hash_value in ("a", "b", "\0", "a\0"):
            answer = self.database("Query", TableName="thread", HashKeyValue=s(hash_value))
            places = [(hash_value, int(item["at"]["N"])) for item in answer["Items"]]
            assert places == sorted(places)
            for place, item in zip(places, answer["Items"], strict=True):
                found[place] = {
                    name: int(value["N"]) for name, value in item.items() if name in ("x", "y")
                }
        assert found == self.items


TestItems = Items.TestCase
TestItems.settings = settings(max_examples=30, stateful_step_count=25)
