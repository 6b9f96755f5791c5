"""The decision about a request: which policy allows or denies it, and by which statement.

Source: IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from ddbmock.named_tuple import NamedTuple
from ddbmock.policies.document import Policy, Request, Statement
from ddbmock.policies.principals import Match, Principal

PolicyDocument: TypeAlias = "str | Mapping[str, Any]"


class Identity(NamedTuple):
    """A caller and its identity policies."""

    principal: Principal
    policies: tuple[Policy, ...]
    documents: tuple[PolicyDocument, ...] = ()
    """The same policies, as they were given."""


class Reason(Enum):
    """The reason of a decision, in the words of the service's messages."""

    ALLOWED = ""
    DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
    NO_IDENTITY = "because no identity-based policy allows the {action} action"
    NO_RESOURCE = "because no resource-based policy allows the {action} action"


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and why."""

    request: Request
    reason: Reason
    explanation: str
    """Names the statement that decided, or the one that came nearest to allowing the request."""

    @property
    def allowed(self) -> bool:
        """Whether the request may be performed."""
        return self.reason is Reason.ALLOWED

    @property
    def message(self) -> str:
        """The text of the service's AccessDeniedException.

        Source: IAM User Guide, "Troubleshoot access denied error messages".
        """
        request = self.request
        reason = self.reason.value.format(action=request.action)
        return (
            f"User: {request.principal.arn} is not authorized to perform: {request.action} "
            f"on resource: {request.resource} {reason}"
        )


def decide(
    request: Request, identity_policies: Sequence[Policy], resource_policies: Sequence[Policy]
) -> Decision:
    """Decide about a request.

    An explicit Deny wins. Within an account one Allow of either kind is enough; across accounts
    both kinds must allow. The root user needs no identity policy, and a service has none.
    """
    for policies, reason in (
        (identity_policies, Reason.DENIED_BY_IDENTITY),
        (resource_policies, Reason.DENIED_BY_RESOURCE),
    ):
        for denying in _found(request, policies, "Deny"):
            if denying.statement.mismatch(request) is None:
                return Decision(request, reason, f"{denying} denies it.")

    principal = request.principal
    named = _allowing(request, resource_policies)
    by_resource = next((found for found in named if found.match is Match.DIRECT), None)
    by_identity = next(iter(_allowing(request, identity_policies)), None)
    if principal.account == request.resource_account:
        allowed = bool(by_resource or by_identity or principal.root)
        lacking = Reason.NO_IDENTITY
    else:
        by_resource = by_resource or next(iter(named), None)
        # Services have no identity policies, root users need none.
        enough = bool(by_identity or principal.root or principal.service)
        allowed = by_resource is not None and enough
        lacking = Reason.NO_IDENTITY if by_resource else Reason.NO_RESOURCE
    if not allowed:
        policies = resource_policies if lacking is Reason.NO_RESOURCE else identity_policies
        return Decision(request, lacking, _nearest(request, policies, lacking))
    deciding = by_resource or by_identity
    explanation = f"{deciding} allows it." if deciding else "It is the account's root user."
    return Decision(request, Reason.ALLOWED, explanation)


class _Found(NamedTuple):
    """A statement of a policy, and the way in which it names the caller."""

    policy: Policy
    statement: Statement
    match: Match

    def __str__(self) -> str:
        place = f"{self.statement} of {self.policy.name}".removesuffix(" of ")
        return place[0].upper() + place[1:]


def _found(request: Request, policies: Iterable[Policy], effect: str) -> Iterator[_Found]:
    for policy in policies:
        for statement in policy.statements:
            if statement.effect == effect:
                yield _Found(policy, statement, statement.principal_match(request.principal))


def _allowing(request: Request, policies: Iterable[Policy]) -> list[_Found]:
    found = _found(request, policies, "Allow")
    return [one for one in found if one.statement.mismatch(request) is None]


def _nearest(request: Request, policies: Sequence[Policy], lacking: Reason) -> str:
    """Explain why the Allow statement that came nearest does not apply."""
    nearest: tuple[int, str] | None = None
    for one in _found(request, policies, "Allow"):
        mismatch = one.statement.mismatch(request)
        if mismatch is not None and (nearest is None or mismatch[0] > nearest[0]):
            nearest = mismatch[0], f"{one} does not allow it: {mismatch[1]}."
    if nearest is None:
        kind = "resource-based" if lacking is Reason.NO_RESOURCE else "identity-based"
        return f"There is no {kind} policy with an Allow statement."
    return nearest[1]
