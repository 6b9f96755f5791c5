"""Tables of the first API: bringing them to be, telling of them, ending them."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20111205.requests import UNITS, Json, create, key, n, put, s, schema


def request(name: str, hash_key: str = "id:S", range_key: str | None = None) -> Json:
    return {
        "TableName": name,
        "KeySchema": schema(hash_key, range_key),
        "ProvisionedThroughput": UNITS,
    }


def described(name: str, status: str, hash_key: str = "id:S", **more: Any) -> Json:
    return {
        "TableName": name,
        "KeySchema": schema(hash_key),
        "TableStatus": status,
        "CreationDateTime": START,
        "ProvisionedThroughput": UNITS,
        **more,
    }


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_a_table_is_answered_as_it_is_being_created(call: Caller, kind: str) -> None:
    assert call("CreateTable", request("thread", f"id:{kind}")) == {
        "TableDescription": described("thread", "CREATING", f"id:{kind}")
    }


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_a_table_can_have_a_range_key_of_any_type(call: Caller, kind: str) -> None:
    answer = call("CreateTable", request("thread", "id:S", f"at:{kind}"))
    assert answer["TableDescription"]["KeySchema"] == schema("id:S", f"at:{kind}")
    assert call("DescribeTable", {"TableName": "thread"}) == {
        "Table": {
            **answer["TableDescription"],
            "TableStatus": "ACTIVE",
            "ItemCount": 0,
            "TableSizeBytes": 0,
        }
    }


@pytest.mark.parametrize("name", ["abc", "a.b-c_D9", "...", "x" * 255])
def test_names_have_3_to_255_characters(call: Caller, name: str) -> None:
    call("CreateTable", request(name))
    assert call("ListTables") == {"TableNames": [name]}


def test_a_key_attribute_has_any_name_of_1_to_255_characters(call: Caller) -> None:
    create(call, "thread", f"{'ü' * 255}:S", "#1 :x:N")
    assert call("DescribeTable", {"TableName": "thread"})["Table"]["KeySchema"] == {
        "HashKeyElement": {"AttributeName": "ü" * 255, "AttributeType": "S"},
        "RangeKeyElement": {"AttributeName": "#1 :x", "AttributeType": "N"},
    }


def test_a_name_can_be_used_once(call: Caller, simple: str) -> None:
    assert call.refused("CreateTable", request(simple, "other:N")) == (
        400,
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Duplicate table name: simple",
    )
    assert call("DescribeTable", {"TableName": simple}) == {
        "Table": described(simple, "ACTIVE", ItemCount=0, TableSizeBytes=0)
    }


def test_a_name_can_be_used_again_after_the_table_has_ended(call: Caller, simple: str) -> None:
    put(call, simple, id=s("a"))
    call("DeleteTable", {"TableName": simple})
    create(call, simple, "other:N")
    assert call("DescribeTable", {"TableName": simple}) == {
        "Table": described(simple, "ACTIVE", "other:N", ItemCount=0, TableSizeBytes=0)
    }
    assert call("Scan", {"TableName": simple})["Items"] == []


def test_totals_count_items_and_their_bytes_as_they_are(call: Caller, ranged: str) -> None:
    # 2 + 1 for the hash key, 2 + 2 for the range key, 1 + 10 for the attribute; 100 for indexing.
    for number in range(3):
        put(call, ranged, id=s("a"), at=n(number + 1), x=s("y" * 10))
    table = call("DescribeTable", {"TableName": ranged})["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (3, 3 * 118)
    put(call, ranged, id=s("a"), at=n(1), x=s("y"))
    call("DeleteItem", {"TableName": ranged, "Key": key(s("a"), n(2))})
    table = call("DescribeTable", {"TableName": ranged})["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (2, 109 + 118)
    for number in (1, 3, 4):
        call("DeleteItem", {"TableName": ranged, "Key": key(s("a"), n(number))})
    table = call("DescribeTable", {"TableName": ranged})["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)


@pytest.mark.parametrize("operation", ["DescribeTable", "DeleteTable"])
def test_a_table_that_is_not_there_is_not_found(call: Caller, operation: str) -> None:
    assert call.refused(operation, {"TableName": "nowhere"}) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Table: nowhere not found",
    )


def test_updating_a_table_that_is_not_there(call: Caller) -> None:
    update = {"TableName": "nowhere", "ProvisionedThroughput": UNITS}
    assert call.refused("UpdateTable", update) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Table: nowhere not found",
    )


def test_a_deleted_table_is_answered_as_it_is_being_deleted(call: Caller, simple: str) -> None:
    assert call("DeleteTable", {"TableName": simple}) == {
        "TableDescription": described(simple, "DELETING")
    }
    assert call("ListTables") == {"TableNames": []}


class TestListTables:
    @pytest.fixture(autouse=True)
    def tables(self, call: Caller) -> None:
        for name in ("ccc", "aaa", "bbb", "Zzz", "ddd"):
            create(call, name, "id:S")

    def test_all_names_in_order(self, call: Caller) -> None:
        assert call("ListTables") == {"TableNames": ["Zzz", "aaa", "bbb", "ccc", "ddd"]}

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            ({"Limit": 2}, {"TableNames": ["Zzz", "aaa"], "LastEvaluatedTableName": "aaa"}),
            ({"Limit": 5}, {"TableNames": ["Zzz", "aaa", "bbb", "ccc", "ddd"]}),
            ({"Limit": 100}, {"TableNames": ["Zzz", "aaa", "bbb", "ccc", "ddd"]}),
            ({"ExclusiveStartTableName": "bbb"}, {"TableNames": ["ccc", "ddd"]}),
            (
                {"ExclusiveStartTableName": "bba", "Limit": 1},
                {"TableNames": ["bbb"], "LastEvaluatedTableName": "bbb"},
            ),
            ({"ExclusiveStartTableName": "ddd"}, {"TableNames": []}),
            ({"ExclusiveStartTableName": "zzz"}, {"TableNames": []}),
        ],
    )
    def test_pages(self, call: Caller, request_: Json, answer: Json) -> None:
        assert call("ListTables", request_) == answer


def test_a_page_of_names_has_100(call: Caller) -> None:
    names = [f"table-{number:03}" for number in range(101)]
    for name in names:
        create(call, name, "id:S")
    assert call("ListTables") == {
        "TableNames": names[:100],
        "LastEvaluatedTableName": "table-099",
    }
    assert call("ListTables", {"ExclusiveStartTableName": "table-099"}) == {
        "TableNames": ["table-100"]
    }


class TestLife:
    """Statuses come and go by the clock."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=60, delay_updating=30, delay_deleting=10)

    def status(self, call: Caller, name: str = "thread") -> str:
        text = call("DescribeTable", {"TableName": name})["Table"]["TableStatus"]
        assert isinstance(text, str)
        return text

    def in_use(self, doing: str) -> tuple[int, str, str]:
        message = (
            f"Attempt to change a resource which is still in use: Table is being {doing}: thread"
        )
        return 400, "ResourceInUseException", message

    DUPLICATE = (
        400,
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Duplicate table name: thread",
    )
    UPDATE: ClassVar[Json] = {
        "TableName": "thread",
        "ProvisionedThroughput": {"ReadCapacityUnits": 6, "WriteCapacityUnits": 5},
    }
    ITEMS = (
        ("GetItem", {"TableName": "thread", "Key": key(s("a"))}),
        ("PutItem", {"TableName": "thread", "Item": {"id": s("a")}}),
        ("DeleteItem", {"TableName": "thread", "Key": key(s("a"))}),
        ("UpdateItem", {"TableName": "thread", "Key": key(s("a")), "AttributeUpdates": {}}),
        ("Scan", {"TableName": "thread"}),
        ("BatchGetItem", {"RequestItems": {"thread": {"Keys": [key(s("a"))]}}}),
        (
            "BatchWriteItem",
            {"RequestItems": {"thread": [{"PutRequest": {"Item": {"id": s("a")}}}]}},
        ),
    )

    def test_creating(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        assert self.status(call) == "CREATING"
        assert call("ListTables") == {"TableNames": ["thread"]}
        assert call.refused("CreateTable", request("thread")) == self.DUPLICATE
        assert call.refused("UpdateTable", self.UPDATE) == self.in_use("created")
        assert call.refused("DeleteTable", {"TableName": "thread"}) == self.in_use("created")
        call.clock.advance(59)
        assert self.status(call) == "CREATING"
        call.clock.advance(1)
        assert self.status(call) == "ACTIVE"

    @pytest.mark.parametrize(("operation", "body"), ITEMS)
    def test_items_wait_until_a_table_is_created(
        self, call: Caller, operation: str, body: Json
    ) -> None:
        create(call, "thread", "id:S")
        assert call.refused(operation, body) == (
            400,
            "ResourceNotFoundException",
            "Requested resource not found",
        )
        call.clock.advance(60)
        call(operation, body)

    def test_an_update_is_shown_and_holds_after_its_delay(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        answer = call("UpdateTable", self.UPDATE)
        assert answer == {
            "TableDescription": described(
                "thread",
                "UPDATING",
                ProvisionedThroughput={**UNITS, "LastIncreaseDateTime": START + 60},
            )
        }
        table = call("DescribeTable", {"TableName": "thread"})["Table"]
        assert table == {**answer["TableDescription"], "ItemCount": 0, "TableSizeBytes": 0}
        call.clock.advance(30)
        assert call("DescribeTable", {"TableName": "thread"})["Table"] == {
            **table,
            "TableStatus": "ACTIVE",
            "ProvisionedThroughput": {
                "ReadCapacityUnits": 6,
                "WriteCapacityUnits": 5,
                "LastIncreaseDateTime": START + 60,
            },
        }

    def test_a_table_that_is_updating_is_not_changed(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("UpdateTable", self.UPDATE)
        assert call.refused("CreateTable", request("thread")) == self.DUPLICATE
        assert call.refused("UpdateTable", self.UPDATE) == self.in_use("updated")
        assert call.refused("DeleteTable", {"TableName": "thread"}) == self.in_use("updated")

    @pytest.mark.parametrize(("operation", "body"), ITEMS)
    def test_items_can_be_used_while_a_table_is_updating(
        self, call: Caller, operation: str, body: Json
    ) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("UpdateTable", self.UPDATE)
        call(operation, body)
        assert self.status(call) == "UPDATING"

    def test_a_table_is_deleting_until_its_delay_has_passed(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        deleting = {"TableDescription": described("thread", "DELETING")}
        assert call("DeleteTable", {"TableName": "thread"}) == deleting
        assert self.status(call) == "DELETING"
        assert call("ListTables") == {"TableNames": ["thread"]}
        call.clock.advance(10)
        assert call("ListTables") == {"TableNames": []}

    def test_a_table_that_is_deleting_is_not_changed(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("DeleteTable", {"TableName": "thread"})
        assert call.refused("CreateTable", request("thread")) == self.DUPLICATE
        assert call.refused("UpdateTable", self.UPDATE) == self.in_use("deleted")

    def test_a_deleted_table_cannot_be_deleted(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("DeleteTable", {"TableName": "thread"})
        call.clock.advance(10)
        assert call.refused("DeleteTable", {"TableName": "thread"}) == (
            400,
            "ResourceNotFoundException",
            "Requested resource not found: Table: thread not found",
        )

    def test_the_name_of_a_deleted_table_is_free(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("DeleteTable", {"TableName": "thread"})
        call.clock.advance(10)
        create(call, "thread", "id:S")
        assert self.status(call) == "CREATING"

    def test_deleting_a_table_again_does_not_prolong_it(self, call: Caller) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        first = call("DeleteTable", {"TableName": "thread"})
        call.clock.advance(9)
        assert call("DeleteTable", {"TableName": "thread"}) == first
        call.clock.advance(1)
        assert call("ListTables") == {"TableNames": []}

    @pytest.mark.parametrize(("operation", "body"), ITEMS)
    def test_items_can_be_used_until_a_table_is_deleted(
        self, call: Caller, operation: str, body: Json
    ) -> None:
        create(call, "thread", "id:S")
        call.clock.advance(60)
        call("DeleteTable", {"TableName": "thread"})
        call(operation, body)
        call.clock.advance(10)
        assert call.refused(operation, body) == (
            400,
            "ResourceNotFoundException",
            "Requested resource not found",
        )

    def test_10_tables_can_be_on_their_way(self, call: Caller) -> None:
        for number in range(10):
            create(call, f"table-{number}", "id:S")
        refusal = (
            400,
            "LimitExceededException",
            "Subscriber limit exceeded: Only 10 tables can be created, updated, or deleted "
            "simultaneously",
        )
        assert call.refused("CreateTable", request("one-more")) == refusal
        call.clock.advance(60)
        create(call, "one-more", "id:S")
        for number in range(9):
            call("DeleteTable", {"TableName": f"table-{number}"})
        assert call.refused("DeleteTable", {"TableName": "table-9"}) == refusal
        assert call.refused("UpdateTable", {**self.UPDATE, "TableName": "table-9"}) == refusal
        call.clock.advance(10)
        call("DeleteTable", {"TableName": "table-9"})


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=60, limits="none")

    def test_any_number_of_tables_can_be_on_their_way(self, call: Caller) -> None:
        for number in range(300):
            create(call, f"table-{number}", "id:S")
        status = call("DescribeTable", {"TableName": "table-0"})["Table"]["TableStatus"]
        assert status == "CREATING"


def test_there_can_be_256_tables(call: Caller) -> None:
    for number in range(256):
        create(call, f"table-{number}", "id:S")
    assert call.refused("CreateTable", request("one-more")) == (
        400,
        "LimitExceededException",
        "Subscriber limit exceeded: There is a limit of 256 tables per subscriber",
    )
    call("DeleteTable", {"TableName": "table-0"})
    create(call, "one-more", "id:S")


class TestThroughput:
    def update(self, call: Caller, reads: int, writes: int) -> Json:
        units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
        request = {"TableName": "simple", "ProvisionedThroughput": units}
        answer: Json = call("UpdateTable", request)["TableDescription"]["ProvisionedThroughput"]
        return answer

    def refused(self, call: Caller, reads: int, writes: int) -> tuple[int, str, str | None]:
        units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
        return call.refused("UpdateTable", {"TableName": "simple", "ProvisionedThroughput": units})

    def throughput(self, call: Caller) -> Json:
        table: Json = call("DescribeTable", {"TableName": "simple"})["Table"]
        units: Json = table["ProvisionedThroughput"]
        return units

    @pytest.fixture(autouse=True)
    def table(self, simple: str) -> None:
        pass

    @pytest.mark.parametrize(("reads", "writes"), [(6, 5), (5, 6), (10, 10), (10, 5), (7, 9)])
    def test_each_unit_can_be_doubled(self, call: Caller, reads: int, writes: int) -> None:
        call.clock.advance(5)
        assert self.update(call, reads, writes) == {**UNITS, "LastIncreaseDateTime": START + 5}
        assert self.throughput(call) == {
            "ReadCapacityUnits": reads,
            "WriteCapacityUnits": writes,
            "LastIncreaseDateTime": START + 5,
        }

    @pytest.mark.parametrize(
        ("reads", "writes", "role", "requested"),
        [(11, 5, "Read", 11), (5, 11, "Write", 11), (11, 12, "Read", 11), (1, 100, "Write", 100)],
    )
    def test_no_unit_can_be_more_than_doubled(
        self, call: Caller, reads: int, writes: int, role: str, requested: int
    ) -> None:
        assert self.refused(call, reads, writes) == (
            400,
            "LimitExceededException",
            "Requested provisioned throughput change is not allowed. "
            f"The {role}CapacityUnits change must be at most 100 percent of current value. "
            f"Current {role}CapacityUnits provisioned for the table: 5. "
            f"Requested {role}CapacityUnits: {requested}.",
        )
        assert self.throughput(call) == UNITS

    def test_doubling_twice(self, call: Caller) -> None:
        self.update(call, 10, 10)
        self.update(call, 20, 10)
        assert self.throughput(call) == {
            "ReadCapacityUnits": 20,
            "WriteCapacityUnits": 10,
            "LastIncreaseDateTime": START,
        }

    def test_one_decrease_in_a_day(self, call: Caller) -> None:
        decreased = {
            "LastDecreaseDateTime": START,
            "NumberOfDecreasesToday": 1,
        }
        assert self.update(call, 4, 5) == {**UNITS, **decreased}
        call.clock.advance(hours=1)
        message = (
            "Subscriber limit exceeded: Provisioned throughput can be decreased only once within "
            "the UTC day. Last decrease time: Monday, September 21, 2026 2:13:20 PM UTC, "
            "Request time: Monday, September 21, 2026 3:13:20 PM UTC"
        )
        assert self.refused(call, 4, 4) == (400, "LimitExceededException", message)
        assert self.refused(call, 8, 4) == (400, "LimitExceededException", message)
        assert self.throughput(call) == {
            "ReadCapacityUnits": 4,
            "WriteCapacityUnits": 5,
            **decreased,
        }

    def test_a_new_utc_day_brings_a_new_decrease(self, call: Caller) -> None:
        self.update(call, 4, 5)
        midnight = 86400 - START % 86400
        call.clock.advance(midnight - 1)
        assert self.refused(call, 4, 4)[1] == "LimitExceededException"
        call.clock.advance(1)
        assert self.throughput(call)["NumberOfDecreasesToday"] == 0
        self.update(call, 4, 4)
        assert self.throughput(call) == {
            "ReadCapacityUnits": 4,
            "WriteCapacityUnits": 4,
            "LastDecreaseDateTime": START + midnight,
            "NumberOfDecreasesToday": 1,
        }

    def test_one_update_can_increase_one_unit_and_decrease_the_other(self, call: Caller) -> None:
        self.update(call, 10, 1)
        assert self.throughput(call) == {
            "ReadCapacityUnits": 10,
            "WriteCapacityUnits": 1,
            "LastIncreaseDateTime": START,
            "LastDecreaseDateTime": START,
            "NumberOfDecreasesToday": 1,
        }

    def test_increases_are_not_counted(self, call: Caller) -> None:
        self.update(call, 4, 5)
        for writes in range(6, 12):
            self.update(call, 4, writes)
        assert self.throughput(call)["WriteCapacityUnits"] == 11

    def test_an_update_is_to_change_something(self, call: Caller) -> None:
        assert self.refused(call, 5, 5) == (
            400,
            "ValidationException",
            "The provisioned throughput for the table will not change. The requested value equals "
            "the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
            "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. "
            "Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for "
            "current limits and how to request higher limits.",
        )


class TestMoreDecreases:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(throughput_decreases=6)

    def test_a_setting_tells_how_many_decreases_a_day_has(self, call: Caller) -> None:
        units = {"ReadCapacityUnits": 100, "WriteCapacityUnits": 5}
        body = {"TableName": "thread", "KeySchema": schema("id:S"), "ProvisionedThroughput": units}
        call("CreateTable", body)
        for reads in range(99, 93, -1):
            units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": 5}
            call("UpdateTable", {"TableName": "thread", "ProvisionedThroughput": units})
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 5}
        time = "Monday, September 21, 2026 2:13:20 PM UTC"
        assert call.refused(
            "UpdateTable", {"TableName": "thread", "ProvisionedThroughput": units}
        ) == (
            400,
            "LimitExceededException",
            "Subscriber limit exceeded: Provisioned throughput can be decreased only 6 times "
            f"within the UTC day. Last decrease time: {time}, Request time: {time}",
        )
