"""Converters of settings' values: each returns the value a setting keeps, or raises ValueError.

The text of the ValueError completes the sentence "Setting ddbmock.limits ...". Values come as text
from files and the environment, and as any object from Python.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from typing import Final

from ddbmock.later import pattern


def one_of(*words: str) -> Callable[[object], str]:
    """Return a converter that lets only these words pass.

    >>> one_of("aws", "none")("some")
    Traceback (most recent call last):
    ValueError: must be one of aws, none
    """

    def convert(value: object) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return convert


def text(value: object) -> str:
    """Return a converter for words of any kind, but not for an empty one."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty")
    return value.strip()


def text_or_nothing(value: object) -> str:
    """Convert words of any kind, a path, or an empty text."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError("must be a text")
    return os.fspath(value).strip()


def region_name(value: object) -> str:
    """Convert the name of a region, or an empty text."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9-]{0,64}", value.strip()):
        raise ValueError("must be a region such as eu-west-1")
    return value.strip()


def json_object(value: object) -> str:
    """Return a converter for a JSON object, as text or as a mapping; an empty text is none."""
    try:
        text = value if isinstance(value, str) else json.dumps(value)
        if text and not isinstance(json.loads(text), dict):
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError("must be a JSON object") from None
    return text


def digits(count: int) -> Callable[[object], str]:
    """Return a converter for a text of exactly `count` digits; a number loses no leading zero
    here."""

    def convert(value: object) -> str:
        if not (
            isinstance(value, str) and len(value) == count and value.isascii() and value.isdigit()
        ):
            raise ValueError(f"must be a text of {count} digits")
        return value

    return convert


def number(*, above: float | None = None, least: float | None = None) -> Callable[[object], float]:
    """Return a converter for finite numbers, whole or not, greater than `above` or from `least`
    on."""

    def convert(value: object) -> float:
        try:
            if isinstance(value, bool) or not isinstance(value, (str, int, float)):
                raise ValueError
            result = float(value)
            if not math.isfinite(result):
                raise ValueError
        except (ValueError, OverflowError):
            raise ValueError("must be a number") from None
        _check_bounds(result, above, least)
        return result

    return convert


def whole_number(*, least: int, most: int | None = None) -> Callable[[object], int]:
    """Return a converter for whole numbers from `least` to `most`, if there is one."""

    def convert(value: object) -> int:
        try:
            if isinstance(value, bool) or not isinstance(value, (str, int)):
                raise ValueError
            result = int(value)
        except ValueError:
            raise ValueError("must be a whole number") from None
        _check_bounds(result, None, least, most)
        return result

    return convert


_ORIGIN: Final = pattern(r"https?://(?:\[[0-9a-f:.]+\]|[^\s:/\[\]@]+)(?::[0-9]{1,5})?", re.I)


def origins(value: object) -> str:
    """Return a converter for origins of web pages, separated by blanks or commas.

    >>> origins("https://app.example,http://dev:3000")
    'https://app.example http://dev:3000'
    """
    words = value.replace(",", " ").split() if isinstance(value, str) else []
    if not words or not all(
        word in ("loopback", "*", "null") or _ORIGIN.fullmatch(word) for word in words
    ):
        raise ValueError("must be loopback, *, or origins such as https://app.example:8080")
    return " ".join(words)


def _check_bounds(
    value: float, above: float | None, least: float | None, most: float | None = None
) -> None:
    if above is not None and value <= above:
        raise ValueError(f"must be greater than {above:g}")
    if least is not None and value < least:
        raise ValueError(f"must be at least {least:g}")
    if most is not None and value > most:
        raise ValueError(f"must be at most {most:g}")
