"""Tables of a running server: of ddbmock, DynamoDB Local or AWS.

botocore signs requests with the credentials that it finds. If it finds none, requests to servers
other than AWS get placeholders.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from ddbmock.archive.errors import ArchiveError
from ddbmock.errors import (
    DynamoDBError,
    ResourceNotFoundException,
    SerializationException,
    ValidationException,
)
from ddbmock.values.item import Item

ATTEMPTS: Final = 8
"""The number of attempts at most if the server is busy or cannot be reached."""
FIRST_PAUSE: Final = 0.1
"""The longest pause before the second attempt, in seconds; it doubles before each further one."""
BATCH: Final = 25
"""The number of requests in one BatchWriteItem."""
BUSY: Final = frozenset(
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}
)
TYPES: Final[dict[str, type[DynamoDBError]]] = {
    kind.__name__: kind
    for kind in (ResourceNotFoundException, SerializationException, ValidationException)
}
"""Errors that callers tell apart; all others are a DynamoDBError."""


class Remote:
    """A server, by its address; `region` is that of its tables."""

    def __init__(self, url: str, region: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url: Final = url
        self._region = region
        self._sleep = sleep
        self._http = URLLib3Session(timeout=60)
        credentials = Session().get_credentials()
        if credentials is None:
            if "amazonaws.com" in url:
                raise ArchiveError("There are no AWS credentials in the environment or a profile.")
            credentials = Credentials("ddbmock", "ddbmock")
        self._credentials = credentials

    def perform(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of an operation; a BatchWriteItem can have any number of requests.

        :raises DynamoDBError: the server returns an error; it has that class if it is in TYPES.
        :raises ArchiveError: the server cannot be reached.
        """
        if operation != "BatchWriteItem":
            return self._sent(operation, body)
        for name, requests in body["RequestItems"].items():
            for start in range(0, len(requests), BATCH):
                self._write(name, requests[start : start + BATCH])
        return {}

    def _write(self, name: str, requests: Sequence[Any]) -> None:
        """Send a batch, and send unprocessed requests again."""
        left = list(requests)
        for attempt in range(ATTEMPTS):
            answer = self._sent("BatchWriteItem", {"RequestItems": {name: left}})
            left = answer.get("UnprocessedItems", {}).get(name, [])
            if not left:
                return
            self._pause(attempt)
        raise ArchiveError(f"{len(left)} items of table {name} stay unprocessed at {self.url}.")

    def _sent(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            request = AWSRequest(
                "POST",
                self.url,
                {
                    "Content-Type": "application/x-amz-json-1.0",
                    "X-Amz-Target": f"DynamoDB_20120810.{operation}",
                },
                orjson.dumps(body),
            )
            SigV4Auth(self._credentials, "dynamodb", self._region).add_auth(request)
            try:
                answer = self._http.send(request.prepare())
            except (BotoCoreError, HTTPClientError) as error:
                raise ArchiveError(f"{self.url} cannot be reached: {error}") from error
            if answer.status_code == 200:
                output: dict[str, Any] = orjson.loads(answer.content or b"{}")
                return output
            failure, kind = _error(answer.content, f"{self.url} answered {answer.status_code}")
            busy = answer.status_code >= 500 or kind in BUSY
            if not busy or attempt == ATTEMPTS - 1:
                raise failure
            self._pause(attempt)
        raise AssertionError("the loop ends by itself")

    def _pause(self, attempt: int) -> None:
        self._sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))

    def tables(self, names: Sequence[str]) -> list[RemoteTable]:
        """Return all tables, or those of some names.

        :raises ArchiveError: a table does not exist, or the server has none.
        """
        listed: list[str] = list(names)
        start: str | None = None
        while not names:
            answer = self.perform("ListTables", {"ExclusiveStartTableName": start} if start else {})
            listed += answer["TableNames"]
            start = answer.get("LastEvaluatedTableName")
            if start is None:
                break
        if not listed:
            raise ArchiveError(f"There are no tables in {self._region} at {self.url}.")
        return [RemoteTable(self, name) for name in listed]


class RemoteTable:
    """A table of a server. Writes during the reading may or may not be seen."""

    def __init__(self, remote: Remote, name: str) -> None:
        self.name: Final = name
        self._remote = remote
        try:
            self._table = remote.perform("DescribeTable", {"TableName": name})["Table"]
        except ResourceNotFoundException:
            raise ArchiveError(f"Table {name} does not exist at {remote.url}.") from None

    @property
    def count(self) -> int:
        """The number of items that the server reports."""
        return int(self._table.get("ItemCount", 0))

    @property
    def size(self) -> int:
        """The size of all items that the server reports, in bytes."""
        return int(self._table.get("TableSizeBytes", 0))

    @property
    def description(self) -> dict[str, Any]:
        """The answers of DescribeTable, DescribeTimeToLive and ListTagsOfResource as JSON."""
        raw: dict[str, Any] = {"Table": self._table}
        for operation, request, member in (
            ("DescribeTimeToLive", {"TableName": self.name}, "TimeToLiveDescription"),
            ("ListTagsOfResource", {"ResourceArn": self._table.get("TableArn", "")}, "Tags"),
        ):
            try:
                found = self._remote.perform(operation, request).get(member)
            except DynamoDBError:
                continue  # Some servers lack these operations.
            if found and found != {"TimeToLiveStatus": "DISABLED"}:
                raw[member] = found
        return raw

    def items(self) -> Iterator[Item]:
        """Yield all items of a consistent scan, one page at a time."""
        start = None
        while True:
            request: dict[str, Any] = {"TableName": self.name, "ConsistentRead": True}
            if start is not None:
                request["ExclusiveStartKey"] = start
            page = self._remote.perform("Scan", request)
            yield from map(Item.of_json, page["Items"])
            start = page.get("LastEvaluatedKey")
            if start is None:
                return


def _error(body: bytes, otherwise: str) -> tuple[DynamoDBError, str]:
    """Return the error in the body of an answer, and the name of its type."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = {}
    kind = str(answer.get("__type", "")).rpartition("#")[2]
    message = answer.get("message") or answer.get("Message") or kind or otherwise
    return TYPES.get(kind, DynamoDBError)(message), kind
