"""Single items: GetItem, PutItem, UpdateItem and DeleteItem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Protocol

from ddbmock.database import Call, Table, Written
from ddbmock.database.capacity import Consumed, read_units
from ddbmock.database.data_plane.write_plan import WritePlan
from ddbmock.errors import ConditionalCheckFailedException, Reason, ValidationException
from ddbmock.expressions import parameters
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.expressions import (
    Deferred,
    attribute_updates,
    check_parameters,
    condition_of,
    deepest_values,
    expected_condition,
    item_of,
    key_of,
    largest_statement,
    projection_of,
    update_of,
)
from ddbmock.operations.v20120810.members.inputs import (
    AttributeValueUpdate,
    ConditionalOperator,
    ExpectedAttributeValue,
    ReturnConsumedCapacity,
    ReturnItemCollectionMetrics,
    ReturnValues,
    ReturnValuesOnConditionCheckFailure,
    TableName,
    table_name,
)
from ddbmock.operations.v20120810.members.outputs import (
    consumed_capacity,
    item_collection_metrics,
)
from ddbmock.roll_out import Wave
from ddbmock.shapes import AttributeMap, Input, Length
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes

if TYPE_CHECKING:
    from ddbmock.expressions.condition import Condition
    from ddbmock.expressions.update import Update


@cache
def _no_update() -> Update:
    """Return an update that creates an item consisting of its key."""
    return attribute_updates({})


class GetItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    attributes_to_get: Annotated[list[str], Length(1)] | None = None
    table_name: TableName
    key: AttributeMap
    consistent_read: bool | None = None
    projection_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None


def get_item(call: Call, request: GetItemInput) -> Output:
    """Return the item with a key, or parts of it."""
    check_parameters(parameters.GET, request)
    key = key_of(request.key)
    projection = projection_of(call, request, request.attributes_to_get)
    consistent = bool(request.consistent_read)
    with call.read(consistent=consistent) as tables:
        table = tables[table_name(call, request.table_name)]
        item = table.get(key.get(), projection)
        units = read_units(item.size if item else 0, consistent=consistent)
        call.consume(table.description.name, read_units=units)
    call.scanned = call.returned = int(item is not None)
    output: Output = {}
    if request.return_consumed_capacity is not None:
        output = consumed_capacity(
            request.return_consumed_capacity, request.table_name, Consumed(units)
        )
    if item is not None:
        output["Item"] = item if projection is None else projection(item)
    return output


class PutItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    item: AttributeMap
    conditional_operator: ConditionalOperator | None = None
    expected: dict[str, ExpectedAttributeValue] | None = None
    return_values: ReturnValues | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None
    condition_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


def put_item(call: Call, request: PutItemInput) -> Output:
    """Put an item, replacing an existing one, provided the condition holds."""
    check_parameters(parameters.PUT, request)
    item = item_of(request.item)
    _check_only_old(request.return_values)
    condition = condition_of(call, request)
    written, output = _write(
        call, request, item, lambda table: table.plan_put(item.get()), condition
    )
    return output | _old_attributes(request.return_values, written)


class DeleteItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    return_values: ReturnValues | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None
    key: AttributeMap
    conditional_operator: ConditionalOperator | None = None
    expected: dict[str, ExpectedAttributeValue] | None = None
    condition_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


def delete_item(call: Call, request: DeleteItemInput) -> Output:
    """Delete an item if it exists, provided the condition holds."""
    check_parameters(parameters.DELETE, request)
    key = key_of(request.key)
    _check_only_old(request.return_values)
    condition = condition_of(call, request)
    written, output = _write(
        call, request, key, lambda table: table.plan_delete(key.get()), condition
    )
    return output | _old_attributes(request.return_values, written)


class UpdateItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None
    return_values: ReturnValues | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None
    key: AttributeMap
    conditional_operator: ConditionalOperator | None = None
    expected: dict[str, ExpectedAttributeValue] | None = None
    attribute_updates: dict[str, AttributeValueUpdate] | None = None
    update_expression: str | None = None
    condition_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


def update_item(call: Call, request: UpdateItemInput) -> Output:
    """Update an item, creating it if it does not exist, provided the condition holds."""
    check_parameters(parameters.UPDATE, request)
    key = key_of(request.key)
    older_update = None
    if request.attribute_updates is not None:
        older_update = attribute_updates(request.attribute_updates)
    older_condition = expected_condition(request)
    deepest = deepest_values(call, request, Wave.ITEMS)
    expressed_update, expressed_condition = update_of(call, request, deepest)
    update = expressed_update or older_update or _no_update()
    condition = expressed_condition or older_condition
    largest = largest_statement(call, update, Wave.ITEMS)
    written, output = _write(
        call, request, key, lambda table: table.plan_update(key.get(), update, largest), condition
    )
    attributes = _updated_attributes(request.return_values, written, update)
    if attributes is not None:
        output["Attributes"] = attributes
    return output


if TYPE_CHECKING:  # no process needs this class

    class _Writing(Protocol):
        """The members that the requests of all single writes share."""

        table_name: str
        return_consumed_capacity: str | None
        return_item_collection_metrics: str | None
        return_values_on_condition_check_failure: str | None


def _write(
    call: Call,
    request: _Writing,
    key: Deferred[Item] | Deferred[Attributes],
    plan: Callable[[Table], WritePlan],
    condition: Condition | None,
) -> tuple[Written, Output]:
    """Write one item; return the effect and the members that are common to the outputs of all writes."""
    with call.write() as tables:
        table = tables[table_name(call, request.table_name)]
        try:
            written = table.write(plan(table), condition)
        except ConditionalCheckFailedException as error:
            refused = Written(error.item, error.item)
            call.consume(table.description.name, write_units=refused.units)
            if request.return_values_on_condition_check_failure == "ALL_OLD" and (
                error.item is not None
            ):
                error.members = {"Item": error.item}
            raise
        call.consume(table.description.name, write_units=written.total, indexes=written.indexes)
        metrics: list[Output] = []
        if request.return_item_collection_metrics is not None:
            metrics = item_collection_metrics(
                request.return_item_collection_metrics, table, (key.get(),)
            )
    output: Output = {}
    if request.return_consumed_capacity is not None:
        output = consumed_capacity(
            request.return_consumed_capacity, request.table_name, written.consumed
        )
    if metrics:
        output["ItemCollectionMetrics"] = metrics[0]
    return written, output


def _check_only_old(return_values: str | None) -> None:
    if return_values not in (None, "NONE", "ALL_OLD"):
        raise ValidationException(
            "ReturnValues can only be ALL_OLD or NONE",
            hint=f"Only UpdateItem accepts ReturnValues {return_values}; write ALL_OLD or NONE.",
            reason=Reason.RETURN_VALUES,
        )


def _old_attributes(return_values: str | None, written: Written) -> Output:
    if return_values == "ALL_OLD" and written.old is not None:
        return {"Attributes": written.old}
    return {}


def _updated_attributes(return_values: str | None, written: Written, update: Update) -> Item | None:
    """Return the attributes that an update returns; None if the output has no Attributes."""
    if return_values is None or return_values == "NONE":
        return None
    item = written.old if return_values in ("ALL_OLD", "UPDATED_OLD") else written.new
    if item is None or return_values in ("ALL_OLD", "ALL_NEW"):
        return item
    selected = update.select(item)
    return selected if len(selected.attributes) else None


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DeleteItem": Operation(
        DeleteItemInput, delete_item, Kind.WRITE, single_entry, plain_output=True
    ),
    "GetItem": Operation(GetItemInput, get_item, Kind.READ, single_entry, plain_output=True),
    "PutItem": Operation(PutItemInput, put_item, Kind.WRITE, single_entry, plain_output=True),
    "UpdateItem": Operation(
        UpdateItemInput, update_item, Kind.WRITE, single_entry, plain_output=True
    ),
}
