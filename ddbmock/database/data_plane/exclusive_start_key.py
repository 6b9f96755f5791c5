"""ExclusiveStartKey: the rules that a start key must meet before a read continues from it.

Query and Scan report the same errors in different orders and word some of them differently. Each
function here is one rule; the two operations call them in the service's order.
"""

from __future__ import annotations

from typing import Final, NoReturn

from ddbmock.database.data_plane.read_target import Source, listed
from ddbmock.database.key import MISMATCH, KeyAttribute, check_not_empty
from ddbmock.database.stored_key import KeyRange, segment_range, within
from ddbmock.errors import Reason, ValidationException
from ddbmock.values.dynamodb_json import encode
from ddbmock.values.model import Attributes

INVALID_START: Final = "The provided starting key is invalid"


def check_count(source: Source, start: Attributes, message: str = INVALID_START) -> None:
    """Reject a key with more or fewer attributes than a LastEvaluatedKey of the source has."""
    if len(start) != len(source.key_names):
        raise ValidationException(
            message,
            hint=_expected_key(source, start),
            reason=Reason.KEY_MISMATCH,
            message_2026=INVALID_START,
        )


def check_attribute(source: Source, start: Attributes, attribute: KeyAttribute) -> None:
    """Reject a key in which this key attribute of the source is missing or of another type."""
    value = start.get(attribute.name)
    if value is None:
        raise ValidationException(INVALID_START, hint=_expected_key(source, start))
    if value.tag != attribute.type:
        raise ValidationException(MISMATCH, hint=_expected_key(source, start))
    check_not_empty(attribute.name, value)


def check_scan_start(source: Source, start: Attributes) -> None:
    """Reject a key for a scan whose attributes differ from those of the source's keys."""
    if source.through is None:
        check_count(source, start, f"{INVALID_START}: {MISMATCH}")
        return
    check_count(source, start)
    for attribute in source.schema.attributes:
        check_attribute(source, start, attribute)


def check_table_key(source: Source, start: Attributes) -> None:
    """Reject a key that does not contain a valid key of the table."""
    schema = source.table.key_schema
    try:
        schema.check_key(schema.select(start))
    except ValidationException as error:
        raise ValidationException(
            f"{INVALID_START}: {error.message}",
            hint=_expected_key(source, start),
            reason=error.reason,
            message_2026=INVALID_START,
        ) from error


def check_segment(stored: bytes, segment: int, total: int) -> None:
    """Reject a key that lies in another segment of a parallel scan."""
    if not within(stored, segment_range(segment, total)):
        raise ValidationException(
            f"{INVALID_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {total} Segment: {segment}",
            hint="Each segment continues from its own LastEvaluatedKey.",
        )


def check_restart(source: Source, start: Attributes) -> None:
    """Reject a start key for a query that can find at most one item."""
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


def reject_outside_range(*, ranged: bool, in_range: bool) -> NoReturn:
    """Reject a key outside of the key range of a query.

    `ranged` is whether the query has a condition on the range key, `in_range` whether the key
    meets it.
    """
    if not ranged:
        message = (
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    elif not in_range:
        message = "The provided starting key does not match the range key predicate"
    else:
        # The service answers this even if many items can meet the query (recorded).
        message = "The query can return at most one row and cannot be restarted"
    raise ValidationException(
        message, hint="The key must be the LastEvaluatedKey of a query with the same key condition."
    )


def remaining_range(key_range: KeyRange, stored: bytes, *, forward: bool) -> KeyRange:
    """Return the part of the range that follows a stored key."""
    low, high = key_range
    return (stored + b"\0", high) if forward else (low, stored)


def _expected_key(source: Source, start: Attributes) -> str:
    kinds = dict((*source.schema.attributes, *source.table.key_schema.attributes))
    expected = ", ".join(f"{name} ({kinds[name]})" for name in source.key_names)
    wrong = "".join(
        f" {name} must be of type {kind}, not {start[name].tag}."
        for name, kind in kinds.items()
        if name in start and start[name].tag != kind
    )
    return (
        f"The key is {expected}; given: {listed(start)}.{wrong} Give the LastEvaluatedKey of "
        "the page before as it is; for the first page leave ExclusiveStartKey out."
    )
