"""Many items at once: Query and Scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Protocol, TypeAlias

from ddbmock.database import Call
from ddbmock.database.capacity import Consumed
from ddbmock.database.data_plane.page import Page
from ddbmock.database.data_plane.selection import Selection
from ddbmock.errors import NUMBER_REASONS, Reason, ValidationException
from ddbmock.expressions import legacy, parameters
from ddbmock.expressions.condition import Condition, condition
from ddbmock.expressions.key_condition import MEMBER as KEY_CONDITION
from ddbmock.expressions.key_condition import KeyTerm, check_count, key_condition
from ddbmock.expressions.names import Names
from ddbmock.expressions.parser import parse_condition, parse_projection
from ddbmock.expressions.projection import Projection, projection
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members import inputs
from ddbmock.operations.v20120810.members.expressions import check_parameters, conditions
from ddbmock.operations.v20120810.members.inputs import (
    ConditionalOperator,
    IndexName,
    ReturnConsumedCapacity,
    TableName,
    table_name,
)
from ddbmock.operations.v20120810.members.outputs import consumed_capacity
from ddbmock.roll_out import Wave
from ddbmock.shapes import AttributeMap, Enum, Input, Integer, Length, Range
from ddbmock.values.dynamodb_json import decode_attributes
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes

Select: TypeAlias = Annotated[
    str, Enum("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
]
Limit: TypeAlias = Annotated[Integer, Range(1)]
AttributesToGet: TypeAlias = Annotated[list[str], Length(1)]


class QueryInput(Input):
    select: Select | None = None
    index_name: IndexName | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    query_filter: dict[str, inputs.Condition] | None = None
    table_name: TableName
    conditional_operator: ConditionalOperator | None = None
    attributes_to_get: AttributesToGet | None = None
    limit: Limit | None = None
    key_conditions: dict[str, inputs.Condition] | None = None
    consistent_read: bool | None = None
    scan_index_forward: bool | None = None
    exclusive_start_key: AttributeMap | None = None
    projection_expression: str | None = None
    filter_expression: str | None = None
    key_condition_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


def query(call: Call, request: QueryInput) -> Output:
    """Return a page of the items with one hash key, in the order of their range keys."""
    check_parameters(parameters.QUERY, request)
    older_filter = legacy.conditions(
        conditions(request.query_filter or {}), request.conditional_operator
    )
    older_projection = _attributes_to_get(request)
    start = _start_key(request.exclusive_start_key)
    terms, filter_, projected = _query_expressions(call, request)
    _check_select(request)
    selection = Selection(
        filter_ or older_filter,
        projected or older_projection,
        request.select,
        "QueryFilter" if filter_ is None else "Filter Expression",
    )
    consistent = bool(request.consistent_read)
    with call.read(consistent=consistent) as tables:
        table = tables[table_name(call, request.table_name)]
        page = table.query(
            terms,
            index=request.index_name,
            consistent=consistent,
            start=start,
            forward=request.scan_index_forward is not False,
            limit=request.limit,
            selection=selection,
            expressed=request.key_condition_expression is not None,
        )
        consumed = page.consumed(consistent=consistent)
        call.consume(table.description.name, read_units=consumed.total, indexes=consumed.indexes)
    return _page_output(call, request, page, consumed)


class ScanInput(Input):
    select: Select | None = None
    index_name: IndexName | None = None
    total_segments: Annotated[Integer, Range(1, 1_000_000)] | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    conditional_operator: ConditionalOperator | None = None
    scan_filter: dict[str, inputs.Condition] | None = None
    segment: Annotated[Integer, Range(0, 999_999)] | None = None
    limit: Limit | None = None
    attributes_to_get: AttributesToGet | None = None
    consistent_read: bool | None = None
    exclusive_start_key: AttributeMap | None = None
    projection_expression: str | None = None
    filter_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


def scan(call: Call, request: ScanInput) -> Output:
    """Return a page of all items of a table or index, or of one segment of them."""
    check_parameters(parameters.SCAN, request)
    older_projection = _attributes_to_get(request)
    operator, older = request.conditional_operator, request.scan_filter or {}
    if operator is not None and Wave.SCAN in call.roll_out:
        legacy.check_conditional_operator(operator, older)
    older_filter = legacy.conditions(conditions(older), operator)
    start = _start_key(request.exclusive_start_key)
    segment = _segment(request)
    names = _references(call, request)
    filter_, projected = _filter_and_projection(request, names)
    names.check_all_used()
    _check_select(request)
    selection = Selection(filter_ or older_filter, projected or older_projection, request.select)
    consistent = bool(request.consistent_read)
    with call.read(consistent=consistent) as tables:
        table = tables[table_name(call, request.table_name)]
        page = table.scan(
            index=request.index_name,
            consistent=consistent,
            segment=segment,
            start=start,
            limit=request.limit,
            selection=selection,
        )
        consumed = page.consumed(consistent=consistent)
        call.consume(table.description.name, read_units=consumed.total, indexes=consumed.indexes)
    return _page_output(call, request, page, consumed)


class _Reading(Protocol):
    """The members that the requests of Query and Scan share."""

    select: str | None
    index_name: str | None
    return_consumed_capacity: str | None
    table_name: str
    attributes_to_get: list[str] | None
    consistent_read: bool | None
    projection_expression: str | None
    filter_expression: str | None
    expression_attribute_names: dict[str, str] | None
    expression_attribute_values: AttributeMap | None


def _page_output(call: Call, request: _Reading, page: Page, consumed: Consumed) -> Output:
    call.scanned, call.returned = page.scanned, len(page.items)
    output: Output = {"Count": len(page.items), "ScannedCount": page.scanned}
    if request.select != "COUNT":
        output["Items"] = page.items
    if page.last_key is not None:
        output["LastEvaluatedKey"] = Item(page.last_key)
    if request.return_consumed_capacity is not None:
        output |= consumed_capacity(request.return_consumed_capacity, request.table_name, consumed)
    return output


def _attributes_to_get(request: _Reading) -> Projection | None:
    names = request.attributes_to_get
    return None if names is None else legacy.attributes_to_get(names)


def _references(call: Call, request: _Reading) -> Names:
    return Names.of_json(
        request.expression_attribute_names,
        request.expression_attribute_values,
        limited=call.limited,
    )


def _query_expressions(
    call: Call,
    request: QueryInput,
) -> tuple[tuple[KeyTerm, ...], Condition | None, Projection | None]:
    """Return the key condition in either form, and the filter and projection in expressions."""
    text, older = request.key_condition_expression, request.key_conditions
    if text is None and older is None:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request.",
            hint="Give KeyConditionExpression, such as 'pk = :pk'; to read all items, use Scan.",
        )
    names = _references(call, request)
    terms = () if text is None else _key_terms(request, text, names)
    filter_, projected = _filter_and_projection(request, names)
    names.check_all_used()
    if text is None:
        terms = legacy.key_conditions(conditions(older or {}))
        if request.index_name is None or not terms:
            # An index can have keys of more attributes; the table checks them.
            check_count(terms)
    return terms, filter_, projected


def _key_terms(request: QueryInput, text: str, names: Names) -> tuple[KeyTerm, ...]:
    """Compile the key condition.

    :raises ValidationException: the key condition, the filter or the projection has a syntax error;
        otherwise the first semantic error of the key condition.
    """
    try:
        return key_condition(text, names)
    except ValidationException:
        parse_condition(text, KEY_CONDITION)
        if request.filter_expression is not None:
            parse_condition(request.filter_expression, "FilterExpression")
        if request.projection_expression is not None:
            parse_projection(request.projection_expression)
        raise


def _filter_and_projection(
    request: _Reading, names: Names
) -> tuple[Condition | None, Projection | None]:
    filtering, shown = request.filter_expression, request.projection_expression
    return (
        None if filtering is None else condition(filtering, "FilterExpression", names),
        None if shown is None else projection(shown, names),
    )


_CHOSEN: Final[Mapping[str, str]] = {
    "ALL_ATTRIBUTES": "ALL_ATTRIBUTES",
    "ALL_PROJECTED_ATTRIBUTES": "ALL_PROJECTED_ATTRIBUTES",
    "COUNT": "only the Count",
}


def _check_select(request: _Reading) -> None:
    """Check that Select does not contradict other members of the request."""
    select = request.select
    if select is None:
        return
    present = [
        member
        for member, value in (
            ("AttributesToGet", request.attributes_to_get),
            ("ProjectionExpression", request.projection_expression),
        )
        if value is not None
    ]
    if select == "SPECIFIC_ATTRIBUTES":
        if not present:
            raise ValidationException(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                "SPECIFIC_ATTRIBUTES",
                hint="Name the attributes in ProjectionExpression, or remove Select.",
                reason=Reason.SELECT_WITHOUT_PROJECTION,
            )
    elif present:
        raise ValidationException(
            f"Cannot specify the {present[0]} when choosing to get {_CHOSEN[select]}",
            hint=f"Remove {present[0]} or Select {select}.",
            reason=Reason.SELECT_CONFLICT,
        )
    elif select == "ALL_PROJECTED_ATTRIBUTES" and request.index_name is None:
        raise ValidationException(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
            hint="Name an index in IndexName, or remove Select: a table has all attributes.",
            reason=Reason.SELECT_CONFLICT,
        )


_TOO_HIGH: Final = (
    "The Segment parameter is zero-based and must be less than parameter TotalSegments"
)


def _segment(request: ScanInput) -> tuple[int, int] | None:
    """Return ``(segment, total)`` of a parallel scan, or None."""
    segment, total = request.segment, request.total_segments
    if segment is None and total is None:
        return None
    if total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present",
            hint="Give TotalSegments, the number of segments that the scan is divided into.",
        )
    if segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present",
            hint=f"Give Segment, from 0 to {total - 1}.",
        )
    if segment >= total:
        raise ValidationException(
            f"{_TOO_HIGH}: Segment: {segment} is not less than TotalSegments: {total}",
            hint=f"Segment is {segment}; it must be from 0 to {total - 1}.",
            reason=Reason.SEGMENT_TOO_HIGH,
            message_2026=_TOO_HIGH,
        )
    return segment, total


_REPORTED_BARE: Final = NUMBER_REASONS | {Reason.EMPTY_NUMBER_SET, Reason.DUPLICATE_MEMBER}
"""Reasons of errors to which the service does not add that the start key is invalid."""


def _start_key(raw: AttributeMap | None) -> Attributes | None:
    """Return the decoded ExclusiveStartKey.

    :raises ValidationException: the first problem of its values.
    """
    if raw is None:
        return None
    try:
        return decode_attributes(raw)
    except ValidationException as error:
        if error.reason in _REPORTED_BARE:
            raise
        raise ValidationException(
            f"The provided starting key is invalid: {error.message}",
            hint=error.hint,
            reason=error.reason,
            message_2026=f"The provided starting key is invalid: "
            f"{error.message_2026 or error.message}",
        ) from error


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Query": Operation(
        QueryInput, query, Kind.READ, single_entry, page_size="Limit", plain_output=True
    ),
    "Scan": Operation(
        ScanInput, scan, Kind.READ, single_entry, page_size="Limit", plain_output=True
    ),
}
