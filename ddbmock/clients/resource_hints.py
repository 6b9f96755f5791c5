"""Hints for values that boto3's resources cannot serialise.

They are found in the parameters, not in the exception's text: floats, datetimes, numbers with too
many digits, sets of several types, conditions of the wrong kind.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from numbers import Number
from typing import Any, Final

DIGITS: Final = 38
"""Significant digits of DynamoDB's numbers."""

LEAST: Final = -130
MOST: Final = 125
"""Smallest and largest exponent of DynamoDB's numbers."""

PLAIN: Final = (str, bytes, bytearray, bool, int, type(None))
"""The types of values that are serialised as they are; so is boto3's Binary."""


def hint(parameters: Any) -> str | None:
    """Return a hint for the first value that a resource cannot serialise.

    >>> hint({"Item": {"price": 1.5}})
    "Item.price is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal."
    """
    found = (_of_value(path, value) for path, value in _values(parameters))
    return next((one for one in found if one is not None), None)


def _of_value(path: str, value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, Number):
        return _of_number(path, value)
    if isinstance(value, datetime.date | datetime.time):
        return (
            f"{path} is a {type(value).__name__}: DynamoDB has no dates. Write .isoformat(), or a "
            "number of seconds, which a time to live needs."
        )
    if isinstance(value, set | frozenset):
        return _of_set(path, value)
    if isinstance(value, PLAIN) or type(value).__name__ == "Binary":
        return None
    return _of_object(path, value)


def _of_number(path: str, value: Any) -> str | None:
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return f"{path} is {value!r}: DynamoDB has finite numbers only. Write None, or leave it out."
        return (
            f"{path} is the float {value!r}: write Decimal({str(value)!r}); DynamoDB's numbers are "
            "decimal."
        )
    if not isinstance(value, int | Decimal):
        name = type(value).__name__
        return f"{path} is of the type {name}: write int(...) or Decimal(str(...))."
    number = Decimal(value)
    if not number.is_finite():
        return (
            f"{path} is {value!r}: DynamoDB has finite numbers only. Write None, or leave it out."
        )
    count = len(number.as_tuple().digits)
    if count > DIGITS:
        return (
            f"{path} has {count} digits; a number has at most {DIGITS}. Write it as a string, or rounded: "
            f"Decimal('{number:.6g}')."
        )
    if number and not LEAST <= number.adjusted() <= MOST:
        return (
            f"{path} is {value}: a number goes from 1E{LEAST} to 9.99E+{MOST}, and so below zero."
        )
    return None


def _of_set(path: str, value: Any) -> str | None:
    kinds = {kind(one) for one in value}
    if len(kinds) > 1:
        return (
            f"{path} is a set of several types: a set has strings, numbers or bytes alone. A list may "
            "mix them."
        )
    wrong = kinds - {"S", "N", "B", "Binary"}
    if wrong:
        return (
            f"{path} is a set of {wrong.pop()} values: a set has strings, numbers or bytes alone. Write a "
            "list."
        )
    found = (_of_value(path, one) for one in value)
    return next((one for one in found if one is not None), None)


def _of_object(path: str, value: Any) -> str | None:
    """Return a hint for an object whose class has no type in DynamoDB."""
    name = type(value).__name__
    if isinstance(value, enum.Enum):
        return f"{path} is {value} of an Enum: write its value, {value.value!r}."
    if isinstance(value, uuid.UUID):
        return f"{path} is a UUID: DynamoDB has none. Write str(...), {str(value)!r}."
    if dataclasses.is_dataclass(value):
        return f"{path} is the dataclass {name}: write dataclasses.asdict(...)."
    if hasattr(value, "model_dump"):
        return f"{path} is the model {name}: write .model_dump()."
    if type(value).__module__.startswith("boto3.dynamodb.conditions"):
        return _of_condition(path, value)
    return (
        f"{path} is of the type {name}, which DynamoDB does not have: write a string, a number, bytes, a "
        "bool, None, or a list, dict or set of them."
    )


def _of_condition(path: str, value: Any) -> str | None:
    """Return a hint for a condition: its values, and the names of a key condition."""
    for part in _parts(value):
        name = getattr(part, "name", None)
        if name is None:
            found = hint({f"a value of {path}": part})
            if found is not None:
                return found
        elif path == "KeyConditionExpression" and type(part).__name__ == "Attr":
            return (
                f"{path} has Attr({name!r}): write Key({name!r}) for an attribute of the key; conditions "
                "on others go to FilterExpression."
            )
    return None


def _parts(condition: Any) -> Iterator[Any]:
    """Yield the attributes and values of a condition, in order."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if hasattr(part, "get_expression"):
            waiting += reversed(part.get_expression()["values"])
        else:
            yield part


def kind(value: Any) -> str:
    """Return the tag of the DynamoDB type of a value, or the name of its Python type."""
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, Number):
        return "N"
    if isinstance(value, str):
        return "S"
    return "B" if isinstance(value, bytes | bytearray) else type(value).__name__


def _values(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all values within parameters, with their paths."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from _values(value, f"{path}.{name}" if path else str(name))
    elif isinstance(content, list | tuple):
        for number, value in enumerate(content):
            yield from _values(value, f"{path}[{number}]")
    else:
        yield path, content
