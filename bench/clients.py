"""Contenders inside the process: boto3 on ddbmock (direct and wire), on moto, and on canned answers.

The canned ones are the floors: what botocore costs when the answer is there at once.
``python -m bench.clients CONTENDER`` is a worker.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.worker import serve
from bench.workloads import WORKLOADS, as_json, setup


def snake(operation: str) -> str:
    """The client's method for an operation."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


class Contender:
    """A boto3 client whose requests somebody answers."""

    def __init__(self) -> None:
        self.stack = contextlib.ExitStack()
        self.n = 0
        self.client = self.open()

    def open(self) -> Any:
        raise NotImplementedError

    def prepare(self, large: bool) -> bool:
        """Make the tables."""
        for operation, parameters in setup(large=large):
            self.call(operation, parameters)
        return True

    def call(self, operation: str, parameters: dict[str, Any]) -> Any:
        return getattr(self.client, snake(operation))(**parameters)

    def run(self, workload: str, count: int) -> float:
        """Seconds of the processor for one repetition: what other programs do does not count."""
        requests = [WORKLOADS[workload].requests(self.n + i) for i in range(count)]
        self.n += count
        calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
            (getattr(self.client, snake(operation)), parameters)
            for repetition in requests
            for operation, parameters in repetition
        ]
        start = time.process_time()
        for method, parameters in calls:
            method(**parameters)
        return (time.process_time() - start) / count


def new_client() -> Any:
    import boto3

    return boto3.client("dynamodb", region_name="us-east-1")


class Direct(Contender):
    """ddbmock, answering Python values."""

    def open(self) -> Any:
        import ddbmock

        self.stack.enter_context(ddbmock.mock())
        return new_client()


class Wire(Contender):
    """ddbmock, answering HTTP's bytes inside the process."""

    def open(self) -> Any:
        import ddbmock

        self.stack.enter_context(ddbmock.mock(path="wire"))
        return new_client()


class Moto(Contender):
    """moto, in its own in-process way."""

    def open(self) -> Any:
        import moto

        self.stack.enter_context(moto.mock_aws())
        return new_client()


class CannedSend(Contender):
    """Canned bytes at before-send: botocore with an instant network."""

    def open(self) -> Any:
        self.canned: dict[str, Any] = {}
        self.engine = engine()
        client = new_client()
        client.meta.events.register("before-send.dynamodb.*", self.answer)
        return client

    def answer(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        if operation not in self.canned:
            self.canned[operation] = self.engine(operation, request.body)
        status, headers, body = self.canned[operation]
        return AWSResponse(request.url, status, headers, _Raw(body))

    def run(self, workload: str, count: int) -> float:
        self.canned.clear()
        for operation, parameters in WORKLOADS[workload].requests(self.n):
            self.call(operation, parameters)
        self.n += 1
        return super().run(workload, count)


class CannedCall(CannedSend):
    """Canned bytes, parsed into fresh objects, at before-call: the floor of the direct path."""

    def open(self) -> Any:
        self.canned = {}
        self.engine = engine()
        client = new_client()
        client.meta.events.register("before-call.dynamodb.*", self.answer_parsed)
        return client

    def answer_parsed(self, model: Any, params: dict[str, Any], **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        if model.name not in self.canned:
            self.canned[model.name] = self.engine(model.name, params["body"])
        status, headers, body = self.canned[model.name]
        parsed = json.loads(body)
        parsed["ResponseMetadata"] = {"HTTPStatusCode": status, "HTTPHeaders": dict(headers)}
        return AWSResponse("", status, headers, None), parsed


class _Raw:
    """The body of an answer, as urllib3 would stream it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: Any) -> Any:
        yield self.body


def engine() -> Callable[[str, bytes], tuple[int, dict[str, str], bytes]]:
    """ddbmock's own answers, to be canned."""
    from ddbmock.database import DynamoDB
    from ddbmock.service.http import WireRequest, handle
    from ddbmock.service.router import Router
    from ddbmock.settings import Settings
    from ddbmock.storage.memory import MemoryStorage

    router = Router(DynamoDB(MemoryStorage(), Settings(authentication="none")))

    def answer(operation: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        response = handle(router, WireRequest("POST", "/", "", headers, body))
        return response.status, dict(response.headers), response.body

    # The tables are there before the first request is canned.
    for operation, parameters in setup(large=True):
        answer(operation, json.dumps(parameters, default=as_json).encode())
    return answer


CONTENDERS = {
    "direct": Direct,
    "wire": Wire,
    "moto": Moto,
    "floor": CannedSend,
    "floor before-call": CannedCall,
}

if __name__ == "__main__":
    serve(CONTENDERS[sys.argv[1]]())
