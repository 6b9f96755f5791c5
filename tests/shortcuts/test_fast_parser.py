"""What is parsed by functions made from a client's model is what botocore's parser gives."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.model import ShapeResolver
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from ddbmock.clients.fast_parser import parsed, parser_of

MODEL = boto3.client("dynamodb", region_name="us-east-1").meta.service_model
STREAMS = boto3.client("dynamodbstreams", region_name="us-east-1").meta.service_model
OUTPUTS = {
    f"{model.service_name}.{name}": model.operation_model(name).output_shape
    for model in (MODEL, STREAMS)
    for name in model.operation_names
    if model.operation_model(name).output_shape is not None
}
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=3),
    "boolean": st.booleans(),
    "integer": st.integers(-9, 9),
    "long": st.integers(-9, 9),
    "double": st.floats(0, 9),
    "float": st.floats(0, 9),
    "timestamp": st.floats(0, 2e9),
    "blob": st.sampled_from(["", "YQ==", "YWJj"]),
}


def answers(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """JSON of a shape, with members that the model does not know, and null."""
    if shape.type_name in SCALARS:
        return SCALARS[shape.type_name]
    if shape.type_name == "list":
        return st.lists(answers(shape.member, depth + 1), max_size=0 if depth > 4 else 2)
    if shape.type_name == "map":
        size = 0 if depth > 4 else 2
        return st.dictionaries(st.text(max_size=2), answers(shape.value, depth + 1), max_size=size)
    members = {
        name: st.none() | answers(member, depth + 1)
        for name, member in shape.members.items()
        if depth < 4 or member.type_name in SCALARS
    }
    return st.fixed_dictionaries({}, optional={**members, "Unknown": st.just({"S": "x"})})


SEVERAL = (
    "dynamodb.DescribeTable", "dynamodb.ListTables", "dynamodb.BatchWriteItem",
    "dynamodb.ListTagsOfResource", "dynamodbstreams.GetRecords",
)  # fmt: skip
"""Operations whose outputs have all kinds of shapes."""


@pytest.mark.parametrize("name", OUTPUTS)
def test_all_outputs_are_parsed_without_botocores_parser(name: str) -> None:
    assert parser_of(OUTPUTS[name]) is not None


@pytest.mark.parametrize("name", SEVERAL)
@settings(max_examples=20)
@given(data=st.data())
def test_answers_are_parsed_as_botocore_parses_them(name: str, data: st.DataObject) -> None:
    shape = OUTPUTS[name]
    parse = parser_of(shape)
    assert parse is not None
    answer = data.draw(answers(shape))
    body = json.dumps(answer).encode()
    theirs = create_parser("json").parse({"headers": {}, "status_code": 200, "body": body}, shape)
    del theirs["ResponseMetadata"]
    assert parse(json.loads(body)) == theirs


def test_a_shape_inside_that_only_botocore_can_parse_is_left_to_it() -> None:
    shapes = {
        "Outer": {
            "type": "structure",
            "members": {"In": {"shape": "Inner"}, "Name": {"shape": "S"}},
        },
        "Inner": {"type": "structure", "members": {"Free": {"shape": "Document"}}},
        "Document": {"type": "structure", "members": {}, "document": True},
        "S": {"type": "string"},
    }
    shape = ShapeResolver(shapes).get_shape_by_name("Outer")
    bodies = [b'{"Name": "x"}', b'{"In": {"Free": {"a": 1}}, "Name": "x"}', b'{"Name": "x"}']
    answered = [parsed(shape, partial(json.loads, body)) for body in bodies]
    assert answered == [{"Name": "x"}, None, None]
