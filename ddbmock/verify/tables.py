"""Tables at the endpoint: created for a setup, restored after each write, deleted at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.verify.endpoint import Answer, Endpoint, NotPermittedError, VerifyError
from ddbmock.verify.naming import Naming, is_of_verification
from ddbmock.verify.vectors import Setup

PATIENCE: Final = 300.0
"""Seconds to wait for a table to become ACTIVE or to be gone."""
PAUSE: Final = 0.2
"""Seconds between the first two checks of a table; later ones are further apart."""
BUSY: Final = frozenset({"LimitExceededException", "ThrottlingException"})
"""Errors of CreateTable while other tables are made."""
DENIED: Final = "AccessDeniedException"


class Prepared(NamedTuple):
    """The tables that a setup has created."""

    items: Mapping[str, list[Mapping[str, Any]]]
    """The items of each table."""
    rejected: Mapping[str, str]
    """Tables that the endpoint has rejected, and why."""

    def missing(self, request: Any) -> str | None:
        """Return the reason why a table of a request does not exist; None if all exist."""
        text = json.dumps(request)
        return next((why for name, why in self.rejected.items() if name in text), None)


class Tables:
    """The tables of one verification."""

    def __init__(
        self,
        endpoint: Endpoint,
        naming: Naming,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._naming = naming
        self._sleep = sleep
        self._now = now
        self.created: dict[str, None] = {}
        """Names at the endpoint of the tables that may exist there."""
        self.left: dict[str, str] = {}
        """Tables that could not be deleted, and why."""

    def check_permissions(self) -> None:
        """Check the necessary permissions before anything is created.

        :raises NotPermittedError: tables could not be described, or not be deleted again.
        """
        absent = self._naming.at_endpoint("absent")
        for operation in ("DescribeTable", "DeleteTable"):
            answer = self._endpoint.send(operation, {"TableName": absent})
            if answer.type == DENIED:
                raise NotPermittedError(
                    f"The credentials lack the permission dynamodb:{operation}, without which the "
                    "tables could not be deleted at the end; nothing was created."
                )

    def perform(self, operation: str, request: Any) -> Answer:
        """Send a request with the names at the endpoint; note the table that it creates."""
        there = self._naming.request(operation, request)
        if operation == "CreateTable" and isinstance(there, Mapping):
            name = there.get("TableName")
            if isinstance(name, str) and name.startswith(self._naming.prefix):
                self.created[name] = None
        return self._endpoint.send(operation, there)

    def prepare(self, setup: Setup) -> Prepared:
        """Perform a setup.

        :raises VerifyError: the endpoint rejects a request of it that names no table.
        :raises NotPermittedError: the credentials may not create tables.
        """
        rejected: dict[str, str] = {}
        for operation, request in setup:
            name = request.get("TableName")
            if name in rejected:
                continue
            answer = self._perform_in_time(operation, request)
            if answer.status != 200:
                why = f"{operation} of a setup was rejected: {answer.type}: {answer.message}"
                if answer.type == DENIED and operation == "CreateTable":
                    raise NotPermittedError(
                        "The credentials lack the permission dynamodb:CreateTable."
                    )
                if name is None:
                    raise VerifyError(why)
                rejected[name] = why
            elif operation in ("CreateTable", "UpdateTable"):
                self.wait(str(name))
        names = [str(request["TableName"]) for kind, request in setup if kind == "CreateTable"]
        items = {name: self._items(name) for name in names if name not in rejected}
        return Prepared(items, rejected)

    def _perform_in_time(self, operation: str, request: Any) -> Answer:
        """Send a request of a setup, and retry while the service creates too many other tables."""
        ended = self._now() + PATIENCE
        while True:
            answer = self.perform(operation, request)
            if answer.type not in BUSY or self._now() > ended:
                return answer
            self._sleep(5.0)

    def wait(self, name: str) -> None:
        """Wait until a table and its indexes are ACTIVE.

        :raises VerifyError: they do not become so.
        """
        ended = self._now() + PATIENCE
        pause = PAUSE
        while True:
            table = self.perform("DescribeTable", {"TableName": name}).body.get("Table", {})
            indexes = table.get("GlobalSecondaryIndexes", [])
            states = [table.get("TableStatus"), *(index.get("IndexStatus") for index in indexes)]
            if all(state in ("ACTIVE", None) for state in states) and states[0]:
                arn = str(table.get("TableArn", ""))
                self._naming.arn_start = arn[: arn.rfind("/") + 1]
                return
            if self._now() > ended:
                raise VerifyError(f"Table {name} did not become ACTIVE.")
            self._sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def restore(self, prepared: Prepared) -> None:
        """Restore the items of tables."""
        for name, items in prepared.items.items():
            keys = self._key_names(name)
            found = {_key(item, keys): item for item in self._items(name)}
            expected = {_key(item, keys): item for item in items}
            for key, item in found.items():
                if key not in expected:
                    members = {member: item[member] for member in keys}
                    self.perform("DeleteItem", {"TableName": name, "Key": members})
            for key, item in expected.items():
                if found.get(key) != item:
                    self.perform("PutItem", {"TableName": name, "Item": item})

    def _key_names(self, name: str) -> list[str]:
        table = self.perform("DescribeTable", {"TableName": name}).body["Table"]
        return [str(element["AttributeName"]) for element in table["KeySchema"]]

    def _items(self, name: str) -> list[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = []
        request: dict[str, Any] = {"TableName": name, "ConsistentRead": True}
        while True:
            body = self.perform("Scan", request).body
            items += body.get("Items", [])
            if "LastEvaluatedKey" not in body:
                return items
            request["ExclusiveStartKey"] = body["LastEvaluatedKey"]

    def delete_all(self) -> None:
        """Delete every table of the verification; what cannot be deleted is noted in :attr:`left`."""
        for name in list(self.created):
            self._delete(name)

    def _delete(self, name: str) -> None:
        ended = self._now() + PATIENCE
        pause = PAUSE
        while True:
            answer = self._endpoint.send("DeleteTable", {"TableName": name})
            if answer.status == 200 or answer.type == "ResourceNotFoundException":
                self.created.pop(name, None)
                self.left.pop(name, None)
                return
            if answer.type == "ValidationException":
                self._endpoint.send(
                    "UpdateTable", {"TableName": name, "DeletionProtectionEnabled": False}
                )
            elif answer.type not in {"ResourceInUseException", *BUSY}:
                self.left[name] = f"{answer.type}: {answer.message}"
                return
            if self._now() > ended:
                self.left[name] = "it is still in use"
                return
            self._sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def leftovers(self) -> list[str]:
        """Return the names of tables that other verifications have left behind.

        There are none if the tables may not be listed.
        """
        names: list[str] = []
        request: dict[str, Any] = {}
        while True:
            body = self._endpoint.send("ListTables", request).body
            names += filter(is_of_verification, body.get("TableNames", []))
            if "LastEvaluatedTableName" not in body:
                return [name for name in names if name not in self.created]
            request = {"ExclusiveStartTableName": body["LastEvaluatedTableName"]}


def _key(item: Mapping[str, Any], names: Sequence[str]) -> str:
    return repr([item.get(name) for name in names])
