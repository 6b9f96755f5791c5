"""A client's serializer that takes parameters as they are where they are plainly right.

botocore looks at each parameter twice: it is validated, and it is serialised into new objects of
which then JSON is written. That is most of what a call costs whose answer comes at once. Most
parameters differ from their JSON in nothing but their binaries, so here one look must suffice:
checks made from the client's own model say that nothing is wrong, and JSON is written of the
parameters themselves. Whatever else there is (what is wrong, what has to be converted, subclasses
of Python's types) goes to botocore's serializer, whose complaints and conversions they are.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

Check: TypeAlias = Callable[[Any], None]
"""Raises :class:`NotPlainError` unless a parameter is plainly right."""

SCALARS: Final = {"string": str, "boolean": bool, "integer": int, "long": int}
LARGE: Final = 2**20
"""Bytes from which on a body is botocore's to write: its JSON is longer, and there are limits."""


class NotPlainError(Exception):
    """A parameter is wrong, or must be converted."""


class _Known(NamedTuple):
    """The parts of an operation's request that stay the same, taken from botocore's first one."""

    request: dict[str, Any]
    """The request that it makes, but for the body."""
    check: Check


class PlainSerializer:
    """Serialises for one client, in the place of the `serializer` that botocore gave it."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer
        self._known: dict[str, _Known] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._serializer, name)

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> dict[str, Any]:
        """Return the request of a call as botocore makes it, but for the blanks in its JSON.

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
    # A host prefix may come from a parameter; no operation of DynamoDB has one.
    fixed = "host_prefix" not in request and operation_model.input_shape is not None
    return _Known(
        {**request, "headers": request["headers"].copy()},
        _check(operation_model.input_shape, {}) if fixed else _never,
    )


def _base64(value: Any) -> str:
    """Return the JSON of what JSON has no type for."""
    return base64.b64encode(value).decode("ascii")


def _never(value: Any) -> None:
    raise NotPlainError


def _check(shape: Any, made: dict[str, Check]) -> Check:
    """Return the check of a shape of the client's model; `made` are those of the shapes around
    it."""
    if shape.type_name in SCALARS:
        return _scalar(shape)
    if shape.name not in made:
        # Shapes may contain themselves: until it is made, a check is looked up when it is needed.
        made[shape.name] = lambda value: made[shape.name](value)
        makes = _MAKES.get(shape.type_name)
        made[shape.name] = _never if makes is None else makes(shape, made)
    return made[shape.name]


def _plain_type(shape: Any) -> type | None:
    """Return the type that is all there is to check of a shape, or None if there is more."""
    return None if "min" in shape.metadata else SCALARS.get(shape.type_name)


def _scalar(shape: Any) -> Check:
    expected = SCALARS[shape.type_name]
    least = shape.metadata.get("min", float("-inf"))
    measure: Callable[[Any], int] = len if expected is str else int

    def check(value: Any) -> None:
        if type(value) is not expected or measure(value) < least:
            raise NotPlainError

    return check


def _blob(shape: Any, made: dict[str, Check]) -> Check:
    def check(value: Any) -> None:
        # Text must be encoded first.
        if type(value) is not bytes and type(value) is not bytearray:
            raise NotPlainError

    return check


def _list(shape: Any, made: dict[str, Check]) -> Check:
    expected = _plain_type(shape.member)
    least = shape.metadata.get("min", 0)
    member = _check(shape.member, made)

    def check(value: Any) -> None:
        if (type(value) is not list and type(value) is not tuple) or len(value) < least:
            raise NotPlainError
        for element in value:
            if type(element) is not expected:
                member(element)

    return check


def _map(shape: Any, made: dict[str, Check]) -> Check:
    key, expected = _check(shape.key, made), _plain_type(shape.value)
    content = _check(shape.value, made)
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


def _structure(shape: Any, made: dict[str, Check]) -> Check:
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
                checks.get(name, _never)(member)  # a member that the model does not know: never
        for name in required:
            if name not in value:
                raise NotPlainError

    made[shape.name] = check  # for the members, of which some contain such structures
    for name, member in shape.members.items():
        plain[name] = _plain_type(member)
        checks[name] = _never if "name" in member.serialization else _check(member, made)
    return check


_MAKES: Final[dict[str, Callable[[Any, dict[str, Check]], Check]]] = {
    "blob": _blob,
    "list": _list,
    "map": _map,
    "structure": _structure,
}
