"""Policy documents: JSON read into statements, with the place of everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ddbmock.policies.conditions import Condition, is_operator
from ddbmock.policies.patterns import Context, filled, matches_action, matches_resource, parts
from ddbmock.policies.principals import Match, Principal, Principals

VERSIONS: Final = ("2012-10-17", "2008-10-17")
INVALID_JSON: Final = "This policy contains invalid Json"


class Fault(Enum):
    """The kinds of mistakes in a policy document."""

    JSON = "JSON"
    GRAMMAR = "grammar"
    PRINCIPAL = "principal"
    ACTION = "action"
    RESOURCE = "resource"
    CONDITION = "condition"


class PolicyError(ValueError):
    """A document that is no policy: what is wrong, and where."""

    def __init__(self, fault: Fault, explanation: str, text: str | None = None) -> None:
        super().__init__(explanation)
        self.fault: Final = fault
        self.text: Final = text
        """DynamoDB's words for it, where they are known (recorded in October 2026)."""


@dataclass(frozen=True)
class Request:
    """One action on one resource, as policies see it."""

    principal: Principal
    action: str
    """With the service's prefix: ``dynamodb:GetItem``."""
    resource: str
    """An ARN, or ``*`` for an action that has no resource."""
    context: Context

    @property
    def resource_account(self) -> str:
        """The number of the account that owns the resource; the caller's for ``*``."""
        parts_of_arn = self.resource.split(":", 5)
        return parts_of_arn[4] if len(parts_of_arn) == 6 else self.principal.account


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    number: int
    """Its position in the document, from 1."""
    sid: str
    effect: str
    """``Allow`` or ``Deny``."""
    actions: tuple[str, ...]
    not_actions: bool
    """Whether the statement is about all actions but these (``NotAction``)."""
    resources: tuple[str, ...]
    not_resources: bool
    principals: Principals | None = None
    """None in an identity policy."""
    not_principals: bool = False
    conditions: tuple[Condition, ...] = ()
    variables: bool = True
    """Whether ``${...}`` is a policy variable, as in version 2012-10-17."""

    def principal_match(self, principal: Principal) -> Match:
        """Return the way in which the statement names a caller."""
        if self.principals is None:
            return Match.DIRECT
        match = self.principals.match(principal)
        if self.not_principals:
            return Match.DIRECT if match is Match.NO else Match.NO
        return match

    def mismatch(self, request: Request) -> tuple[int, str] | None:
        """Explain why the statement does not apply to a request; None if it does.

        The number grows with the elements that do apply: 0 is the principal, 3 a condition.
        """
        if self.principal_match(request.principal) is Match.NO:
            return 0, f"its principals do not include {request.principal.arn}"
        if self.not_actions == any(matches_action(one, request.action) for one in self.actions):
            element = "NotAction" if self.not_actions else "Action"
            return 1, f"its {element} is {', '.join(self.actions)}"
        if self.not_resources == any(self._names(one, request) for one in self.resources):
            element = "NotResource" if self.not_resources else "Resource"
            return 2, f"its {element} is {', '.join(self.resources)}"
        for condition in self.conditions:
            if not condition.holds(request.context, self.variables):
                return 3, condition.failure(request.context)
        return None

    def _names(self, pattern: str, request: Request) -> bool:
        resource_pattern = filled(parts(pattern, self.variables), request.context)
        return resource_pattern is not None and matches_resource(resource_pattern, request.resource)

    def __str__(self) -> str:
        return f"statement {self.number}" + (f" ({self.sid!r})" if self.sid else "")


@dataclass(frozen=True)
class Policy:
    """A policy: its statements, and the name under which hints mention it."""

    statements: tuple[Statement, ...]
    name: str = ""


def read_policy(
    document: str | Mapping[str, Any], *, resource_based: bool, name: str = ""
) -> Policy:
    """Read a policy document.

    :raises PolicyError: it does not follow the grammar of policies.
    """
    content = _decoded(document) if isinstance(document, str) else document
    if not isinstance(content, Mapping):
        kind = INVALID_JSON if isinstance(content, list) else "This text appears not to be a policy"
        raise PolicyError(Fault.JSON, f"A policy is a JSON object, not {_shown(content)}.", kind)
    _check_members(content, ("Version", "Id", "Statement"), "The policy")
    version = content.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise PolicyError(
            Fault.GRAMMAR, f"Version must be {' or '.join(VERSIONS)}, not {_shown(version)}."
        )
    written = content.get("Statement")
    statements = [written] if isinstance(written, Mapping) else written
    if not isinstance(statements, (list, tuple)) or not statements:
        text = "Could not parse the policy: Statement is empty!" if statements == [] else None
        if written is None and isinstance(document, str):
            text = f"Syntax error at position {_end(document)}"
        raise PolicyError(
            Fault.GRAMMAR,
            f"Statement must be an object or a list of them, not {_shown(written)}.",
            text,
        )
    read = tuple(
        _Reader(number, one, resource_based, version == VERSIONS[0]).statement()
        for number, one in enumerate(statements, 1)
    )
    sids = [one.sid for one in read if one.sid]
    for sid in sids:
        if sids.count(sid) > 1:
            raise PolicyError(
                Fault.GRAMMAR,
                f"Two statements have the Sid {sid!r}.",
                "The Statement Ids in the policy are not unique",
            )
    return Policy(read, name)


def _end(document: str) -> str:
    """Return the position after the end of a document, as ``(line,column)``."""
    lines = document.split("\n")
    return f"({len(lines)},{len(lines[-1]) + 1})"


def _decoded(document: str) -> Any:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise PolicyError(Fault.JSON, f"The member {twice!r} occurs twice in one object.")
        return members

    try:
        return json.loads(document, object_pairs_hook=without_duplicates)
    except (json.JSONDecodeError, RecursionError) as error:
        raise PolicyError(Fault.JSON, f"The policy is not JSON: {error}.", INVALID_JSON) from error


def _check_members(content: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for member in content:
        if member not in known:
            raise PolicyError(
                Fault.GRAMMAR,
                f"{where} has the unknown element {member!r}; there are {', '.join(known)}.",
            )


ELEMENTS: Final = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_KINDS: Final = ("AWS", "Service", "Federated", "CanonicalUser")


class _Reader:
    """Reads one statement."""

    def __init__(self, number: int, content: Any, resource_based: bool, variables: bool) -> None:
        self._where = f"Statement {number}"
        self._number = number
        self._resource_based = resource_based
        self._variables = variables
        if not isinstance(content, Mapping):
            raise self._error(Fault.GRAMMAR, f"must be an object, not {_shown(content)}")
        self._content = content

    def _error(self, fault: Fault, text: str, missing: str | None = None) -> PolicyError:
        known = None if missing is None else f"Missing required field {missing}"
        return PolicyError(fault, f"{self._where} {text}.", known)

    def statement(self) -> Statement:
        content = self._content
        _check_members(content, ELEMENTS, self._where)
        sid = content.get("Sid", "")
        if not isinstance(sid, str):
            raise self._error(Fault.GRAMMAR, f"has a Sid that is no string: {_shown(sid)}")
        effect = content.get("Effect")
        if isinstance(effect, str) and self._resource_based:
            effect = effect.capitalize()
        if effect not in ("Allow", "Deny"):
            raise self._error(
                Fault.GRAMMAR,
                f"must have the Effect Allow or Deny, not {_shown(effect)}",
                "Effect" if effect is None else None,
            )
        principals, not_principals = self._principals()
        actions, not_actions = self._either("Action", Fault.ACTION)
        for action in actions:
            if action != "*" and action.count(":") != 1:
                raise self._error(
                    Fault.ACTION, f"has the action {action!r}, which is not like dynamodb:GetItem"
                )
        resources, not_resources = self._either("Resource", Fault.RESOURCE)
        for resource in resources:
            if resource != "*" and not resource.startswith(("arn:", "*", "${")):
                raise self._error(
                    Fault.RESOURCE, f"has the resource {resource!r}, which is neither an ARN nor *"
                )
        return Statement(
            self._number,
            sid,
            effect,
            actions,
            not_actions,
            resources,
            not_resources,
            principals,
            not_principals,
            tuple(self._conditions()),
            self._variables,
        )

    def _either(self, element: str, fault: Fault) -> tuple[tuple[str, ...], bool]:
        """Return the strings of an element or of its negation, of which exactly one must be
        there."""
        there = [name for name in (element, f"Not{element}") if name in self._content]
        if len(there) != 1:
            raise self._error(
                fault,
                f"must have exactly one of {element} and Not{element}",
                None if there else element,
            )
        return self._strings(self._content[there[0]], there[0], fault), there[0] != element

    def _strings(self, value: Any, element: str, fault: Fault) -> tuple[str, ...]:
        strings = [value] if isinstance(value, str) else value
        if (
            not isinstance(strings, (list, tuple))
            or not strings
            or not all(isinstance(one, str) and one for one in strings)
        ):
            raise self._error(
                fault, f"must have a string or strings as {element}, not {_shown(value)}"
            )
        return tuple(strings)

    def _principals(self) -> tuple[Principals | None, bool]:
        there = [name for name in ("Principal", "NotPrincipal") if name in self._content]
        if not self._resource_based:
            if there:
                raise self._error(
                    Fault.PRINCIPAL, f"of an identity policy must not have {there[0]}"
                )
            return None, False
        if len(there) != 1:
            raise self._error(
                Fault.PRINCIPAL,
                "must have exactly one of Principal and NotPrincipal",
                None if there else "Principal",
            )
        element, value = there[0], self._content[there[0]]
        if value == "*":
            return Principals(everyone=True), element != "Principal"
        if not isinstance(value, Mapping) or not value:
            raise self._error(
                Fault.PRINCIPAL,
                f"""must have * or {{"AWS": ...}} as {element}, not {_shown(value)}""",
            )
        for kind in value:
            if kind not in _KINDS:
                raise self._error(
                    Fault.PRINCIPAL, f"has the unknown kind of principal {kind!r} in {element}"
                )
        named = {
            kind: self._strings(one, f"{element}.{kind}", Fault.PRINCIPAL)
            for kind, one in value.items()
        }
        return (
            Principals(
                everyone="*" in named.get("AWS", ()),
                aws=named.get("AWS", ()),
                services=named.get("Service", ()),
            ),
            element != "Principal",
        )

    def _conditions(self) -> list[Condition]:
        block = self._content.get("Condition", {})
        if not isinstance(block, Mapping):
            raise self._error(
                Fault.CONDITION, f"must have an object as Condition, not {_shown(block)}"
            )
        found = []
        for operator, keys in block.items():
            if not is_operator(operator):
                raise self._error(Fault.CONDITION, f"has the unknown operator {operator!r}")
            if not isinstance(keys, Mapping):
                raise self._error(
                    Fault.CONDITION, f"must have an object under {operator}, not {_shown(keys)}"
                )
            for key, values in keys.items():
                found.append(Condition(operator, key, self._values(operator, key, values)))
        return found

    def _values(self, operator: str, key: str, values: Any) -> tuple[str, ...]:
        some = values if isinstance(values, (list, tuple)) else [values]
        if not some or not all(isinstance(one, (str, int, float, bool)) for one in some):
            raise self._error(
                Fault.CONDITION, f"must have a value or values under {operator} {key}"
            )
        return tuple(_as_text(one) for one in some)


def _as_text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
