"""Structures of requests that define tables, indexes, throughput, streams and tags.

Violations are reported in the order of members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from ddbmock.database.control_plane.key_rules import KeyElement, NewIndex
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.key import KeyAttribute
from ddbmock.later import later
from ddbmock.operations.v20120810.members.inputs import AttributeName, NewIndexName
from ddbmock.shapes import Enum, Length, Long, Range, Structure

if TYPE_CHECKING:
    from ddbmock.database.control_plane import encryption as sse
    from ddbmock.database.control_plane import stream_specification, vector_index_rules
else:
    sse, stream_specification, vector_index_rules = later(
        "ddbmock.database.control_plane", "encryption", "stream_specification", "vector_index_rules"
    )

KeyType: TypeAlias = Annotated[str, Enum("HASH", "RANGE")]
BillingMode: TypeAlias = Annotated[str, Enum("PROVISIONED", "PAY_PER_REQUEST")]
PositiveLong: TypeAlias = Annotated[Long, Range(1)]


class AttributeDefinition(Structure):
    attribute_type: Annotated[str, Enum("B", "N", "S")]
    attribute_name: AttributeName


class KeySchemaElement(Structure):
    attribute_name: AttributeName
    key_type: KeyType


KeySchemaOfTwo: TypeAlias = Annotated[list[KeySchemaElement], Length(1, 2)]
"""The key schema of a table or a local index."""
KeySchemaOfMany: TypeAlias = Annotated[list[KeySchemaElement], Length(1)]
"""The key schema of a global index."""


class Projection(Structure):
    projection_type: Annotated[str, Enum("ALL", "INCLUDE", "KEYS_ONLY")] | None = None
    non_key_attributes: Annotated[list[AttributeName], Length(1, 20)] | None = None


class ProvisionedThroughput(Structure):
    write_capacity_units: PositiveLong
    read_capacity_units: PositiveLong


class OnDemandThroughput(Structure):
    max_read_request_units: Long | None = None
    max_write_request_units: Long | None = None


class WarmThroughput(Structure):
    read_units_per_second: Long | None = None
    write_units_per_second: Long | None = None


class LocalSecondaryIndex(Structure):
    index_name: NewIndexName
    key_schema: KeySchemaOfTwo
    projection: Projection


class GlobalSecondaryIndex(Structure):
    index_name: NewIndexName
    key_schema: KeySchemaOfMany
    projection: Projection
    provisioned_throughput: ProvisionedThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    warm_throughput: WarmThroughput | None = None


class VectorAttribute(Structure):
    attribute_name: AttributeName


class SearchSchemaElement(Structure):
    attribute_name: Annotated[str, Length(None, 65535)]
    search_schema_element_type: Annotated[str, Enum("HASH", "INLINE_FILTER")]


class VectorIndex(Structure):
    index_name: NewIndexName
    search_schema: Annotated[list[SearchSchemaElement], Length(1)] | None = None
    vector_attribute: VectorAttribute
    projection: Projection
    dimensions: Long
    distance_function: Annotated[str, Enum("COSINE", "DOT_PRODUCT", "EUCLIDEAN")]


class StreamSpecification(Structure):
    stream_enabled: bool
    stream_view_type: (
        Annotated[str, Enum("OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE")] | None
    ) = None


class SSESpecification(Structure):
    names: ClassVar[Mapping[str, str]] = {
        "sse_type": "SSEType",
        "kms_master_key_id": "KMSMasterKeyId",
    }

    enabled: bool | None = None
    sse_type: Annotated[str, Enum("AES256", "KMS")] | None = None
    kms_master_key_id: Annotated[str, Length(1, None)] | None = None


SettingsReplicationMode: TypeAlias = Annotated[
    str, Enum("ENABLED", "DISABLED", "ENABLED_WITH_OVERRIDES")
]


class Tag(Structure):
    key: str | None = None
    value: str | None = None


def definitions(members: Sequence[AttributeDefinition] | None) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(m.attribute_name, m.attribute_type) for m in members or ())


def elements(members: Sequence[KeySchemaElement]) -> tuple[KeyElement, ...]:
    return tuple(KeyElement(member.attribute_name, member.key_type) for member in members)


def new_local_index(member: LocalSecondaryIndex) -> NewIndex:
    names = member.projection.non_key_attributes
    return NewIndex(
        member.index_name,
        elements(member.key_schema),
        member.projection.projection_type,
        None if names is None else tuple(names),
        local=True,
    )


def new_global_index(member: GlobalSecondaryIndex) -> NewIndex:
    names = member.projection.non_key_attributes
    return NewIndex(
        member.index_name,
        elements(member.key_schema),
        member.projection.projection_type,
        None if names is None else tuple(names),
        local=False,
        throughput=provisioned(member.provisioned_throughput),
        on_demand=on_demand(member.on_demand_throughput),
        warm=warm(member.warm_throughput),
    )


def new_vector_index(member: VectorIndex) -> vector_index_rules.NewVectorIndex:
    names = member.projection.non_key_attributes
    return vector_index_rules.NewVectorIndex(
        member.index_name,
        member.vector_attribute.attribute_name,
        member.dimensions,
        member.distance_function,
        member.projection.projection_type,
        None if names is None else tuple(names),
        tuple(
            vector_index_rules.NewElement(one.attribute_name, one.search_schema_element_type)
            for one in member.search_schema or ()
        ),
    )


def provisioned(member: ProvisionedThroughput | None) -> Units | None:
    if member is None:
        return None
    return Units(member.read_capacity_units, member.write_capacity_units)


def on_demand(member: OnDemandThroughput | None) -> Units | None:
    if member is None:
        return None
    return Units(member.max_read_request_units, member.max_write_request_units)


def warm(member: WarmThroughput | None) -> Units | None:
    if member is None:
        return None
    return Units(member.read_units_per_second, member.write_units_per_second)


def stream_change(member: StreamSpecification | None) -> stream_specification.StreamChange | None:
    if member is None:
        return None
    return stream_specification.StreamChange(member.stream_enabled, member.stream_view_type)


def encryption(member: SSESpecification | None) -> sse.Encryption | None:
    if member is None:
        return None
    return sse.Encryption(member.enabled, member.sse_type, member.kms_master_key_id)
