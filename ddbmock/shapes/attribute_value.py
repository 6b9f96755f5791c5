"""The type of attribute values in JSON. It is recursive: lists and maps contain attribute values.

Requests consist mostly of items, keys and maps. They are first read as if they were valid: one walk checks
the types, makes the values canonical and measures them. If that walk finds a fault, the JSON is read again
for types alone, because the service reports wrong types of all members before errors of content.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ddbmock.errors import ValidationException
from ddbmock.shapes.kinds import (
    BLOB,
    BOOLEAN,
    ELEMENT,
    MEMBER,
    STRING,
    Kind,
    ListKind,
    MapKind,
    Part,
    check_names,
    encodable,
    refuse,
)
from ddbmock.suggestions import shortened
from ddbmock.values.canonical import WrongTypeError, canonical_attributes, canonical_values
from ddbmock.values.flat_attributes import flat_attributes

_FAULTS: Final = (ValidationException, WrongTypeError)
"""Faults that a walk meets. ``suppress`` would cost each item and key two calls."""


class AttributeValueKind(Kind):
    """``{"S": "text"}`` and the nine other types. The value is the JSON itself, with its types checked.

    Content (numbers, sets, the number of types) is checked later: :mod:`ddbmock.values.dynamodb_json`.
    """

    MAX_DEPTH: Final = 64
    """The most levels that are read: more than any valid value has, and few enough for the stack."""

    def __init__(self, package: str, *, documents: bool = True) -> None:
        self.java = f"{package}.AttributeValue"
        texts, blobs = ListKind(STRING), ListKind(BLOB)
        self._members: dict[str, Kind] = {
            "S": STRING, "N": STRING, "B": BLOB, "SS": texts, "NS": texts, "BS": blobs
        }  # fmt: skip
        # Most values have these types, and their JSON needs no conversion.
        self._plain: dict[str, type] = {"S": str, "N": str}
        self._collections: dict[str, Kind] = {}
        if documents:
            self._members |= {"NULL": BOOLEAN, "BOOL": BOOLEAN}
            self._plain |= {"NULL": bool, "BOOL": bool}
            self._collections = {"M": MapKind(self), "L": ListKind(self)}

    def read(self, raw: Any, place: str) -> dict[str, Any]:
        return self._read(raw, place, 0)

    def read_members(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes of an item, key or map, canonical if all are valid.

        Otherwise the service reports wrong types of all members first, and errors of content when the
        operation reads this member.
        """
        if self._collections:
            try:
                return canonical_attributes(raw)
            except _FAULTS:
                pass
        else:
            attributes = flat_attributes(raw)
            if attributes is not None:
                return attributes
        return self._read_map(raw, 0)

    def _read(self, raw: Any, place: str, depth: int) -> dict[str, Any]:
        if type(raw) is dict and len(raw) == 1:
            ((tag, content),) = raw.items()
            if type(content) is self._plain.get(tag):
                if type(content) is str and not content.isascii():
                    encodable(content)
                return raw
        if type(raw) is not dict:
            if isinstance(raw, list):
                refuse(f"Unrecognized collection type class {self.java}", raw, "a value")
            refuse(
                place,
                raw,
                f"a value with its type, such as {_typed(raw, documents=bool(self._collections))}",
                "Expected null",
            )
        value = {}
        for tag, content in raw.items():
            if type(content) is self._plain.get(tag):
                if type(content) is str and not content.isascii():
                    encodable(content)
                value[tag] = content
            elif content is None:
                continue
            elif tag in self._members:
                value[tag] = self._members[tag].read(content, MEMBER)
            elif tag in self._collections:
                value[tag] = self._read_collection(tag, content, depth + 1)
        # A value without a type is an error, whose hint names the members that are no types.
        known = self._members | self._collections
        return value or {tag: None for tag in raw if tag not in known}

    def _read_collection(self, tag: str, content: Any, depth: int) -> Any:
        if depth > self.MAX_DEPTH:
            # The operation rejects the depth of the value, after the constraints of members.
            return {} if tag == "M" else []
        if tag == "M" and isinstance(content, dict):
            return self._read_map(content, depth)
        if tag == "L" and isinstance(content, list):
            return [self._read(value, ELEMENT, depth) for value in content if value is not None]
        return self._collections[tag].read(content, MEMBER)

    def _read_map(self, raw: dict[str, Any], depth: int) -> dict[str, Any]:
        plain = self._plain
        members = {}
        if not "".join(raw).isascii():
            check_names(raw)
        for name, value in raw.items():
            if type(value) is dict and len(value) == 1:
                ((tag, content),) = value.items()
                if type(content) is plain.get(tag):
                    if type(content) is str and not content.isascii():
                        encodable(content)
                    members[name] = value
                    continue
            if value is not None:
                members[name] = self._read(value, ELEMENT, depth)
        return members

    def parts(self, raw: Any) -> Iterable[Part]:
        kinds = self._members | self._collections
        contents = raw.items() if isinstance(raw, dict) else ()
        return (
            (f".{tag}", kinds[tag], content)
            for tag, content in contents
            if tag in kinds and content is not None
        )

    def render(self, value: Any) -> str | None:
        if not self._collections:
            return None  # messages of the first API omit values
        tag, content = next(iter(value.items()), ("", None))
        if content is None:
            return "AttributeValue()"
        match content:
            case dict():
                shown = ", ".join([f"{name}={self.render(part)}" for name, part in content.items()])
                shown = f"{{{shown}}}"
            case list() if tag == "L":
                shown = f"[{', '.join([str(self.render(part)) for part in content])}]"
            case list():
                shown = f"[{', '.join(content)}]"
            case bool():
                shown = "true" if content else "false"
            case _:
                shown = str(content)
        return f"AttributeValue({tag[:1].lower()}{tag[1:]}={shown})"


def _typed(raw: str | float, *, documents: bool) -> dict[str, Any]:
    """Return the value that JSON without a type probably stands for."""
    match raw:
        case str():
            return {"S": shortened(raw)}
        case bool() if documents:
            return {"BOOL": raw}
    return {"N": str(int(raw) if isinstance(raw, bool) else raw)}


class AttributeListKind(ListKind):
    """A list of values, canonical if all are valid, like the members of a map."""

    def read(self, raw: Any, place: str) -> list[Any]:
        if type(raw) is list:
            try:
                return canonical_values(raw)
            except _FAULTS:
                pass
        return super().read(raw, place)
