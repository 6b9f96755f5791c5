"""CreateTable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ddbmock.database import Call
from ddbmock.database.control_plane import resource_policies
from ddbmock.database.control_plane.create_table import NewTable, create, described
from ddbmock.operations.operation import Output
from ddbmock.operations.v20120810.members.inputs import ControlInput, NewTableName, table_name
from ddbmock.operations.v20120810.members.table_definitions import (
    AttributeDefinition,
    BillingMode,
    GlobalSecondaryIndex,
    KeySchemaOfTwo,
    LocalSecondaryIndex,
    OnDemandThroughput,
    ProvisionedThroughput,
    SSESpecification,
    StreamSpecification,
    Tag,
    VectorIndex,
    WarmThroughput,
    definitions,
    elements,
    encryption,
    new_global_index,
    new_local_index,
    new_vector_index,
    on_demand,
    provisioned,
    stream_change,
    warm,
)
from ddbmock.operations.v20120810.members.table_description import table_description


class CreateTableInput(ControlInput):
    attribute_definitions: list[AttributeDefinition]
    table_name: NewTableName
    billing_mode: BillingMode | None = None
    provisioned_throughput: ProvisionedThroughput | None = None
    key_schema: KeySchemaOfTwo
    global_secondary_indexes: list[GlobalSecondaryIndex] | None = None
    vector_indexes: list[VectorIndex] | None = None
    local_secondary_indexes: list[LocalSecondaryIndex] | None = None
    stream_specification: StreamSpecification | None = None
    sse_specification: SSESpecification | None = None
    tags: list[Tag] | None = None
    table_class: str | None = None
    deletion_protection_enabled: bool | None = None
    warm_throughput: WarmThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    resource_policy: str | None = None

    table_name_has_constraints = True
    names: ClassVar[Mapping[str, str]] = {"sse_specification": "SSESpecification"}
    not_served: ClassVar[Sequence[str]] = (
        "GlobalTableSettingsReplicationMode",
        "GlobalTableSourceArn",
    )


def create_table(call: Call, request: CreateTableInput) -> Output:
    """Bring a table to be; it is CREATING until the clock says otherwise."""
    local, many = request.local_secondary_indexes, request.global_secondary_indexes
    new = NewTable(
        name=table_name(call, request.table_name),
        definitions=definitions(request.attribute_definitions),
        elements=elements(request.key_schema),
        local_indexes=None if local is None else tuple(map(new_local_index, local)),
        global_indexes=None if many is None else tuple(map(new_global_index, many)),
        vector_indexes=tuple(map(new_vector_index, request.vector_indexes or ())),
        billing_mode=request.billing_mode,
        throughput=provisioned(request.provisioned_throughput),
        stream=stream_change(request.stream_specification),
        deletion_protection=bool(request.deletion_protection_enabled),
        table_class=request.table_class,
        encryption=encryption(request.sse_specification),
        on_demand=on_demand(request.on_demand_throughput),
        warm=warm(request.warm_throughput),
        tags=tuple((tag.key, tag.value) for tag in request.tags or ()),
    )
    active = described(call, new)
    arn, policy = call.table_arn(active.name), request.resource_policy
    if policy is not None:
        resource_policies.checked(policy, arn)
    with call.write() as tables:
        creating = create(tables, active)
        if policy is not None:
            resource_policies.put(tables, creating, None, policy, arn)
        output = table_description(call, tables.table(creating), tables.now)
    return {"TableDescription": output}
