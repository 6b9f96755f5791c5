"""Resource-based policies of tables and streams: rules, revisions and storage.

Source: Developer Guide, "Using resource-based policies for DynamoDB"; texts marked as assumed are
not known from the service.
"""

from __future__ import annotations

from typing import Final

import orjson

from ddbmock.database.arn import partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.schema import TableDescription
from ddbmock.errors import (
    PolicyNotFoundException,
    ResourceInUseException,
    ValidationException,
)
from ddbmock.named_tuple import NamedTuple
from ddbmock.policies.decision import Identity, decide
from ddbmock.policies.document import Fault, Policy, PolicyError, Request, read_policy
from ddbmock.policies.patterns import matches_action, matches_resource, parts
from ddbmock.policies.principals import Principal

POLICIES: Final = "policies"
MAX_SIZE: Final = 20 * 1024
"""The most bytes of a document, as the request has it."""
PUT_POLICY: Final = "dynamodb:PutResourcePolicy"
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
    """The policy of a resource, as it is stored."""

    document: str
    """The text of the request."""
    revision: str


def checked(document: str, arn: str, *, of_stream: bool = False) -> Policy:
    """Parse and check the policy of a resource.

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
    """Check that all statements name the resource or a part of it."""
    for statement in policy.statements:
        for pattern in statement.resources:
            within = pattern == arn or pattern.startswith(f"{arn}/")
            if not within and not matches_resource(parts(pattern), arn):
                raise invalid(  # assumed: the text is not known
                    "Invalid policy document: Policy resource is invalid",
                    hint=f"{statement} names {pattern!r}; the policy's resource is {arn}, with "
                    f"its indexes {arn}/index/*.",
                )


def check_keeps_access(tables: Tables, policy: Policy, caller: Identity | None, arn: str) -> None:
    """Check that a policy leaves its caller the permission to change it.

    :param caller: None is the account's root user, the caller while policies are not enforced.
    :raises ValidationException: it does not.
    """
    if caller is None:
        call = tables.call
        caller = Identity(
            Principal(f"arn:{partition(call.region)}:iam::{call.account_id}:root"), ()
        )
    request = Request(caller.principal, PUT_POLICY, arn, caller.principal.context())
    decision = decide(request, caller.policies, [policy])
    if not decision.allowed:
        raise invalid(  # assumed: the text is not known
            "The new resource policy will not allow you to update the resource policy in the future",
            hint=f"{decision.explanation} Set ConfirmRemoveSelfResourceAccess to true to attach the "
            "policy all the same.",
        )


class _Change(NamedTuple):
    """The last change of a resource's policy, which may not have taken effect yet."""

    policy: StoredPolicy | None
    since: float
    """The time at which it takes effect, in epoch seconds."""
    before: StoredPolicy | None
    """The policy until then."""


def _last_change(tables: Tables, table: TableDescription, label: str | None) -> _Change:
    stored = tables.reader.get(table.settings_space(POLICIES), (label or "").encode())
    if stored is None:
        return _Change(None, 0.0, None)
    content = orjson.loads(stored)
    if isinstance(content[0], str):  # as earlier versions stored it
        return _Change(StoredPolicy(*content), 0.0, None)
    policy, since, before = content
    return _Change(policy and StoredPolicy(*policy), since, before and StoredPolicy(*before))


def policy_of(tables: Tables, table: TableDescription, label: str | None) -> StoredPolicy | None:
    """Return the present policy of a table, or of its stream with a label."""
    change = _last_change(tables, table, label)
    return change.policy if change.since <= tables.now else change.before


def put(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    document: str,
    arn: str,
    expected: str | None = None,
    *,
    delay: float = 0.0,
) -> str:
    """Attach a policy to a resource; return its revision, which stays the same if nothing changes.

    :param delay: seconds after which the policy takes effect.
    :raises PolicyNotFoundException: the request expects another revision.
    :raises ResourceInUseException: the last change has not taken effect yet.
    """
    change = _last_change(tables, table, label)
    old = change.policy
    check_expected(old, expected, arn)
    if old is not None and old.document == document:
        return old.revision
    now = int(tables.now * 1000)
    revision = str(now if old is None else max(now, int(old.revision) + 1))
    _save(tables, table, label, change, StoredPolicy(document, revision), delay)
    return revision


def delete(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    arn: str,
    expected: str | None,
    *,
    delay: float = 0.0,
) -> str | None:
    """Remove the policy of a resource; return its revision, or None if it had none.

    :param delay: seconds for which the policy stays in effect.
    :raises PolicyNotFoundException: the request expects another revision.
    :raises ResourceInUseException: the last change has not taken effect yet.
    """
    change = _last_change(tables, table, label)
    check_expected(change.policy, expected, arn)
    if change.policy is None:
        return None
    _save(tables, table, label, change, None, delay)
    return change.policy.revision


def _save(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    last: _Change,
    policy: StoredPolicy | None,
    delay: float,
) -> None:
    if last.since > tables.now:
        raise ResourceInUseException(  # assumed: neither the error nor the text is known
            "Attempt to change a resource which is still in use: Resource policy is being updated",
            hint=f"The last change of the policy takes effect in {last.since - tables.now:g} seconds; the "
            "setting ddbmock.delay_policies sets the delay.",
        )
    since = tables.now + delay
    content = [policy and [*policy], since, last.policy and [*last.policy]]
    space, key = table.settings_space(POLICIES), (label or "").encode()
    tables.writer.put(space, key, orjson.dumps(content))


def check_expected(old: StoredPolicy | None, expected: str | None, arn: str) -> None:
    """Check that a resource has the policy revision that a request expects.

    :raises PolicyNotFoundException: it has another, or none.
    """
    if expected is None or expected == (NO_POLICY if old is None else old.revision):
        return
    present = "no policy" if old is None else f"the revision {old.revision}"
    raise not_found(arn, f"The request expects {expected!r}; the resource has {present}.")


def not_found(arn: str, hint: str) -> PolicyNotFoundException:
    """Return the error for a resource without the policy that a request requires."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {arn}", hint=hint
    )
