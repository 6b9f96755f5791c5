"""Our inputs against the service's own model, as the installed botocore has it.

A newer botocore that knows more members, other bounds or other operations fails here, and so
shows what is missing. What is different on purpose stands in :data:`DIFFERENT`, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.errors import UnknownOperationException
from ddbmock.operations import streams, v20120810
from ddbmock.operations.operation import Operation
from ddbmock.operations.v20120810 import NOT_SERVED
from ddbmock.service.router import Router
from ddbmock.shapes.attribute_value import AttributeValueKind
from ddbmock.shapes.constraints import Constraint, Enum, Length, Pattern, Range, TableNameOrArn
from ddbmock.shapes.kinds import Kind, ListKind, MapKind, ScalarKind
from ddbmock.shapes.structure import ConstrainedKind, Structure, StructureKind
from ddbmock.storage.memory import MemoryStorage
from tests.model_names import model, names_of

MODEL: Mapping[str, Any] = model("dynamodb")
STREAMS_MODEL: Mapping[str, Any] = model("dynamodbstreams")
OPERATIONS: Mapping[str, Operation] = {**v20120810.OPERATIONS, **streams.OPERATIONS}

Shapes = Mapping[str, Mapping[str, Any]]

MODELLED = [
    name
    for name in OPERATIONS
    if name in MODEL["operations"] or name in STREAMS_MODEL["operations"]
]
"""The operations that this botocore knows."""

Facts = dict[str, str]
"""What is demanded at each path: ``Item.*`` are a map's values, ``Keys[]`` a list's elements."""


def input_of(operation: str) -> tuple[Mapping[str, Any], Shapes]:
    """The shape of an operation's input in the model, and all shapes."""
    of_service = STREAMS_MODEL if operation in streams.OPERATIONS else MODEL
    shapes: Shapes = of_service["shapes"]
    return shapes[of_service["operations"][operation]["input"]["shape"]], shapes


def of_model(shape: Mapping[str, Any], path: str, shapes: Shapes) -> Iterator[tuple[str, str]]:
    """The facts of a shape of the model."""
    yield path, _model_facts(shape)
    if shape["type"] == "structure":
        if "N" in shape["members"] and "BS" in shape["members"]:
            return
        for name, member in shape["members"].items():
            required = " required" if name in shape.get("required", ()) else ""
            for at, facts in of_model(shapes[member["shape"]], f"{path}.{name}", shapes):
                yield at, facts + (required if at == f"{path}.{name}" else "")
    elif shape["type"] == "list":
        yield from of_model(shapes[shape["member"]["shape"]], f"{path}[]", shapes)
    elif shape["type"] == "map":
        yield from of_model(shapes[shape["value"]["shape"]], f"{path}.*", shapes)


def _model_facts(shape: Mapping[str, Any]) -> str:
    facts = [shape["type"]]
    if "N" in shape.get("members", ()) and "BS" in shape["members"]:
        facts = ["AttributeValue"]
    for bound in ("min", "max"):
        if bound in shape:
            facts.append(f"{bound}={shape[bound]}")
    if "pattern" in shape:
        facts.append(f"pattern={shape['pattern']}")
    if "enum" in shape:
        facts.append(f"enum={','.join(sorted(shape['enum']))}")
    return " ".join(facts)


def of_structure(structure: type[Structure], path: str) -> Iterator[tuple[str, str]]:
    """The facts of one of our structures."""
    yield path, "structure"
    for member in structure.members():
        at = f"{path}.{member.name}"
        facts = list(of_kind(member.kind, at, member.constraints))
        yield at, facts[0][1] + (" required" if member.required else "")
        yield from facts[1:]


def of_kind(
    kind: Kind, path: str, constraints: tuple[Constraint, ...] | Any = ()
) -> Iterator[tuple[str, str]]:
    match kind:
        case ConstrainedKind(kind=inner, constraints=own):
            yield from of_kind(inner, path, own)
        case StructureKind(structure=structure):
            yield from of_structure(structure, path)
        case AttributeValueKind():
            yield path, "AttributeValue"
        case ListKind(element=element):
            yield path, " ".join(("list", *_printed(constraints)))
            yield from of_kind(element, f"{path}[]")
        case MapKind(element=element):
            yield path, " ".join(("map", *_printed(constraints)))
            yield from of_kind(element, f"{path}.*")
        case ScalarKind(name=name):
            word = {"ByteBuffer": "blob", "Date": "timestamp"}.get(name, name.lower())
            yield path, " ".join((word, *_printed(constraints)))
        case _:
            raise AssertionError(f"{kind!r} is of no known kind")


def _printed(constraints: tuple[Constraint, ...]) -> Iterator[str]:
    bounds: dict[str, int] = {}
    words: list[str] = []
    for constraint in constraints:
        match constraint:
            case Length() | Range():
                if constraint.minimum is not None:
                    bounds["min"] = constraint.minimum
                if constraint.maximum is not None:
                    bounds["max"] = constraint.maximum
            case Pattern(pattern=pattern):
                words.append(f"pattern={pattern}")
            case Enum(words=enumerated):
                words.append(f"enum={','.join(sorted(enumerated))}")
            case TableNameOrArn():
                bounds |= {"min": 1, "max": 1024}
    for bound in ("min", "max"):
        if bound in bounds:
            yield f"{bound}={bounds[bound]}"
    yield from words


DIFFERENT: Mapping[str, str] = {
    "CreateTable.AttributeDefinitions": "required unless a global table is joined, which is not served",
    "CreateTable.KeySchema": "required, as above; the service refuses more than two elements",
    "CreateTable.LocalSecondaryIndexes[].KeySchema": "the service refuses more than two elements",
    "CreateTable.VectorIndexes[].Dimensions": "the service refuses 0 with a sentence",
    "UpdateTable.VectorIndexUpdates[].Create.Dimensions": "as above",
    "ImportTable.ClientToken": "SDKs generate it; without one the service refuses the request",
    "ImportTable.TableCreationParameters.KeySchema": "as with CreateTable",
    "ImportTable.TableCreationParameters.VectorIndexes[].Dimensions": "as with CreateTable",
    "RestoreTableFromBackup.VectorIndexOverride[].Dimensions": "as above",
    "RestoreTableToPointInTime.VectorIndexOverride[].Dimensions": "as above",
    "RestoreTableFromBackup.LocalSecondaryIndexOverride[].KeySchema": "as with CreateTable",
    "RestoreTableToPointInTime.LocalSecondaryIndexOverride[].KeySchema": "as with CreateTable",
    "DisableKinesisStreamingDestination.StreamArn": "the service does not check its length",
    "UpdateKinesisStreamingDestination.StreamArn": "as above",
    "ExportTableToPointInTime.TableArn": "an empty one is refused with a sentence",
    "DescribeStream.Limit": "the service refuses more than 100",
    "DescribeStream.ShardFilter.ShardId": "required by the service",
    "DescribeStream.ShardFilter.Type": "required by the service",
    "GetRecords.Limit": "the service refuses more than 1,000",
    "GetShardIterator.SequenceNumber": "the service refuses what is not a number",
    "ListStreams.Limit": "the service refuses more than 100",
    "ListBulkOperations.NextToken": "a token of another form is refused with a sentence",
    "StartBulkPutItems.OutputS3Configuration.OutputType": "assumed: one word at least, two at most",
    "BatchWriteItem.RequestItems.*": "the service tells the bounds of all lists at once, at the map",
}
"""Paths at which we differ from the model on purpose, and why."""

DIFFERENT_EVERYWHERE: Mapping[str, str] = {
    "TableClass": "the service refuses other words with a sentence, not as a constraint",
    "Tags[].Key": "the service refuses a key with a sentence, not as a constraint",
    "Tags[].Value": "the service refuses a value with a sentence, not as a constraint",
    "TagKeys[]": "a key that no tag can have is one that is not there",
    "SSESpecification.KMSMasterKeyId": "the service refuses an empty id",
    "SSESpecificationOverride.KMSMasterKeyId": "as above",
    "ExpressionAttributeNames.*": "told by the expressions, when a name is looked up",
    "AttributesToGet[]": "told by the expressions, when a name is looked up",
}
"""Ends of such paths."""


def differences(operation: str) -> Iterator[str]:
    """Paths of an operation's input at which our facts are not the model's."""
    shape, shapes = input_of(operation)
    theirs = dict(of_model(shape, operation, shapes))
    ours = dict(of_structure(OPERATIONS[operation].input, operation))
    for path in sorted({*theirs, *ours}):
        if theirs.get(path) != ours.get(path):
            yield path


def refused(operation: str, path: str) -> bool:
    """Whether a path is, or is inside of, a member that the operation refuses."""
    member = path.split(".")[1].partition("[")[0]
    return member in OPERATIONS[operation].input.not_served


def end_of(path: str) -> str | None:
    """The entry of :data:`DIFFERENT_EVERYWHERE` that a path ends with."""
    return next((end for end in DIFFERENT_EVERYWHERE if path.endswith(f".{end}")), None)


def test_every_operation_of_the_model_is_served_or_said_not_to_be() -> None:
    # an older botocore has fewer
    named = {*MODEL["operations"], *STREAMS_MODEL["operations"]}
    assert named - {*OPERATIONS, *NOT_SERVED} == set()
    assert {*OPERATIONS} & {*NOT_SERVED} == set()


@pytest.mark.parametrize("operation", MODELLED)
def test_an_input_demands_what_the_model_says(operation: str) -> None:
    unexplained = [
        path
        for path in differences(operation)
        if path not in DIFFERENT and end_of(path) is None and not refused(operation, path)
    ]
    assert unexplained == []


def test_each_difference_still_is_one() -> None:
    paths = {path for operation in MODELLED for path in differences(operation)}
    # an older botocore does not know all operations
    known = {path for path in DIFFERENT if path.partition(".")[0] in MODELLED}
    assert known <= paths
    assert {end_of(path) for path in paths} - {None} == set(DIFFERENT_EVERYWHERE)


@pytest.mark.parametrize("operation", MODELLED)
def test_what_an_input_refuses_is_in_the_model(operation: str) -> None:
    members = input_of(operation)[0]["members"]
    assert set(OPERATIONS[operation].input.not_served) <= set(members)


@pytest.mark.parametrize("operation", NOT_SERVED)
def test_an_operation_that_is_not_served_is_named_in_the_message(operation: str) -> None:
    """The AWS CLI and the JavaScript SDK show nothing else."""
    assert _unknown(f"DynamoDB_20120810.{operation}") == (
        f"{operation} is an operation of DynamoDB that ddbmock does not serve; see Operations in "
        "its documentation.",
        None,
    )


def test_an_operation_that_dynamodb_lacks_has_no_message_and_a_hint() -> None:
    assert _unknown("DynamoDB_20120810.GetItm") == (
        None,
        "There is no operation 'DynamoDB_20120810.GetItm'; did you mean DynamoDB_20120810.GetItem?",
    )


def _unknown(target: str) -> tuple[str | None, str | None]:
    with pytest.raises(UnknownOperationException) as caught:
        Router(DynamoDB(MemoryStorage())).target(target)
    return caught.value.message, caught.value.hint


KNOWN: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("model_names.json").read_text(encoding="utf-8")
)
"""Operations, and members and words of all shapes, of the newest model that was worked through.

After a new name was honoured, or refused aloud, ``python -m tests.model_names`` adds it.
"""


@pytest.mark.parametrize("service", KNOWN)
def test_the_model_has_no_name_that_nobody_has_looked_at(service: str) -> None:
    new = []
    known = KNOWN[service]
    for kind, names in names_of(model(service)).items():
        new += [f"{kind}: {name}" for name in names if name not in known.get(kind, "").split()]
    assert new == [], "neither honoured nor refused"
