"""Hints for mistakes that a client raises itself, before it asks anybody.

They are found in the parameters, not in the exception's text: floats and datetimes in items, sets of
several types, values without their type, a Limit of 0.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from numbers import Number
from typing import Any, Final

ATTRIBUTES: Final = ("Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey")
"""Members of requests that hold attribute values by name."""


def of_resource(parameters: Any) -> str | None:
    """Return a hint for a value that a resource cannot serialise.

    >>> of_resource({"Item": {"price": 1.5}})
    "Item.price is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal."
    """
    for path, value in _values(parameters):
        if isinstance(value, float):
            return (
                f"{path} is the float {value!r}: write Decimal({str(value)!r}); DynamoDB's numbers are "
                "decimal."
            )
        if isinstance(value, datetime.date | datetime.time):
            return (
                f"{path} is a {type(value).__name__}: DynamoDB has no dates. Write .isoformat(), or a "
                "number of seconds, which a time to live needs."
            )
        if isinstance(value, set | frozenset) and len({_kind(one) for one in value}) > 1:
            return (
                f"{path} is a set of several types: a set has strings, numbers or bytes alone. A list may "
                "mix them."
            )
    return None


def of_client(parameters: Any) -> str | None:
    """Return a hint for parameters that a client's validation rejects.

    >>> of_client({"TableName": "music", "Key": {"artist": "Can"}})
    "Key.artist is 'Can': a client's values name their types, {'S': 'Can'}; those of \
boto3.resource('dynamodb').Table(...) do not."
    """
    if not isinstance(parameters, Mapping):
        return None
    limit = parameters.get("Limit")
    if isinstance(limit, int) and limit < 1:
        return (
            f"Limit is {limit}: it must be at least 1. Leave it out for pages as large as may be."
        )
    for member in ATTRIBUTES:
        attributes = parameters.get(member)
        for name, value in attributes.items() if isinstance(attributes, Mapping) else ():
            hint = _untyped(f"{member}.{name}", value)
            if hint is not None:
                return hint
    return None


def _untyped(path: str, value: Any) -> str | None:
    if not isinstance(value, Mapping):
        kind = _kind(value)
        typed = {"N": {"N": str(value)}, "S": {"S": value}, "B": {"B": value}}.get(kind)
        example = f", {typed}" if typed else ""
        return (
            f"{path} is {value!r}: a client's values name their types{example}; those of "
            "boto3.resource('dynamodb').Table(...) do not."
        )
    if len(value) == 1 and "N" in value and isinstance(value["N"], Number):
        return f"{path}: numbers are written as text, {{'N': '{value['N']}'}}."
    return None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, Number):
        return "N"
    if isinstance(value, str):
        return "S"
    return "B" if isinstance(value, bytes | bytearray) else type(value).__name__


def _values(given: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all values within parameters, with their paths."""
    if isinstance(given, Mapping):
        for name, value in given.items():
            yield from _values(value, f"{path}.{name}" if path else str(name))
    elif isinstance(given, list | tuple):
        for number, value in enumerate(given):
            yield from _values(value, f"{path}[{number}]")
    else:
        yield path, given
