"""A mirror: sends each request to a database to an endpoint as well, and compares the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Output
from ddbmock.service.apis import DYNAMODB_20120810
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.verify.endpoint import Answer, Endpoint
from ddbmock.verify.naming import Naming, new_prefix
from ddbmock.verify.tables import Tables

_STATES: Final = frozenset({"TableStatus", "IndexStatus", "Status"})
"""Members that change with time."""
_OF_INDEX: Final = ("IndexName", "KeySchema", "Projection")


class Mirror:
    """Compares the answers of a database and an endpoint to the same requests."""

    def __init__(self, router: Router, endpoint: Endpoint) -> None:
        self._router = router
        self._naming = Naming(new_prefix())
        self.tables = Tables(endpoint, self._naming)
        self.region = endpoint.region
        self.difference: str | None = None
        """The first answer that differs, with the request, as text."""
        self.compared = 0

    def _copy(self, region: str) -> None:
        last: dict[str, Any] = {}
        while True:
            listed = self._local("ListTables", last, region)
            for name in listed["TableNames"]:
                self._copy_table(name, region)
            if "LastEvaluatedTableName" not in listed:
                return
            last = {"ExclusiveStartTableName": listed["LastEvaluatedTableName"]}

    def _copy_table(self, name: str, region: str) -> None:
        description = self._local("DescribeTable", {"TableName": name}, region)["Table"]
        self.tables.prepare([("CreateTable", creation(description))])
        start: dict[str, Any] = {}
        while True:
            page = self._local("Scan", {"TableName": name, **start}, region)
            for item in page["Items"]:
                self.tables.perform("PutItem", {"TableName": name, "Item": item})
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _local(self, operation: str, body: Any, region: str) -> dict[str, Any]:
        target = DYNAMODB_20120810.target(operation)
        assert target is not None
        output: dict[str, Any] = json.loads(
            encode(self._router.perform(target, body, region=region))
        )
        return output

    @contextmanager
    def watching(self, region: str) -> Iterator[None]:
        """Mirror the requests to the database while the block lasts.

        The database's tables of a region are created at the endpoint first, with their items; all
        tables are deleted there at the end.

        :raises VerifyError: the endpoint rejects a table.
        """
        perform = self._router.perform

        def mirrored(target: Target, body: Mapping[str, Any], **circumstances: Any) -> Output:
            if target.api is not DYNAMODB_20120810 or self.difference is not None:
                return perform(target, body, **circumstances)
            try:
                output = perform(target, body, **circumstances)
            except DynamoDBError as error:
                self._compare(target.name, body, _answer(error))
                raise
            self._compare(target.name, body, Answer(200, json.loads(encode(output))))
            return output

        try:
            self._copy(region)
            self._router.perform = mirrored  # type: ignore[method-assign]
            yield
        finally:
            self._router.perform = perform  # type: ignore[method-assign]
            self.tables.delete_all()

    def _compare(self, operation: str, body: Mapping[str, Any], here: Answer) -> None:
        request = json.loads(json.dumps(body, default=str))
        there = self.tables.perform(operation, request)
        if operation == "CreateTable" and there.status == 200:
            self.tables.wait(str(request["TableName"]))
        self.compared += 1
        if operation == "ListTables":
            return  # the endpoint has tables of others, too
        ours = _comparable(here, self._naming)
        theirs = _comparable(there, self._naming)
        if ours != theirs:
            self.difference = "\n".join(
                (
                    f"{operation} {json.dumps(request, ensure_ascii=False)}",
                    f"  ddbmock: {_shown(here.status, ours)}",
                    f"  there:   {_shown(there.status, theirs)}",
                )
            )


def creation(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CreateTable request that makes a table like the described one."""
    provisioned = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    request: dict[str, Any] = {
        "TableName": description["TableName"],
        "AttributeDefinitions": description["AttributeDefinitions"],
        "KeySchema": description["KeySchema"],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if provisioned == "PROVISIONED":
        request["BillingMode"] = "PROVISIONED"
        request["ProvisionedThroughput"] = _units(description)
    for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        indexes = []
        for index in description.get(member, []):
            made = {name: index[name] for name in _OF_INDEX}
            if member == "GlobalSecondaryIndexes" and provisioned == "PROVISIONED":
                made["ProvisionedThroughput"] = _units(index)
            indexes.append(made)
        if indexes:
            request[member] = indexes
    if "StreamSpecification" in description:
        request["StreamSpecification"] = description["StreamSpecification"]
    return request


def _units(description: Mapping[str, Any]) -> dict[str, Any]:
    units = description["ProvisionedThroughput"]
    return {name: units[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _answer(error: DynamoDBError) -> Answer:
    body = {"__type": f"#{type(error).__name__}", "message": error.message}
    return Answer(error.status, body)


def _comparable(answer: Answer, naming: Naming) -> Any:
    """Return what two answers must have in common."""
    if answer.status != 200:
        message = naming.answer(answer.message)
        return {"type": answer.type, "message": message}
    return _without_states(naming.answer(answer.body))


def _without_states(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: "<state>" if name in _STATES else _without_states(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_without_states(part) for part in value]
    return value


def _shown(status: int, comparable: Any) -> str:
    text = json.dumps(comparable, ensure_ascii=False)
    return f"{status} {text if len(text) <= 1500 else text[:1497] + '...'}"
