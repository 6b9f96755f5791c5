"""A client's serializer that uses parameters as they are if they are plain and valid.

botocore goes over each parameter twice: it validates it, and it serialises it into new objects,
from which it then writes JSON. Without a network this is most of the cost of a call. Most
parameters differ from their JSON only in binaries, so one pass is enough here: checks that are made
from the client's own model find that everything is valid, and JSON is written from the parameters
themselves. All other parameters (invalid ones, values to be converted, subclasses of Python's
types) go to botocore's serializer, which converts them or raises its own exceptions.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.named_tuple import NamedTuple

Check: TypeAlias = Callable[[Any], None]
"""A function that raises :class:`NotPlainError` unless a parameter is plain and valid."""

SCALARS: Final = {"string": str, "boolean": bool, "integer": int, "long": int}
LARGE: Final = 2**20
"""The size in bytes from which on botocore writes the body: its JSON is longer, which matters near
the limits."""


class NotPlainError(Exception):
    """An exception for a parameter that is invalid, or must be converted."""


class _Known(NamedTuple):
    """The constant parts of an operation's request, taken from the first request that botocore
    makes."""

    request: dict[str, Any]
    """The request of botocore without its body."""
    check: Check


class PlainSerializer:
    """The serializer of one client, in place of botocore's."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer
        self._known: dict[str, _Known] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._serializer, name)

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> dict[str, Any]:
        """Return the request of a call as botocore makes it, except for the blanks in its JSON.

        :raises botocore.exceptions.ParamValidationError: botocore's own.
        """
        known = self._known.get(operation_model.name)
        if known is not None:
            try:
                known.check(parameters)
                body = orjson.dumps(parameters, _base64)
            except (NotPlainError, TypeError, RecursionError):
                pass
            else:
                if len(body) < LARGE:
                    headers = known.request["headers"].copy()
                    return {**known.request, "headers": headers, "body": body}
        request: dict[str, Any] = self._serializer.serialize_to_request(parameters, operation_model)
        if known is None:
            self._known[operation_model.name] = _known(request, operation_model)
        return request


def _known(request: dict[str, Any], operation_model: Any) -> _Known:
    # A host prefix can come from a parameter; no operation of DynamoDB has one.
    fixed = "host_prefix" not in request and operation_model.input_shape is not None
    return _Known(
        {**request, "headers": request["headers"].copy()},
        _check(operation_model.input_shape, {}) if fixed else _never,
    )


def _base64(value: Any) -> str:
    """Return the JSON of a value for which JSON has no type."""
    return base64.b64encode(value).decode("ascii")


def _never(value: Any) -> None:
    raise NotPlainError


def _check(shape: Any, known: dict[str, Check]) -> Check:
    """Return the check of a shape of the client's model; `known` has those of the enclosing
    shapes."""
    if shape.type_name in SCALARS:
        return _scalar(shape)
    if shape.name not in known:
        # Shapes can contain themselves: a check that is not made yet is looked up when it is
        # called.
        known[shape.name] = lambda value: known[shape.name](value)
        makes = _MAKES.get(shape.type_name)
        known[shape.name] = _never if makes is None else makes(shape, known)
    return known[shape.name]


def _plain_type(shape: Any) -> type | None:
    """Return the Python type of a shape if the type is all that must be checked, otherwise None."""
    return None if "min" in shape.metadata else SCALARS.get(shape.type_name)


def _scalar(shape: Any) -> Check:
    expected = SCALARS[shape.type_name]
    least = shape.metadata.get("min", float("-inf"))
    measure: Callable[[Any], int] = len if expected is str else int

    def check(value: Any) -> None:
        if type(value) is not expected or measure(value) < least:
            raise NotPlainError

    return check


def _blob(shape: Any, known: dict[str, Check]) -> Check:
    def check(value: Any) -> None:
        # Text must be encoded first.
        if type(value) is not bytes and type(value) is not bytearray:
            raise NotPlainError

    return check


def _list(shape: Any, known: dict[str, Check]) -> Check:
    expected = _plain_type(shape.member)
    least = shape.metadata.get("min", 0)
    member = _check(shape.member, known)

    def check(value: Any) -> None:
        if (type(value) is not list and type(value) is not tuple) or len(value) < least:
            raise NotPlainError
        for element in value:
            if type(element) is not expected:
                member(element)

    return check


def _map(shape: Any, known: dict[str, Check]) -> Check:
    key, expected = _check(shape.key, known), _plain_type(shape.value)
    content = _check(shape.value, known)
    plain_key = _plain_type(shape.key)

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise NotPlainError
        for name, member in value.items():
            if type(name) is not plain_key:
                key(name)
            if type(member) is not expected:
                content(member)

    return check


def _structure(shape: Any, known: dict[str, Check]) -> Check:
    if shape.is_document_type or shape.is_tagged_union:
        return _never
    plain: dict[str, type | None] = {}
    checks: dict[str, Check] = {}
    required = tuple(shape.metadata.get("required", ()))

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise NotPlainError
        for name, member in value.items():
            if type(member) is not plain.get(name):
                checks.get(name, _never)(member)  # The model does not know this member.
        for name in required:
            if name not in value:
                raise NotPlainError

    known[shape.name] = (
        check  # The members' checks come first, because some members contain such structures.
    )
    for name, member in shape.members.items():
        plain[name] = _plain_type(member)
        checks[name] = _never if "name" in member.serialization else _check(member, known)
    return check


_MAKES: Final[dict[str, Callable[[Any, dict[str, Check]], Check]]] = {
    "blob": _blob,
    "list": _list,
    "map": _map,
    "structure": _structure,
}
