"""Changes: the records of a table's stream as Python values, for plain assertions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.triggers.stream_cursor import Perform, StreamCursor, stream_arn
from ddbmock.values.item import Item
from ddbmock.values.model import BS, NS, NULL, SS, AttributeValue, B, L, M, N


class StreamedChange(NamedTuple):
    """A record. Attributes are Python values, as those of boto3's resources: Decimal, bytes, set,
    …"""

    event_name: str
    """INSERT, MODIFY or REMOVE."""
    keys: dict[str, Any]
    new_image: dict[str, Any] | None
    old_image: dict[str, Any] | None
    sequence_number: str
    created: int
    """The time of the change in epoch seconds."""
    by_service: bool
    """Whether the time to live removed the item."""


def changes(perform: Perform, table: str) -> Iterator[StreamedChange]:
    """Yield the records of a table's stream, the oldest first in each shard.

    :raises TriggerError: the table does not exist, or has never had a stream.
    """
    cursor: Final = StreamCursor(perform, stream_arn(perform, table))
    for _, record in cursor.read(lambda shard: False, lambda shard: False):
        content = record["dynamodb"]
        yield StreamedChange(
            record["eventName"],
            _values(content["Keys"].attributes),
            _image(content.get("NewImage")),
            _image(content.get("OldImage")),
            content["SequenceNumber"],
            content["ApproximateCreationDateTime"].seconds,
            "userIdentity" in record,
        )


def _image(item: Item | None) -> dict[str, Any] | None:
    return None if item is None else _values(item.attributes)


def _values(attributes: Mapping[str, AttributeValue]) -> dict[str, Any]:
    return {name: _value(value) for name, value in attributes.items()}


def _value(value: AttributeValue) -> Any:
    match value:
        case N():
            return Decimal(value.value)
        case NULL():
            return None
        case M():
            return _values(value.value)
        case L():
            return [_value(element) for element in value.value]
        case NS():
            return {Decimal(number) for number in value.value}
        case SS() | BS():
            return set(value.value)
        case B():
            return bytes(value.value)
        case _:
            return value.value
