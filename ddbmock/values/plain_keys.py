"""Keys that tests write as plain Python values."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def key_as_json(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a key that consists of plain values or of DynamoDB's JSON.

    >>> key_as_json({"pk": "a", "at": 1, "raw": {"B": b"x"}})
    {'pk': {'S': 'a'}, 'at': {'N': '1'}, 'raw': {'B': 'eA=='}}
    """
    if not isinstance(key, Mapping):
        raise TypeError(f"A key must be a mapping of attributes, like {{'pk': 'a'}}, not {key!r}.")
    return {name: _as_json(value) for name, value in key.items()}


def _as_json(value: Any) -> Any:
    match value:
        case str():
            return {"S": value}
        case bytes() | bytearray():
            return {"B": base64.b64encode(value).decode()}
        case {"B": bytes() | bytearray() as content}:
            return {"B": base64.b64encode(content).decode()}
        case bool():
            raise TypeError(f"A key attribute must be a string, a number or bytes, not {value!r}.")
        case int() | float() | Decimal():
            return {"N": str(value)}
        case dict():
            return value
        case _:
            raise TypeError(f"A key attribute must be a string, a number or bytes, not {value!r}.")
