"""Attribute values as JSON and back.

JSON of a request is first checked and made canonical (:mod:`.canonical`), then converted.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from ddbmock.values.canonical import Walk, binary_text, canonical_attributes
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


def decode_attributes(raw: Mapping[str, Json]) -> dict[str, AttributeValue]:
    """Return the attributes of an item, key or map.

    :raises ValidationException: the first problem, attributes in their order, depth first.
    """
    return {name: restore(value) for name, value in canonical_attributes(raw).items()}


def decode(raw: Mapping[str, Json]) -> AttributeValue:
    """Return the value of a JSON object such as ``{"S": "x"}``; raise errors as :func:`decode_attributes` does.

    >>> decode({"NS": ["1.0", "2"]}) == NS({"1", "2"})
    True
    """
    return restore(Walk().value(raw))


def restore(raw: Mapping[str, Json]) -> AttributeValue:
    """Return the value of canonical JSON, as :func:`encode` returns it, without checks."""
    ((tag, content),) = raw.items()
    match tag:
        case "S":
            return S(content)
        case "N":
            return N(content)
        case "B":
            return B(binascii.a2b_base64(content))
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
            return BS(frozenset(map(binascii.a2b_base64, content)))


def encode(value: AttributeValue) -> dict[str, Json]:
    """Return the JSON object of a value. Sets are sorted, so equal values have equal JSON."""
    match value:
        case S() | N() | BOOL() | NULL():
            return {value.tag: value.value}
        case B(content):
            return {"B": binary_text(content)}
        case M(members):
            return {"M": encode_attributes(members)}
        case L(elements):
            return {"L": [encode(element) for element in elements]}
        case SS(texts):
            return {"SS": sorted(texts)}
        case NS(numbers):
            return {"NS": sorted(numbers, key=Decimal)}
        case BS(contents):
            return {"BS": [binary_text(content) for content in sorted(contents)]}


def encode_attributes(attributes: Attributes) -> dict[str, Json]:
    """Return the JSON object of an item, key or map."""
    return {name: encode(value) for name, value in attributes.items()}


def holds_binary(value: AttributeValue) -> bool:
    """Return whether a value contains binaries, at any depth; clients do not return its JSON unchanged then."""
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
    """Return the JSON of attributes with binaries as bytes, like botocore's parser."""
    return {name: _decoded(value) for name, value in raw.items()}


def _decoded(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    ((tag, content),) = raw.items()
    match tag:
        case "B":
            return {"B": binascii.a2b_base64(content)}
        case "BS":
            return {"BS": [binascii.a2b_base64(text) for text in content]}
        case "L":
            return {"L": [_decoded(element) for element in content]}
        case "M":
            return {"M": binaries_decoded(cast("Mapping[str, Json]", content))}
        case _:
            return raw
