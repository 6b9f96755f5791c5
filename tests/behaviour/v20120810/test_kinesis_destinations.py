"""Kinesis streaming destinations: states and errors, as recorded."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.streams.reading import create

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/changes"
OTHER = "arn:aws:kinesis:us-east-1:123456789012:stream/others"
STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "


def change(call: Caller, kind: str, arn: str = ARN, **members: Any) -> dict[str, Any]:
    request = {"TableName": "Music", "StreamArn": arn, **members}
    answer: dict[str, Any] = call(f"{kind}KinesisStreamingDestination", request)
    return answer


def described(call: Caller) -> list[dict[str, Any]]:
    answer = call("DescribeKinesisStreamingDestination", {"TableName": "Music"})
    assert answer["TableName"] == "Music"
    destinations: list[dict[str, Any]] = answer["KinesisDataStreamDestinations"]
    return destinations


def refused(call: Caller, kind: str, arn: str = ARN, **members: Any) -> str:
    request = {"TableName": "Music", "StreamArn": arn, **members}
    status, error, message = call.refused(f"{kind}KinesisStreamingDestination", request)
    assert (status, error) == (400, "ValidationException")
    return str(message)


def configuration(kind: str, precision: str) -> dict[str, Any]:
    name = f"{kind}KinesisStreamingConfiguration"
    return {name: {"ApproximateCreationDateTimePrecision": precision}}


def test_a_destination_is_enabled_updated_and_disabled(call: Caller) -> None:
    create(call, None)
    assert described(call) == []
    base = {"TableName": "Music", "StreamArn": ARN}
    assert change(call, "Enable") == base | {
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": {},
    }
    assert described(call) == [{"StreamArn": ARN, "DestinationStatus": "ACTIVE"}]
    microsecond = configuration("Update", "MICROSECOND")
    assert change(call, "Update", **microsecond) == base | {
        "DestinationStatus": "UPDATING",
        **microsecond,
    }
    assert described(call) == [
        {
            "StreamArn": ARN,
            "DestinationStatus": "ACTIVE",
            "ApproximateCreationDateTimePrecision": "MICROSECOND",
        }
    ]
    assert change(call, "Disable") == base | {"DestinationStatus": "DISABLING"}
    assert described(call)[0]["DestinationStatus"] == "DISABLED"
    # enabled again it is the same entry, without its precision
    change(call, "Enable")
    assert described(call) == [{"StreamArn": ARN, "DestinationStatus": "ACTIVE"}]


def test_a_disabled_destination_stays_beside_another(call: Caller) -> None:
    create(call, None)
    change(call, "Enable")
    change(call, "Disable")
    change(call, "Enable", OTHER, **configuration("Enable", "MILLISECOND"))
    assert [(one["StreamArn"], one["DestinationStatus"]) for one in described(call)] == [
        (ARN, "DISABLED"),
        (OTHER, "ACTIVE"),
    ]


def test_a_table_has_one_destination_at_a_time(call: Caller) -> None:
    create(call, None)
    change(call, "Enable")
    for arn in (ARN, OTHER):
        assert refused(call, "Enable", arn) == (
            f"{STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
            "perform ENABLE operation."
        )


def test_what_is_not_active_cannot_be_disabled(call: Caller) -> None:
    create(call, None)
    for arn in (ARN, "not-an-arn"):
        assert refused(call, "Disable", arn) == (
            f"{STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
        )
    assert refused(call, "Disable", EnableKinesisStreamingConfiguration={}) == (
        "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
    )


def test_updates_must_change_something(call: Caller) -> None:
    table_id = (
        create(call, None) or call("DescribeTable", {"TableName": "Music"})["Table"]["TableId"]
    )
    assert refused(call, "Update", **configuration("Update", "MICROSECOND")) == (
        f"{STATE}No streaming destination with streamArn: {ARN} found for table with tableName: "
        "Music"
    )
    change(call, "Enable")
    nothing: list[dict[str, Any]] = [{}, {"UpdateKinesisStreamingConfiguration": {}}]
    for members in nothing:
        assert refused(call, "Update", **members) == (
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        )
    assert refused(call, "Update", **configuration("Update", "MILLISECOND")) == (
        "Invalid Request: Precision is already set to the desired value of MILLISECOND for "
        f"tableId: {table_id}, kdsArn: {ARN}"
    )
    assert refused(call, "Update", **configuration("Update", "SECOND")) == (
        "1 validation error detected: Value 'SECOND' at 'updateKinesisStreamingConfiguration."
        "approximateCreationDateTimePrecision' failed to satisfy constraint: Member must satisfy "
        "enum value set: [MILLISECOND, MICROSECOND]"
    )
    change(call, "Disable")
    assert refused(call, "Update", **configuration("Update", "MICROSECOND")) == (
        f"{STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
        f"state. TableName: Music, kdsArn: {ARN}"
    )


@pytest.mark.parametrize("kind", ["Enable", "Disable", "Update", "Describe"])
def test_the_table_must_exist(call: Caller, kind: str) -> None:
    request = {"TableName": "bad-table"} | ({} if kind == "Describe" else {"StreamArn": ARN})
    assert call.refused(f"{kind}KinesisStreamingDestination", request) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Table: bad-table not found",
    )


class TestDelays:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_updating=5)

    def test_states_change_by_the_clock(self, call: Caller, clock: ManualClock) -> None:
        create(call, None)
        statuses = []
        for kind in ("Enable", "Update", "Disable"):
            members = configuration("Update", "MICROSECOND") if kind == "Update" else {}
            change(call, kind, **members)
            statuses.append(described(call)[0]["DestinationStatus"])
            clock.advance(seconds=5)
            statuses.append(described(call)[0]["DestinationStatus"])
        assert statuses == ["ENABLING", "ACTIVE", "UPDATING", "ACTIVE", "DISABLING", "DISABLED"]
        change(call, "Enable")
        clock.advance(seconds=5)
        change(call, "Disable")
        assert change(call, "Disable")["DestinationStatus"] == "DISABLING"
