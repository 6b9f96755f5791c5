"""Whatever a request says: the answer is never our own fault, and an error changes nothing.

Requests are made from the declared members of each operation of both versions, so that many get
past the first checks, and then spoilt here and there.
"""

from __future__ import annotations

import copy
import re
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError, InternalFailure
from ddbmock.operations.api import Target
from ddbmock.service.apis import APIS
from ddbmock.service.json import encode, error_body
from ddbmock.service.router import Router
from ddbmock.shapes.attribute_value import AttributeValueKind
from ddbmock.shapes.constraints import Enum
from ddbmock.shapes.kinds import BlobKind, BooleanKind, Kind, ListKind, MapKind, NumberKind
from ddbmock.shapes.structure import ConstrainedKind, Structure, StructureKind
from ddbmock.storage.memory import MemoryStorage

REQUESTS_PER_EXAMPLE = 8

NAMES: Final = ("p", "c", "x", "y", "a", "b", "m", "l", "s", "#a", ":a", "size", "", "é", "a" * 300)
NUMBERS: Final = (
    "1",
    "1.0",
    "0",
    "-5",
    "1e3",
    "1e125",
    "9e125",
    "1e-130",
    "1e126",
    "x",
    "",
    "1" * 39,
)
TEXTS: Final = ("", "a", "b", "there", "é", "\0", "a\0b", "\U0001f600", "x" * 1100, "x" * 2100)
BLOBS: Final = ("", "YQ==", "AA==", "YWI=", "a", "====", "/w==")
CONDITIONS: Final = (
    "x = :a AND begins_with(y, :b)",
    "attribute_exists(a)",
    "attribute_not_exists(#a)",
    "a = :a OR NOT contains(s, :b)",
    "a BETWEEN :a AND :b",
    "size(a) > :a AND #a IN (:a, :b)",
    "a = :a " + "AND a = :a " * 320,
    "(" * 400,
    "p.q = :a",
)
EXPRESSIONS: Final = {
    "UpdateExpression": (
        "SET a = :a",
        "SET #a = if_not_exists(#a, :a) + :b",
        "SET l[0] = :a, m.k = :b REMOVE b",
        "REMOVE l[1], m.k",
        "ADD a :a",
        "DELETE s :a",
        "SET x = :a, y = :b",
        "SET p = :a",
        "SET a = ",
    ),
    "KeyConditionExpression": (
        "p = :k",
        "p = :k AND c > :b",
        "x = :k",
        "p = :k AND y BETWEEN :a AND :b",
        *CONDITIONS,
    ),
    "ProjectionExpression": ("a, b, m.k, l[0]", "#a, p.q", "a" * 5000, "m" + "[0]" * 40),
    "ConditionExpression": CONDITIONS,
    "FilterExpression": CONDITIONS,
}
STATEMENTS: Final = (
    "SELECT * FROM {table} WHERE p = ?",
    "SELECT a, m.k, l[0] FROM {table} WHERE p = 'a' AND c > ? AND contains(s, 'x')",
    "SELECT * FROM {table}.gsi WHERE x = ? OR x IN ['a', ?]",
    "SELECT * FROM {table}.lsi WHERE p IN ['a', 'b'] AND y BETWEEN ? AND ? ORDER BY p DESC",
    "SELECT p FROM {table} WHERE size(a) > ? OR NOT a IS MISSING OR (a = 1) = ?",
    "INSERT INTO {table} VALUE {{'p': ?, 'c': 1, 's': <<'a', 'b'>>, 'm': {{'k': [1, NULL]}}}}",
    "UPDATE {table} SET a = a + ?, l = list_append(l, ?) REMOVE b WHERE p = 'a' AND c = 1",
    "UPDATE {table} SET s = set_add(s, ?) WHERE p = ? RETURNING MODIFIED NEW *",
    "DELETE FROM {table} WHERE p = ? AND c = 2 AND a <> ? RETURNING ALL OLD *",
    "EXISTS(SELECT * FROM {table} WHERE p = ? AND a = ?)",
    "SELECT * FROM {table} WHERE p = 'a' AND",
    "SLECT",
)
LEGACY: Final = frozenset(
    {
        "AttributeUpdates", "AttributesToGet", "ConditionalOperator", "Expected", "KeyConditions",
        "QueryFilter", "ScanFilter",
    }
)  # fmt: skip
WORDS: Final = (
    "one", "two", "three", "nowhere", "lsi", "gsi", "token",
    "arn:aws:dynamodb:us-east-1:123456789012:table/one",
)  # fmt: skip


class Maker:
    """Makes requests from one seed, of which a fair part is right."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.table = self.random.choice(("one", "two"))

    def likely(self) -> bool:
        return self.random.random() < 0.9

    def structure(self, structure: type[Structure]) -> dict[str, Any]:
        body = {}
        for member in structure.members():
            if member.required or self.random.random() < 0.25:
                words = [w for c in member.constraints if isinstance(c, Enum) for w in c.words]
                body[member.name] = self.member(member.name, member.kind, words)
        if self.likely():
            self.mend(structure, body)
        if "Statement" in body and self.likely():
            body["Parameters"] = [
                self.reference(self.random.choice((":k", ":a")))
                for _ in range(body["Statement"].count("?"))
            ]
        if body.get("Parameters") == []:
            del body["Parameters"]
        return body

    def mend(self, structure: type[Structure], body: dict[str, Any]) -> None:
        """Make expressions, their references and the older parameters go together."""
        names = {member.name for member in structure.members()}
        if "KeyConditionExpression" in names and self.likely():
            body["KeyConditionExpression"] = self.random.choice(
                EXPRESSIONS["KeyConditionExpression"]
            )
        texts = [body[name] for name in EXPRESSIONS if name in body]
        found = set(re.findall(r"[#:][a-z]", " ".join(texts)))
        for member, sigil in (("Names", "#"), ("Values", ":")):
            references = {ref for ref in found if ref[0] == sigil}
            body.pop(f"ExpressionAttribute{member}", None)
            if references:
                body[f"ExpressionAttribute{member}"] = {
                    ref: self.reference(ref) for ref in references
                }
        if texts:
            for name in LEGACY:
                body.pop(name, None)
        elif len(body.get("Expected", ())) < 2:
            body.pop("ConditionalOperator", None)

    def reference(self, ref: str) -> Any:
        if ref[0] == "#":
            return self.random.choice(NAMES)
        return {"S": "a"} if ref == ":k" else self.attribute_value(2)

    def member(self, name: str, kind: Kind, words: list[str]) -> Any:
        pick = self.random.choice
        if words and self.likely():
            return pick(words)
        if name in EXPRESSIONS:
            return pick(EXPRESSIONS[name])
        if name == "Statement":
            return pick(STATEMENTS).format(table=self.table)
        if name == "TableName":
            return self.table if self.likely() else pick(WORDS)
        if name in ("IndexName", "ClientRequestToken", "ExclusiveStartTableName", "ResourceArn"):
            return pick(WORDS)
        return self.value(kind)

    def value(self, kind: Kind) -> Any:
        pick, few = self.random.choice, self.random.randint(0, 3)
        match kind:
            case StructureKind():
                return self.structure(kind.structure)
            case ConstrainedKind():
                return self.value(kind.kind)
            case AttributeValueKind():
                return self.attribute_value(3)
            case ListKind():
                return [self.value(kind.element) for _ in range(few)]
            case MapKind(element=AttributeValueKind()):
                return self.item()
            case MapKind():
                if kind.element.java.endswith(("KeysAndAttributes", "WriteRequest>")):
                    name = self.table if self.likely() else pick(WORDS)
                    return {name: self.value(kind.element)}
                return {pick(NAMES): self.value(kind.element) for _ in range(few)}
            case BooleanKind():
                return pick((True, False))
            case NumberKind():
                return pick((1, 2, 5, 100, 0, 10**6, -1, 2**40))
            case BlobKind():
                return pick(BLOBS)
            case _:
                return pick((*NAMES, *WORDS))

    def item(self) -> dict[str, Any]:
        """A key, an item that has one, or anything."""
        pick = self.random.choice
        item: dict[str, Any] = {"p": {"S": pick("abcd")}}
        if (self.table == "two") == self.likely():
            item["c"] = {"N": pick(("1", "2", "3.0"))}
        if self.random.random() < 0.3:
            item |= {pick(NAMES): self.attribute_value(3) for _ in range(self.random.randint(0, 3))}
        return item

    def attribute_value(self, depth: int) -> dict[str, Any]:
        pick, few = self.random.choice, self.random.randint(0, 3)
        tags = ("S", "S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")
        match pick(tags if depth else tags[:10]):
            case "S":
                return {"S": pick(TEXTS)}
            case "N":
                return {"N": pick(NUMBERS)}
            case "B":
                return {"B": pick(BLOBS)}
            case "BOOL" | "NULL" as tag:
                return {tag: pick((True, True, False))}
            case "SS":
                return {"SS": [pick(TEXTS) for _ in range(few)]}
            case "NS":
                return {"NS": [pick(NUMBERS) for _ in range(few)]}
            case "BS":
                return {"BS": [pick(BLOBS) for _ in range(few)]}
            case "L":
                return {"L": [self.attribute_value(depth - 1) for _ in range(few)]}
            case _:
                return {"M": {pick(NAMES): self.attribute_value(depth - 1) for _ in range(few)}}

    def spoilt(self, body: Any) -> Any:
        """The JSON with something else in one place."""
        pick = self.random.choice
        if isinstance(body, dict) and body and self.random.random() < 0.85:
            body = dict(body)
            name = pick(list(body))
            body[name] = self.spoilt(body[name])
            return body
        if isinstance(body, list) and body and self.random.random() < 0.85:
            place = self.random.randrange(len(body))
            return [*body[:place], self.spoilt(body[place]), *body[place + 1 :]]
        deep: Any = {"S": "x"}
        for _ in range(200):
            deep = {"L": [deep]}
        return pick(
            (None, True, 0, -1.5, 10**30, "", "x" * 70_000, [], {}, [None], {"": None}, deep)
        )


TEMPLATE: Final = MemoryStorage()
"""What all requests meet: forks of it are free."""


def _fill() -> None:
    router = Router(DynamoDB(TEMPLATE, clock=ManualClock(1_790_000_000.0)))
    keys = [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "c", "KeyType": "RANGE"}]
    types = [{"AttributeName": n, "AttributeType": t} for n, t in zip("pcxy", "SNSN", strict=True)]
    everything = {"ProjectionType": "ALL"}
    for name, definition in (
        ("one", {"AttributeDefinitions": types[:1], "KeySchema": keys[:1]}),
        (
            "two",
            {
                "AttributeDefinitions": types,
                "KeySchema": keys,
                "LocalSecondaryIndexes": [
                    {
                        "IndexName": "lsi",
                        "KeySchema": [keys[0], {"AttributeName": "y", "KeyType": "RANGE"}],
                        "Projection": everything,
                    }
                ],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "gsi",
                        "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                        "Projection": everything,
                    }
                ],
            },
        ),
    ):
        create = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **definition}
        router.perform(router.target("DynamoDB_20120810.CreateTable"), create)
    item = {
        "a": {"N": "5"}, "s": {"SS": ["a", "b"]}, "l": {"L": [{"N": "1"}, {"N": "2"}]},
        "m": {"M": {"k": {"S": "v"}}}, "x": {"S": "x"}, "y": {"N": "1"},
    }  # fmt: skip
    for letter in "abc":
        put = {"TableName": "one", "Item": {"p": {"S": letter}, **item}}
        router.perform(router.target("DynamoDB_20120810.PutItem"), put)
        for number in "12":
            put = {"TableName": "two", "Item": {"p": {"S": letter}, "c": {"N": number}, **item}}
            router.perform(router.target("DynamoDB_20120810.PutItem"), put)


_fill()


def answered(router: Router, target: Target, body: dict[str, Any]) -> DynamoDBError | None:
    """The error that a request is answered, if it is one; either answer can be put into JSON."""
    try:
        output = router.perform(target, body)
    except DynamoDBError as error:
        encode(error_body(error, target.api.error_namespace))
        return error
    encode(output)
    return None


def is_the_services_own(error: DynamoDBError) -> bool:
    """Whether DynamoDB, too, answers a 500: it does to an UpdateTable with an empty change."""
    return isinstance(error, InternalFailure) and "DynamoDB also answers 500" in str(error.hint)


EVERY = {
    f"{api.name}.{name}": Target(api, name, operation)
    for api in APIS
    for name, operation in api.operations.items()
}


@pytest.mark.parametrize("name", sorted(EVERY))
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_no_request_breaks_an_operation(name: str, seed: int) -> None:
    target = EVERY[name]
    maker = Maker(seed)
    for _ in range(REQUESTS_PER_EXAMPLE):
        storage = TEMPLATE.fork()
        router = Router(DynamoDB(storage, clock=ManualClock(1_790_000_000.0)))
        body = maker.structure(target.operation.input)
        if maker.random.random() < 0.3:
            body = maker.spoilt(body)
        if not isinstance(body, dict):
            continue
        before, copied = storage.snapshot(), copy.deepcopy(body)
        error = answered(router, target, body)
        assert body == copied
        if error is not None:
            assert error.status == 400 or is_the_services_own(error)
            assert error.hint or error.message is None
            assert storage.snapshot() is before
