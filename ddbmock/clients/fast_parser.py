"""Parsing of answers by functions made from a client's model: a shortcut past botocore's parser.

botocore looks at each value of an answer and builds a second object of it. Here the JSON is parsed
once, and only what differs is changed in it: blobs, timestamps, and members that this version of
the model does not know. A table's description takes a fifth of the time. The function of a member is
made when an answer first has the member: most tables have few of the members that tables can have.

tests/shortcuts/test_fast_parser.py shows that both give the same.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ddbmock.clients.timestamps import datetime_of

Parse: TypeAlias = Callable[[Any], Any]
"""Returns what clients get for a value of parsed JSON, which it may change in place."""

_KEPT: Final = "_ddbmock_parse"
"""The attribute of a shape that keeps its function."""
_AS_JSON: Final = frozenset({"string", "boolean", "integer", "long", "double", "float"})


class UnknownShapeError(Exception):
    """A shape that only botocore's parser can parse."""


def parsed(shape: Any, read: Callable[[], Any]) -> Any:
    """Return what clients get for an answer of a shape; None if botocore has to parse it.

    `read` parses the answer's JSON.
    """
    parse = parser_of(shape)
    if parse is None:
        return None
    try:
        return parse(read())
    except UnknownShapeError:  # inside a member that no answer had before
        shape.__dict__[_KEPT] = None
        return None


def parser_of(shape: Any) -> Parse | None:
    """Return the function for the shape of an output; None if botocore has to parse it.

    The function raises UnknownShapeError if only botocore can parse a member that an answer has.
    """
    kept = shape.__dict__.get(_KEPT, _AS_JSON)
    if kept is not _AS_JSON:
        found: Parse | None = kept
        return found
    parser: Parse | None
    try:
        parser = _structure(shape, {})
    except UnknownShapeError:
        parser = None
    shape.__dict__[_KEPT] = parser
    return parser


def _parse(shape: Any, parsers: dict[str, Parse | None]) -> Parse | None:
    """Return the function of a shape; None if its value stays as it is. `parsers` has those of the shapes
    around it."""
    if shape.type_name in _AS_JSON:
        return None
    if shape.name not in parsers:
        make = _MAKES.get(shape.type_name)
        if make is None:
            raise UnknownShapeError
        # Shapes may contain themselves: until it is made, a function is looked up when it is used.
        parsers[shape.name] = lambda value: parsers[shape.name](value)  # type: ignore[misc]  # it is one
        parsers[shape.name] = make(shape, parsers)
    return parsers[shape.name]


def _structure(shape: Any, parsers: dict[str, Parse | None]) -> Parse:
    if shape.is_document_type or shape.is_tagged_union:
        raise UnknownShapeError
    members = shape.members
    if any(
        "name" in one.serialization or "location" in one.serialization for one in members.values()
    ):
        raise UnknownShapeError
    parses: dict[str, Parse | None] = {}

    def parse(value: Any) -> Any:
        unknown = []
        for name, content in value.items():
            if name not in parses and name in members:
                parses[name] = _parse(members[name], parsers)
            if name not in parses or content is None:
                unknown.append(name)
            else:
                convert = parses[name]
                if convert is not None:
                    value[name] = convert(content)
        for name in unknown:
            del value[name]
        return value

    return parse


def _list(shape: Any, parsers: dict[str, Parse | None]) -> Parse | None:
    member = _parse(shape.member, parsers)
    return None if member is None else lambda value: [member(one) for one in value]


def _map(shape: Any, parsers: dict[str, Parse | None]) -> Parse | None:
    member = _parse(shape.value, parsers)
    if member is None:
        return None
    return lambda value: {name: member(one) for name, one in value.items()}


def _blob(shape: Any, parsers: dict[str, Parse | None]) -> Parse:
    return base64.b64decode


def _timestamp(shape: Any, parsers: dict[str, Parse | None]) -> Parse:
    return datetime_of


_MAKES: Final[dict[str, Callable[[Any, dict[str, Parse | None]], Parse | None]]] = {
    "blob": _blob,
    "list": _list,
    "map": _map,
    "structure": _structure,
    "timestamp": _timestamp,
}
