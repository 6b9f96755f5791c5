"""Rules for the keys, attribute definitions and secondary indexes of a table.

All are pure functions of a request. They check in the service's order and raise its messages.
Source of texts and order: recorded answers of CreateTable and UpdateTable, see the golden vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.key import INVALID, KeyAttribute, KeySchema
from ddbmock.database.schema import IndexDescription, Projection
from ddbmock.errors import ValidationException
from ddbmock.frozen import cached_property, dataclass
from ddbmock.named_tuple import NamedTuple

MAX_ATTRIBUTES_OF_A_ROLE: Final = 4
"""The most attributes in the hash key, and in the range key, of a global index."""
MAX_LOCAL_INDEXES: Final = 5
MAX_GLOBAL_INDEXES: Final = 20
MAX_PROJECTED_ATTRIBUTES: Final = 100
"""The most NonKeyAttributes of all indexes of a table together."""
TABLE_CLASSES: Final = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")


class KeyElement(NamedTuple):
    """An element of a KeySchema in a request."""

    name: str
    role: str
    """``HASH`` or ``RANGE``."""


@dataclass(frozen=True)
class NewIndex:
    """A secondary index as a request specifies it."""

    name: str
    elements: tuple[KeyElement, ...]
    projection_type: str | None
    non_key_attributes: tuple[str, ...] | None
    local: bool
    throughput: Units | None = None
    on_demand: Units | None = None
    warm: Units | None = None


@dataclass(frozen=True)
class Definitions:
    """The AttributeDefinitions of a request, in its order."""

    attributes: tuple[KeyAttribute, ...]

    @cached_property
    def types(self) -> Mapping[str, str]:
        return dict(self.attributes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.attributes)


def invalid(message: str, hint: str) -> ValidationException:
    """Return the error for values that are invalid or do not fit together."""
    return ValidationException(INVALID + message, hint=hint)


def table_key(elements: Sequence[KeyElement], definitions: Definitions) -> KeySchema:
    """Return the key schema of a table.

    :raises ValidationException: it is not a hash key with an optional range key, all defined.
    """
    if len(elements) > len(definitions.names):
        raise ValidationException(
            "Invalid KeySchema: Some index key attribute have no definition",
            hint=_without_definition(elements, definitions),
        )
    _check_defined(elements, definitions)
    _check_pair(elements)
    return _schema(elements, definitions)


def check_exact(key: KeySchema, definitions: Definitions) -> None:
    """Check that a table without indexes defines no other attributes than its key's."""
    if len(definitions.names) != len(key.names):
        raise invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions",
            hint=f"Define the key attributes only: {', '.join(key.names)}. DynamoDB rejects "
            "definitions of other attributes.",
        )


def check_duplicates(definitions: Definitions) -> None:
    """Check that no attribute is defined twice."""
    seen: set[str] = set()
    for name in definitions.names:
        if name in seen:
            raise ValidationException(
                f"Attribute Name is duplicated: {name}", hint=f"{name!r} is defined twice."
            )
        seen.add(name)


def check_used(definitions: Definitions, keys: Iterable[KeySchema]) -> None:
    """Check that each defined attribute is part of a key of the table or of an index."""
    used = dict.fromkeys(name for key in keys for name in key.names)
    unused = [name for name in definitions.names if name not in used]
    if unused:
        raise invalid(
            "Some AttributeDefinitions are not used. "
            f"AttributeDefinitions: {_listed(definitions.names)}, keys used: {_listed(used)}",
            hint=f"No key uses {', '.join(unused)}: remove the definition, or use it in a key.",
        )


def local_indexes(
    new: Sequence[NewIndex] | None, table: KeySchema, definitions: Definitions
) -> tuple[IndexDescription, ...]:
    """Return the local indexes of a new table.

    :raises ValidationException: one of them breaks a rule.
    """
    if new is None:
        return ()
    if not new:
        raise invalid(
            "List of LocalSecondaryIndexes is empty", hint="Leave the member out instead."
        )
    if not table.range_key:
        raise invalid(
            "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex",
            hint="Add a RANGE element to the KeySchema of the table, or use a global index.",
        )
    names: set[str] = set()
    indexes = tuple(_local_index(index, table, definitions, names) for index in new)
    if len(indexes) > MAX_LOCAL_INDEXES:
        raise invalid(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL_INDEXES}",
            hint=f"The request has {len(indexes)}; use global indexes. DynamoDB does not raise this limit.",
        )
    return indexes


def _local_index(
    index: NewIndex, table: KeySchema, definitions: Definitions, names: set[str]
) -> IndexDescription:
    _check_defined(index.elements, definitions)
    _check_pair(index.elements)
    if len(index.elements) < 2:
        raise invalid(
            f"Index KeySchema does not have a range key for index: {index.name}",
            hint="The KeySchema of a local index must have the table's hash key and a RANGE element.",
        )
    hash_key, table_hash_key = index.elements[0].name, table.hash_key[0].name
    if hash_key != table_hash_key:
        raise invalid(
            "Index KeySchema does not have the same leading hash key as table KeySchema for "
            f"index: {index.name}. index hash key: {hash_key}, table hash key: {table_hash_key}",
            hint=f"Use {table_hash_key!r} as the HASH element, or make it a global index.",
        )
    projection = _projection(index)
    check_name(index.name, names)
    return IndexDescription(index.name, _schema(index.elements, definitions), projection, True)


def global_indexes(
    new: Sequence[NewIndex] | None,
    definitions: Definitions,
    local: Iterable[IndexDescription] = (),
) -> tuple[IndexDescription, ...]:
    """Return the global indexes of a new table, without their throughput.

    :raises ValidationException: one of them breaks a rule.
    """
    if new is None:
        return ()
    if not new:
        raise invalid(
            "List of GlobalSecondaryIndexes is empty", hint="Leave the member out instead."
        )
    names = {index.name for index in local}
    indexes = []
    for index in new:
        indexes.append(global_index(index, definitions))
        check_name(index.name, names)
    return tuple(indexes)


def global_index(index: NewIndex, definitions: Definitions) -> IndexDescription:
    """Return a global index, without its throughput.

    :raises ValidationException: it breaks a rule.
    """
    _check_defined(index.elements, definitions)
    _check_several(index.elements)
    return IndexDescription(
        index.name, _schema(index.elements, definitions), _projection(index), False
    )


def check_counts(indexes: Sequence[IndexDescription], of_vectors: int = 0) -> None:
    """Check the number of indexes and of projected attributes of a new table."""
    count = sum(not index.local for index in indexes)
    if count > MAX_GLOBAL_INDEXES:
        raise invalid(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}",
            hint=f"There are {count}. The setting ddbmock.limits = none lifts this limit.",
        )
    check_projected(indexes, of_vectors)


def check_projected(indexes: Sequence[IndexDescription], of_vectors: int = 0) -> None:
    """Check the number of projected attributes of all indexes of a table together.

    `of_vectors` is how many its vector indexes count for.
    """
    projected = of_vectors + sum(len(index.projection.non_key_attributes) for index in indexes)
    if projected > MAX_PROJECTED_ATTRIBUTES:
        raise invalid(
            "Number of projected attributes exceeds the per-table limit of "
            f"{MAX_PROJECTED_ATTRIBUTES}",
            hint=f"NonKeyAttributes of all indexes together: {projected}; an attribute counts "
            "for each index. The setting ddbmock.limits = none lifts this limit.",
        )


def table_class(name: str | None) -> str | None:
    """Return the table class that descriptions show: None for STANDARD, which they do not show.

    :raises ValidationException: the class is unknown.
    """
    if name is not None and name not in TABLE_CLASSES:
        raise ValidationException(
            "Invalid table-class parameter provided. Please try again with a valid table-class "
            f"value: {_listed(TABLE_CLASSES)}.",
            hint=f"There is no table class {name!r}; omit TableClass for STANDARD.",
        )
    return None if name == "STANDARD" else name


def _check_defined(elements: Sequence[KeyElement], definitions: Definitions) -> None:
    if any(name not in definitions.types for name, _ in elements):
        raise invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: {_listed(name for name, _ in elements)}, "
            f"AttributeDefinitions: {_listed(definitions.names)}",
            hint=_without_definition(elements, definitions),
        )


def _without_definition(elements: Sequence[KeyElement], definitions: Definitions) -> str:
    """Return the hint about key attributes whose type is not defined."""
    missing = [name for name, _ in elements if name not in definitions.types]
    hint = f"Define in AttributeDefinitions: {', '.join(missing)}."
    for name in missing:
        for other in definitions.names:
            if other.lower() == name.lower():
                hint += f" Names are case-sensitive: write {name}, not {other}."
    return hint


def _check_pair(elements: Sequence[KeyElement]) -> None:
    """Check that elements are a hash key with an optional range key."""
    _check_names_differ(elements[:2])
    _check_hash_first(elements)
    if len(elements) > 1 and elements[1].role != "RANGE":
        raise ValidationException(
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
            hint="Only global indexes can have several attributes in a hash key.",
        )


def _check_several(elements: Sequence[KeyElement]) -> None:
    """Check that elements are a global index's key: up to four per role, hash key first."""
    if len(elements) == 2:
        _check_names_differ(elements)
    if len({name for name, _ in elements}) < len(elements):
        raise invalid(
            "The KeySchema contains multiple key attributes with the same name",
            hint=f"Key attributes: {', '.join(name for name, _ in elements)}.",
        )
    _check_hash_first(elements)
    roles = [role for _, role in elements]
    if roles != sorted(roles):
        raise invalid(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
            hint=f"The roles are {', '.join(roles)}.",
        )
    for role in ("HASH", "RANGE"):
        if roles.count(role) > MAX_ATTRIBUTES_OF_A_ROLE:
            raise invalid(
                f"The KeySchema exceeds the maximum allowed number of {role} key attributes",
                hint=f"There are {roles.count(role)}; at most {MAX_ATTRIBUTES_OF_A_ROLE}.",
            )


def _check_names_differ(pair: Sequence[KeyElement]) -> None:
    """Check that a hash key and a range key are different attributes."""
    if len(pair) == 2 and pair[0].name == pair[1].name:
        raise ValidationException(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
            hint=f"{pair[0].name!r} cannot be both; name another attribute in the RANGE element.",
        )


def _check_hash_first(elements: Sequence[KeyElement]) -> None:
    """Check that the first element is part of the hash key."""
    if elements[0].role != "HASH":
        raise ValidationException(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
            hint=f"Put the HASH element before {elements[0].name!r}, which is {elements[0].role}.",
        )


def new_projection(index: str, kind: str | None, names: tuple[str, ...] | None) -> Projection:
    """Return the projection of a new index.

    :raises ValidationException: its type and NonKeyAttributes do not fit together.
    """
    if kind is None:
        raise invalid(
            "Unknown ProjectionType: null",
            hint=f"Set the ProjectionType of index {index!r} to ALL, KEYS_ONLY or INCLUDE.",
        )
    if kind != "INCLUDE" and names is not None:
        raise invalid(
            f"ProjectionType is {kind}, but NonKeyAttributes is specified",
            hint="Set ProjectionType to INCLUDE, or leave NonKeyAttributes out.",
        )
    if kind == "INCLUDE" and names is None:
        raise invalid(
            "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
            hint=f"List the attributes that index {index!r} includes in NonKeyAttributes.",
        )
    seen: set[str] = set()
    for name in names or ():
        if name in seen:
            raise invalid(
                f"Duplicate element in NonKeyAttributes: {name}",
                hint=f"Index {index!r} lists {name!r} twice; remove one of them.",
            )
        seen.add(name)
    return Projection(kind, tuple(sorted(names or ())))


def _projection(index: NewIndex) -> Projection:
    return new_projection(index.name, index.projection_type, index.non_key_attributes)


def check_name(name: str, names: set[str]) -> None:
    """Check that an index name is unique among all indexes of the table; record it."""
    if name in names:
        raise invalid(
            f"Duplicate index name: {name}",
            hint="Each index of a table, local or global, needs a name of its own.",
        )
    names.add(name)


def _schema(elements: Iterable[KeyElement], definitions: Definitions) -> KeySchema:
    types = definitions.types
    attributes = [(KeyAttribute(name, types[name]), role) for name, role in elements]
    return KeySchema(
        tuple(attribute for attribute, role in attributes if role == "HASH"),
        tuple(attribute for attribute, role in attributes if role == "RANGE"),
    )


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"
