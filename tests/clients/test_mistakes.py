"""The commonest mistakes of DynamoDB's users, and the notes that they get.

The note is the whole help beside DynamoDB's own message: what is wrong with the value given, what is
allowed, what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import ddbmock
from tests.clients import mistakes_in_expressions, mistakes_in_requests, mistakes_in_values
from tests.clients.mistakes import At, seeded

MISTAKES = (
    *mistakes_in_values.MISTAKES,
    *mistakes_in_expressions.MISTAKES,
    *mistakes_in_requests.MISTAKES,
)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[At]:
    with pytest.MonkeyPatch.context() as environment, ddbmock.mock() as db:
        environment.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield seeded(db)


@pytest.mark.parametrize(
    ("mistake", "note"), [pytest.param(*rest, id=name) for name, *rest in MISTAKES]
)
def test_a_mistake_gets_a_note(at: At, mistake: Callable[[At], object], note: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        mistake(at)
    assert getattr(caught.value, "__notes__", None) == [f"ddbmock: {note}"]


def test_what_no_hint_explains_has_none(at: At) -> None:
    with pytest.raises(AttributeError) as caught:
        at.client.quite_another_thing()
    assert not hasattr(caught.value, "__notes__")


def test_a_handler_of_ones_own_may_raise_as_it_likes(at: At) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")

    def fail(**_: Any) -> None:
        raise ValueError("of mine")

    client.meta.events.register("before-parameter-build.dynamodb.Scan", fail)
    with pytest.raises(ValueError, match="of mine") as caught:
        client.scan(TableName="orders")
    assert not hasattr(caught.value, "__notes__")
