"""The place of JSON that has the wrong type in a request, for the hint of the error."""

from __future__ import annotations

from typing import Any, Final

from ddbmock.errors import SerializationException
from ddbmock.shapes.kinds import MEMBER, Kind

MAX_STEPS: Final = 12
"""The most steps of a place in a hint. Each step reads a part of the request again."""


def place_of(kind: Kind, raw: Any) -> str:
    """Return the place of the first JSON of the wrong type, such as ``Item.artist.S``; "" if there is none."""
    return _place(kind, raw, MAX_STEPS).removeprefix(".")


def _place(kind: Kind, raw: Any, steps: int) -> str:
    for step, inner, part in kind.parts(raw) if steps else ():
        try:
            inner.read(part, MEMBER)
        except SerializationException:
            return step + _place(inner, part, steps - 1)
    return ""
