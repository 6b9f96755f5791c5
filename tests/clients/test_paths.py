"""Every recorded vector has one answer, whichever way a botocore client gets it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from tests.behaviour.boto3_doors import BOTO3_DOORS, synchronous
from tests.behaviour.doors import Refused, Send, router
from tests.golden.test_vectors import VECTORS, Vector, prepared, router_over

API = "20120810"
DatabaseTransport = Callable[[DynamoDB], AbstractContextManager[Send]]


def answer(vector: Vector, door: DatabaseTransport) -> Any:
    before = prepared(vector)
    dynamodb = router_over(before.storage.fork(), vector.get("settings"), before.now).dynamodb
    with door(dynamodb) as send:
        try:
            return send(f"DynamoDB_{API}.{vector['operation']}", before.named(vector["request"]))
        except Refused as refused:
            return refused.status, refused.body["__type"].partition("#")[2], refused.message


def vectors() -> dict[str, list[Vector]]:
    """The vectors by their file."""
    found: dict[str, list[Vector]] = {}
    for parameters in VECTORS:
        vector: Any = parameters.values[0]
        if vector.get("api", API) != API:
            continue  # botocore does not speak it
        found.setdefault(str(parameters.id).rpartition("-")[0], []).append(vector)
    return found


def covers(shape: Any, value: Any) -> bool:
    """Whether a shape of the installed botocore, which may be an older one, has all of a value."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return all(
            name in shape.members and covers(shape.members[name], one)
            for name, one in value.items()
        )
    if shape.type_name == "list" and isinstance(value, list):
        return all(covers(shape.member, one) for one in value)
    if shape.type_name == "map" and isinstance(value, dict):
        return all(covers(shape.value, one) for one in value.values())
    return True


@pytest.mark.parametrize("door", BOTO3_DOORS)
@pytest.mark.parametrize("file", vectors())
def test_a_client_gets_the_same_as_from_the_router(file: str, door: str) -> None:
    model = synchronous("dynamodb").client.meta.service_model
    for vector in vectors()[file]:
        if vector["operation"] not in model.operation_names:
            continue
        expected = answer(vector, router)
        shape = model.operation_model(vector["operation"]).output_shape
        if isinstance(expected, dict) and expected and not (shape and covers(shape, expected)):
            continue
        assert answer(vector, BOTO3_DOORS[door]) == expected, vector
