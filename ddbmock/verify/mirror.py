"""A mirror: an endpoint answers the requests to a database, and the database's answers are
compared."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ddbmock import errors
from ddbmock.database import Call
from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Output
from ddbmock.service.apis import DYNAMODB_20120810
from ddbmock.service.json import encode
from ddbmock.service.router import SILENT, Router
from ddbmock.verify.endpoint import ATTEMPTS, Answer, Endpoint, VerifyError
from ddbmock.verify.naming import Naming, new_prefix
from ddbmock.verify.tables import Tables

if TYPE_CHECKING:
    from ddbmock.service.grouped_writes import GroupedWrite

_STATES: Final = frozenset({"TableStatus", "IndexStatus", "Status"})
"""Members that change with time."""
MAX_WRITES: Final = 25
"""The most writes in a BatchWriteItem."""
_OF_INDEX: Final = ("IndexName", "KeySchema", "Projection")


class Mirror:
    """A mirror of one database."""

    def __init__(self, router: Router, endpoint: Endpoint) -> None:
        self._router = router
        # The reads of the copy are not requests of the test.
        self._reader: Final = Router(router.dynamodb, log=SILENT)
        self._naming = Naming(new_prefix())
        self._tokens: dict[str, str] = {}
        """The database's tokens of next pages, by the endpoint's."""
        self.tables = Tables(endpoint, self._naming)
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
        self._naming.learn_local({"Table": description})
        rejected = self.tables.prepare([("CreateTable", creation(description))]).rejected
        if rejected:
            raise VerifyError(rejected[name])
        start: dict[str, Any] = {}
        while True:
            page = self._local("Scan", {"TableName": name, **start}, region)
            writes = [{"PutRequest": {"Item": item}} for item in page["Items"]]
            for first in range(0, len(writes), MAX_WRITES):
                self._write(name, writes[first : first + MAX_WRITES])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _write(self, name: str, writes: list[dict[str, Any]]) -> None:
        """Write a batch of items at the endpoint.

        :raises VerifyError: the endpoint rejects it, or leaves all of them unprocessed each time.
        """
        waiting = writes
        attempts = 0
        while waiting:
            answer = self.tables.perform("BatchWriteItem", {"RequestItems": {name: waiting}})
            if answer.status != 200:
                raise VerifyError(
                    f"The items of table {name} cannot be copied: {answer.type}: {answer.message}"
                )
            left = self._naming.of_endpoint(answer.body).get("UnprocessedItems", {}).get(name, [])
            attempts = attempts + 1 if len(left) == len(waiting) else 0
            if attempts == ATTEMPTS:
                raise VerifyError(
                    f"The items of table {name} cannot be copied: {len(left)} stay unprocessed."
                )
            if attempts:
                time.sleep(0.2 * 2**attempts)
            waiting = left

    def _local(self, operation: str, body: Any, region: str) -> dict[str, Any]:
        target = DYNAMODB_20120810.target(operation)
        assert target is not None
        output: dict[str, Any] = json.loads(
            encode(self._reader.perform(target, body, region=region))
        )
        return output

    @contextmanager
    def answering(self, region: str) -> Iterator[None]:
        """Answer requests to the database by the endpoint while the block lasts.

        The database's tables of a region are created at the endpoint first, with their items; all
        tables are deleted there at the end. The database performs each request as well.

        :raises VerifyError: the endpoint rejects a table or its items.
        """
        router = self._router
        finish, trouble = router.finish, router.trouble

        def relayed(
            target: Target,
            body: Mapping[str, Any],
            call: Call,
            request_id: str = "",
            write: GroupedWrite | None = None,
        ) -> Output:
            if target.api is not DYNAMODB_20120810:
                return finish(target, body, call, request_id, write)
            try:
                output = finish(target, self._with_local_token(body), call, request_id, write)
            except DynamoDBError as error:
                here = _answer(error)
            else:
                here = Answer(200, json.loads(encode(output)))
            there = self._relay(target.name, body, here)
            if there.status != 200:
                raise _error(there)
            return dict(there.body)

        try:
            self._copy(region)
            router.finish = relayed  # type: ignore[method-assign]
            router.trouble = ByWire()
            yield
        finally:
            router.finish = finish  # type: ignore[method-assign]
            router.trouble = trouble
            self.tables.delete_all()

    def _with_local_token(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        token = body.get("NextToken")
        return {**body, "NextToken": self._tokens[token]} if token in self._tokens else body

    def _relay(self, operation: str, body: Mapping[str, Any], here: Answer) -> Answer:
        """Return the endpoint's answer; note the first one that differs."""
        request = json.loads(json.dumps(body, default=str))
        self._naming.learn_local(here.body)
        there = self.tables.perform(operation, request)
        if there.status == 200 and operation in ("CreateTable", "UpdateTable"):
            self.tables.wait(str(request["TableName"]))
        if operation == "ListTables":
            return self._own_tables(there)  # The endpoint also has other tables.
        if "NextToken" in here.body and "NextToken" in there.body:
            self._tokens[there.body["NextToken"]] = here.body["NextToken"]
        self.compared += 1
        if self.difference is None:
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
        return Answer(there.status, self._naming.of_endpoint(there.body))

    def _own_tables(self, answer: Answer) -> Answer:
        prefix = self._naming.prefix
        names = [name for name in answer.body.get("TableNames", []) if name.startswith(prefix)]
        return Answer(answer.status, self._naming.of_endpoint({**answer.body, "TableNames": names}))


class ByWire:
    """Fault injection without faults, which makes clients parse bytes: those of the endpoint."""

    def may_refuse(self, target: Target, body: Mapping[str, Any]) -> bool:
        return True

    def perform(
        self,
        target: Target,
        body: Mapping[str, Any],
        call: Call,
        perform: Callable[[Mapping[str, Any], Call], Output],
    ) -> Output:
        return perform(body, call)


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
            definition = {name: index[name] for name in _OF_INDEX}
            if member == "GlobalSecondaryIndexes" and provisioned == "PROVISIONED":
                definition["ProvisionedThroughput"] = _units(index)
            indexes.append(definition)
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
    return Answer(error.status, {**body, **json.loads(encode(dict(error.members)))})


def _error(answer: Answer) -> DynamoDBError:
    """Return the exception of an error answer."""
    known = getattr(errors, answer.type, DynamoDBError)
    kind: type[DynamoDBError] = type(
        answer.type or "UnknownError", (known,), {"status": answer.status}
    )
    return kind(answer.message, members=answer.members)


def _comparable(answer: Answer, naming: Naming) -> Any:
    """Return the part of an answer that must be equal."""
    if answer.status != 200:
        message = naming.answer(answer.message)
        return {"type": answer.type, "message": message, **naming.answer(answer.members)}
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
