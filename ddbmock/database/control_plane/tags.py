"""Tags: their form, and the number that a table may have.

Source: recorded answers; API reference, "Tag".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ddbmock.errors import ValidationException

MAX_TAGS: Final = 50
MAX_KEY: Final = 128
MAX_VALUE: Final = 256
"""Lengths in characters, not bytes."""

_MARKS: Final = frozenset("+-=._:/@")


Tags = Sequence[tuple[str | None, str | None]]
"""Tags of a request, each with a key and a value that may be missing."""


def check_tags(tags: Tags) -> Mapping[str, str]:
    """Return tags by key.

    :raises ValidationException: a key or value is invalid, or a key occurs twice.
    """
    checked = [_checked(key, value) for key, value in tags]
    found: dict[str, str] = {}
    for key, value in checked:
        if key in found:
            raise ValidationException(
                f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}",
                hint=f"{key!r} has the values {found[key]!r} and {value!r}; keep one of them.",
            )
        found[key] = value
    check_count(found)
    return found


def _checked(key: str | None, value: str | None) -> tuple[str, str]:
    key = _well_formed_key(key)
    if value is None or not _well_formed(value, MAX_VALUE):
        raise ValidationException(
            f"The Tag Value provided is invalid, Value: {'null' if value is None else value}",
            hint=f"A value has up to {MAX_VALUE} letters, digits, blanks and + - = . _ : / @.",
        )
    _check_prefix(key)
    return key, value


def _well_formed_key(key: str | None) -> str:
    if not key or not _well_formed(key, MAX_KEY):
        raise ValidationException(
            f"The Tag Key provided is invalid, Key: {'null' if key is None else key}",
            hint=f"A key has 1 to {MAX_KEY} letters, digits, blanks and + - = . _ : / @.",
        )
    return key


def _check_prefix(key: str) -> None:
    if key.lower().startswith("aws:"):
        raise ValidationException(
            f"Tag Key cannot be prefixed with aws:, Key: {key}",
            hint="AWS reserves the prefix aws:; choose another key.",
        )


def check_keys(keys: Sequence[str]) -> frozenset[str]:
    """Return the keys of tags to remove.

    :raises ValidationException: no tag can have such a key, or there are too many.
    """
    for key in keys:
        _check_prefix(_well_formed_key(key))
    check_count(dict.fromkeys(keys, ""))
    return frozenset(keys)


def check_count(tags: Mapping[str, str]) -> None:
    """Check the number of tags of a table.

    :raises ValidationException: there are too many.
    """
    if len(tags) > MAX_TAGS:
        raise ValidationException(
            "Number of Tags exceed the current limit for the provided ResourceArn",
            hint=f"{len(tags)} tags are too many for a table; at most {MAX_TAGS} are allowed.",
        )


def _well_formed(text: str, length: int) -> bool:
    """Return whether a text has only letters, digits, spaces and the allowed punctuation."""
    import unicodedata  # a slow import that only tags need

    return len(text) <= length and all(
        letter in _MARKS or unicodedata.category(letter)[0] in "LNZ" for letter in text
    )
