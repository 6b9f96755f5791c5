"""Many items at once: Query and Scan."""

from __future__ import annotations

from typing import Final

from ddbmock.database import Call
from ddbmock.database.data_plane import key_range as key_ranges
from ddbmock.database.data_plane.page import Page
from ddbmock.database.data_plane.read_target import Source
from ddbmock.database.data_plane.selection import EVERYTHING, Selection
from ddbmock.database.key import KeySchema
from ddbmock.database.schema import TableDescription
from ddbmock.database.stored_key import within
from ddbmock.errors import ValidationException
from ddbmock.expressions import legacy
from ddbmock.expressions.key_condition import KeyTerm
from ddbmock.expressions.projection import Projection
from ddbmock.operations.operation import Output
from ddbmock.operations.v20111205 import conditions, content
from ddbmock.operations.v20111205.conditions import Condition
from ddbmock.operations.v20111205.content import ItemKey
from ddbmock.operations.v20111205.members import AttributeNames, Key, Limit, TableInput
from ddbmock.operations.v20111205.output import page_capacity
from ddbmock.operations.v20111205.tables import items_of
from ddbmock.shapes import RawAttributeValue
from ddbmock.values.model import Attributes, AttributeValue

INVALID_START: Final = "The provided starting key is invalid"


class QueryInput(TableInput):
    attributes_to_get: AttributeNames | None = None
    limit: Limit | None = None
    consistent_read: bool | None = None
    count: bool | None = None
    hash_key_value: RawAttributeValue
    range_key_condition: Condition | None = None
    scan_index_forward: bool | None = None
    exclusive_start_key: Key | None = None


def query(call: Call, request: QueryInput) -> Output:
    """Return a page of the items with one hash key, in the order of their range keys."""
    projection = _projection(request)
    hash_key = content.value(request.hash_key_value)
    ranged = conditions.range_key_condition(request.range_key_condition)
    start = _start_key(request)
    with call.read(consistent=bool(request.consistent_read)) as tables:
        table = items_of(tables, request.table_name)
        terms = _terms(table.schema, hash_key, ranged)
        page = table.query(
            terms,
            start=None if start is None else _start_of_query(table.description, start, terms),
            forward=request.scan_index_forward is not False,
            limit=request.limit,
        )
        units = page_capacity(page.size, consistent=bool(request.consistent_read))
        _note(call, request.table_name, page, units)
    return _page(request, page, projection, units)


class ScanInput(TableInput):
    attributes_to_get: AttributeNames | None = None
    limit: Limit | None = None
    count: bool | None = None
    scan_filter: dict[str, Condition] | None = None
    exclusive_start_key: Key | None = None


def scan(call: Call, request: ScanInput) -> Output:
    """Return a page of the items of a table that match a filter."""
    projection = _projection(request)
    condition = conditions.scan_filter(request.scan_filter)
    start = _start_key(request)
    with call.read(consistent=False) as tables:
        table = items_of(tables, request.table_name)
        page = table.scan(
            start=None if start is None else _start(table.schema, start),
            limit=request.limit,
            selection=EVERYTHING if condition is None else Selection(condition),
        )
        units = page_capacity(page.size, consistent=False)
        _note(call, request.table_name, page, units)
    return _page(request, page, projection, units) | {"ScannedCount": page.scanned}


def _projection(request: QueryInput | ScanInput) -> Projection | None:
    """Return the requested attributes; None means all."""
    names = request.attributes_to_get
    if names is None:
        return None
    if request.count:
        raise ValidationException(
            "Cannot specify the AttributesToGet when choosing to get only the Count",
            hint="Remove Count or AttributesToGet.",
        )
    return legacy.attributes_to_get(names)


def _terms(
    schema: KeySchema, hash_key: AttributeValue, ranged: KeyTerm | None
) -> tuple[KeyTerm, ...]:
    """Return the terms of a query.

    :raises ValidationException: the table has no range key, or a value is too long for a key.
    """
    if not schema.range_key:
        raise ValidationException(
            "Query can be performed only on a table with a HASH,RANGE key schema",
            hint="The table has no range key, so there is one item per hash key: use GetItem.",
        )
    (hash_name, _), (range_name, range_type) = schema.attributes
    KeySchema(schema.hash_key).check_key({hash_name: hash_key})
    term = KeyTerm(hash_name, "=", (hash_key,))
    if ranged is None:
        return (term,)
    for operand in ranged.operands:
        if operand.tag == range_type:  # the table rejects other types together with their operator
            KeySchema((), schema.range_key).check_key({range_name: operand})
    return term, ranged._replace(name=range_name)


def _start_key(request: QueryInput | ScanInput) -> ItemKey | None:
    start = request.exclusive_start_key
    return None if start is None else ItemKey.of(start)


def _start(schema: KeySchema, start: ItemKey) -> Attributes:
    """Return the attributes of an ExclusiveStartKey.

    :raises ValidationException: it is not a key of the table.
    """
    try:
        named = start.named(schema)
        schema.check_key(named)
    except ValidationException as error:
        raise ValidationException(INVALID_START, hint=f"{error.message}. {error.hint}") from error
    return named


def _start_of_query(
    table: TableDescription, start: ItemKey, terms: tuple[KeyTerm, ...]
) -> Attributes:
    """Return the attributes of a query's ExclusiveStartKey.

    :raises ValidationException: it is not a key of the table, or outside of the query's range.
    """
    named = _start(table.key_schema, start)
    hint = "ExclusiveStartKey must be a LastEvaluatedKey of the same query."
    (hash_key,) = terms[0].operands
    if start.hash_value != hash_key:
        raise ValidationException(
            "The provided starting key does not match the hash key value", hint=hint
        )
    bounds = key_ranges.key_range(Source(table), terms, None)
    if not within(table.key_schema.stored(named), bounds):
        raise ValidationException(
            "The provided starting key is outside query boundaries based on provided conditions",
            hint=hint,
        )
    return named


def _note(call: Call, table_name: str, page: Page, units: float) -> None:
    call.consume(table_name, read_units=units)
    call.scanned, call.returned = page.scanned, len(page.items)


def _page(
    request: QueryInput | ScanInput, page: Page, projection: Projection | None, units: float
) -> Output:
    output: Output = {"Count": len(page.items), "ConsumedCapacityUnits": units}
    if not request.count:
        items = page.items
        output["Items"] = items if projection is None else [projection(item) for item in items]
    if page.last_key is not None:
        output["LastEvaluatedKey"] = ItemKey(*page.last_key.values()).json
    return output
