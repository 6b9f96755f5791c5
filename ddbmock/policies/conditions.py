"""Conditions of policies: operators, their set forms, and keys that a request does not have.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for
multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias, TypeVar

from ddbmock.policies.patterns import Context, Part, filled, matches, matches_arn, parts

Test: TypeAlias = Callable[[str, str, Context, bool], bool]
"""Whether a policy's value fits a request's; the last argument allows policy variables."""

Read = TypeVar("Read")


@dataclass(frozen=True)
class Condition:
    """One operator on one key, as in ``"StringEquals": {"aws:username": ["ann", "bob"]}``."""

    operator: str
    """As written, with its set form and ``IfExists``."""
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context, variables: bool = True) -> bool:
        """Return whether the condition is true of a request.

        Without a value for the key an operator is false, a negated one true, and so is one with
        ``IfExists``; ``ForAllValues`` is then true and ``ForAnyValue`` false, whatever follows.
        """
        set_form, name, if_exists = split(self.operator)
        test, negated = OPERATORS[name]
        present = context.get(self.key.lower())
        if name == "Null":
            return test(self.values[0], "" if present else "null", context, False)

        def fits(value: str) -> bool:
            return negated != any(test(one, value, context, variables) for one in self.values)

        if set_form == "ForAllValues":
            return all(fits(value) for value in present or ())
        if set_form == "ForAnyValue":
            return any(fits(value) for value in present or ())
        if not present:
            return negated or if_exists
        return all(map(fits, present)) if negated else any(map(fits, present))

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {_listed(self.values)}"

    def failure(self, context: Context) -> str:
        """Explain a condition that is false of a request."""
        values = context.get(self.key.lower())
        shown = "no such key" if values is None else _listed(values)
        return f"its condition {self} is false, the request has {shown}"


def _listed(values: Sequence[str]) -> str:
    return "[" + ", ".join(repr(value) for value in values) + "]"


def split(operator: str) -> tuple[str, str, bool]:
    """Split an operator into its set form, its name, and whether it ends with ``IfExists``.

    >>> split("ForAllValues:StringLikeIfExists")
    ('ForAllValues', 'StringLike', True)
    """
    set_form, _, name = operator.rpartition(":")
    bare = name.removesuffix("IfExists")
    return set_form, bare, bare != name


def is_operator(operator: str) -> bool:
    """Return whether there is such an operator."""
    set_form, name, if_exists = split(operator)
    return (
        set_form in ("", "ForAllValues", "ForAnyValue")
        and name in OPERATORS
        and not (name == "Null" and (if_exists or set_form))
    )


def _filled(
    operand: str, context: Context, variables: bool, wildcards: bool
) -> tuple[Part, ...] | None:
    return filled(parts(operand, variables, wildcards), context)


def _equals(operand: str, value: str, context: Context, variables: bool) -> bool:
    # Asterisks and question marks are ordinary characters here.
    pattern = _filled(operand, context, variables, False)
    return pattern is not None and matches(pattern, value)


def _equals_ignoring_case(operand: str, value: str, context: Context, variables: bool) -> bool:
    pattern = _filled(operand, context, variables, False)
    return pattern is not None and "".join(map(str, pattern)).lower() == value.lower()


def _like(operand: str, value: str, context: Context, variables: bool) -> bool:
    pattern = _filled(operand, context, variables, True)
    return pattern is not None and matches(pattern, value)


def _arn_like(operand: str, value: str, context: Context, variables: bool) -> bool:
    pattern = _filled(operand, context, variables, True)
    return pattern is not None and matches_arn(pattern, value)


def _same_truth(operand: str, value: str, context: Context, variables: bool) -> bool:
    return operand.lower() == value.lower()


def _same_bytes(operand: str, value: str, context: Context, variables: bool) -> bool:
    read = _read(lambda text: base64.b64decode(text, validate=True))
    first, second = read(operand), read(value)
    return first is not None and first == second


def _in_network(operand: str, value: str, context: Context, variables: bool) -> bool:
    network = _read(lambda text: ipaddress.ip_network(text, strict=False))(operand)
    address = _read(ipaddress.ip_address)(value)
    return network is not None and address is not None and address in network


def _comparing(read: Callable[[str], Read | None], compare: Callable[[Read, Read], bool]) -> Test:
    """Return a test that compares the request's value with the policy's, both converted by
    `read`."""

    def test(operand: str, value: str, context: Context, variables: bool) -> bool:
        left, right = read(value), read(operand)
        return left is not None and right is not None and compare(left, right)

    return test


def _read(convert: Callable[[str], Read]) -> Callable[[str], Read | None]:
    """Return a conversion that gives None for what it cannot convert."""

    def read(text: str) -> Read | None:
        try:
            return convert(text)
        except (ValueError, InvalidOperation, binascii.Error):
            return None

    return read


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise InvalidOperation(text)
    return number


def _time(text: str) -> float:
    """Seconds since the epoch, of a number of them or a date of ISO 8601."""
    try:
        return float(_number(text))
    except InvalidOperation:
        date = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()


def _null(operand: str, value: str, context: Context, variables: bool) -> bool:
    return (operand.lower() == "true") == (value == "null")


def _ordered(kind: str, read: Callable[[str], Any]) -> dict[str, tuple[Test, bool]]:
    return {
        f"{kind}Equals": (_comparing(read, operator.eq), False),
        f"{kind}NotEquals": (_comparing(read, operator.eq), True),
        f"{kind}LessThan": (_comparing(read, operator.lt), False),
        f"{kind}LessThanEquals": (_comparing(read, operator.le), False),
        f"{kind}GreaterThan": (_comparing(read, operator.gt), False),
        f"{kind}GreaterThanEquals": (_comparing(read, operator.ge), False),
    }


OPERATORS: Final[Mapping[str, tuple[Test, bool]]] = {
    "StringEquals": (_equals, False),
    "StringNotEquals": (_equals, True),
    "StringEqualsIgnoreCase": (_equals_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equals_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    **_ordered("Numeric", _read(_number)),
    **_ordered("Date", _read(_time)),
    "Bool": (_same_truth, False),
    "BinaryEquals": (_same_bytes, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "ArnEquals": (_arn_like, False),
    "ArnLike": (_arn_like, False),
    "ArnNotEquals": (_arn_like, True),
    "ArnNotLike": (_arn_like, True),
    "Null": (_null, False),
}
"""Each operator's test, and whether the operator negates it."""
