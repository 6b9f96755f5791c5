"""Hints for parameters that a client's own validation rejects before it sends anything.

They are found by comparing the parameters with the operation's model, not in the exception's text:
misspelt and misplaced parameters, values without their type, a Limit of 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from numbers import Number
from typing import Any, Final

from ddbmock.clients.resource_hints import kind
from ddbmock.suggestions import nearest

SHOWN: Final = 60
"""The largest number of characters of a value in a hint."""

EXAMPLES: Final[Mapping[str, str]] = {
    "Projection": "{'ProjectionType': 'ALL'}",
    "ProvisionedThroughput": "{'ReadCapacityUnits': 5, 'WriteCapacityUnits': 5}",
    "WriteRequest": "{'PutRequest': {'Item': {...}}} or {'DeleteRequest': {'Key': {...}}}",
    "TransactWriteItem": "{'Put': {'TableName': ..., 'Item': {...}}}, or Update, Delete, ConditionCheck",
    "TransactGetItem": "{'Get': {'TableName': ..., 'Key': {...}}}",
    "KeysAndAttributes": "{'Keys': [{...}, ...]}",
    "AttributeValueUpdate": "{'Action': 'PUT', 'Value': ...}; UpdateExpression is its successor",
    "KeySchemaElement": "{'AttributeName': ..., 'KeyType': 'HASH'}",
    "AttributeDefinition": "{'AttributeName': ..., 'AttributeType': 'S'}",
    "Tag": "{'Key': ..., 'Value': ...}",
    "TagList": "[{'Key': ..., 'Value': ...}]",
    "KeySchema": "[{'AttributeName': ..., 'KeyType': 'HASH'}]",
    "TimeToLiveSpecification": "{'AttributeName': ..., 'Enabled': True}",
}
"""Correct values of parameters that are often wrong."""


class Reader:
    """Compares the parameters of a call with its operation's model.

    `resource`: the parameters are those of a resource, whose attribute values are plain.
    """

    def __init__(self, service: Any, operation: str, *, resource: bool) -> None:
        self._service = service
        self._operation = operation
        self._resource = resource

    def hint(self, parameters: Any) -> str | None:
        """Return a hint for the first parameter that does not fit the model."""
        shape = self._service.operation_model(self._operation).input_shape
        if not isinstance(parameters, Mapping) or shape is None:
            return None
        return next(self._structure(shape, parameters, ""), None)

    def _value(self, shape: Any, value: Any, path: str) -> Iterator[str]:
        if shape.name == "AttributeValue":
            yield from (
                self._names(value, path) if self._resource else self._attribute(shape, value, path)
            )
        elif value is None:
            yield f"{path} is None: leave it out."
        elif not isinstance(value, _PYTHON.get(shape.type_name, object)):
            yield from self._mistyped(shape, value, path)
        elif shape.type_name == "structure":
            yield from self._structure(shape, value, path)
        elif shape.type_name == "list":
            yield from self._length(shape, value, path)
            for number, one in enumerate(value):
                yield from self._value(shape.member, one, f"{path}[{number}]")
        elif shape.type_name == "map":
            yield from self._map(shape, value, path)
        elif shape.type_name in ("integer", "long"):
            least = shape.metadata.get("min")
            if least is not None and value < least:
                yield f"{path} is {value}: it must be at least {least}.{_LESS.get(path, '')}"

    def _structure(self, shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
        for name in value:
            if name not in shape.members:
                yield self._unknown(shape, name, path)
        for name in shape.required_members:
            if name not in value:
                member = shape.members[name].name
                example = EXAMPLES.get(member)
                of = f" in {path}" if path else ""
                yield f"{name} is missing{of}" + (f": write {name}={example}." if example else ".")
        for name, one in value.items():
            if name in shape.members:
                yield from self._value(shape.members[name], one, f"{path}.{name}" if path else name)

    def _unknown(self, shape: Any, name: Any, path: str) -> str:
        known = list(shape.members)
        where = f"{path} of {self._operation}" if path else self._operation
        plain = {one.lower(): one for one in known}
        written = str(name).replace("_", "").lower()
        meant = plain.get(written) or plain.get(f"{written}s") or plain.get(written[:-1])
        others = [
            one for one in self._service.operation_names if not path and self._takes(one, name)
        ]
        if meant is None and others:
            return f"{name} is a parameter of {_listed(others)}, not of {where}."
        example = EXAMPLES.get(shape.name)
        if meant is None and example is not None:
            return f"There is no {name} in {where}: write {example}."
        meant = meant or next((one for one in known if one.startswith(str(name))), None)
        meant = meant or nearest(str(name), known)
        if meant is not None:
            return f"There is no {name} in {where}: did you mean {meant}?"
        return f"There is no {name} in {where}, which has {_listed(known)}."

    def _takes(self, operation: str, name: Any) -> bool:
        shape = self._service.operation_model(operation).input_shape
        return shape is not None and name in shape.members

    def _length(self, shape: Any, value: list[Any], path: str) -> Iterator[str]:
        if not value and shape.metadata.get("min"):
            yield f"{path} is empty: give at least {shape.metadata['min']}, or make no request."

    def _map(self, shape: Any, value: Mapping[Any, Any], path: str) -> Iterator[str]:
        for name, one in value.items():
            if not isinstance(name, str):
                yield _no_name(name, path)
            else:
                yield from self._value(shape.value, one, f"{path}.{name}")

    def _names(self, value: Any, path: str) -> Iterator[str]:
        """Yield the hints for names that are not strings, within a plain value."""
        parts: Iterable[tuple[Any, Any]] = ()
        if isinstance(value, Mapping):
            parts = value.items()
        elif isinstance(value, list | tuple):
            parts = enumerate(value)
        for name, one in parts:
            if isinstance(value, Mapping) and not isinstance(name, str):
                yield _no_name(name, path)
            else:
                inner = f"{path}.{name}" if isinstance(value, Mapping) else f"{path}[{name}]"
                yield from self._names(one, inner)

    def _mistyped(self, shape: Any, value: Any, path: str) -> Iterator[str]:
        """Yield the hint for a value whose Python type differs from the model."""
        shown, example = _shown(value), EXAMPLES.get(shape.name)
        if type(value).__module__.startswith("boto3.dynamodb.conditions"):
            if not self._resource:
                yield (
                    f"{path} is a condition of boto3.dynamodb.conditions, which boto3.resource('dynamodb').Table"
                    "(...) takes; a client takes text, 'artist = :artist', and the values in "
                    "ExpressionAttributeValues."
                )
        elif isinstance(value, bool) and "Expression" in shape.name:
            yield (
                f"{path} is {value}: Python's == compares objects. Write Key('artist').eq('Can'), and join "
                "conditions by & and |."
            )
        elif path == "ProjectionExpression" and isinstance(value, list | tuple | set):
            yield f"{path} is a {type(value).__name__}: write text, {', '.join(map(str, value))!r}."
        elif example is not None:
            yield f"{path} is {shown}: write {example}."
        elif shape.type_name == "map" and getattr(shape.value, "name", "") == "AttributeValue":
            value_ = "'Can'" if self._resource else "{'S': 'Can'}"
            yield f"{path} is {shown}: write a dict of attributes, {{'artist': {value_}}}."
        elif shape.type_name in ("integer", "long") and str(value).lstrip("-").isdigit():
            yield f"{path} is the text {value!r}: write {int(value)}."
        elif shape.type_name == "boolean":
            yield f"{path} is {shown}: write True or False."
        else:
            yield f"{path} is {shown}, of the type {type(value).__name__}: it must be a {shape.type_name}."

    def _attribute(self, shape: Any, value: Any, path: str) -> Iterator[str]:
        """Yield the hint for an attribute's value as a client writes it."""
        if not isinstance(value, Mapping):
            example = f", {typed!r}" if (typed := _typed(value)) else ""
            yield (
                f"{path} is {_shown(value)}: a client's values name their types{example}; those of "
                "boto3.resource('dynamodb').Table(...) do not."
            )
            return
        for tag, content in value.items():
            if tag not in shape.members:
                yield f"{path}: {tag!r} is no type; write one of {_listed(list(shape.members))}."
            elif tag == "N" and isinstance(content, Number):
                yield f"{path}: numbers are written as text, {{'N': '{content}'}}."
            elif tag in ("S", "BOOL") and not isinstance(content, str if tag == "S" else bool):
                typed = _typed(content) if tag == "S" else _TRUTHS.get(str(content).lower())
                example = f": write {typed!r}" if typed else ""
                expected = "text" if tag == "S" else "True or False"
                yield f"{path}.{tag} is {_shown(content)}, and must be {expected}{example}."
            elif tag in ("M", "L", "SS", "NS", "BS"):
                yield from self._value(shape.members[tag], content, f"{path}.{tag}")


def _no_name(name: object, path: str) -> str:
    return f"A name in {path} is {_shown(name)}: names of attributes are strings, {str(name)!r}."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:12]) + (" and others" if len(names) > 12 else "")


def _typed(value: Any) -> dict[str, Any] | None:
    """Return a plain value in the form that a client needs; None if there is no simple form.

    >>> _typed(5), _typed("a"), _typed(True), _typed(None)
    ({'N': '5'}, {'S': 'a'}, {'BOOL': True}, {'NULL': True})
    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, str) and len(value) > SHOWN:
        return None
    tag = kind(value)
    return {tag: str(value) if tag == "N" else value} if tag in ("S", "N", "B", "BOOL") else None


_PYTHON: Final[Mapping[str, Any]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": (list, tuple),
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}
_TRUTHS: Final = {
    "true": {"BOOL": True},
    "false": {"BOOL": False},
    "1": {"BOOL": True},
    "0": {"BOOL": False},
}
_LESS: Final[Mapping[str, str]] = {"Limit": " Leave it out for pages as large as may be."}
