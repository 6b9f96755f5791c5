"""The table that the console shows in tests, and an item with values of every type."""

from __future__ import annotations

from typing import Any

MUSIC = {
    "TableName": "Music",
    "KeySchema": [
        {"AttributeName": "Artist", "KeyType": "HASH"},
        {"AttributeName": "Song", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "Artist", "AttributeType": "S"},
        {"AttributeName": "Song", "AttributeType": "S"},
        {"AttributeName": "Year", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_year",
            "KeySchema": [{"AttributeName": "Year", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}

EVERY_TYPE: dict[str, Any] = {
    "Artist": {"S": "Can"},
    "Song": {"S": "Vitamin C"},
    "Year": {"N": "1972"},
    "digits": {"N": "12345678901234567890123456789012345678"},
    "raw": {"B": b"\x00\xff"},
    "live": {"BOOL": False},
    "label": {"NULL": True},
    "strings": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "0.5"]},
    "binaries": {"BS": [b"a", b"\x01"]},
    "list": {"L": [{"N": "1"}, {"M": {"deep": {"SS": ["x"]}}}, {"L": []}]},
    "map": {"M": {"a": {"B": b"b"}, "with space": {"S": ""}, "empty": {"M": {}}}},
    "empty": {"S": ""},
}
