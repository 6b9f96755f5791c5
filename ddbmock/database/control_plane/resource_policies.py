"""Resource-based policies of tables and streams: rules, revisions and storage.

Source: Developer Guide, "Using resource-based policies for DynamoDB"; texts marked as assumed are
not known from the service.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.schema import TableDescription
from ddbmock.errors import PolicyNotFoundException, ValidationException
from ddbmock.policies.document import Fault, Policy, PolicyError, read_policy
from ddbmock.policies.patterns import matches_action, matches_resource, parts

POLICIES: Final = "policies"
MAX_SIZE: Final = 20 * 1024
"""Bytes of a document as it was sent."""
NO_POLICY: Final = "NO_POLICY"
"""The expected revision of a resource that must not have a policy."""

SERVICES: Final = ("redshift.amazonaws.com", "replication.dynamodb.amazonaws.com")
"""The service principals that a policy may name."""

TABLE_ACTIONS: Final = (
    "AssociateTableReplica",
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "CreateBackup",
    "CreateTableReplica",
    "DeleteItem",
    "DeleteResourcePolicy",
    "DeleteTable",
    "DeleteTableReplica",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeKinesisStreamingDestination",
    "DescribeTable",
    "DescribeTableReplicaAutoScaling",
    "DescribeTimeToLive",
    "DisableKinesisStreamingDestination",
    "DisassociateTableReplica",
    "EnableKinesisStreamingDestination",
    "ExportTableToPointInTime",
    "GetItem",
    "GetResourcePolicy",
    "ListTagsOfResource",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLSelect",
    "PartiQLUpdate",
    "PutItem",
    "PutResourcePolicy",
    "Query",
    "ReadDataForReplication",
    "ReplicateSettings",
    "RestoreTableToPointInTime",
    "Scan",
    "SearchVectors",
    "StartAwsBackupJob",
    "TagResource",
    "UntagResource",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateItem",
    "UpdateKinesisStreamingDestination",
    "UpdateTable",
    "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
    "WriteDataForReplication",
)
"""Actions that a table's policy may name.

Source: Developer Guide, "DynamoDB API operations supported by resource-based policies".
"""
STREAM_ACTIONS: Final = (
    "DeleteResourcePolicy",
    "DescribeStream",
    "GetRecords",
    "GetResourcePolicy",
    "GetShardIterator",
    "PutResourcePolicy",
)


class StoredPolicy(NamedTuple):
    """A policy as a resource has it."""

    document: str
    """The text as it was sent."""
    revision: str


def checked(document: str, arn: str, *, of_stream: bool = False) -> Policy:
    """Read the policy of a resource.

    :raises ValidationException: the document breaks a rule; the first in the service's order.
    """
    size = len(document.encode())
    if size > MAX_SIZE:
        raise invalid(  # assumed: the text is not known
            "Policy size exceeds the maximum allowed size",
            hint=f"The policy has {size} bytes; at most {MAX_SIZE} are allowed, spaces included.",
        )
    try:
        policy = read_policy(document, resource_based=True)
    except PolicyError as error:
        if error.fault is Fault.PRINCIPAL:
            raise invalid("Invalid principal in policy document.", hint=str(error)) from error
        # assumed: the text is not known
        raise invalid("Invalid policy document.", hint=str(error)) from error
    _check_services(policy)
    _check_actions(policy, STREAM_ACTIONS if of_stream else TABLE_ACTIONS)
    _check_resources(policy, arn)
    return policy


def _check_services(policy: Policy) -> None:
    for statement in policy.statements:
        services = statement.principals.services if statement.principals else ()
        for service in services:
            if service not in SERVICES:
                raise ValidationException(
                    "Invalid policy document: Policy contains invalid service principal",
                    hint=f"{service!r} is not allowed; {' and '.join(SERVICES)} are.",
                )


def _check_actions(policy: Policy, known: tuple[str, ...]) -> None:
    named = [f"dynamodb:{action}" for action in known]
    unknown = [
        pattern
        for statement in policy.statements
        for pattern in statement.actions
        if not any(matches_action(pattern, action) for action in named)
    ]
    if unknown:
        listed = ", ".join(f'"{pattern}"' for pattern in unknown)
        raise invalid(
            f"Invalid policy document: The following action names are invalid: {listed}",
            hint=f"A policy of this resource may name dynamodb: and {', '.join(known)}.",
        )


def _check_resources(policy: Policy, arn: str) -> None:
    """Raise if a statement is about anything but the resource and what is within it."""
    for statement in policy.statements:
        for pattern in statement.resources:
            within = pattern == arn or pattern.startswith(f"{arn}/")
            if not within and not matches_resource(parts(pattern), arn):
                raise invalid(  # assumed: the text is not known
                    "Invalid policy document: Policy resource is invalid",
                    hint=f"{statement} names {pattern!r}; the policy's resource is {arn}, with "
                    f"its indexes {arn}/index/*.",
                )


def policy_of(tables: Tables, table: TableDescription, label: str | None) -> StoredPolicy | None:
    """Return the policy of a table, or of its stream with a label."""
    stored = tables.reader.get(table.settings_space(POLICIES), (label or "").encode())
    return None if stored is None else StoredPolicy(*orjson.loads(stored))


def put(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    document: str,
    arn: str,
    expected: str | None = None,
) -> str:
    """Attach a policy to a resource; return its revision, the old one if nothing changes.

    :raises PolicyNotFoundException: another revision is expected.
    """
    old = policy_of(tables, table, label)
    check_expected(old, expected, arn)
    if old is not None and old.document == document:
        return old.revision
    now = int(tables.now * 1000)
    revision = str(now if old is None else max(now, int(old.revision) + 1))
    content = orjson.dumps([document, revision])
    tables.writer.put(table.settings_space(POLICIES), (label or "").encode(), content)
    return revision


def delete(
    tables: Tables, table: TableDescription, label: str | None, arn: str, expected: str | None
) -> str | None:
    """Remove the policy of a resource; return its revision, None if there was none.

    :raises PolicyNotFoundException: another revision is expected.
    """
    old = policy_of(tables, table, label)
    check_expected(old, expected, arn)
    if old is None:
        return None
    tables.writer.delete(table.settings_space(POLICIES), (label or "").encode())
    return old.revision


def check_expected(old: StoredPolicy | None, expected: str | None, arn: str) -> None:
    """Raise if a resource does not have the policy revision that a request expects.

    :raises PolicyNotFoundException: it has another, or none.
    """
    if expected is None or expected == (NO_POLICY if old is None else old.revision):
        return
    present = "no policy" if old is None else f"the revision {old.revision}"
    raise not_found(arn, f"The request expects {expected!r}; the resource has {present}.")


def not_found(arn: str, hint: str) -> PolicyNotFoundException:
    """Create the error of a resource without the policy that a request needs."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {arn}", hint=hint
    )
