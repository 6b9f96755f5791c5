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
from ddbmock.database.control_plane.resource_in_use import IN_USE
from ddbmock.database.schema import TableDescription
from ddbmock.errors import (
    AccessDeniedException,
    PolicyNotFoundException,
    ResourceInUseException,
    ValidationException,
)
from ddbmock.named_tuple import NamedTuple
from ddbmock.policies.canonical import canonical, has_version
from ddbmock.policies.decision import Identity, decide
from ddbmock.policies.document import Fault, Policy, PolicyError, Request, read_policy
from ddbmock.policies.patterns import matches_action
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
    """In its canonical form; as the request had it in stores of earlier versions."""
    revision: str
    has_version: bool = True
    """True if the document in the request had a Version."""


def checked(document: str, arn: str, *, of_stream: bool = False) -> Policy:
    """Parse and check the policy of a resource.

    :raises ValidationException: the document breaks a rule; the first in the service's order.
    """
    size = len(document.encode())
    if size > MAX_SIZE:
        raise invalid(
            f"Maximum policy size of {MAX_SIZE} bytes exceeded",
            hint=f"The policy has {size} bytes; at most {MAX_SIZE} are allowed, spaces included.",
        )
    try:
        policy = read_policy(document, resource_based=True)
    except PolicyError as error:
        if error.text is not None:
            raise invalid(f"Invalid policy document: {error.text}", hint=str(error)) from error
        if error.fault is Fault.PRINCIPAL:
            raise invalid("Invalid principal in policy document.", hint=str(error)) from error
        # assumed: the text is not known
        raise invalid("Invalid policy document.", hint=str(error)) from error
    _check_services(policy)
    _check_actions(policy, STREAM_ACTIONS if of_stream else TABLE_ACTIONS)
    _check_bounded(policy)
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


def _check_bounded(policy: Policy) -> None:
    """Check that no statement allows everyone without a condition."""
    for statement in policy.statements:
        principals = statement.principals
        everyone = principals is not None and principals.everyone and not statement.not_principals
        if everyone and statement.effect == "Allow" and not statement.conditions:
            raise ValidationException(
                "Resource-based policy grants unbounded access in one or more elements. Please "
                "revise the policy to ensure least-privilege form of access",
                hint=f"{statement} allows everyone; name principals, or add a Condition.",
            )


def check_keeps_access(tables: Tables, policy: Policy, caller: Identity | None, arn: str) -> None:
    """Check that a policy leaves its caller the permission to change it.

    :param caller: None is the account's root user, the caller while policies are not enforced.
    :raises AccessDeniedException: it does not.
    """
    if caller is None:
        call = tables.call
        caller = Identity(
            Principal(f"arn:{partition(call.region)}:iam::{call.account_id}:root"), ()
        )
    request = Request(caller.principal, PUT_POLICY, arn, caller.principal.context())
    decision = decide(request, caller.policies, [policy])
    if not decision.allowed:
        raise AccessDeniedException(
            "The new resource policy will not allow you to update the resource policy in the future.",
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
    revision: str = ""
    """Of the change, which a removal has too."""


def _last_change(tables: Tables, table: TableDescription, label: str | None) -> _Change:
    stored = tables.reader.get(table.settings_space(POLICIES), (label or "").encode())
    if stored is None:
        return _Change(None, 0.0, None)
    content = orjson.loads(stored)
    if isinstance(content[0], str):  # as earlier versions stored it
        return _Change(StoredPolicy(*content), 0.0, None)
    policy, since, before, *revision = content
    return _Change(
        policy and StoredPolicy(*policy), since, before and StoredPolicy(*before), *revision
    )


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
    check_expected(old, expected, arn, table.name)
    new = StoredPolicy(
        canonical(document, partition(tables.call.region)), "", has_version(document)
    )
    if old is not None and old._replace(revision="") == new:
        return old.revision
    new = new._replace(revision=_revision(tables, change))
    _save(tables, table, label, change, new, new.revision, delay)
    return new.revision


def _revision(tables: Tables, last: _Change) -> str:
    """Return the revision of a change: its time in milliseconds, later than the last change."""
    before = last.revision or (last.policy.revision if last.policy is not None else "0")
    return str(max(int(tables.now * 1000), int(before) + 1))


def delete(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    arn: str,
    expected: str | None,
    *,
    delay: float = 0.0,
) -> str | None:
    """Remove the policy of a resource; return its revision.

    Without a policy, return the revision of its last removal, or None if it never had a policy.

    :param delay: seconds for which the policy stays in effect.
    :raises PolicyNotFoundException: the request expects another revision.
    :raises ResourceInUseException: the last change has not taken effect yet.
    """
    change = _last_change(tables, table, label)
    check_expected(change.policy, expected, arn, table.name)
    if change.policy is None:
        return change.revision or None
    _save(tables, table, label, change, None, _revision(tables, change), delay)
    return change.policy.revision


def _save(
    tables: Tables,
    table: TableDescription,
    label: str | None,
    last: _Change,
    policy: StoredPolicy | None,
    revision: str,
    delay: float,
) -> None:
    if last.since > tables.now:
        owner = f"Table is pending previous resource-based policy update: {table.name}"
        if label is not None:
            owner = f"Stream is pending previous resource-based policy update: {label}"
        raise ResourceInUseException(
            f"{IN_USE}{owner}",
            hint=f"The last change of the policy takes effect in {last.since - tables.now:g} seconds; the "
            "setting ddbmock.delay_policies sets the delay.",
        )
    since = tables.now + delay
    content = [policy and [*policy], since, last.policy and [*last.policy], revision]
    space, key = table.settings_space(POLICIES), (label or "").encode()
    tables.writer.put(space, key, orjson.dumps(content))


def check_expected(old: StoredPolicy | None, expected: str | None, arn: str, table: str) -> None:
    """Check that a resource has the policy revision that a request expects.

    :raises PolicyNotFoundException: it has another, or none.
    """
    if expected is None or expected == (NO_POLICY if old is None else old.revision):
        return
    if old is None:
        text = (
            f"Requested update for policy with revision id {expected}, but table {table} has no "
            "associated policy."
        )
    elif expected == NO_POLICY:
        text = (
            f"Requested policy update expecting none to be present for table {table}, but a policy "
            f"exists with revision id {old.revision}."
        )
    else:
        text = (
            f"Requested update for policy with revision id {expected}, but the policy associated "
            f"to target table {table} has revision id {old.revision}."
        )
    present = "no policy" if old is None else f"the revision {old.revision}"
    raise not_found(text, f"The request expects {expected!r}; the resource has {present}.")


def not_found(text: str, hint: str) -> PolicyNotFoundException:
    """Return the error for a resource without the policy that a request requires."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {text}", hint=hint
    )
