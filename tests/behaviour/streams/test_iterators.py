"""Iterators and pages: GetShardIterator and GetRecords."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from tests.behaviour.calling import START, Caller
from tests.behaviour.streams.reading import ARN, Streams, create, disable, put

FOUR_HOURS = 4 * 3600
DAY = 24 * 3600


def data(records: list[dict[str, Any]]) -> str:
    return "".join(record["dynamodb"]["NewImage"]["data"]["S"] for record in records)


@pytest.fixture
def arn(call: Caller, clock: ManualClock) -> str:
    """The stream of a table to whose one item a, b and c were put, each 10 seconds later."""
    arn = create(call)
    for letter in "abc":
        clock.advance(seconds=10)
        put(call, data=letter)
    return arn


def sequence_numbers(streams: Streams, arn: str) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in streams.records(arn)]


def test_an_iterator_begins_with_the_streams_arn(streams: Streams, arn: str) -> None:
    iterator = streams.iterator(arn)
    assert iterator.startswith(f"{arn}|1|AAAAAAAAAA")


def test_the_trim_horizon_is_the_first_record(streams: Streams, arn: str) -> None:
    records, following = streams.page(streams.iterator(arn))
    assert data(records) == "abc"
    assert following is not None


def test_latest_is_after_the_last_record(call: Caller, streams: Streams, arn: str) -> None:
    iterator = streams.iterator(arn, "LATEST")
    records, following = streams.page(iterator)
    assert records == []
    put(call, data="d")
    assert following is not None
    assert data(streams.page(following)[0]) == data(streams.page(iterator)[0]) == "d"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("AT_SEQUENCE_NUMBER", "bc"), ("AFTER_SEQUENCE_NUMBER", "c")],
)
def test_sequence_numbers_choose_a_position(
    streams: Streams, arn: str, kind: str, expected: str
) -> None:
    number = sequence_numbers(streams, arn)[1]
    iterator = streams.iterator(arn, kind, SequenceNumber=number)
    assert data(streams.page(iterator)[0]) == expected


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
@pytest.mark.parametrize(("difference", "expected"), [(-1, "bc"), (1, "c")])
def test_a_number_between_two_records_is_before_the_second(
    streams: Streams, arn: str, kind: str, difference: int, expected: str
) -> None:
    number = int(sequence_numbers(streams, arn)[1]) + difference
    iterator = streams.iterator(arn, kind, SequenceNumber=str(number))
    assert data(streams.page(iterator)[0]) == expected


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_the_starting_number_gives_the_whole_shard(streams: Streams, arn: str, kind: str) -> None:
    [shard] = streams.shards(arn)
    start = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    assert data(streams.page(streams.iterator(arn, kind, SequenceNumber=start))[0]) == "abc"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-5 * DAY, "abc"), (10, "abc"), (10.001, "bc"), (20, "bc"), (30, "c")],
)
def test_a_timestamp_chooses_the_first_record_from_then_on(
    streams: Streams, arn: str, seconds: float, expected: str
) -> None:
    iterator = streams.iterator(arn, "AT_TIMESTAMP", Timestamp=START + seconds)
    assert data(streams.page(iterator)[0]) == expected


def test_a_timestamp_after_the_last_record_is_like_latest(
    call: Caller, streams: Streams, arn: str, clock: ManualClock
) -> None:
    clock.advance(seconds=10)
    iterator = streams.iterator(arn, "AT_TIMESTAMP", Timestamp=START + 35)
    put(call, data="d")
    assert data(streams.page(iterator)[0]) == "d"


NUMBER = "1" * 21


@pytest.mark.parametrize(
    "members",
    [
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "TRIM_HORIZON", "SequenceNumber": NUMBER},
        {"ShardIteratorType": "LATEST", "SequenceNumber": NUMBER},
        {"ShardIteratorType": "AT_TIMESTAMP", "SequenceNumber": NUMBER, "Timestamp": START},
        {"ShardIteratorType": "AT_TIMESTAMP"},
        {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": START + 31},
        {"ShardIteratorType": "LATEST", "Timestamp": START},
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "dog" * 7},
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "17"},
        {"ShardIteratorType": "SOMEWHERE"},
        {},
    ],
)
def test_positions_that_say_too_much_or_too_little_are_refused(
    streams: Streams, arn: str, members: dict[str, Any]
) -> None:
    request = {"StreamArn": arn, "ShardId": streams.shard_ids(arn)[0], **members}
    status, kind, _ = streams.call.refused("GetShardIterator", request)
    assert (status, kind) == (400, "ValidationException")


def test_an_unknown_shard_does_not_exist(streams: Streams, arn: str) -> None:
    request = {
        "StreamArn": arn,
        "ShardId": "adfasdasdasdasdasdasdasdasdasasdasd",
        "ShardIteratorType": "LATEST",
    }
    assert streams.call.refused("GetShardIterator", request) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )


def test_all_violated_constraints_are_reported(streams: Streams) -> None:
    _, _, message = streams.call.refused("GetShardIterator", {"ShardIteratorType": "SOMEWHERE"})
    assert message == (
        "3 validation errors detected: Value null at 'streamArn' failed to satisfy constraint: "
        "Member must not be null; Value null at 'shardId' failed to satisfy constraint: Member "
        "must not be null; Value 'SOMEWHERE' at 'shardIteratorType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER, "
        "AFTER_SEQUENCE_NUMBER, AT_TIMESTAMP]"
    )


def test_pages_follow_one_another(streams: Streams, arn: str) -> None:
    iterator: str | None = streams.iterator(arn)
    pages: list[str] = []
    while iterator is not None and len(pages) < 4:
        page, iterator = streams.page(iterator, Limit=1)
        pages.append(data(page))
    assert pages == ["a", "b", "c", ""]


def test_a_closed_shard_ends_with_its_last_record(call: Caller, streams: Streams, arn: str) -> None:
    disable(call)
    iterator: str | None = streams.iterator(arn)
    pages: list[str] = []
    while iterator is not None:
        page, iterator = streams.page(iterator, Limit=2)
        pages.append(data(page))
    assert pages == ["ab", "c"]
    assert streams.page(streams.iterator(arn, "LATEST")) == ([], None)


def test_a_page_has_at_most_a_megabyte(call: Caller, streams: Streams) -> None:
    arn = create(call, "NEW_IMAGE")
    for number in range(8):
        put(call, sk=str(number), data="x" * 300_000)
    iterator: str | None = streams.iterator(arn)
    pages: list[int] = []
    while iterator is not None and sum(pages) < 8:
        page, iterator = streams.page(iterator)
        pages.append(len(page))
    assert pages == [3, 3, 2]


@pytest.mark.parametrize("limit", [-1, 0, 1001])
def test_pages_have_1_to_1000_records(streams: Streams, arn: str, limit: int) -> None:
    bound = "less than or equal to 1000" if limit > 0 else "greater than or equal to 1"
    request = {"ShardIterator": streams.iterator(arn), "Limit": limit}
    assert streams.call.refused("GetRecords", request) == (
        400,
        "ValidationException",
        f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


def test_an_iterator_is_valid_for_15_minutes(
    streams: Streams, arn: str, clock: ManualClock
) -> None:
    iterator = streams.iterator(arn)
    clock.advance(seconds=899)
    assert data(streams.page(iterator)[0]) == data(streams.page(iterator)[0]) == "abc"
    clock.advance(seconds=2)
    assert streams.call.refused("GetRecords", {"ShardIterator": iterator}) == (
        400,
        "ExpiredIteratorException",
        "Iterator expired. The iterator was created at time Mon Sep 21 14:13:50 UTC 2026 while "
        "right now it is Mon Sep 21 14:28:51 UTC 2026 which is further in the future than the "
        "tolerated delay of 900000 milliseconds.",
    )


def test_each_iterator_is_valid_for_15_minutes_of_its_own(
    streams: Streams, arn: str, clock: ManualClock
) -> None:
    iterator: str | None = streams.iterator(arn)
    for _ in range(10):
        clock.advance(seconds=600)
        assert iterator is not None
        _, iterator = streams.page(iterator)


def _forged(iterator: str) -> str:
    return iterator[:-6] + ("AAAAA=" if iterator[-6:] != "AAAAA=" else "BAAAA=")


@pytest.mark.parametrize(
    "forge",
    [
        lambda iterator: "x",
        lambda iterator: f"{ARN}/stream/2026-09-21T14:13:20.000|1|{'A' * 40}",
        lambda iterator: iterator.replace("|1|", "|2|"),
        lambda iterator: iterator + "AAAA",
        _forged,
    ],
)
def test_made_up_iterators_are_refused(streams: Streams, arn: str, forge: Any) -> None:
    forgery = forge(streams.iterator(arn))
    assert streams.call.refused("GetRecords", {"ShardIterator": forgery}) == (
        400,
        "ValidationException",
        "Invalid ShardIterator",
    )


class TestTrimming:
    def test_records_are_readable_for_a_day(
        self, call: Caller, streams: Streams, arn: str, clock: ManualClock
    ) -> None:
        clock.advance(seconds=DAY - 15)
        assert data(streams.records(arn)) == "bc"
        clock.advance(seconds=15)
        assert streams.records(arn) == []

    def test_a_position_of_a_trimmed_record_is_refused(
        self, call: Caller, streams: Streams, arn: str, clock: ManualClock
    ) -> None:
        [shard] = streams.shards(arn)
        first, second, third = sequence_numbers(streams, arn)
        clock.advance(seconds=DAY - 5)
        for kind, number in (
            ("AT_SEQUENCE_NUMBER", first),
            ("AFTER_SEQUENCE_NUMBER", first),
            ("AT_SEQUENCE_NUMBER", second),
        ):
            request = {
                "StreamArn": arn,
                "ShardId": shard["ShardId"],
                "ShardIteratorType": kind,
                "SequenceNumber": number,
            }
            assert streams.call.refused("GetShardIterator", request) == (
                400,
                "TrimmedDataAccessException",
                "The data you are trying to access has been trimmed",
            )
        after = {"SequenceNumber": second, "shard": shard["ShardId"]}
        iterator = streams.iterator(arn, "AFTER_SEQUENCE_NUMBER", **after)
        assert data(streams.page(iterator)[0]) == "c"
        assert third

    def test_an_iterator_loses_its_place_if_records_after_it_are_trimmed(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        put(call, data="a")
        clock.advance(seconds=10)
        put(call, data="b")
        [first, _] = sequence_numbers(streams, arn)
        shard = streams.shard_ids(arn)[0]
        clock.advance(seconds=DAY - 100)
        after = {"SequenceNumber": first, "shard": shard}
        iterator = streams.iterator(arn, "AFTER_SEQUENCE_NUMBER", **after)
        oldest = streams.iterator(arn, shard=shard)
        clock.advance(seconds=100)
        assert streams.call.refused("GetRecords", {"ShardIterator": iterator}) == (
            400,
            "TrimmedDataAccessException",
            "The data you are trying to access has been trimmed",
        )
        assert streams.page(oldest) == ([], None)

    def test_an_idle_shard_loses_nothing(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        for _ in range(40):
            iterator = streams.iterator(arn, "LATEST")
            clock.advance(seconds=890)
            assert streams.page(iterator)[0] == []
        put(call, data="a")
        assert data(streams.records(arn)) == "a"
