"""Our serializer against botocore's own: the same requests, the same complaints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

botocore_session = pytest.importorskip("botocore.session")

from botocore.exceptions import ParamValidationError  # noqa: E402 (not without botocore)

from ddbmock.clients.fast_serializer import LARGE, PlainSerializer  # noqa: E402


class Counting:
    """botocore's serializer, with its calls counted."""

    def __init__(self, serializer: Any) -> None:
        self.serializer = serializer
        self.calls = 0

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> Any:
        self.calls += 1
        return self.serializer.serialize_to_request(parameters, operation_model)


CLIENT = botocore_session.get_session().create_client(
    "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s"
)
MODEL = CLIENT.meta.service_model

PUT: dict[str, Any] = {"TableName": "things", "Item": {"id": {"S": "a"}}}


@pytest.fixture
def original() -> Counting:
    return Counting(CLIENT._serializer)


@pytest.fixture
def plain(original: Counting) -> PlainSerializer:
    """A serializer that has seen a call of PutItem already."""
    serializer = PlainSerializer(original)
    serializer.serialize_to_request(PUT, MODEL.operation_model("PutItem"))
    original.calls = 0
    return serializer


def request(serializer: Any, operation: str, parameters: Any) -> Any:
    """The request with its body parsed, or the text of the complaint."""
    try:
        serialized = dict(
            serializer.serialize_to_request(parameters, MODEL.operation_model(operation))
        )
    except ParamValidationError as error:
        return str(error)
    except (TypeError, ValueError, AttributeError) as error:  # what botocore stumbles over
        return type(error)
    serialized["body"] = json.loads(serialized["body"])
    return serialized


PLAIN: dict[str, dict[str, Any]] = {
    "every type": {
        "Item": {
            "id": {"S": "é\N{GRINNING FACE}"},
            "n": {"N": "1"},
            "b": {"B": b"\x00\xff"},
            "a": {"B": bytearray(b"abc")},
            "yes": {"BOOL": True},
            "null": {"NULL": True},
            "texts": {"SS": ["a", "b"]},
            "numbers": {"NS": ("1", "2")},
            "binaries": {"BS": [b"a", b"b"]},
            "list": {"L": [{"M": {"deep": {"L": []}}}, {"B": b"x"}]},
        }
    },
    "what the service refuses": {"Item": {}, "ReturnValues": "NOBODY_KNOWS"},
    "several types in a value": {"Item": {"id": {"S": "a", "N": "1"}}},
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_parameters_never_reach_botocore(
    plain: PlainSerializer, original: Counting, name: str
) -> None:
    parameters = PUT | PLAIN[name]
    serialized = request(plain, "PutItem", parameters)
    assert original.calls == 0
    assert serialized == request(CLIENT._serializer, "PutItem", parameters)


class Text(str):
    """A string that is more than one."""


NOT_PLAIN: dict[str, Any] = {
    "no parameters": {},
    "no dict": [],
    "a missing member": {"TableName": "things"},
    "an unknown member": PUT | {"Itme": {}},
    "a name too short": PUT | {"TableName": ""},
    "a name that is none": PUT | {"TableName": None},
    "a subclass": PUT | {"TableName": Text("things")},
    "text as binary": PUT | {"Item": {"b": {"B": "abc"}}},
    "a number as number": PUT | {"Item": {"n": {"N": 1}}},
    "a number as text": PUT | {"Item": {"n": {"S": 1}}},
    "a word as boolean": PUT | {"Item": {"n": {"BOOL": "true"}}},
    "a set": PUT | {"Item": {"n": {"SS": {"a"}}}},
    "an unknown type": PUT | {"Item": {"n": {"X": "a"}}},
    "no value": PUT | {"Item": {"n": "a"}},
    "wrong in the depth": PUT | {"Item": {"l": {"L": [{"M": {"n": {"NS": ["1", 2]}}}]}}},
    "a key that is none": PUT | {"Item": {1: {"S": "a"}}},
    "half a character": PUT | {"Item": {"id": {"S": "\ud800"}}},
    "a large one": PUT | {"Item": {"id": {"S": "x" * LARGE}}},
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_all_else_is_botocores_affair(
    plain: PlainSerializer, original: Counting, name: str
) -> None:
    parameters = NOT_PLAIN[name]
    serialized = request(plain, "PutItem", parameters)
    assert original.calls == 1
    assert serialized == request(CLIENT._serializer, "PutItem", parameters)


def test_requests_share_nothing_that_a_handler_may_change(plain: PlainSerializer) -> None:
    model = MODEL.operation_model("PutItem")
    first = plain.serialize_to_request(PUT, model)
    before = dict(first["headers"])
    first["headers"]["X-Mine"] = "1"
    first["url"] = "http://localhost"
    second = plain.serialize_to_request(PUT, model)
    assert second["headers"] == before
    assert "url" not in second


def test_the_first_request_of_an_operation_is_its_own(original: Counting) -> None:
    plain = PlainSerializer(original)
    model = MODEL.operation_model("GetItem")
    first = plain.serialize_to_request({"TableName": "things", "Key": {}}, model)
    first["headers"]["X-Mine"] = "1"
    second = plain.serialize_to_request({"TableName": "others", "Key": {}}, model)
    assert "X-Mine" not in second["headers"]
    assert json.loads(second["body"])["TableName"] == "others"


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3)
)


def values(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape; some of them wrong."""
    return st.one_of(_right(shape, depth), _right(shape, depth), _right(shape, depth), ANYTHING)


def _later(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    """Values of a shape inside another, which may be of the same."""
    return st.deferred(lambda: values(shape, depth + 1))


def _right(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    if shape.type_name == "structure":
        members = {name: _later(member, depth) for name, member in shape.members.items()}
        required = {name: members.pop(name) for name in shape.metadata.get("required", ())}
        return st.just({}) if depth > 5 else st.fixed_dictionaries(required, optional=members)
    if shape.type_name == "list":
        lists = st.lists(_later(shape.member, depth), max_size=3)
        return lists | lists.map(tuple)
    if shape.type_name == "map":
        member = _later(shape.value, depth)
        return st.dictionaries(st.text(max_size=3), member, max_size=3)
    return {
        "string": st.text(max_size=3),
        "boolean": st.booleans(),
        "blob": st.binary(max_size=3) | st.text(max_size=3) | st.binary(max_size=3).map(bytearray),
    }.get(shape.type_name, st.integers())


@given(st.data())
def test_every_request_is_as_botocore_makes_it(data: st.DataObject) -> None:
    operation = data.draw(
        st.sampled_from(("PutItem", "Query", "UpdateTable", "TransactWriteItems"))
    )
    serializer = PlainSerializer(CLIENT._serializer)
    shape = MODEL.operation_model(operation).input_shape
    for _ in range(3):
        parameters = data.draw(values(shape))
        expected = request(CLIENT._serializer, operation, parameters)
        assert request(serializer, operation, parameters) == expected
