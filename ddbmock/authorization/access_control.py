"""Access control of one database: identities by access key, and the check of each request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from ddbmock.authorization.accesses import Access, accesses, table_names
from ddbmock.database import Call
from ddbmock.database.arn import partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import resource_policies
from ddbmock.database.schema import TableDescription
from ddbmock.errors import AccessDeniedException, ResourceNotFoundException
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind
from ddbmock.policies.decision import Identity, PolicyDocument, decide
from ddbmock.policies.document import Policy, PolicyError, Request, read_policy
from ddbmock.policies.principals import Principal
from ddbmock.settings import SettingsError

DELETE_POLICY: Final = "dynamodb:DeleteResourcePolicy"


class AccessControl:
    """The identities that call a database.

    A request with an access key without identity counts as that of the account's root user: only a
    resource policy can deny it.

    >>> from ddbmock.testing.database import Database
    >>> db = Database()
    >>> db.access.identity("AKIDREADER", policies=[{
    ...     "Version": "2012-10-17",
    ...     "Statement": {"Effect": "Allow", "Action": "dynamodb:Get*", "Resource": "*"},
    ... }])
    >>> db.access.enforced
    True
    >>> db.close()
    """

    def __init__(self, account_id: str) -> None:
        self._account_id: Final = account_id
        self._identities: dict[str, Identity] = {}
        self._default: Identity | None = None
        self.enforced = False
        """Whether requests are checked against policies."""

    def identity(
        self,
        access_key: str | None,
        *,
        policies: Sequence[PolicyDocument] = (),
        arn: str | None = None,
        user_id: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Set the identity of an access key, and switch the check of policies on.

        :param access_key: the access key; None means all keys without an identity of their own.
        :param policies: identity policies, as JSON or as Python values.
        :param arn: the caller's ARN, of any account; by default a user of this account.
        :param user_id: the value of ``aws:userid``.
        :param tags: the tags of ``aws:PrincipalTag``.
        :raises PolicyError: a policy does not follow the grammar.
        """
        name = access_key or "ddbmock"
        principal = Principal(
            arn or f"arn:aws:iam::{self._account_id}:user/{name}", user_id, dict(tags or {})
        )
        read = tuple(
            read_policy(one, resource_based=False, name=_named(number, len(policies)))
            for number, one in enumerate(policies, 1)
        )
        identity = Identity(principal, read, tuple(policies))
        if access_key is None:
            self._default = identity
        else:
            self._identities[access_key] = identity
        self.enforced = True

    def identities(self) -> list[tuple[str | None, Identity]]:
        """Return the identities by access key; that of all other keys, under None, comes last."""
        others = [] if self._default is None else [(None, self._default)]
        return [*self._identities.items(), *others]

    def enforce(self, policy: PolicyDocument = "") -> None:
        """Switch the check of policies on.

        :param policy: the identity policy of callers without an identity; empty for none.
        :raises SettingsError: it does not follow the grammar of policies.
        """
        self.enforced = True
        if policy:
            try:
                self.identity(None, policies=[policy])
            except PolicyError as error:
                raise SettingsError(f"Setting ddbmock.policy is no policy. {error}") from error

    def take_over(self, other: AccessControl) -> None:
        """Copy the identities of another database."""
        self._identities = dict(other._identities)
        self._default = other._default
        self.enforced = other.enforced

    def clear(self) -> None:
        """Remove all identities, and switch the check of policies off."""
        self._identities.clear()
        self._default = None
        self.enforced = False

    def check(self, target: Target, body: Mapping[str, Any], call: Call) -> None:
        """Raise if the caller may not do what a request asks for.

        :raises AccessDeniedException: a policy denies it, or none allows it; the hint names the
            statement that decided, or the one that came nearest to allowing it.
        """
        if not self.enforced:
            return
        identity = self._identities.get(call.access_key, self._default)
        if identity is None:
            root = f"arn:{partition(call.region)}:iam::{self._account_id}:root"
            identity = Identity(Principal(root), ())
        call.caller = identity
        if identity.principal.account not in ("", self._account_id):
            self._check_owner(identity.principal, target, body)
        with call.read() as tables:
            for access in accesses(target, body, call, tables.describe):
                _check(identity, access, body, tables, call)

    def _check_owner(self, caller: Principal, target: Target, body: Mapping[str, Any]) -> None:
        """Raise if a caller of another account uses the plain name of a table, which means one of
        its own account.

        :raises ResourceNotFoundException: it does; this database has no tables of its account.
        """
        for name in table_names(target, body):
            if not name.startswith("arn:"):
                message = "Requested resource not found"
                if target.operation.kind is Kind.CONTROL:
                    message += f": Table: {name} not found"
                raise ResourceNotFoundException(
                    message,
                    hint=f"{caller.arn} belongs to account {caller.account}, and this database has "
                    f"the tables of {self._account_id}: give the table's ARN instead of {name!r}.",
                )


def _check(
    identity: Identity, access: Access, body: Mapping[str, Any], tables: Tables, call: Call
) -> None:
    principal = identity.principal
    table = None if access.table is None else tables.describe(access.table)
    request = Request(
        principal,
        access.action,
        access.resource,
        {**_global_context(body, table, call), **principal.context(), **access.context},
    )
    is_owner = principal.root and principal.account == request.resource_account
    if is_owner and access.action == DELETE_POLICY:
        return  # Otherwise an owner could lock out everyone permanently.
    decision = decide(request, identity.policies, _resource_policies(access, table, tables))
    if not decision.allowed:
        raise AccessDeniedException(decision.message, hint=decision.explanation)


def _resource_policies(
    access: Access, table: TableDescription | None, tables: Tables
) -> list[Policy]:
    if table is None:
        return []
    label = access.resource.partition("/stream/")[2] or None
    stored = resource_policies.policy_of(tables, table, label)
    if stored is None:
        return []
    name = "the resource policy of " + access.resource.partition(":table/")[2].split("/index/")[0]
    return [read_policy(stored.document, resource_based=True, name=name)]


def _global_context(
    body: Mapping[str, Any], table: TableDescription | None, call: Call
) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that all services have, as far as they are known here."""
    now = call.clock.now()
    time = datetime.fromtimestamp(int(now), timezone.utc)
    context: dict[str, tuple[str, ...]] = {
        "aws:requestedregion": (call.region,),
        "aws:currenttime": (time.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now)),),
        "aws:resourceaccount": (call.account_id,),
    }
    for key, value in (table.tags if table is not None else {}).items():
        context[f"aws:resourcetag/{key.lower()}"] = (value,)
    keys = [*body["TagKeys"]] if isinstance(body.get("TagKeys"), list) else []
    for tag in body["Tags"] if isinstance(body.get("Tags"), list) else ():
        if isinstance(tag, dict) and isinstance(tag.get("Key"), str):
            keys.append(tag["Key"])
            context[f"aws:requesttag/{tag['Key'].lower()}"] = (str(tag.get("Value", "")),)
    if keys:
        context["aws:tagkeys"] = tuple(map(str, keys))
    return context


def _named(number: int, count: int) -> str:
    return "the identity policy" if count == 1 else f"identity policy {number}"
