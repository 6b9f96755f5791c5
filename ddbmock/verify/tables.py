"""Tables at the endpoint: created as a setup says, set back after each write, deleted at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ddbmock.verify.endpoint import Answer, Endpoint, VerifyError
from ddbmock.verify.naming import Naming

PATIENCE: Final = 300.0
"""Seconds to wait for a table to become ACTIVE or to be gone."""
PAUSE: Final = 0.2
"""Seconds between two looks at a table, at first; later ones wait longer."""

Setup = Sequence[tuple[str, Mapping[str, Any]]]


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

    def perform(self, operation: str, request: Any) -> Answer:
        """Send a request with the names at the endpoint; note the table that it creates."""
        there = self._naming.request(operation, request)
        if operation == "CreateTable" and isinstance(there, Mapping):
            name = there.get("TableName")
            if isinstance(name, str) and name.startswith(self._naming.prefix):
                self.created[name] = None
        return self._endpoint.send(operation, there)

    def prepare(self, setup: Setup) -> list[tuple[str, list[Mapping[str, Any]]]]:
        """Perform a setup; return each table it creates, with its items.

        :raises VerifyError: the endpoint rejects a request of it.
        """
        for operation, request in setup:
            answer = self.perform(operation, request)
            if answer.status != 200:
                raise VerifyError(
                    f"{operation} of a setup was rejected: {answer.type}: {answer.message}"
                )
            if operation in ("CreateTable", "UpdateTable"):
                self.wait(str(request["TableName"]))
        names = [str(request["TableName"]) for kind, request in setup if kind == "CreateTable"]
        return [(name, self._items(name)) for name in names]

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

    def restore(self, tables: Sequence[tuple[str, list[Mapping[str, Any]]]]) -> None:
        """Give tables the items back that they had."""
        for name, items in tables:
            keys = self._key_names(name)
            found = {_key(item, keys): item for item in self._items(name)}
            wanted = {_key(item, keys): item for item in items}
            for key, item in found.items():
                if key not in wanted:
                    members = {member: item[member] for member in keys}
                    self.perform("DeleteItem", {"TableName": name, "Key": members})
            for key, item in wanted.items():
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
            elif answer.type != "ResourceInUseException":
                self.left[name] = f"{answer.type}: {answer.message}"
                return
            if self._now() > ended:
                self.left[name] = "it is still in use"
                return
            self._sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def leftovers(self, family: str) -> list[str]:
        """Return the names of tables that other verifications have left behind."""
        names: list[str] = []
        request: dict[str, Any] = {}
        while True:
            body = self._endpoint.send("ListTables", request).body
            names += [name for name in body.get("TableNames", []) if name.startswith(family)]
            if "LastEvaluatedTableName" not in body:
                return [name for name in names if name not in self.created]
            request = {"ExclusiveStartTableName": body["LastEvaluatedTableName"]}


def _key(item: Mapping[str, Any], names: Sequence[str]) -> str:
    return repr([item.get(name) for name in names])
