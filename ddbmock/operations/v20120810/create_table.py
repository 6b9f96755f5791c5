"""CreateTable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from ddbmock import forking
from ddbmock.database import Call
from ddbmock.database.control_plane.create_table import NewTable, create, described
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import (
    ControlInput,
    NewTableName,
    located,
    table_name,
)
from ddbmock.operations.v20120810.members.table_definitions import (
    AttributeDefinition,
    BillingMode,
    GlobalSecondaryIndex,
    KeySchemaOfTwo,
    LocalSecondaryIndex,
    OnDemandThroughput,
    ProvisionedThroughput,
    SettingsReplicationMode,
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
from ddbmock.shapes import Length


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
    global_table_source_arn: Annotated[str, Length(1, 1024)] | None = None
    global_table_settings_replication_mode: SettingsReplicationMode | None = None

    names: ClassVar[Mapping[str, str]] = {"sse_specification": "SSESpecification"}

    @classmethod
    def parse(cls, body: Mapping[str, Any], *, limited: bool = True) -> CreateTableInput:
        if cls is CreateTableInput and body.get("GlobalTableSourceArn") is not None:
            return CreateReplicaInput.parse(body, limited=limited)
        return super().parse(body, limited=limited)


class CreateReplicaInput(CreateTableInput):
    """The input of a request that copies the definition of a source table."""

    attribute_definitions: list[AttributeDefinition] | None = None  # type: ignore[assignment]  # as said
    key_schema: KeySchemaOfTwo | None = None  # type: ignore[assignment]  # as said


_WITH_SOURCE: Final = frozenset(
    {"TableName", "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"}
)


def create_table(call: Call, request: CreateTableInput) -> Output:
    """Create a table; it is CREATING until the clock has passed the delay."""
    if request.global_table_source_arn is not None:
        return _join(call, request, request.global_table_source_arn)
    if request.global_table_settings_replication_mode is not None:
        with forking.imports:
            from ddbmock.database.control_plane import shared_replicas

        shared_replicas.check_mode(request.global_table_settings_replication_mode)
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
        shares_settings=request.global_table_settings_replication_mode == "ENABLED",
        table_class=request.table_class,
        encryption=encryption(request.sse_specification),
        on_demand=on_demand(request.on_demand_throughput),
        warm=warm(request.warm_throughput),
        tags=tuple((tag.key, tag.value) for tag in request.tags or ()),
    )
    active = described(call, new)
    arn, policy = call.table_arn(active.name), request.resource_policy
    if policy is not None:
        with forking.imports:
            from ddbmock.database.control_plane import resource_policies

        resource_policies.checked(policy, arn)
    with call.write() as tables:
        creating = create(tables, active)
        if policy is not None:
            resource_policies.put(tables, creating, None, policy, arn)
        output = table_description(call, tables.table(creating), tables.now)
    return {"TableDescription": output}


def _join(call: Call, request: CreateTableInput, arn: str) -> Output:
    """Create a replica of the table that an ARN names."""
    source = located(call, arn)
    others = [
        member.name
        for member in request.members()
        if member.name not in _WITH_SOURCE and getattr(request, member.attribute) is not None
    ]
    if others:
        raise invalid(  # assumed: the text is not known
            "Only TableName and GlobalTableSettingsReplicationMode can be specified with "
            "GlobalTableSourceArn",
            hint=f"The replica copies its source; leave out: {', '.join(others)}.",
        )
    if request.global_table_settings_replication_mode != "ENABLED":
        raise invalid(  # assumed: the text is not known
            "GlobalTableSettingsReplicationMode must be ENABLED when GlobalTableSourceArn is "
            "specified",
            hint="Set GlobalTableSettingsReplicationMode to ENABLED: the replica copies its source's settings.",
        )
    with forking.imports:
        from ddbmock.database.control_plane import shared_replicas

    name = table_name(call, request.table_name)
    with call.write() as tables:
        creating = shared_replicas.join(tables, name, source.region, source.name)
        output = table_description(call, tables.table(creating), tables.now)
    return {"TableDescription": output}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateTable": Operation(CreateTableInput, create_table, Kind.CONTROL, single_entry),
}
