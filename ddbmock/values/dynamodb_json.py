"""Attribute values as JSON and back, with the service's complaints about their content.

What arrives here has had its JSON types checked (``S`` is a string, ``L`` a list of objects, …);
what is checked here is content: numbers, sets, nesting.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from ddbmock.errors import ValidationException
from ddbmock.values.model import (
    BOOL,
    BS,
    NS,
    NULL,
    SS,
    Attributes,
    AttributeValue,
    B,
    Json,
    L,
    M,
    N,
    S,
)
from ddbmock.values.number import canonical
from ddbmock.values.size import text_size

MAX_NESTING: Final = 32
MAX_NAME_BYTES: Final = 65535

_INVALID: Final = "One or more parameter values were invalid: "


def decode_attributes(raw: Mapping[str, Json], depth: int = 0) -> dict[str, AttributeValue]:
    """The attributes of an item, key or map.

    :raises ValidationException: the first problem, attributes in their order, depth first.
    """
    attributes = {}
    for name, value in raw.items():
        if not name or len(name) > MAX_NAME_BYTES // 4:
            check_name(name)
        try:
            attributes[name] = decode(value, depth)
        except ValidationException as error:
            error.hint = f"In attribute {name!r}: {error.hint}"
            raise
    return attributes


def check_name(name: str) -> None:
    """Refuse what cannot be the name of an attribute or map member.

    :raises ValidationException: the name is empty or too long.
    """
    if not name:
        raise ValidationException(
            f"{_INVALID}Empty attribute name", hint="An attribute name has at least 1 character."
        )
    if text_size(name) > MAX_NAME_BYTES:
        raise ValidationException(
            f"{_INVALID}Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes",
            hint=f"The name that begins {name[:20]!r} has {text_size(name)} bytes.",
        )


def decode(raw: Mapping[str, Json], depth: int = 0) -> AttributeValue:
    """The value that a JSON object such as ``{"S": "x"}`` stands for; errors as above.

    >>> decode({"NS": ["1.0", "2"]}) == NS({"1", "2"})
    True
    """
    if len(raw) == 1:
        (tag,) = raw
        content = raw[tag]
        if tag == "S" and content is not None:
            return S(content)
        decoder = _DECODERS.get(tag)
        if decoder is not None and content is not None:
            return decoder(content, depth)
    values = [
        decoder(raw[tag], depth) for tag, decoder in _DECODERS.items() if raw.get(tag) is not None
    ]
    if len(values) == 1:
        return values[0]
    if not values:
        raise ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            hint=f"Write a type and its content, such as {{'S': 'text'}}; got {_names(raw)}.",
        )
    raise ValidationException(
        "Supplied AttributeValue has more than one datatypes set, "
        "must contain exactly one of the supported datatypes",
        hint=f"Keep one of {_names(raw)}.",
    )


def _names(raw: Mapping[str, Json]) -> str:
    return "{" + ", ".join(map(repr, raw)) + "}"


def _binary(text: str) -> bytes:
    return binascii.a2b_base64(text)


def _null(content: bool, depth: int) -> NULL:
    if not content:
        raise ValidationException(
            f"{_INVALID}Null attribute value types must have the value of true",
            hint="Write {'NULL': true}; there is no other null.",
        )
    return NULL(True)


def _string_set(content: Sequence[str], depth: int) -> SS:
    if not content:
        raise ValidationException(f"{_INVALID}An string set  may not be empty", hint=_EMPTY_SET)
    members = frozenset(content)
    if len(members) != len(content):
        raise ValidationException(
            f"{_INVALID}Input collection [{', '.join(content)}] contains duplicates.",
            hint=_twice(content),
        )
    return SS(members)


def _number_set(content: Sequence[str], depth: int) -> NS:
    if not content:
        raise ValidationException(f"{_INVALID}An number set  may not be empty", hint=_EMPTY_SET)
    numbers = [canonical(text) for text in content]
    members = frozenset(numbers)
    if len(members) != len(numbers):
        raise ValidationException("Input collection contains duplicates", hint=_twice(numbers))
    return NS(members)


def _binary_set(content: Sequence[str], depth: int) -> BS:
    if not content:
        raise ValidationException(f"{_INVALID}Binary sets should not be empty", hint=_EMPTY_SET)
    binaries = [_binary(text) for text in content]
    members = frozenset(binaries)
    if len(members) != len(binaries):
        raise ValidationException(
            f"{_INVALID}Input collection [{', '.join(content)}]of type BS contains duplicates.",
            hint=_twice(content),
        )
    return BS(members)


_EMPTY_SET: Final = "DynamoDB has no empty sets: leave the attribute out, or use an empty list."


def _twice(content: Sequence[str]) -> str:
    seen: set[str] = set()
    double = next(member for member in content if member in seen or seen.add(member))  # type: ignore[func-returns-value]
    return f"{double!r} is there more than once; a set holds each member once."


def _list(content: Sequence[Mapping[str, Json]], depth: int) -> L:
    check_nesting(depth + 1)
    return L(tuple([decode(element, depth + 1) for element in content]))


def _map(content: Mapping[str, Json], depth: int) -> M:
    check_nesting(depth + 1)
    return M(decode_attributes(content, depth + 1))


def check_nesting(depth: int) -> None:
    """Refuse a list or map at this depth (the outermost is 1) when it is too deep."""
    if depth > MAX_NESTING:
        raise ValidationException(
            "Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit",
            hint=f"Lists and maps may be nested {MAX_NESTING} levels deep.",
        )


_DECODERS: Final[Mapping[str, Callable[[Json, int], AttributeValue]]] = {
    "S": lambda content, depth: S(content),
    "N": lambda content, depth: N(canonical(content)),
    "B": lambda content, depth: B(_binary(content)),
    "BOOL": lambda content, depth: BOOL(content),
    "NULL": _null,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
    "L": _list,
    "M": _map,
}


def restore(raw: Mapping[str, Json]) -> AttributeValue:
    """The value that :func:`encode` gave this JSON for: as :func:`decode`, without its checks."""
    ((tag, content),) = raw.items()
    match tag:
        case "S":
            return S(content)
        case "N":
            return N(content)
        case "B":
            return B(_binary(content))
        case "BOOL":
            return BOOL(content)
        case "M":
            return M({name: restore(value) for name, value in content.items()})
        case "L":
            return L(tuple([restore(value) for value in content]))
        case "NULL":
            return NULL(True)
        case "SS":
            return SS(content)
        case "NS":
            return NS(content)
        case _:
            return BS(frozenset(map(_binary, content)))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def encode(value: AttributeValue) -> dict[str, Json]:
    """The JSON object of a value. Sets are sorted, so that equal values have equal JSON."""
    match value:
        case S() | N() | BOOL() | NULL():
            return {value.tag: value.value}
        case B(content):
            return {"B": _text(content)}
        case M(members):
            return {"M": encode_attributes(members)}
        case L(elements):
            return {"L": [encode(element) for element in elements]}
        case SS(texts):
            return {"SS": sorted(texts)}
        case NS(numbers):
            return {"NS": sorted(numbers, key=Decimal)}
        case BS(contents):
            return {"BS": [_text(content) for content in sorted(contents)]}


def encode_attributes(attributes: Attributes) -> dict[str, Json]:
    """The JSON object of an item, key or map."""
    return {name: encode(value) for name, value in attributes.items()}


def holds_binary(value: AttributeValue) -> bool:
    """Whether there are bytes in the value, at any depth: then its JSON is not yet Python's."""
    match value:
        case B() | BS():
            return True
        case L(elements):
            return any(map(holds_binary, elements))
        case M(members):
            return any(map(holds_binary, members.values()))
        case _:
            return False


def binaries_decoded(raw: Mapping[str, Json]) -> dict[str, Json]:
    """The JSON of attributes with their binaries as bytes: what botocore's parser gives."""
    return {name: _decoded(value) for name, value in raw.items()}


def _decoded(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    ((tag, content),) = raw.items()
    match tag:
        case "B":
            return {"B": _binary(content)}
        case "BS":
            return {"BS": [_binary(text) for text in content]}
        case "L":
            return {"L": [_decoded(element) for element in content]}
        case "M":
            return {"M": binaries_decoded(cast("Mapping[str, Json]", content))}
        case _:
            return raw
