"""The doors of botocore's clients. Their requests are the test's own bytes, right or wrong."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import ClientError

from ddbmock.clients.botocore_events import EventBinding
from ddbmock.clients.client_options import OPTIONS
from ddbmock.clients.transport import DatabaseTransport, Path
from ddbmock.database import DynamoDB
from ddbmock.service import http
from ddbmock.service.router import Router
from tests.behaviour.doors import Refused, Send

UNCHECKED: dict[str, Any] = {"parameter_validation": False, "retries": {"max_attempts": 0}}


class Door(NamedTuple):
    """A client, and how its calls are brought to an end."""

    client: Any
    finish: Callable[[Any], Any]


Make = Callable[[str], Door]
"""Makes the client of a service: ``dynamodb`` or ``dynamodbstreams``."""


@lru_cache(maxsize=2)
def synchronous(service: str) -> Door:
    session = boto3.session.Session()
    client = session.client(service, config=Config(**UNCHECKED), **OPTIONS)
    return Door(client, lambda answer: answer)


@lru_cache(maxsize=2)
def asynchronous(service: str) -> Door:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    loop = asyncio.new_event_loop()
    context = get_session().create_client(service, config=AioConfig(**UNCHECKED), **OPTIONS)
    return Door(loop.run_until_complete(context.__aenter__()), loop.run_until_complete)


@contextmanager
def boto3_direct(dynamodb: DynamoDB) -> Iterator[Send]:
    """boto3, answered with Python values."""
    with sending(synchronous, dynamodb, "direct") as send:
        yield send


@contextmanager
def boto3_wire(dynamodb: DynamoDB) -> Iterator[Send]:
    """boto3, answered with bytes that it parses."""
    with sending(synchronous, dynamodb, "wire") as send:
        yield send


@contextmanager
def aiobotocore(dynamodb: DynamoDB) -> Iterator[Send]:
    """aiobotocore, answered with Python values."""
    with sending(asynchronous, dynamodb, "direct") as send:
        yield send


@contextmanager
def aiobotocore_wire(dynamodb: DynamoDB) -> Iterator[Send]:
    """aiobotocore, answered with bytes that it awaits and parses."""
    with sending(asynchronous, dynamodb, "wire") as send:
        yield send


@contextmanager
def sending(make: Make, dynamodb: DynamoDB, path: Path) -> Iterator[Send]:
    """Send through clients that are bound to a database while the block lasts."""
    content = b""
    doors: dict[str, Door] = {}
    router = Router(dynamodb)

    def put_body(params: dict[str, Any], **_: Any) -> None:
        params["body"] = content

    with ExitStack() as bound:

        def door_of(target: str) -> Door:
            service = "dynamodbstreams" if target.startswith("DynamoDBStreams_") else "dynamodb"
            if service not in doors:
                doors[service] = make(service)
                bound.enter_context(
                    _bound(doors[service].client, put_body, DatabaseTransport(router, path))
                )
            return doors[service]

        def send(target: str, body: Any) -> dict[str, Any]:
            nonlocal content
            content = orjson.dumps(body)
            client, finish = door_of(target)
            try:
                # the endpoint's rules are asked about tables
                tables = target.endswith(("BatchGetItem", "BatchWriteItem"))
                parameters: Any = {"RequestItems": {}} if tables else {}
                answer = finish(client._make_api_call(target.partition(".")[2], parameters))
            except ClientError as error:
                raise refused(error) from error
            del answer["ResponseMetadata"]
            json = as_json(answer)
            assert isinstance(json, dict)
            return json

        yield send


@contextmanager
def _bound(client: Any, put_body: Callable[..., None], door: DatabaseTransport) -> Iterator[None]:
    client.meta.events.register("before-call", put_body)
    binding = EventBinding(client, door)
    try:
        yield
    finally:
        binding.release(client)
        client.meta.events.unregister("before-call", put_body)


def refused(error: ClientError) -> Refused:
    """An error answer, out of what botocore has made of it."""
    response: dict[str, Any] = dict(error.response)
    metadata = response.pop("ResponseMetadata")
    code, message = (response["Error"][name] for name in ("Code", "Message"))
    members = {
        name: value
        for name, value in response.items()
        if name not in ("Error", "message", "Message")
    }
    body = {"__type": f"#{code}"} | ({"message": message} if message else {}) | as_json(members)
    return Refused(metadata["HTTPStatusCode"], body, metadata["HTTPHeaders"].get(http.HINT_HEADER))


def as_json(value: Any) -> Any:
    """Python values as the JSON they came from."""
    match value:
        case dict():
            return {name: as_json(member) for name, member in value.items()}
        case list():
            return [as_json(member) for member in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case _:
            return value


BOTO3_DOORS = {
    "boto3-direct": boto3_direct,
    "boto3-wire": boto3_wire,
}
"""Of the API version that botocore speaks."""

if find_spec("aiobotocore"):  # which does not admit the newest botocore
    BOTO3_DOORS |= {"aiobotocore": aiobotocore, "aiobotocore-wire": aiobotocore_wire}
