"""Search conditions: the filter of a vector search, and the HASH value that it selects.

A search condition is an ordinary condition that names only attributes of an index's search schema. The HASH
attribute occurs in exactly one equality, which AND joins to all other conditions. The grammar of August
2026, when the service introduced vector search, had only equalities joined by AND.

Source: recorded answers of the service. The wider grammar is assumed by analogy with filters, because the
service's newer reference is not completely known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.expressions.condition import Condition, condition
from ddbmock.expressions.faults import Fault, refusal
from ddbmock.expressions.names import Binding, Names, paths_of
from ddbmock.expressions.nodes import And, Comparison, Path, ValueRef
from ddbmock.expressions.nodes import Condition as Node
from ddbmock.expressions.parser import parse_condition
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.model import AttributeValue

MEMBER: Final = "SearchConditionExpression"

_COMPARATOR: Final = f"Invalid comparator used in {MEMBER}"


class SearchAttributes(NamedTuple):
    """The attributes by which an index can be searched, with their types."""

    hash_key: tuple[str, str] | None
    filters: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether the index can be searched by an attribute."""
        return name in self.filters or (self.hash_key is not None and name == self.hash_key[0])


class SearchCondition:
    """A search condition whose references are defined and used."""

    def __init__(self, text: str, names: Names) -> None:
        """Parse a condition.

        :raises ValidationException: its syntax, a reference or an operand is invalid.
        """
        self._text: Final = text
        self._values: Final = names.values
        self.condition: Final[Condition] = condition(text, MEMBER, names)
        parsed = parse_condition(text, MEMBER)
        self._root: Final[Node] = parsed.root
        self._binding: Final = Binding.of(parsed, *names.bind(parsed))

    def hash_value(self, attributes: SearchAttributes, *, wide: bool) -> AttributeValue | None:
        """Check the condition against an index; return the HASH value, if the index has one.

        :raises ValidationException: the condition does not fit the index.
        """
        for fault in self._faults(attributes, wide):
            raise refusal(MEMBER, self._text, fault)
        self._check_members(attributes)
        for fault in self._later_faults(attributes, wide):
            raise refusal(MEMBER, self._text, fault)
        if attributes.hash_key is None:
            return None
        name, kind = attributes.hash_key
        values = [
            self._values[one.value.text]
            for one in self._equalities()
            if self._name(one.path) == name
        ]
        if not values:
            raise hash_value_needed(name)
        return _check_hash_value(name, kind, values[0])

    @property
    def only_equality(self) -> bool:
        """Whether the condition is a single equality."""
        return isinstance(self._root, Comparison) and self._root.operator == "="

    def _faults(self, attributes: SearchAttributes, wide: bool) -> Iterator[Fault]:
        """Yield the faults of comparators that the grammar lacks, before attributes are checked."""
        if wide:
            return
        for part in self._top_level():
            if _equality(part) is None:
                yield Fault(
                    _COMPARATOR,
                    part.at,
                    "With ddbmock.vector_filters = 2026-08 a condition consists of equalities of "
                    "an attribute and a value, joined by AND.",
                )

    def _check_members(self, attributes: SearchAttributes) -> None:
        for path in paths_of(self._root):
            name = self._name(path)
            if not attributes.has(name):
                known = [*([attributes.hash_key[0]] if attributes.hash_key else ())]
                known += attributes.filters
                raise ValidationException(
                    f"{MEMBER} must not contain any attributes that is not in SearchSchema. "
                    f"Invalid attribute: {name}",
                    hint=f"The SearchSchema of the index has: {', '.join(known) or 'nothing'}.",
                )

    def _later_faults(self, attributes: SearchAttributes, wide: bool) -> Iterator[Fault]:
        for path in paths_of(self._root):
            if len(path.elements) > 1:
                yield Fault(
                    f"{MEMBER} cannot have conditions on nested attributes",
                    path.at,
                    "The attributes of a SearchSchema are strings, numbers or binaries.",
                )
        limited = None if not wide else attributes.hash_key and attributes.hash_key[0]
        seen: set[str] = set()
        for path in paths_of(self._root):
            name = self._name(path)
            if name in seen and (not wide or name == limited):
                yield Fault(
                    f"{MEMBER} must only contain one condition per attribute",
                    path.at,
                    f"There is another condition on {name!r}; combine or remove one.",
                )
            seen.add(name)
        equal = {self._name(one.path) for one in self._equalities()}
        if limited in seen and limited not in equal:
            yield Fault(
                _COMPARATOR,
                self._root.at,
                f"The HASH attribute {limited!r} must be equal to a value, in a condition that "
                "AND joins to all others.",
            )

    def _top_level(self) -> Iterator[Node]:
        """Yield the conditions that AND joins."""
        pending: list[Node] = [self._root]
        while pending:
            node = pending.pop()
            if isinstance(node, And):
                pending.extend(reversed(node.conditions))
            else:
                yield node

    def _equalities(self) -> Iterator[_Equality]:
        for part in self._top_level():
            found = _equality(part)
            if found is not None:
                yield found

    def _name(self, path: Path) -> str:
        return str(self._binding.path(path)[0])


class _Equality(NamedTuple):
    path: Path
    value: ValueRef


def _equality(node: Node) -> _Equality | None:
    match node:
        case Comparison("=", Path() as path, ValueRef() as value):
            return _Equality(path, value)
        case Comparison("=", ValueRef() as value, Path() as path):
            return _Equality(path, value)
        case _:
            return None


def hash_value_needed(name: str) -> ValidationException:
    """Return the error for a search without the HASH value of its index."""
    return ValidationException(
        f"{MEMBER} must be provided when SearchSchema has a HASH key",
        hint=f"Select one value of {name!r}: {MEMBER} '{name} = :value'.",
    )


def _check_hash_value(name: str, kind: str, value: AttributeValue) -> AttributeValue:
    if value.tag != kind:
        raise ValidationException(
            f"Type of '{name}' attribute in {MEMBER} ({value.tag}) does not match type in search "
            f"schema ({kind})",
            hint=f"{name!r} is defined as {kind}; give a value of this type.",
        )
    if value.value in ("", b""):
        word = "string" if kind == "S" else "binary"
        raise ValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty {word} value. Key: {name}",
            hint=f"The index has no entries with an empty {name!r}; give a value.",
        )
    return value
