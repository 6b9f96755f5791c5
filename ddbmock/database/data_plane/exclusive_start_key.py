"""ExclusiveStartKey: what is checked of it, in the service's order, before a read goes on there.

Query and Scan find the same faults in different orders and say some of them differently; each of
the functions here is one rule, and the two operations call them in their order.
"""

from __future__ import annotations

from typing import Final, NoReturn

from ddbmock.database.data_plane.read_target import Source, listed
from ddbmock.database.key import (
    MISMATCH,
    KeyAttribute,
    KeyRange,
    check_not_empty,
    segment_range,
    within,
)
from ddbmock.errors import ValidationException
from ddbmock.values.dynamodb_json import encode
from ddbmock.values.model import Attributes

INVALID_START: Final = "The provided starting key is invalid"


def check_count(source: Source, start: Attributes, message: str = INVALID_START) -> None:
    """Refuse a key with more or fewer attributes than a LastEvaluatedKey of the source has."""
    if len(start) != len(source.key_names):
        raise ValidationException(message, hint=_wanted(source, start))


def check_attribute(source: Source, start: Attributes, attribute: KeyAttribute) -> None:
    """Refuse a key without this key attribute of the source, or with another type of it."""
    value = start.get(attribute.name)
    if value is None:
        raise ValidationException(INVALID_START, hint=_wanted(source, start))
    if value.tag != attribute.type:
        raise ValidationException(MISMATCH, hint=_wanted(source, start))
    check_not_empty(attribute.name, value)


def check_scan_start(source: Source, start: Attributes) -> None:
    """Refuse a key for a scan that is not made as those of the source are."""
    if source.through is None:
        check_count(source, start, f"{INVALID_START}: {MISMATCH}")
        return
    check_count(source, start)
    for attribute in source.schema.attributes:
        check_attribute(source, start, attribute)


def check_table_key(source: Source, start: Attributes) -> None:
    """Refuse a key whose part that is the table's key could not be one."""
    schema = source.table.key_schema
    try:
        schema.check_key(schema.select(start))
    except ValidationException as error:
        raise ValidationException(f"{INVALID_START}: {error.message}", hint=error.hint) from error


def check_segment(stored: bytes, segment: int, total: int) -> None:
    """Refuse a key that lies in another segment of a parallel scan."""
    if not within(stored, segment_range(segment, total)):
        raise ValidationException(
            f"{INVALID_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {total} Segment: {segment}",
            hint="Each segment goes on from its own LastEvaluatedKey.",
        )


def check_restart(source: Source, start: Attributes) -> None:
    """Refuse to go on with a query that can only have had one item."""
    if source.through is None and not source.schema.range_key:
        shown = ", ".join(
            f"{name}=AttributeValue: {{{tag}:{content}}}"
            for name, value in start.items()
            for tag, content in encode(value).items()
        )
        raise ValidationException(
            f"The provided exclusive start key is invalid: ExclusiveStartKey: {{{shown}}}",
            hint="The table has no range key: a query finds one item, and nothing follows it.",
        )


def refuse(*, ranged: bool, in_range: bool) -> NoReturn:
    """Refuse a key outside of what a query asks for.

    `ranged` tells whether the query has a condition on the range key, `in_range` whether the key
    meets it.
    """
    if not ranged:
        said = "The provided starting key is outside query boundaries based on provided conditions"
    elif not in_range:
        said = "The provided starting key does not match the range key predicate"
    else:
        # Said even of queries that many items can meet, as a recorded answer shows.
        said = "The query can return at most one row and cannot be restarted"
    raise ValidationException(
        said, hint="The key is to be the LastEvaluatedKey of a query with the same key condition."
    )


def rest(key_range: KeyRange, stored: bytes, *, forward: bool) -> KeyRange:
    """What of the range comes after a stored key."""
    low, high = key_range
    return (stored + b"\0", high) if forward else (low, stored)


def _wanted(source: Source, start: Attributes) -> str:
    return f"The key is {', '.join(source.key_names)}; given: {listed(start)}."
