"""BatchGetItem and BatchWriteItem of the first API."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, create, get, key, n, put, s

DUPLICATES = (400, "ValidationException", "Provided list of item keys contains duplicates")
NOT_FOUND = (400, "ResourceNotFoundException", "Requested resource not found")


def batch_get(call: Caller, **tables: Json) -> Json:
    return call("BatchGetItem", {"RequestItems": tables})


def batch_write(call: Caller, **tables: list[Json]) -> Json:
    return call("BatchWriteItem", {"RequestItems": tables})


def putting(**attributes: Json) -> Json:
    return {"PutRequest": {"Item": attributes}}


def deleting(item_key: Json) -> Json:
    return {"DeleteRequest": {"Key": item_key}}


class TestBatchGetItem:
    def test_items_of_several_tables(self, call: Caller, simple: str, ranged: str) -> None:
        put(call, simple, id=s("a"), x=n(1))
        put(call, simple, id=s("b"), x=n(2))
        put(call, ranged, id=s("a"), at=n(1), x=n(3))
        answer = batch_get(
            call,
            simple={"Keys": [key(s("a")), key(s("b"))]},
            ranged={"Keys": [key(s("a"), n(1))], "ConsistentRead": True},
        )
        assert answer == {
            "Responses": {
                "simple": {
                    "Items": [{"id": s("a"), "x": n(1)}, {"id": s("b"), "x": n(2)}],
                    "ConsumedCapacityUnits": 1.0,
                },
                "ranged": {
                    "Items": [{"id": s("a"), "at": n(1), "x": n(3)}],
                    "ConsumedCapacityUnits": 1.0,
                },
            },
            "UnprocessedKeys": {},
        }

    @pytest.mark.parametrize(("consistent", "units"), [(None, 1.5), (False, 1.5), (True, 3.0)])
    def test_missing_items_are_left_out_and_paid_for(
        self, call: Caller, simple: str, consistent: bool | None, units: float
    ) -> None:
        put(call, simple, id=s("b"))
        keys = {"Keys": [key(s(name)) for name in "abc"], "ConsistentRead": consistent}
        assert batch_get(call, simple=keys) == {
            "Responses": {"simple": {"Items": [{"id": s("b")}], "ConsumedCapacityUnits": units}},
            "UnprocessedKeys": {},
        }

    def test_units_are_of_each_item(self, call: Caller, simple: str) -> None:
        for name, size in (("a", 1025), ("b", 1024), ("c", 100)):
            put(call, simple, id=s(name), x=s("x" * (size - 4)))
        keys = {"Keys": [key(s(name)) for name in "abc"], "AttributesToGet": ["id"]}
        assert batch_get(call, simple=keys)["Responses"]["simple"] == {
            "Items": [{"id": s("a")}, {"id": s("b")}, {"id": s("c")}],
            "ConsumedCapacityUnits": 2.0,
        }

    def test_only_the_attributes_asked_for_of_each_table(
        self, call: Caller, simple: str, ranged: str
    ) -> None:
        put(call, simple, id=s("a"), x=n(1))
        put(call, ranged, id=s("a"), at=n(1), x=n(3))
        answer = batch_get(
            call,
            simple={"Keys": [key(s("a"))], "AttributesToGet": ["x"]},
            ranged={"Keys": [key(s("a"), n(1))], "AttributesToGet": ["at", "none"]},
        )
        assert answer["Responses"]["simple"]["Items"] == [{"x": n(1)}]
        assert answer["Responses"]["ranged"]["Items"] == [{"at": n(1)}]

    def test_100_keys(self, call: Caller, ranged: str) -> None:
        for number in range(0, 100, 2):
            put(call, ranged, id=s("a"), at=n(number))
        keys = [key(s("a"), n(number)) for number in range(100)]
        answer = batch_get(call, ranged={"Keys": keys})
        assert answer == {
            "Responses": {
                "ranged": {
                    "Items": [{"id": s("a"), "at": n(number)} for number in range(0, 100, 2)],
                    "ConsumedCapacityUnits": 50.0,
                }
            },
            "UnprocessedKeys": {},
        }

    def test_20_items_of_50_kb_fit(self, call: Caller, simple: str) -> None:
        for number in range(20):
            put(call, simple, id=s(f"{number:02}"), x=s("x" * (51200 - 5)))
        keys = [key(s(f"{number:02}")) for number in range(20)]
        answer = batch_get(call, simple={"Keys": keys})
        assert len(answer["Responses"]["simple"]["Items"]) == 20
        assert answer["Responses"]["simple"]["ConsumedCapacityUnits"] == 20 * 25.0
        assert answer["UnprocessedKeys"] == {}

    @pytest.mark.parametrize("members", [{}, {"AttributesToGet": ["id"], "ConsistentRead": True}])
    def test_what_is_over_1_mb_is_left_to_be_asked_for_again(
        self, call: Caller, simple: str, members: Json
    ) -> None:
        for number in range(17):
            put(call, simple, id=s(f"{number:02}"), x=s("x" * (65536 - 5)))
        keys = [key(s(f"{number:02}")) for number in range(17)]
        answer = batch_get(call, simple={"Keys": keys, **members})
        assert [item["id"]["S"] for item in answer["Responses"]["simple"]["Items"]] == [
            f"{number:02}" for number in range(16)
        ]
        assert answer["UnprocessedKeys"] == {"simple": {"Keys": keys[16:], **members}}
        rest = batch_get(call, **answer["UnprocessedKeys"])
        assert [item["id"]["S"] for item in rest["Responses"]["simple"]["Items"]] == ["16"]
        assert rest["UnprocessedKeys"] == {}

    def test_all_tables_share_1_mb(self, call: Caller, simple: str, ranged: str) -> None:
        for number in range(9):
            put(call, simple, id=s(str(number)), x=s("x" * (65536 - 4)))
            put(call, ranged, id=s("a"), at=n(number), x=s("x" * (65536 - 16)))
        tables = {
            "simple": {"Keys": [key(s(str(number))) for number in range(9)]},
            "ranged": {"Keys": [key(s("a"), n(number)) for number in range(9)]},
        }
        answer = batch_get(call, **tables)
        assert len(answer["Responses"]["simple"]["Items"]) == 9
        assert len(answer["Responses"]["ranged"]["Items"]) == 7
        left = tables["ranged"]["Keys"][7:]
        assert answer["UnprocessedKeys"] == {"ranged": {"Keys": left}}

    def test_no_key_can_be_there_twice(self, call: Caller, ranged: str) -> None:
        for other in ("1", "1.0", "1e0"):
            keys = [key(s("a"), n("1")), key(s("b"), n("1")), key(s("a"), n(other))]
            request = {"RequestItems": {"ranged": {"Keys": keys}}}
            assert call.refused("BatchGetItem", request) == DUPLICATES

    def test_the_same_key_in_two_tables_is_no_duplicate(self, call: Caller, simple: str) -> None:
        create(call, "other", "id:S")
        keys = {"Keys": [key(s("a"))]}
        assert set(batch_get(call, simple=keys, other=keys)["Responses"]) == {"simple", "other"}

    def test_every_table_has_to_be_there(self, call: Caller, simple: str) -> None:
        keys = {"Keys": [key(s("a"))]}
        request = {"RequestItems": {"simple": keys, "nowhere": keys}}
        assert call.refused("BatchGetItem", request) == NOT_FOUND

    @pytest.mark.parametrize("counts", [(51, 50), (100, 1)])
    def test_more_than_100_keys_in_all(
        self, call: Caller, simple: str, counts: tuple[int, int]
    ) -> None:
        create(call, "other", "id:S")
        one, other = ([key(s(str(number))) for number in range(count)] for count in counts)
        request = {"RequestItems": {"simple": {"Keys": one}, "other": {"Keys": other}}}
        assert call.refused("BatchGetItem", request) == (
            400,
            "ValidationException",
            "Too many items requested for the BatchGetItem call",
        )

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (key(n(1)), "The provided key element does not match the schema"),
            (key(s("a"), n(1)), "The provided key element does not match the schema"),
        ],
    )
    def test_every_key_has_to_fit(
        self, call: Caller, simple: str, wrong: Json, message: str
    ) -> None:
        request = {"RequestItems": {"simple": {"Keys": [key(s("a")), wrong]}}}
        assert call.refused("BatchGetItem", request) == (400, "ValidationException", message)


class TestBatchWriteItem:
    def test_puts_and_deletes_in_several_tables(
        self, call: Caller, simple: str, ranged: str
    ) -> None:
        put(call, simple, id=s("a"), x=n(1))
        put(call, simple, id=s("b"), x=n(1))
        answer = batch_write(
            call,
            simple=[putting(id=s("a"), y=n(2)), deleting(key(s("b"))), deleting(key(s("c")))],
            ranged=[putting(id=s("a"), at=n(1))],
        )
        assert answer == {
            "Responses": {
                "simple": {"ConsumedCapacityUnits": 3.0},
                "ranged": {"ConsumedCapacityUnits": 1.0},
            },
            "UnprocessedItems": {},
        }
        assert get(call, simple, key(s("a"))) == {"id": s("a"), "y": n(2)}
        assert get(call, simple, key(s("b"))) is None
        assert get(call, ranged, key(s("a"), n(1))) == {"id": s("a"), "at": n(1)}

    def test_units_are_of_each_item(self, call: Caller, simple: str) -> None:
        put(call, simple, id=s("a"), x=s("x" * 3000))
        put(call, simple, id=s("b"), x=s("x" * 2000))
        answer = batch_write(
            call,
            simple=[putting(id=s("a")), deleting(key(s("b"))), putting(id=s("c"), x=s("x" * 5000))],
        )
        assert answer["Responses"] == {"simple": {"ConsumedCapacityUnits": 3.0 + 2.0 + 5.0}}

    def test_25_requests(self, call: Caller, simple: str) -> None:
        requests = [putting(id=s(str(number))) for number in range(25)]
        assert batch_write(call, simple=requests) == {
            "Responses": {"simple": {"ConsumedCapacityUnits": 25.0}},
            "UnprocessedItems": {},
        }
        assert call("Scan", {"TableName": simple, "Count": True})["Count"] == 25

    def test_more_than_25_requests_in_all(self, call: Caller, simple: str) -> None:
        create(call, "other", "id:S")
        some = [putting(id=s(str(number))) for number in range(13)]
        request = {"RequestItems": {"simple": some, "other": some}}
        assert call.refused("BatchWriteItem", request) == (
            400,
            "ValidationException",
            "Too many items requested for the BatchWriteItem call",
        )

    @pytest.mark.parametrize(
        "twice",
        [
            [putting(id=s("a"), at=n(1)), putting(id=s("a"), at=n("1.0"), x=n(1))],
            [putting(id=s("a"), at=n(1)), deleting(key(s("a"), n(1)))],
            [deleting(key(s("a"), n(1))), deleting(key(s("a"), n("1e0")))],
        ],
    )
    def test_no_item_can_be_written_twice(
        self, call: Caller, ranged: str, twice: list[Json]
    ) -> None:
        request = {"RequestItems": {"ranged": [putting(id=s("b"), at=n(1)), *twice]}}
        assert call.refused("BatchWriteItem", request) == DUPLICATES
        assert call("Scan", {"TableName": ranged})["Items"] == []

    def test_the_same_key_in_two_tables_is_no_duplicate(self, call: Caller, simple: str) -> None:
        create(call, "other", "id:S")
        batch_write(call, simple=[putting(id=s("a"))], other=[putting(id=s("a"))])
        assert get(call, "other", key(s("a"))) == {"id": s("a")}

    INVALID = "One or more parameter values were invalid: "
    MISMATCH = "The provided key element does not match the schema"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (putting(x=n(1)), MISMATCH),
            (putting(id=n(1)), MISMATCH),
            (deleting(key(n(1))), MISMATCH),
            (deleting(key(s("a"), n(1))), MISMATCH),
            (putting(id=s("x"), x=s("")), f"{INVALID}An AttributeValue may not contain an empty string."),
            (putting(id=s("x"), x=s("x" * 65533)), "Item size has exceeded the maximum allowed size"),
            (
                putting(id=s("x" * 2049)),
                f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes",
            ),
            (
                deleting(key(s("x" * 2049))),
                f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes",
            ),
        ],
    )  # fmt: skip
    def test_one_wrong_request_has_the_whole_batch_refused(
        self, call: Caller, simple: str, wrong: Json, message: str
    ) -> None:
        request = {"RequestItems": {"simple": [putting(id=s("a")), wrong]}}
        assert call.refused("BatchWriteItem", request) == (400, "ValidationException", message)
        assert call("Scan", {"TableName": simple})["Items"] == []

    def test_every_table_has_to_be_there(self, call: Caller, simple: str) -> None:
        request = {
            "RequestItems": {"simple": [putting(id=s("a"))], "nowhere": [putting(id=s("a"))]}
        }
        assert call.refused("BatchWriteItem", request) == NOT_FOUND
        assert get(call, simple, key(s("a"))) is None

    @pytest.mark.parametrize("wrong", [{}, {**putting(id=s("a")), **deleting(key(s("a")))}])
    def test_a_request_either_puts_or_deletes(self, call: Caller, simple: str, wrong: Json) -> None:
        assert call.refused("BatchWriteItem", {"RequestItems": {"simple": [wrong]}}) == (
            400,
            "ValidationException",
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
        )

    def test_binary_keys(self, call: Caller) -> None:
        table = create(call, "binaries", "id:B")
        batch_write(call, binaries=[putting(id=b("AA==")), putting(id=b("AAA="))])
        batch_write(call, binaries=[deleting(key(b("AA==")))])
        assert call("Scan", {"TableName": table})["Items"] == [{"id": b("AAA=")}]


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_batches_can_be_of_any_number(self, call: Caller, simple: str) -> None:
        requests: list[Any] = [putting(id=s(f"{number:03}")) for number in range(150)]
        assert batch_write(call, simple=requests) == {
            "Responses": {"simple": {"ConsumedCapacityUnits": 150.0}},
            "UnprocessedItems": {},
        }
        keys = [key(s(f"{number:03}")) for number in range(150)]
        answer = batch_get(call, simple={"Keys": keys})
        assert len(answer["Responses"]["simple"]["Items"]) == 150
        assert answer["UnprocessedKeys"] == {}

    def test_and_of_any_size(self, call: Caller, simple: str) -> None:
        batch_write(
            call, simple=[putting(id=s(str(number)), x=s("x" * 2**17)) for number in range(10)]
        )
        keys = [key(s(str(number))) for number in range(10)]
        answer = batch_get(call, simple={"Keys": keys})
        assert len(answer["Responses"]["simple"]["Items"]) == 10
        assert answer["UnprocessedKeys"] == {}
