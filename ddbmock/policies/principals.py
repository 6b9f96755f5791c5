"""Principals: the callers of requests, and the elements of policies that name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final

_ACCOUNT: Final = re.compile(r"\d{12}")


class Match(Enum):
    """The way in which a policy names a caller."""

    NO = "not named"
    ACCOUNT = "named by its account, which leaves the decision to its identity policies"
    DIRECT = "named itself"


@dataclass(frozen=True)
class Principal:
    """A caller: a user, a session of a role, the root user of an account, or a service.

    >>> Principal("arn:aws:sts::123456789012:assumed-role/reader/tests").role_arn
    'arn:aws:iam::123456789012:role/reader'
    """

    arn: str
    """The name of a service, such as ``replication.dynamodb.amazonaws.com``, for a service."""
    user_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _parts(self) -> list[str]:
        parts = self.arn.split(":", 5)
        return parts if len(parts) == 6 else ["", "", "", "", "", ""]

    @property
    def service(self) -> bool:
        """Whether the caller is a service of AWS."""
        return not self.arn.startswith("arn:")

    @property
    def account(self) -> str:
        """The number of its account."""
        return self._parts[4]

    @property
    def root(self) -> bool:
        """Whether the caller is the root user of its account."""
        return self._parts[5] == "root"

    @property
    def role_arn(self) -> str | None:
        """The ARN of the role whose session it is; None for all others."""
        partition, kind = self._parts[1], self._parts[5].split("/")
        if self._parts[2] != "sts" or kind[0] != "assumed-role" or len(kind) < 3:
            return None
        return f"arn:{partition}:iam::{self.account}:role/{'/'.join(kind[1:-1])}"

    @property
    def username(self) -> str | None:
        """The name of an IAM user, without its path; None for all others."""
        if self._parts[2] != "iam" or not self._parts[5].startswith("user/"):
            return None
        return self._parts[5].rpartition("/")[2]

    @property
    def type(self) -> str:
        """The value of ``aws:PrincipalType``."""
        if self.root:
            return "Account"
        return "User" if self.username is not None else "AssumedRole"

    def context(self) -> dict[str, tuple[str, ...]]:
        """Return the condition keys that depend on the caller alone.

        Source: IAM User Guide, "AWS global condition context keys".
        """
        if self.service:
            return {"aws:principalisawsservice": ("true",), "aws:principalservicename": (self.arn,)}
        found: dict[str, tuple[str, ...]] = {
            "aws:principalisawsservice": ("false",),
            "aws:principalarn": (self.role_arn or self.arn,),
            "aws:principalaccount": (self.account,),
            "aws:principaltype": (self.type,),
        }
        user_id = self.user_id or (self.account if self.root else "")
        if user_id:
            found["aws:userid"] = (user_id,)
        if self.username is not None:
            found["aws:username"] = (self.username,)
        for name, value in self.tags.items():
            found[f"aws:principaltag/{name.lower()}"] = (value,)
        return found


@dataclass(frozen=True)
class Principals:
    """The content of a ``Principal`` or ``NotPrincipal`` element."""

    everyone: bool = False
    aws: tuple[str, ...] = ()
    """ARNs and numbers of accounts."""
    services: tuple[str, ...] = ()

    def match(self, principal: Principal) -> Match:
        """Return the way in which a caller is named.

        Naming an account gives access to it as a whole; its administrators then decide by identity
        policies. Source: IAM User Guide, "AWS JSON policy elements: Principal".
        """
        if principal.service:
            named = self.everyone or principal.arn in self.services
            return Match.DIRECT if named else Match.NO
        if self.everyone or principal.arn in self.aws or principal.role_arn in self.aws:
            return Match.DIRECT
        if any(account_of(name) == principal.account for name in self.aws):
            return Match.DIRECT if principal.root else Match.ACCOUNT
        return Match.NO


def account_of(name: str) -> str | None:
    """Return the number of the account that a principal's name stands for; None for all others.

    >>> account_of("arn:aws:iam::123456789012:root"), account_of("123456789012")
    ('123456789012', '123456789012')
    """
    if _ACCOUNT.fullmatch(name):
        return name
    parts = name.split(":")
    is_root = len(parts) == 6 and parts[2] == "iam" and parts[5] == "root"
    return parts[4] if is_root else None
