"""The check of requests against access policies, on the control path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.authorization import AccessControl
from ddbmock.server.control.refused import RefusedError


def state(access: AccessControl) -> dict[str, Any]:
    """Return whether requests are checked, and the identities of callers."""
    return {
        "enforced": access.enforced,
        "identities": [
            {
                "access_key": access_key,
                "arn": identity.principal.arn,
                "user_id": identity.principal.user_id,
                "tags": dict(identity.principal.tags),
                "policies": list(identity.documents),
            }
            for access_key, identity in access.identities()
        ],
    }


def change(access: AccessControl, body: Mapping[str, Any]) -> None:
    """Set the identity of a caller, or switch the check on or off.

    :raises RefusedError: the body requests neither.
    """
    match body:
        case {"enforced": bool() as enforced} if len(body) == 1:
            access.enforced = enforced
        case {"access_key": str() | None, "policies": list() as policies} if (
            not body.keys() - _MEMBERS
            and all(isinstance(one, (str, dict)) for one in policies)
            and isinstance(body.get("arn"), str | None)
            and isinstance(body.get("user_id", ""), str)
            and _is_texts(body.get("tags", {}))
        ):
            access.identity(
                body["access_key"],
                policies=policies,
                arn=body.get("arn"),
                user_id=body.get("user_id", ""),
                tags=body.get("tags"),
            )
        case _:
            raise RefusedError(400, _ACCESS)


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


_MEMBERS: Final = frozenset({"access_key", "policies", "arn", "user_id", "tags"})
_ACCESS: Final = (
    'Say {"enforced": true}, or {"access_key": "AKID", "policies": [...]}, also with "arn", "user_id" '
    'and "tags"; an "access_key" of null stands for all other callers.'
)
