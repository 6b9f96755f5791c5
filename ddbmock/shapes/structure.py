"""Structures and inputs: classes that declare their members and are read from JSON."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar

from ddbmock.errors import DynamoDBError, SerializationException, Stage, ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.shapes.attribute_value import AttributeListKind, AttributeValueKind
from ddbmock.shapes.constraints import Constraint
from ddbmock.shapes.kinds import (
    BLOB,
    BOOLEAN,
    INTEGER,
    MEMBER,
    STRING,
    Kind,
    ListKind,
    MapKind,
    Part,
    not_unicode,
    refuse,
)
from ddbmock.shapes.violations import Place, Step, Violations
from ddbmock.shapes.wrong_types import place_of
from ddbmock.values.canonical import CanonicalAttributes, CanonicalValues

S_co = TypeVar("S_co", bound="Structure")

V20120810: Final = "com.amazonaws.dynamodb.v20120810"


class Member(NamedTuple):
    """One declared member, ready for use."""

    attribute: str
    name: str
    kind: Kind
    required: bool
    constraints: Sequence[Constraint]
    inner: Kind | None
    """The kind again if its elements have members or constraints to check."""

    @property
    def path(self) -> str:
        return self.name[0].lower() + self.name[1:]


class Shape(NamedTuple):
    """The members of a structure, prepared for fast reading and checking."""

    members: Sequence[Member]
    readers: Mapping[str, tuple[str, Callable[[Any, str], Any]]]
    """By the name in JSON: the Python attribute, and the function that reads its value."""
    nothing: dict[str, None]
    """The attributes of a structure of which all members are missing."""
    checked: Sequence[tuple[str, Kind, Step, bool, Sequence[Constraint], Kind | None]]
    """Attribute, kind, step, whether it is required, constraints and inner kind of each member with checks."""

    @classmethod
    def of(cls, members: Sequence[Member]) -> Shape:
        return cls(
            members,
            {member.name: (member.attribute, member.kind.read) for member in members},
            dict.fromkeys([member.attribute for member in members]),
            [
                (m.attribute, m.kind, (m.name, False), m.required, m.constraints, m.inner)
                for m in members
                if m.required or m.constraints or m.inner is not None
            ],
        )


class Structure:
    """A shape with members. Subclasses declare them as annotations; instances are not changed.

    A member's name in JSON is its Python name in camel case, unless :attr:`names` has another.
    """

    package: ClassVar[str] = V20120810
    documents: ClassVar[bool] = True
    """Whether attribute values can be lists, maps, booleans and null."""
    names: ClassVar[Mapping[str, str]] = {}
    _shape: ClassVar[Shape | None] = None
    _module: ClassVar[dict[str, Any]] = {}
    """The namespace of the class's annotations."""

    def __init_subclass__(cls) -> None:
        cls._shape = None  # its own, not its base's
        # kept from the start, because pytester and others remove modules from sys.modules later
        cls._module = vars(sys.modules[cls.__module__])

    @classmethod
    def annotations(cls) -> dict[str, Any]:
        """Return the evaluated annotations of the class itself, without those of its bases."""
        return inspect.get_annotations(
            cls, globals=cls._module, locals=dict(vars(cls)), eval_str=True
        )

    def __init__(self, **members: Any) -> None:
        for member in type(self).members():
            setattr(self, member.attribute, members.pop(member.attribute, None))
        if members:
            raise TypeError(f"{type(self).__name__} has no member {', '.join(members)}")

    @classmethod
    def members(cls) -> Sequence[Member]:
        """Return the declared members in their order."""
        return cls.shape().members

    @classmethod
    def shape(cls) -> Shape:
        """Return the shape. Type hints are evaluated at first use, which keeps the import cheap."""
        if cls._shape is None:
            cls._shape = Shape.of(tuple(_declared(cls)))
        return cls._shape

    @classmethod
    def read(cls: type[S_co], raw: Mapping[str, Any]) -> S_co:
        """Read a JSON object; check its types but not its constraints."""
        shape = cls._shape or cls.shape()
        structure = cls.__new__(cls)
        values = structure.__dict__ = shape.nothing.copy()
        readers = shape.readers
        try:
            for name, content in raw.items():
                if content is not None and name in readers:
                    attribute, read = readers[name]
                    values[attribute] = read(content, MEMBER)
        except DynamoDBError:
            # Of several faults the service reports the first in the order of its model.
            for member in shape.members:
                if raw.get(member.name) is not None:
                    member.kind.read(raw[member.name], MEMBER)
            raise
        return structure

    def check(self, place: Place, violations: Violations) -> None:
        """Add the violations of the members; `place` is the position of the structure."""
        values = self.__dict__
        limited = violations.limited
        for attribute, kind, step, required, constraints, inner in (
            self._shape or self.shape()
        ).checked:
            value = values[attribute]
            if value is None:
                if required:
                    violations.missing((place, step))
                continue
            for constraint in constraints:
                if limited or not constraint.lifted:
                    demands = constraint.violations(value)
                    if demands:
                        violations.add((place, step), demands, value, kind.render)
            if inner is not None:
                _check_inside(inner, value, (place, step), violations)

    def json(self) -> dict[str, Any]:
        """Return the structure as JSON of a request."""
        values = self.__dict__
        return {
            member.name: _json(values[member.attribute])
            for member in self.members()
            if values[member.attribute] is not None
        }

    def __repr__(self) -> str:
        present = {name: value for name, value in self.__dict__.items() if value is not None}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in present.items())})"


class Input(Structure):
    """The input of an operation."""

    not_served: ClassVar[Sequence[str]] = ()
    """Members of the service's model that are rejected, because ignoring them would mislead."""

    @classmethod
    def parse(cls: type[I_co], body: Mapping[str, Any], *, limited: bool = True) -> I_co:
        """Return the request of a JSON body.

        Without `limited` the limits that a setting lifts are not checked.

        :raises SerializationException: a member has the wrong JSON type, or a lone surrogate.
        :raises ValidationException: constraints are violated; the message lists all violations.
        """
        try:
            request = cls.read(body)
            for name in cls.not_served:
                if body.get(name):
                    raise ValidationException(
                        f"One or more parameter values were invalid: {name} is not supported",
                        hint=f"ddbmock does not serve DynamoDB's {name}; see Operations in its "
                        "documentation. Remove the member.",
                    )
            request.check_first()
            violations = Violations(limited=limited)
            request.check(None, violations)
            if violations.found:
                violations.report()
        except SerializationException as error:
            error.found_at(Stage.SHAPE)
            place = place_of(StructureKind(cls), body)
            error.hint = f"{place}: {error.hint}" if place else error.hint
            raise
        except DynamoDBError as error:
            error.found_at(Stage.SHAPE)
            raise
        except UnicodeEncodeError as error:
            # The walk through an item encodes its texts to measure them, which fails for surrogates.
            refused = not_unicode(error)
            refused.found_at(Stage.SHAPE)
            raise refused from None
        return request

    def check_first(self) -> None:
        """Check the rules that precede the list of violations; most inputs have none."""


I_co = TypeVar("I_co", bound=Input)


class StructureKind(Kind):
    """A structure as a member, element or map value."""

    def __init__(self, structure: type[Structure]) -> None:
        self.structure = structure
        self.java = f"{structure.package}.{structure.__name__}"

    def read(self, raw: Any, place: str) -> Structure:
        if not isinstance(raw, dict):
            if isinstance(raw, list):
                refuse(f"Unrecognized collection type class {self.java}", raw, "an object")
            refuse(place, raw, f"an object ({self.structure.__name__})", "Expected null")
        return self.structure.read(raw)

    def render(self, value: Any) -> str | None:
        members = []
        for member in self.structure.members():
            content = getattr(value, member.attribute)
            if content is not None:
                rendered = member.kind.render(content)
                if rendered is None:
                    return None
                members.append(f"{member.path}={rendered}")
        return f"{self.structure.__name__}({', '.join(members)})"

    def parts(self, raw: Any) -> Iterable[Part]:
        members = self.structure.members() if isinstance(raw, dict) else ()
        return (
            (f".{member.name}", member.kind, raw[member.name])
            for member in members
            if raw.get(member.name) is not None
        )


def _check_inside(kind: Kind, value: Any, place: Place, violations: Violations) -> None:
    """Check the structures in a member's value."""
    match kind:
        case StructureKind():
            value.check(place, violations)
        case ListKind(element=element):
            for number, member in enumerate(value, 1):
                _check_inside(element, member, (place, (number, True)), violations)
        case MapKind(element=element):
            for name, member in value.items():
                _check_inside(element, member, (place, (name, True)), violations)
        case ConstrainedKind(kind=inner, constraints=constraints):
            for constraint in constraints:
                if constraint.lifted and not violations.limited:
                    continue
                demands = constraint.violations(value)
                if demands:
                    violations.add(place, demands, value, inner.render)
            _check_inside(inner, value, place, violations)


def _json(value: Any) -> Any:
    match value:
        case Structure():
            return value.json()
        case CanonicalAttributes() | CanonicalValues():
            return value.spelled
        case list():
            return [_json(element) for element in value]
        case dict():
            return {name: _json(member) for name, member in value.items()}
        case _:
            return value


class ConstrainedKind(Kind):
    """An element with its own constraints, such as a name in a list of names."""

    def __init__(self, kind: Kind, constraints: Sequence[Constraint]) -> None:
        self.kind = kind
        self.constraints = constraints
        self.java = kind.java
        self.read = kind.read  # type: ignore[method-assign]
        self.render = kind.render  # type: ignore[method-assign]


def _declared(cls: type[Structure]) -> typing.Iterator[Member]:
    for attribute, hint in _annotated(cls).items():
        required = not hasattr(cls, attribute)
        kind, constraints = _kind(_without_none(hint), cls)
        name = cls.names.get(attribute) or "".join(
            word.capitalize() for word in attribute.split("_")
        )
        inner = kind if _has_inside(kind) else None
        yield Member(attribute, name, kind, required, constraints, inner)


_ABOUT_THE_CLASS: Final = frozenset(
    (*inspect.get_annotations(Structure), *inspect.get_annotations(Input))
)
"""Names of annotations that are not members."""


def _annotated(cls: type[Structure]) -> dict[str, Any]:
    """Return the type hints of the members, base classes first."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, Structure) and base not in (Structure, Input):
            hints.update(base.annotations())
    return {name: hint for name, hint in hints.items() if name not in _ABOUT_THE_CLASS}


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = [part for part in typing.get_args(hint) if part is not type(None)]
    return hint


def _kind(hint: Any, cls: type[Structure]) -> tuple[Kind, Sequence[Constraint]]:
    """Return the kind of a type hint, and its constraints."""
    if typing.get_origin(hint) is typing.Annotated:
        base, *notes = typing.get_args(hint)
        if "AttributeValue" in notes:
            return AttributeValueKind(cls.package, documents=cls.documents), ()
        kinds = [note for note in notes if isinstance(note, Kind)]
        if "AttributeValues" in notes:
            notes.remove("AttributeValues")
            kinds = [AttributeListKind(AttributeValueKind(cls.package, documents=cls.documents))]
        constraints = tuple(note for note in notes if not isinstance(note, Kind))
        kind, inherited = (kinds[0], ()) if kinds else _kind(base, cls)
        return kind, (*inherited, *constraints)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return ListKind(_element(arguments[0], cls)), ()
    if origin is dict:
        return MapKind(_element(arguments[1], cls)), ()
    if isinstance(hint, type) and issubclass(hint, Structure):
        return StructureKind(hint), ()
    return {str: STRING, int: INTEGER, bool: BOOLEAN, bytes: BLOB}[hint], ()


def _element(hint: Any, cls: type[Structure]) -> Kind:
    kind, constraints = _kind(hint, cls)
    return ConstrainedKind(kind, constraints) if constraints else kind


def _has_inside(kind: Kind) -> bool:
    match kind:
        case StructureKind() | ConstrainedKind():
            return True
        case ListKind(element=element) | MapKind(element=element):
            return _has_inside(element)
        case _:
            return False
