"""Resource policies: PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.arn import partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import resource_policies
from ddbmock.database.control_plane.resource_in_use import check_settled
from ddbmock.database.key import INVALID
from ddbmock.database.schema import CREATING, DELETING, TableDescription
from ddbmock.errors import ResourceNotFoundException, ValidationException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.v20120810.members.resource_arns import (
    Resource,
    ResourceArn,
    check_is_arn,
    resource_of,
)
from ddbmock.shapes import Input, Length

PolicyRevisionId = Annotated[str, Length(1, 255)]


class PutResourcePolicyInput(Input):
    resource_arn: ResourceArn
    policy: str
    expected_revision_id: PolicyRevisionId | None = None
    confirm_remove_self_resource_access: bool | None = None


def put_resource_policy(call: Call, request: PutResourcePolicyInput) -> Output:
    """Attach a policy to a table or stream, replacing an existing policy."""
    arn = request.resource_arn
    resource = _resource(call, arn)
    label = resource.stream_label
    with call.write() as tables:
        table = _existing(tables, resource, to_change=True)
        policy = resource_policies.checked(request.policy, arn, of_stream=label is not None)
        if not request.confirm_remove_self_resource_access:
            resource_policies.check_keeps_access(tables, policy, call.caller, arn)
        revision = resource_policies.put(
            tables,
            table,
            label,
            request.policy,
            arn,
            request.expected_revision_id,
            delay=call.settings.delay_policies,
        )
    return {"RevisionId": revision}


class GetResourcePolicyInput(Input):
    resource_arn: ResourceArn


def get_resource_policy(call: Call, request: GetResourcePolicyInput) -> Output:
    """Return the policy of a table or stream as text."""
    arn = request.resource_arn
    resource = _resource(call, arn)
    with call.read() as tables:
        table = _existing(tables, resource, to_change=False)
        policy = resource_policies.policy_of(tables, table, resource.stream_label)
    if policy is None:
        raise resource_policies.not_found(arn, "PutResourcePolicy attaches one.")
    return {"Policy": policy.document, "RevisionId": policy.revision}


class DeleteResourcePolicyInput(Input):
    resource_arn: ResourceArn
    expected_revision_id: PolicyRevisionId | None = None


def delete_resource_policy(call: Call, request: DeleteResourcePolicyInput) -> Output:
    """Remove the policy of a table or stream, if there is one."""
    arn = request.resource_arn
    resource = _resource(call, arn)
    with call.write() as tables:
        table = _existing(tables, resource, to_change=True)
        revision = resource_policies.delete(
            tables,
            table,
            resource.stream_label,
            arn,
            request.expected_revision_id,
            delay=call.settings.delay_policies,
        )
    return {} if revision is None else {"RevisionId": revision}


def _resource(call: Call, arn: str) -> Resource:
    check_is_arn(arn)
    resource = resource_of(call, arn)
    if resource.region != call.region or arn.split(":")[1] != partition(call.region):
        raise ValidationException(
            f"{INVALID}Invalid resource Arn: {arn}",
            hint=f"The request was signed for the region {call.region}.",
        )
    if resource.account_id != call.account_id:
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner\u2019s account.",
            hint=f"This account is {call.account_id}, chosen by ddbmock.account_id.",
        )
    return resource


def _existing(tables: Tables, resource: Resource, *, to_change: bool) -> TableDescription:
    """Return the table of a resource.

    :raises ResourceNotFoundException: there is no such table or stream.
    :raises ResourceInUseException: the table is being deleted, and the request would change its policy.
    """
    table = tables.describe(resource.table_name)
    if table is None or table.status == CREATING:
        raise ResourceNotFoundException(
            f"Requested resource not found: Table: {resource.table_name} not found",
            hint=tables.why_not(resource.table_name, table),
        )
    if to_change and table.status == DELETING:
        check_settled(table)
    label = resource.stream_label
    if label is not None and (table.stream is None or table.stream.label != label):
        raise ResourceNotFoundException(
            f"Requested resource not found: Stream: {label} not found for Table: {table.name}",
            hint=f"Table {table.name!r} has no stream with this label; DescribeTable shows the "
            "ARN of its latest stream.",
        )
    return table


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DeleteResourcePolicy": Operation(
        DeleteResourcePolicyInput,
        delete_resource_policy,
        Kind.CONTROL,
    ),
    "GetResourcePolicy": Operation(
        GetResourcePolicyInput,
        get_resource_policy,
        Kind.CONTROL,
    ),
    "PutResourcePolicy": Operation(
        PutResourcePolicyInput,
        put_resource_policy,
        Kind.CONTROL,
    ),
}
