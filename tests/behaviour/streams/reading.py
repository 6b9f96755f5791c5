"""Tables with streams, and readers of them, for behaviour tests."""

from __future__ import annotations

from typing import Any

from tests.behaviour.calling import Caller

BOTH = "NEW_AND_OLD_IMAGES"
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Music"


def table(view_type: str | None = BOTH, **members: Any) -> dict[str, Any]:
    """Return the input that creates table Music with keys pk (S) and sk (S), and a stream."""
    request: dict[str, Any] = {
        "TableName": "Music",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if view_type is not None:
        request["StreamSpecification"] = enabled(view_type)
    return request | members


def enabled(view_type: str = BOTH) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": view_type}


def create(call: Caller, view_type: str | None = BOTH, **members: Any) -> str:
    """Create table Music; return the ARN of its stream, or an empty text."""
    created = call("CreateTable", table(view_type, **members))["TableDescription"]
    arn: str = created.get("LatestStreamArn", "")
    return arn


def update(call: Caller, **members: Any) -> dict[str, Any]:
    updated: dict[str, Any] = call("UpdateTable", {"TableName": "Music", **members})[
        "TableDescription"
    ]
    return updated


def disable(call: Caller) -> None:
    update(call, StreamSpecification={"StreamEnabled": False})


def item(pk: str = "a", sk: str = "b", **members: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **members}.items()}


def put(call: Caller, pk: str = "a", sk: str = "b", **members: str) -> None:
    call("PutItem", {"TableName": "Music", "Item": item(pk, sk, **members)})


def delete(call: Caller, pk: str = "a", sk: str = "b") -> None:
    call("DeleteItem", {"TableName": "Music", "Key": item(pk, sk)})


class Streams:
    """Calls the operations of DynamoDB Streams."""

    def __init__(self, call: Caller) -> None:
        self.call = call

    def described(self, arn: str, **members: Any) -> dict[str, Any]:
        described: dict[str, Any] = self.call("DescribeStream", {"StreamArn": arn, **members})[
            "StreamDescription"
        ]
        return described

    def shards(self, arn: str) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = self.described(arn)["Shards"]
        return shards

    def shard_ids(self, arn: str) -> list[str]:
        return [shard["ShardId"] for shard in self.shards(arn)]

    def listed(self, **members: Any) -> list[str]:
        """Return the labels of the streams that ListStreams returns."""
        streams = self.call("ListStreams", members)["Streams"]
        return [stream["StreamLabel"] for stream in streams]

    def iterator(
        self, arn: str, kind: str = "TRIM_HORIZON", shard: str | None = None, **members: Any
    ) -> str:
        shard_id = self.shard_ids(arn)[-1] if shard is None else shard
        request = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": kind, **members}
        iterator: str = self.call("GetShardIterator", request)["ShardIterator"]
        return iterator

    def page(self, iterator: str, **members: Any) -> tuple[list[dict[str, Any]], str | None]:
        answer = self.call("GetRecords", {"ShardIterator": iterator, **members})
        assert set(answer) <= {"Records", "NextShardIterator"}
        return answer["Records"], answer.get("NextShardIterator")

    def shard_records(self, arn: str, shard: str) -> list[dict[str, Any]]:
        """Return all records of a shard."""
        records: list[dict[str, Any]] = []
        iterator: str | None = self.iterator(arn, shard=shard)
        while iterator is not None:
            page, iterator = self.page(iterator)
            records += page
            if not page:
                break
        return records

    def records(self, arn: str) -> list[dict[str, Any]]:
        """Return all records of a stream, shard by shard."""
        return [
            record for shard in self.shard_ids(arn) for record in self.shard_records(arn, shard)
        ]

    def changes(self, arn: str) -> list[tuple[str, Any, Any, Any]]:
        """Return event name, keys, new and old image of all records."""
        return [
            (
                record["eventName"],
                record["dynamodb"]["Keys"],
                record["dynamodb"].get("NewImage"),
                record["dynamodb"].get("OldImage"),
            )
            for record in self.records(arn)
        ]
