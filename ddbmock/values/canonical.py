"""The content of attribute values, checked, made canonical and measured in one walk.

The walk checks numbers, sets and nesting. Its result is the JSON that the service would return: numbers in
canonical form, members of sets in order, without unknown members.

There is only one walk, because every write needs it, and canonical parts are not copied: callers share the
JSON of the request, and must not change it. The walk also checks JSON types (``S`` is a string, ``L`` a list of
objects, …), so that it can be the first to read a request; the messages about wrong types are in
:mod:`ddbmock.shapes.kinds`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from ddbmock.errors import Reason, ValidationException
from ddbmock.later import pattern
from ddbmock.suggestions import shortened
from ddbmock.values.model import Json
from ddbmock.values.number import canonical, measured, number_size
from ddbmock.values.size import CONTAINER_OVERHEAD, ELEMENT_OVERHEAD, text_size

MAX_NESTING: Final = 32
"""The most levels of values; the value of an attribute is at level 1."""
OLDER_NESTING_OF_VALUES: Final = 33
"""The most levels of expression values that the older request validation of updates and transactions
accepts. Recorded answers accept 33 and reject 41; the limit between them is assumed."""
MAX_NAME_BYTES: Final = 65535

NAME_TOO_LARGE: Final = f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes"
TOO_DEEP: Final = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)
WELL_FORMED: Final = pattern(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?", re.ASCII
)
"""Base64 that requests may have: unused bits of the last character are 0."""

_INVALID: Final = "One or more parameter values were invalid: "
_EMPTY_SET: Final = "DynamoDB has no empty sets: leave the attribute out, or use an empty list."


class WrongTypeError(Exception):
    """An error for JSON of the wrong type. Users never see it: :mod:`ddbmock.shapes.kinds` has the messages."""


class CanonicalAttributes(dict[str, Json]):
    """The attributes of an item or map after a walk, with its results."""

    __slots__ = ("binary", "size", "spelled")

    binary: bool
    """Whether there are binaries at any depth."""
    size: int
    """The size of names and values in bytes."""
    spelled: Mapping[str, Json]
    """The attributes before the walk."""


class CanonicalValues(list[Mapping[str, Json]]):
    """Values after a walk, with its results."""

    __slots__ = ("binary", "sizes", "spelled")

    binary: bool
    """Whether there are binaries at any depth."""
    sizes: Sequence[int]
    """The size of each value in bytes."""
    spelled: Sequence[Mapping[str, Json]]
    """The values before the walk."""


def canonical_attributes(raw: Mapping[str, Json]) -> CanonicalAttributes:
    """Return the canonical JSON of attributes: `raw` itself if it is canonical.

    :raises ValidationException: the first problem, attributes in their order, depth first.
    :raises WrongTypeError: a value's JSON has the wrong type.
    """
    return raw if type(raw) is CanonicalAttributes else Walk().item(raw)


def canonical_values(raw: Sequence[Mapping[str, Json]]) -> CanonicalValues:
    """Return the canonical JSON of values: `raw` itself if it is canonical.

    :raises ValidationException: the first problem of a value, values in their order.
    :raises WrongTypeError: a value's JSON has the wrong type.
    """
    return raw if type(raw) is CanonicalValues else Walk().values(raw)


class Walk:
    """A walk and its results so far: ``size`` in bytes, and whether there are binaries."""

    __slots__ = ("binary", "deepest", "size")

    def __init__(self, deepest: int = MAX_NESTING) -> None:
        self.deepest = deepest
        self.size = 0
        self.binary = False

    def item(self, raw: Mapping[str, Json]) -> CanonicalAttributes:
        """Return the canonical JSON of attributes; raise errors as :func:`canonical_attributes` does."""
        attributes = CanonicalAttributes(self.attributes(raw))
        attributes.binary = self.binary
        attributes.size = self.size
        attributes.spelled = raw
        return attributes

    def attributes(self, raw: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the canonical JSON of attributes, without the findings; raise errors as :meth:`item` does."""
        return self._members(raw, 0)

    def values(self, raw: Sequence[Mapping[str, Json]]) -> CanonicalValues:
        """Return the canonical JSON of values; raise errors as :func:`canonical_values` does."""
        values = CanonicalValues()
        sizes = []
        before = 0
        for value in raw:
            try:
                values.append(self.value(value))
            except ValidationException as error:
                error.hint = f"In value {len(values) + 1}{shortened(error.place)}: {error.hint}"
                raise
            sizes.append(self.size - before)
            before = self.size
        values.binary = self.binary
        values.sizes = sizes
        values.spelled = raw
        return values

    def value(self, raw: Mapping[str, Json], depth: int = 0) -> Mapping[str, Json]:
        """Return the canonical JSON of a value inside `depth` lists and maps."""
        if type(raw) is not dict:
            raise WrongTypeError
        if len(raw) == 1:
            ((tag, content),) = raw.items()
            kind = _KINDS.get(tag)
            if kind is not None and content is not None:
                expected, canonical_value = kind
                if type(content) is not expected:
                    raise WrongTypeError
                return canonical_value(self, raw, content, depth)
        return self._one_of_many(raw, depth)

    def _members(self, raw: Mapping[str, Json], depth: int) -> Mapping[str, Json]:
        """Return the canonical attributes of an item (depth 0), or members of a map."""
        changed: dict[str, Json] = {}
        size = 0
        names = "".join(raw)
        plain = names.isascii() and len(names) <= MAX_NAME_BYTES and "" not in raw
        if plain:
            size = len(names)
        name = ""
        try:
            for name, value in raw.items():
                if not plain:
                    if not name or len(name) > MAX_NAME_BYTES // 4:
                        check_name(name)
                    size += text_size(name)
                if type(value) is dict and len(value) == 1:
                    # Most values are strings and numbers, which need no call here.
                    content = value.get("S")
                    if type(content) is str:
                        size += len(content) if content.isascii() else text_size(content)
                        continue
                    content = value.get("N")
                    if type(content) is str:
                        number, number_bytes = measured(content)
                        size += number_bytes
                        if number != content:
                            changed[name] = {"N": number}
                        continue
                    ((tag, content),) = value.items()
                    kind = _KINDS.get(tag)
                    if kind is not None and type(content) is kind[0]:
                        new = kind[1](self, value, content, depth)
                    else:
                        new = self.value(value, depth)
                else:
                    new = self.value(value, depth)
                if new is not value:
                    changed[name] = new
        except ValidationException as error:
            if depth:
                _inside(error, f".{name}")
            else:
                error.hint = f"In attribute {shortened(name + error.place)!r}: {error.hint}"
            raise
        self.size += size
        return {**raw, **changed} if changed else raw

    def _one_of_many(self, raw: Mapping[str, Json], depth: int) -> Mapping[str, Json]:
        """Return the value of an object that does not have exactly one member.

        Errors of the members are raised first.
        """
        values = [self.value({tag: raw[tag]}, depth) for tag in _KINDS if raw.get(tag) is not None]
        if len(values) == 1:
            return values[0]
        names = "{" + ", ".join(map(repr, raw)) + "}"
        if not values:
            raise ValidationException(
                "Supplied AttributeValue is empty, "
                "must contain exactly one of the supported datatypes",
                hint=f"{' and '.join(map(repr, raw))} is no type; write one of {', '.join(_KINDS)}."
                if raw
                else "Write a type and its content, such as {'S': 'text'}; got {}.",
            )
        raise ValidationException(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
            hint=f"The value has {names}; keep one of them.",
        )

    def _string(self, raw: Mapping[str, Json], content: str, depth: int) -> Mapping[str, Json]:
        self.size += text_size(content)
        return raw

    def _number(self, raw: Mapping[str, Json], content: str, depth: int) -> Mapping[str, Json]:
        number, size = measured(content)
        self.size += size
        return raw if number is content else {"N": number}

    def _binary(self, raw: Mapping[str, Json], content: str, depth: int) -> Mapping[str, Json]:
        decoded = _decoded(content)
        self.binary = True
        self.size += len(decoded)
        return {"B": binary_text(decoded)}

    def _boolean(self, raw: Mapping[str, Json], content: bool, depth: int) -> Mapping[str, Json]:
        self.size += 1
        return raw

    def _null(self, raw: Mapping[str, Json], content: bool, depth: int) -> Mapping[str, Json]:
        if not content:
            raise ValidationException(
                f"{_INVALID}Null attribute value types must have the value of true",
                hint="Write {'NULL': true}; there is no other null.",
            )
        self.size += 1
        return raw

    def _string_set(
        self, raw: Mapping[str, Json], content: Sequence[str], depth: int
    ) -> Mapping[str, Json]:
        if not content:
            raise ValidationException(
                f"{_INVALID}An string set  may not be empty",
                hint=_EMPTY_SET,
                reason=Reason.EMPTY_STRING_SET,
            )
        try:
            size = text_size("".join(content))
        except TypeError:
            raise WrongTypeError from None
        if len(set(content)) != len(content):
            shown = ", ".join(_to_first_repeat(content, json_text, str.encode))
            raise _duplicates(
                f"{_INVALID}Input collection [{', '.join(content)}] contains duplicates.",
                f"{_INVALID}Input collection [{shown}] contains duplicates.",
                content,
            )
        self.size += size
        members = sorted(content)
        return raw if members == content else {"SS": members}

    def _number_set(
        self, raw: Mapping[str, Json], content: Sequence[str], depth: int
    ) -> Mapping[str, Json]:
        _check_texts(content)
        if not content:
            raise ValidationException(
                f"{_INVALID}An number set  may not be empty",
                hint=_EMPTY_SET,
                reason=Reason.EMPTY_NUMBER_SET,
            )
        numbers = [canonical(text) for text in content]
        if len(set(numbers)) != len(numbers):
            text = "Input collection contains duplicates"
            raise _duplicates(text, f"{_INVALID}{text}.", numbers)
        self.size += sum(map(number_size, numbers))
        return {"NS": sorted(numbers, key=Decimal)}

    def _binary_set(
        self, raw: Mapping[str, Json], content: Sequence[str], depth: int
    ) -> Mapping[str, Json]:
        _check_texts(content)
        if not content:
            raise ValidationException(
                f"{_INVALID}Binary sets should not be empty",
                hint=_EMPTY_SET,
                reason=Reason.EMPTY_BINARY_SET,
            )
        binaries = [_decoded(text) for text in content]
        if len(set(binaries)) != len(binaries):
            shown = ",".join(_to_first_repeat(content, json_text, binascii.a2b_base64))
            raise _duplicates(
                f"{_INVALID}Input collection [{', '.join(content)}]of type BS contains duplicates.",
                f"{_INVALID}Input collection [{shown}]of type BS contains duplicates.",
                content,
            )
        self.binary = True
        self.size += sum(map(len, binaries))
        return {"BS": [binary_text(binary) for binary in sorted(binaries)]}

    def _list(
        self, raw: Mapping[str, Json], content: Sequence[Mapping[str, Json]], depth: int
    ) -> Mapping[str, Json]:
        if content and depth + 2 > self.deepest:
            check_nesting(depth + 2, self.deepest)
        size = CONTAINER_OVERHEAD + ELEMENT_OVERHEAD * len(content)
        elements: list[Mapping[str, Json]] = []
        changed = False
        try:
            for element in content:
                if type(element) is dict and len(element) == 1:
                    # as in _members
                    text = element.get("S")
                    if type(text) is str:
                        size += len(text) if text.isascii() else text_size(text)
                        elements.append(element)
                        continue
                    text = element.get("N")
                    if type(text) is str:
                        number, number_bytes = measured(text)
                        size += number_bytes
                        if number != text:
                            changed = True
                            element = {"N": number}
                        elements.append(element)
                        continue
                canonical_element = self.value(element, depth + 1)
                changed = changed or canonical_element is not element
                elements.append(canonical_element)
        except ValidationException as error:
            _inside(error, f"[{len(elements)}]")
            raise
        self.size += size
        return {"L": elements} if changed else raw

    def _map(
        self, raw: Mapping[str, Json], content: Mapping[str, Json], depth: int
    ) -> Mapping[str, Json]:
        if content and depth + 2 > self.deepest:
            check_nesting(depth + 2, self.deepest)
        self.size += CONTAINER_OVERHEAD + ELEMENT_OVERHEAD * len(content)
        members = self._members(content, depth + 1)
        return raw if members is content else {"M": members}


_Canonical: TypeAlias = Callable[["Walk", Mapping[str, Json], Json, int], Mapping[str, Json]]

_KINDS: Final[Mapping[str, tuple[type, _Canonical]]] = {
    "S": (str, Walk._string),
    "N": (str, Walk._number),
    "B": (str, Walk._binary),
    "BOOL": (bool, Walk._boolean),
    "NULL": (bool, Walk._null),
    "SS": (list, Walk._string_set),
    "NS": (list, Walk._number_set),
    "BS": (list, Walk._binary_set),
    "L": (list, Walk._list),
    "M": (dict, Walk._map),
}
"""The JSON type of each type of value, and the method that makes it canonical and measures it."""


def _inside(error: ValidationException, step: str) -> None:
    """Put a step before the place of an error. Nesting too deep has no place: it has too many steps."""
    if error.reason is not Reason.TOO_DEEP:
        error.place = step + error.place


def _check_texts(content: Sequence[Json]) -> None:
    if any(type(element) is not str for element in content):
        raise WrongTypeError


def _decoded(content: Json) -> bytes:
    """Return the bytes of base64 text. Python's decoder alone would ignore invalid characters."""
    if type(content) is not str or not WELL_FORMED.fullmatch(content):
        raise WrongTypeError
    return binascii.a2b_base64(content)


def check_depth(raw: Mapping[str, Json]) -> None:
    """Check the nesting of attributes before any other error.

    :raises ValidationException: an attribute is nested too deeply.
    """
    for value in raw.values():
        try:
            Walk().value(value)
        except ValidationException as error:
            if error.reason is Reason.TOO_DEEP:
                raise
        except WrongTypeError:
            pass


def check_name(name: str) -> None:
    """Check the name of an attribute or map member.

    :raises ValidationException: the name is empty or too long.
    """
    if not name:
        raise ValidationException(
            "Empty attribute name", hint="An attribute name has at least 1 character."
        )
    if text_size(name) > MAX_NAME_BYTES:
        raise ValidationException(
            NAME_TOO_LARGE,
            hint=f"The name has {text_size(name)} bytes; at most {MAX_NAME_BYTES} are allowed.",
            reason=Reason.NAME_TOO_LARGE,
        )


def check_nesting(level: int, deepest: int = MAX_NESTING) -> None:
    """Check that a value at a level is not too deep. The value of an attribute is at level 1.

    :raises ValidationException: it is.
    """
    if level > deepest:
        raise ValidationException(
            TOO_DEEP,
            hint=f"A value may be {deepest} levels deep, that is in up to {deepest - 1} lists and "
            "maps.",
            reason=Reason.TOO_DEEP,
        )


def binary_text(content: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(content).decode("ascii")


def _duplicates(text: str, text_2026: str, members: Sequence[str]) -> ValidationException:
    seen: set[str] = set()
    double = next(member for member in members if member in seen or seen.add(member))  # type: ignore[func-returns-value]
    return ValidationException(
        text,
        hint=f"{double!r} occurs more than once; a set must hold each member once.",
        reason=Reason.DUPLICATE_MEMBER,
        message_2026=text_2026,
    )


def json_text(member: str) -> str:
    """Return a text as a JSON string.

    >>> json_text('say "hi"')
    '"say \\\\"hi\\\\""'
    """
    return json.dumps(member, ensure_ascii=False)


def _to_first_repeat(
    members: Sequence[str], shown: Callable[[str], str], order: Callable[[str], bytes]
) -> list[str]:
    """Return the members in the order of the new request validation's message.

    The members before the first repeated one are in byte order; the repeated one and the rest follow in
    their original order.
    """
    seen: dict[bytes, str] = {}
    for number, member in enumerate(members):
        if order(member) in seen:
            before = [seen[key] for key in sorted(seen)]
            return list(map(shown, [*before, *members[number:]]))
        seen[order(member)] = member
    return list(map(shown, members))
