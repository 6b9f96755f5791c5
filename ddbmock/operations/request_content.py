"""The attributes and key values that a request names, read before validation.

Malformed parts yield nothing here; the operation rejects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ddbmock.errors import ValidationException
from ddbmock.expressions.names import paths_of
from ddbmock.expressions.nodes import (
    And,
    Comparison,
    Element,
    NameRef,
    Node,
    Path,
    ValueRef,
)
from ddbmock.expressions.parser import Parsed, parse_condition, parse_projection, parse_update

_PARSERS: Final[Mapping[str, Callable[[str], Parsed[Any]]]] = {
    "ConditionExpression": lambda text: parse_condition(text, "ConditionExpression"),
    "FilterExpression": lambda text: parse_condition(text, "FilterExpression"),
    "KeyConditionExpression": lambda text: parse_condition(text, "KeyConditionExpression"),
    "ProjectionExpression": parse_projection,
    "UpdateExpression": parse_update,
}
_LEGACY: Final = (
    "AttributeUpdates",
    "Expected",
    "Item",
    "Key",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
"""Members whose names are attributes."""


def attribute_names(part: Mapping[str, Any]) -> set[str]:
    """Return the top-level attributes that a request, or a part of one, names anywhere.

    >>> sorted(attribute_names({"Key": {"pk": {}}, "ProjectionExpression": "a.b, #c[0]",
    ...                         "ExpressionAttributeNames": {"#c": "d"}}))
    ['a', 'd', 'pk']
    """
    names: set[str] = set()
    for member in _LEGACY:
        names.update(_mapping(part, member))
    listed = part.get("AttributesToGet")
    names.update(name for name in listed or () if isinstance(name, str))
    for root in _expressions(part):
        names.update(
            name for path in paths_of(root) if (name := _top_level(path, part)) is not None
        )
    return names


def equal_values(part: Mapping[str, Any], attribute: str) -> Iterator[Any]:
    """Yield the values that a Query's key condition compares an attribute with by ``=``.

    >>> [*equal_values({"KeyConditionExpression": "pk = :p AND sk > :s",
    ...                 "ExpressionAttributeValues": {":p": {"S": "a"}}}, "pk")]
    [{'S': 'a'}]
    """
    legacy = _mapping(part, "KeyConditions").get(attribute)
    if isinstance(legacy, dict) and legacy.get("ComparisonOperator") == "EQ":
        yield from legacy.get("AttributeValueList") or ()
    root = _parsed(part, "KeyConditionExpression")
    if root is None:
        return
    values = _mapping(part, "ExpressionAttributeValues")
    for condition in _terms(root):
        match condition:
            case Comparison("=", Path() as path, ValueRef(name)) | Comparison(
                "=", ValueRef(name), Path() as path
            ) if _top_level(path, part) == attribute and name in values:
                yield values[name]


def _terms(condition: Node) -> Iterator[Node]:
    """Yield the conditions that AND connects."""
    if isinstance(condition, And):
        for part in condition.conditions:
            yield from _terms(part)
    else:
        yield condition


def _expressions(part: Mapping[str, Any]) -> Iterator[Node]:
    for member in _PARSERS:
        root = _parsed(part, member)
        if root is not None:
            yield root


def _parsed(part: Mapping[str, Any], member: str) -> Node | None:
    text = part.get(member)
    if not isinstance(text, str):
        return None
    try:
        root: Node = _PARSERS[member](text).root
    except ValidationException:
        return None
    return root


def _top_level(path: Path, part: Mapping[str, Any]) -> str | None:
    element: Element = path.elements[0]
    if not isinstance(element, NameRef):
        return str(element)
    name = _mapping(part, "ExpressionAttributeNames").get(element.text)
    return name if isinstance(name, str) else None


def _mapping(part: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    value = part.get(member)
    return value if isinstance(value, dict) else {}
