"""SearchVectors.

On the service this operation has its own parser, so its messages about missing and invalid members differ
from those of older operations. Source: recorded answers of the service, 2026.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from ddbmock.database import Call
from ddbmock.database.data_plane import vector_search
from ddbmock.database.data_plane.vector_search import MAX_OUTPUT, MAX_TOP_K, Neighbour
from ddbmock.database.data_plane.vectors import AUGUST_2026, SEPTEMBER_2026
from ddbmock.errors import SerializationException, ValidationException
from ddbmock.expressions.names import Names
from ddbmock.expressions.projection import Projection, projection
from ddbmock.expressions.search_condition import (
    MEMBER,
    SearchCondition,
    hash_value_needed,
)
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import (
    IndexName,
    ReturnConsumedCapacity,
    TableName,
    table_name,
)
from ddbmock.shapes import (
    AttributeMap,
    Input,
    Integer,
    Length,
    Range,
    RawAttributeValue,
)
from ddbmock.shapes.violations import Violation, Violations
from ddbmock.values.dynamodb_json import decode
from ddbmock.values.model import AttributeValue

LEVELS: Final = ("INDEXES", "TOTAL", "NONE")
REQUIRED: Final = ("TableName", "SearchVector", "IndexName")
"""Required members in the order in which they are checked; TopK is checked after an enumeration."""


class SearchVectorsInput(Input):
    table_name: TableName
    index_name: IndexName
    search_vector: Annotated[list[RawAttributeValue], Length(1, 4096)]
    top_k: Annotated[Integer, Range(1)]
    search_condition_expression: str | None = None
    projection_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None

    @classmethod
    def parse(cls, body: Mapping[str, Any], *, limited: bool = True) -> SearchVectorsInput:
        for name in REQUIRED:
            _check_present(body, name)
        level = body.get("ReturnConsumedCapacity")
        if isinstance(level, str) and level not in LEVELS:
            raise ValidationException(
                f"Value '{level}' at 'returnConsumedCapacity' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(LEVELS)}]",
                hint=f"Use one of {', '.join(LEVELS)}.",
            )
        _check_present(body, "TopK")
        _check_whole(body)
        request = cls.read(body)
        violations = SearchViolations(limited=limited)
        request.check(None, violations)
        violations.report()
        if limited and request.top_k > MAX_TOP_K:
            raise ValidationException(
                f"Provided TopK value '{request.top_k}' is out of valid range. The value must be "
                f"between 1 and {MAX_TOP_K} inclusive",
                hint="The setting ddbmock.limits = none lifts this limit.",
            )
        return request


class SearchViolations(Violations):
    """Violations in the wording of SearchVectors: without the value, and with the member's own name."""

    __slots__ = ()

    def text(self, violation: Violation) -> str:
        return violation.text if violation.null else violation.named


def _check_present(body: Mapping[str, Any], name: str) -> None:
    if body.get(name) is None:
        # The service's parser detects a missing member at the end of the body.
        raise ValidationException(
            f"missing field `{name}` at line 1 column {len(json.dumps(body))}",
            hint=f"Add {name}, which is required.",
        )


def _check_whole(body: Mapping[str, Any]) -> None:
    """Check that TopK has no fraction.

    :raises SerializationException: it has one.
    """
    top_k = body["TopK"]
    if not isinstance(top_k, float):
        return
    members = list(body.items())
    end = members[: [name for name, _ in members].index("TopK") + 1]
    raise SerializationException(
        f"invalid type: floating point `{top_k}`, expected i32 at line 1 column "
        f"{len(json.dumps(dict(end))) - 1}",
        hint=f"TopK must be a whole number, not {top_k}.",
    )


def search_vectors(call: Call, request: SearchVectorsInput) -> Output:
    """Return the items of a vector index that are nearest to a vector."""
    condition, projected = _expressions(request)
    elements = [_element(raw) for raw in request.search_vector]
    early = call.settings.vector_numbers == "2026-08"
    arithmetic = AUGUST_2026 if early else SEPTEMBER_2026
    with call.read() as tables:
        table = tables[table_name(call, request.table_name)]
        index = vector_search.find_index(table.description, request.index_name, tables.now)
        query = vector_search.query_vector(index, elements)
        attributes = vector_search.search_attributes(index)
        hash_value = None
        if condition is not None:
            wide = call.settings.vector_filters == "wide"
            hash_value = condition.hash_value(attributes, wide=wide)
        elif attributes.hash_key is not None:
            raise hash_value_needed(attributes.hash_key[0])
        selects_hash = condition is None or (hash_value is not None and condition.only_equality)
        neighbours = vector_search.search(
            tables.reader,
            call.dynamodb.matrices,
            table.description,
            vector_search.Search(index, query, request.top_k, arithmetic),
            hash_value=hash_value,
            condition=None if selects_hash or condition is None else condition.condition,
        )
        if call.limited:
            neighbours = _fitting(neighbours)
        results = [
            {
                "Item": vector_search.shown(one, index, projected, arithmetic),
                "Score": one.score,
            }
            for one in neighbours
        ]
        call.consume(table.description.name)
    call.scanned = call.returned = len(results)
    output: Output = {"SearchResults": results}
    if request.return_consumed_capacity in ("TOTAL", "INDEXES"):
        searched = vector_search.searched_bytes(index, neighbours)
        output["ConsumedCapacity"] = {"VectorSearchRequestBytes": searched}
    return output


def _expressions(
    request: SearchVectorsInput,
) -> tuple[SearchCondition | None, Projection | None]:
    """Return the compiled expressions.

    :raises ValidationException: one is invalid, or a name or value is not used.
    """
    names = Names.of_json(request.expression_attribute_names, request.expression_attribute_values)
    text, shown = request.search_condition_expression, request.projection_expression
    condition = None if text is None else SearchCondition(text, names)
    projected = None if shown is None else projection(shown, names)
    try:
        names.check_all_used()
    except ValidationException as error:
        raise ValidationException(f"Invalid {MEMBER}: {error.message}", hint=error.hint) from error
    return condition, projected


def _element(raw: dict[str, Any]) -> AttributeValue | None:
    """Return an element of the vector, or None if it is not an attribute value."""
    try:
        return decode(raw)
    except ValidationException:
        return None


def _fitting(neighbours: list[Neighbour]) -> list[Neighbour]:
    """Return the first neighbours, as many as fit into one output."""
    size = 0
    for count, one in enumerate(neighbours):
        size += one.entry.size
        if size > MAX_OUTPUT:
            return neighbours[:count]
    return neighbours


OPERATIONS: Final[Mapping[str, Operation]] = {
    "SearchVectors": Operation(SearchVectorsInput, search_vectors, Kind.READ, single_entry),
}
