"""Tables that the tests of clients begin with."""

from __future__ import annotations

from typing import Any

from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

MUSIC: dict[str, Any] = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
PATCHED = [(BaseClient, "_make_api_call"), (BaseClient, "__init__"), (URLLib3Session, "send")]
"""The methods that ``mock()`` replaces."""

KEY: dict[str, Any] = {"TableName": "music", "Key": {"pk": {"S": "a"}}}


def create(client: Any) -> None:
    """The table ``music`` with the hash key ``pk`` (S)."""
    client.create_table(**MUSIC)


def table_names(client: Any) -> list[str]:
    names = client.list_tables()["TableNames"]
    assert isinstance(names, list)
    return names
