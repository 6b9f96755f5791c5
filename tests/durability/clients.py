"""A plain client of a server that may go away at any moment."""

from __future__ import annotations

import http.client
from typing import Any

import orjson

from tests.behaviour.doors import SIGNED


class Lost(Exception):
    """There was no answer: what was asked may have been done, or not."""


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, body: Any, hint: str | None) -> None:
        super().__init__(f"{status} {body} ({hint})")
        self.status = status
        self.type: str = body["__type"].partition("#")[2]
        self.body = body
        self.hint = hint


class Client:
    """One connection; nothing is tried again."""

    def __init__(self, port: int, timeout: float = 60, api: str = "DynamoDB_20120810") -> None:
        self._api = api
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def __call__(self, operation: str, **body: Any) -> Any:
        headers = {**SIGNED, "x-amz-target": f"{self._api}.{operation}"}
        try:
            self._connection.request("POST", "/", orjson.dumps(body), headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Lost from error
        answer = orjson.loads(content or b"{}")
        if response.status != 200:
            raise Refused(response.status, answer, response.headers.get("x-ddbmock-hint"))
        return answer

    def close(self) -> None:
        self._connection.close()


def all_of(client: Client, operation: str, **body: Any) -> list[Any]:
    """The items of all pages of a Scan or Query."""
    items: list[Any] = []
    while True:
        page = client(operation, **body)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        body["ExclusiveStartKey"] = page["LastEvaluatedKey"]
