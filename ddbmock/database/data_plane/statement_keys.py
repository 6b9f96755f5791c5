"""Keys in PartiQL statements: the values that they are compared with, and the reads that these give.

Source of rules, order and texts: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ddbmock.database.data_plane.read_target import Source
from ddbmock.database.data_plane.selection import check_filtered, not_projected
from ddbmock.database.key import KeySchema, check_not_empty, hash_prefix
from ddbmock.database.schema import IndexDescription
from ddbmock.database.stored_key import KeyRange, component, prefix_range, range_of, within
from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.condition import Condition
from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.key_plan import MAX_READS, Branch, Keys, ReadPlan
from ddbmock.values.model import Attributes, AttributeValue


class KeyRead(NamedTuple):
    """The item or the range of keys that one branch of a plan reads."""

    prefix: bytes
    """The common prefix of its stored keys: the hash key."""
    hash_order: bytes
    key_range: KeyRange
    whole_key: bytes | None
    """The stored key of the only item that it can find; None for a query."""
    condition: Condition | None


def keys_of(schema: KeySchema) -> Keys:
    """Return the names of the keys of a table or index that statements can use."""
    names = schema.names
    return Keys(names[0], names[1] if len(names) > 1 else None)


def check_single_attributes(index: IndexDescription) -> None:
    """Raise if a role of an index's key has several attributes.

    :raises ValidationException: one has.
    """
    if len(index.key_schema.hash_key) > 1 or len(index.key_schema.range_key) > 1:
        raise ValidationException(
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
            "multi-attribute RANGE keys.",
            hint=f"The keys of index {index.name!r} have several attributes: use Query.",
        )


def key_value(schema: KeySchema, name: str, value: AttributeValue) -> AttributeValue:
    """Return a value that a key is compared with.

    :raises ValidationException: it is of another type than the key, or empty.
    """
    kind = next(kind for key, kind in schema.attributes if key == name)
    if value.tag != kind:
        hint = f"{name} is of type {kind}; it is compared with a value of type {value.tag}."
        if value.tag not in ("S", "N", "B"):
            message = (
                f"Key value must be of type S, N, or B. Key name: {name}, Key type: {value.tag}"
            )
        else:
            message = (
                "Key attribute's data type should match its data type in table's schema: "
                f"Key {name}"
            )
        raise ValidationException(message, hint=hint)
    check_not_empty(name, value)
    return value


def resolved(constant: nodes.Constant, values: Attributes) -> AttributeValue:
    """Return the value of a literal or a parameter."""
    return constant.value if isinstance(constant, nodes.Literal) else values[constant.text]


def reads_of(source: Source, plan: ReadPlan, values: Attributes) -> list[KeyRead] | None:
    """Return the reads of a plan with its values; None for a scan, also if a branch has two hash keys."""
    if not plan.branches:
        if plan.reads:
            check_count(plan)
        return None
    reads = []
    for branch in plan.branches:
        read = _read_of(source, branch, values)
        if read is None:
            return None
        reads.append(read)
    return reads


def _read_of(source: Source, branch: Branch, values: Attributes) -> KeyRead | None:
    schema = source.schema
    name = schema.hash_key[0].name
    first, *others = branch.hash_values
    hash_value = resolved(first, values)
    if others and any(resolved(other, values) != hash_value for other in others):
        return None
    prefix = hash_prefix(schema, [key_value(schema, name, hash_value)])
    low, high = prefix_range(prefix)
    tests = branch.range_tests
    for test in tests:
        operands = [key_value(schema, test.name, resolved(one, values)) for one in test.values]
        test_low, test_high = range_of(prefix, test.operator, operands)
        low = max(low, test_low)
        high = test_high if high is None else high if test_high is None else min(high, test_high)
    whole_key = None
    if source.through is None:
        pinned = not schema.range_key or any(test.operator == "=" for test in tests)
        if pinned and within(low, (low, high)):
            whole_key = low
    condition = None if branch.filter is None else branch.filter.bind(values)
    return KeyRead(prefix, component(hash_value), (low, high), whole_key, condition)


def check_overlaps(reads: Sequence[KeyRead]) -> None:
    """Raise if two reads of one item collection have keys in common."""
    if len(reads) < 2:
        return
    ends: dict[bytes, bytes | None] = {}
    for read in sorted(reads, key=lambda read: read.key_range[0]):
        low, high = read.key_range
        if high is not None and low >= high:
            continue
        if read.prefix in ends:
            end = ends[read.prefix]
            if end is None or low < end:
                raise ValidationException(
                    "Overlapping conditions with range keys are not supported in where clause",
                    hint="Two alternatives can find the same item. Give each hash key once, "
                    "or alternatives whose ranges of the range key do not overlap.",
                )
        ends[read.prefix] = high


def check_count(plan: ReadPlan) -> None:
    if plan.reads > MAX_READS:
        raise ValidationException(
            "Too many decomposed read operations for a given query.",
            hint=f"Each value of IN and each alternative of OR is a read of its own: there are "
            f"{plan.reads}, and {MAX_READS} are allowed.",
        )


def check_filters(source: Source, reads: Sequence[KeyRead]) -> None:
    """Raise if the filter of every read uses attributes that the index does not hold."""
    if source.projected is None:
        return
    missing: Mapping[bytes, list[str]] = {
        read.hash_order: not_projected(source, read.condition.paths if read.condition else ())
        for read in reads
    }
    if all(not_projected(source, read.condition.paths if read.condition else ()) for read in reads):
        check_filtered(source, _hashed_order(missing[max(missing)]))


def _hashed_order(names: Sequence[str]) -> list[str]:
    """Sort names as a Java HashSet of 16 buckets iterates: by bucket, then as they came."""
    return sorted(names, key=_bucket)


def _bucket(name: str) -> int:
    """Return the bucket of a string in a Java HashSet.

    >>> [_bucket(name) for name in ("zz", "aa", "mm")]
    [0, 0, 0]
    """
    code = 0
    units = name.encode("utf-16-be", "surrogatepass")
    for place in range(0, len(units), 2):
        code = (31 * code + int.from_bytes(units[place : place + 2], "big")) & 0xFFFFFFFF
    return (code ^ (code >> 16)) & 15
