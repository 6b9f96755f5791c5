"""Names of tables for a verification: the names in the requests with a prefix."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

FAMILY: Final = "ddbmock_verify_"
"""The beginning of all prefixes; eight random digits follow."""
_OF_VERIFICATION: Final = re.compile(rf"{FAMILY}[0-9a-f]{{8}}_", re.ASCII)
RECORDED_ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/"
"""The beginning of the tables' ARNs in requests and recorded answers."""
_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{3,200}", re.ASCII)
_NAMED: Final = frozenset({"TableName", "ResourceArn", "ExclusiveStartTableName"})
"""Members that name a table by its name or ARN."""
_IN_STATEMENT: Final = re.compile(
    r"""(\b(?:FROM|INTO|UPDATE)\s+"?)([a-zA-Z0-9_.-]{3,200})""", re.ASCII | re.IGNORECASE
)
"""The place of the table in a PartiQL statement."""
_PLACE: Final = re.compile(r" at \d+:\d+:\d+\b")
"""A position in a PartiQL statement, which changes with the prefix."""
_TIMES: Final = re.compile(r"(?:DateTime|Time|At)$")
_IDS: Final = frozenset({"TableId", "LatestStreamLabel", "LatestStreamArn", "NextToken"})
_STATISTICS: Final = frozenset({"ItemCount", "TableSizeBytes", "IndexSizeBytes"})
"""Members of a description that the service updates every few hours."""


def new_prefix() -> str:
    """Return a prefix that no other verification has."""
    return f"{FAMILY}{secrets.token_hex(4)}_"


def is_of_verification(name: str) -> bool:
    """Return whether a table belongs to a verification.

    >>> is_of_verification("ddbmock_verify_0123abcd_Music"), is_of_verification("ddbmock_verify_me")
    (True, False)
    """
    return _OF_VERIFICATION.match(name) is not None


class Naming:
    """The translation between the names in requests and those at the endpoint."""

    def __init__(self, prefix: str) -> None:
        self.prefix: Final = prefix
        self._salt = ""
        self.renew_tokens()
        self.local_arn_start = RECORDED_ARN
        """The beginning of the ARNs of the requests' tables."""
        self.arn_start = ""
        """The beginning of the ARNs of the endpoint's tables, once one is known."""

    def renew_tokens(self) -> None:
        """Change the tokens of requests, since an account remembers each for ten minutes."""
        self._salt = secrets.token_hex(4)

    def at_endpoint(self, name: str) -> str:
        """Return the name at the endpoint; names that DynamoDB rejects stay as they are."""
        local = self.local_arn_start
        if name.startswith(local):
            return (self.arn_start or local) + self.at_endpoint(name[len(local) :])
        return self.prefix + name if _NAME.fullmatch(name) else name

    def learn_local(self, body: Mapping[str, Any]) -> None:
        """Take the beginning of the requests' ARNs from the description of a table."""
        described = body.get("Table") or body.get("TableDescription") or {}
        arn = str(described.get("TableArn", ""))
        if arn:
            self.local_arn_start = arn[: arn.rfind("/") + 1]

    def of_endpoint(self, body: Any) -> Any:
        """Return an answer with the names of the requests."""
        text = json.dumps(body)
        if self.arn_start:
            text = text.replace(self.arn_start, self.local_arn_start)
        return json.loads(text.replace(self.prefix, ""))

    def request(self, operation: str, body: Any) -> Any:
        """Return a request with the names at the endpoint."""
        if not isinstance(body, Mapping):
            return body
        changed: dict[str, Any] = {}
        for name, value in body.items():
            if name in _NAMED and isinstance(value, str):
                changed[name] = self.at_endpoint(value)
            elif name == "Statement" and isinstance(value, str):
                changed[name] = _IN_STATEMENT.sub(rf"\g<1>{self.prefix}\2", value)
            elif name == "ClientRequestToken" and isinstance(value, str) and 0 < len(value) < 28:
                changed[name] = value + self._salt
            elif name == "RequestItems" and isinstance(value, Mapping):
                changed[name] = {self.at_endpoint(table): part for table, part in value.items()}
            elif name == "TransactItems" and isinstance(value, list):
                changed[name] = [self._action(action) for action in value]
            elif name in ("Statements", "TransactStatements") and isinstance(value, list):
                changed[name] = [self.request(operation, statement) for statement in value]
            else:
                changed[name] = value
        return changed

    def _action(self, action: Any) -> Any:
        if not isinstance(action, Mapping):
            return action
        return {kind: self.request(kind, part) for kind, part in action.items()}

    def answer(self, body: Any) -> Any:
        """Return an answer with the names of the requests, and without ids and times."""
        text = _PLACE.sub(" at <place>", json.dumps(self.of_endpoint(body)))
        return _normalised(json.loads(text))


def _normalised(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _normalised(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_normalised(element) for element in value]
    if name in _IDS:
        return "<id>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if _TIMES.search(name):
            return "<time>"
        if name in _STATISTICS:
            return "<statistic>"
    return value
