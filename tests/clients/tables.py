"""Tables that the tests of clients begin with."""

from __future__ import annotations

from typing import Any

MUSIC: dict[str, Any] = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
KEY: dict[str, Any] = {"TableName": "music", "Key": {"pk": {"S": "a"}}}


def create(client: Any) -> None:
    """The table ``music`` with the hash key ``pk`` (S)."""
    client.create_table(**MUSIC)
