"""Requests to a database whose policies are enforced, through a client and through the router."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.errors import (
    AccessDeniedException,
    ResourceNotFoundException,
)
from ddbmock.service.json import encode
from ddbmock.settings import SettingsError

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Scores"
USER = "arn:aws:iam::123456789012:user/ddbmock"


def allow(*actions: str, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if condition:
        statement["Condition"] = {
            operator.replace("__", ":"): keys for operator, keys in condition.items()
        }
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as db:
        call(
            db,
            "CreateTable",
            TableName="Scores",
            AttributeDefinitions=[
                {"AttributeName": "user", "AttributeType": "S"},
                {"AttributeName": "game", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "user", "KeyType": "HASH"},
                {"AttributeName": "game", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-game",
                    "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": "team", "Value": "blue"}],
        )
        yield db


def call(db: ddbmock.Database, operation: str, **body: Any) -> Any:
    access_key = body.pop("access_key", "")
    api = "DynamoDBStreams_20120810" if operation.endswith("Stream") else "DynamoDB_20120810"
    target = db.router.target(f"{api}.{operation}")
    return orjson.loads(encode(db.router.perform(target, body, access_key=access_key)))


def allowed(db: ddbmock.Database, operation: str, **body: Any) -> bool:
    try:
        call(db, operation, **body)
    except AccessDeniedException as error:
        return not error.hint
    return True


def key(user: str, game: str = "g") -> dict[str, Any]:
    return {"user": {"S": user}, "game": {"S": game}}


OWN = {"ForAllValues__StringEquals": {"dynamodb:LeadingKeys": "ann"}}
ITEMS = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "PartiQLSelect",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PartiQLDelete",
]
TENANT = allow(*(f"dynamodb:{one}" for one in ITEMS), resource=[TABLE, f"{TABLE}/*"], **OWN)

OWN_ONLY: list[tuple[str, dict[str, Any], bool]] = [
    ("GetItem", {"TableName": "Scores", "Key": key("ann")}, True),
    ("GetItem", {"TableName": "Scores", "Key": key("bob")}, False),
    ("GetItem", {"TableName": TABLE, "Key": key("ann")}, True),
    ("PutItem", {"TableName": "Scores", "Item": key("ann")}, True),
    ("PutItem", {"TableName": "Scores", "Item": key("bob")}, False),
    ("DeleteItem", {"TableName": "Scores", "Key": key("bob")}, False),
    ("UpdateItem", {"TableName": "Scores", "Key": key("ann")}, True),
    ("UpdateItem", {"TableName": "Scores", "Key": key("bob")}, False),
    *(
        (
            "Query",
            {
                "TableName": "Scores",
                "KeyConditionExpression": condition,
                "ExpressionAttributeNames": {"#u": "user"},
                "ExpressionAttributeValues": {":u": {"S": user}} | more,
            },
            user == "ann",
        )
        for user in ("ann", "bob")
        for condition, more in (
            ("#u = :u", {}),
            (":u = #u", {}),
            ("game = :g AND #u = :u", {":g": {"S": "g"}}),
            ("(#u = :u) AND begins_with(game, :g)", {":g": {"S": "g"}}),
        )
    ),
    (
        "Query",
        {
            "TableName": "Scores",
            "KeyConditions": {
                "user": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "bob"}]}
            },
        },
        False,
    ),
    (
        "Query",
        {
            "TableName": "Scores",
            "IndexName": "by-game",
            "KeyConditionExpression": "game = :g",
            "ExpressionAttributeValues": {":g": {"S": "ann"}},
        },
        True,
    ),
    ("Scan", {"TableName": "Scores"}, True),
    ("BatchGetItem", {"RequestItems": {"Scores": {"Keys": [key("ann"), key("ann", "h")]}}}, True),
    ("BatchGetItem", {"RequestItems": {"Scores": {"Keys": [key("ann"), key("bob")]}}}, False),
    ("BatchWriteItem", {"RequestItems": {"Scores": [{"PutRequest": {"Item": key("ann")}}]}}, True),
    (
        "BatchWriteItem",
        {
            "RequestItems": {
                "Scores": [
                    {"PutRequest": {"Item": key("ann")}},
                    {"DeleteRequest": {"Key": key("bob")}},
                ]
            }
        },
        False,
    ),
    (
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "Scores", "Item": key("ann")}}]},
        True,
    ),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "Scores", "Item": key("ann")}},
                {
                    "ConditionCheck": {
                        "TableName": "Scores",
                        "Key": key("bob"),
                        "ConditionExpression": "attribute_not_exists(game)",
                    }
                },
            ]
        },
        False,
    ),
    (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "Scores", "Key": key("bob")}}]},
        False,
    ),
    ("ExecuteStatement", {"Statement": """SELECT * FROM Scores WHERE "user" = 'ann'"""}, True),
    ("ExecuteStatement", {"Statement": """SELECT * FROM Scores WHERE "user" = 'bob'"""}, False),
    (
        "ExecuteStatement",
        {"Statement": """SELECT * FROM Scores WHERE "user" IN ['ann', 'bob']"""},
        False,
    ),
    (
        "ExecuteStatement",
        {
            "Statement": """SELECT * FROM Scores WHERE "user" = ? OR "user" = ?""",
            "Parameters": [{"S": "ann"}, {"S": "bob"}],
        },
        False,
    ),
    (
        "ExecuteStatement",
        {"Statement": "INSERT INTO Scores VALUE {'user': 'bob', 'game': 'g'}"},
        False,
    ),
    (
        "BatchExecuteStatement",
        {"Statements": [{"Statement": """SELECT * FROM Scores WHERE "user"='bob' AND game='g'"""}]},
        False,
    ),
    ("ListTables", {}, False),
    ("DescribeTable", {"TableName": "Scores"}, False),
]


@pytest.mark.parametrize(("operation", "body", "expected"), OWN_ONLY)
def test_a_tenant_reaches_its_own_items(
    db: ddbmock.Database, operation: str, body: dict[str, Any], expected: bool
) -> None:
    """Source: Developer Guide, "Using IAM policy conditions", Limit to items of a hash key."""
    db.access.identity("", policies=[TENANT])
    assert allowed(db, operation, **body) is expected


NAMES = {"ForAllValues__StringEquals": {"dynamodb:Attributes": ["user", "game", "score"]}}
COLUMNS = allow(
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:BatchGetItem",
    **NAMES,
    StringEqualsIfExists={
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
    },
)


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("GetItem", {"Key": key("a"), "ProjectionExpression": "score"}, True),
        ("GetItem", {"Key": key("a"), "ProjectionExpression": "score.x[0]"}, True),
        ("GetItem", {"Key": key("a"), "ProjectionExpression": "score, secret"}, False),
        ("GetItem", {"Key": key("a"), "AttributesToGet": ["score"]}, True),
        ("GetItem", {"Key": key("a")}, False),
        (
            "GetItem",
            {
                "Key": key("a"),
                "ProjectionExpression": "#s",
                "ExpressionAttributeNames": {"#s": "secret"},
            },
            False,
        ),
        ("PutItem", {"Item": {**key("a"), "score": {"N": "1"}}}, True),
        ("PutItem", {"Item": {**key("a"), "secret": {"N": "1"}}}, False),
        ("PutItem", {"Item": key("a"), "ConditionExpression": "attribute_exists(secret)"}, False),
        ("PutItem", {"Item": key("a"), "ReturnValues": "ALL_OLD"}, False),
        ("UpdateItem", {"Key": key("a"), "UpdateExpression": "REMOVE score"}, True),
        ("UpdateItem", {"Key": key("a"), "UpdateExpression": "REMOVE secret"}, False),
        (
            "UpdateItem",
            {
                "Key": key("a"),
                "UpdateExpression": "REMOVE score",
                "ReturnValues": "ALL_NEW",
            },
            False,
        ),
        (
            "UpdateItem",
            {
                "Key": key("a"),
                "UpdateExpression": "REMOVE score",
                "ReturnValues": "UPDATED_NEW",
            },
            True,
        ),
        ("Scan", {}, False),
        ("Scan", {"Select": "COUNT"}, False),
        ("Scan", {"ProjectionExpression": "score"}, True),
        (
            "Scan",
            {"ProjectionExpression": "score", "FilterExpression": "attribute_exists(secret)"},
            False,
        ),
        ("Scan", {"IndexName": "by-game", "ProjectionExpression": "score"}, True),
        ("Scan", {"IndexName": "by-game"}, False),
    ],
)
def test_a_caller_sees_some_attributes(
    db: ddbmock.Database, operation: str, body: dict[str, Any], expected: bool
) -> None:
    """Source: Developer Guide, "Using IAM policy conditions", Limit to certain attributes."""
    db.access.identity("", policies=[COLUMNS])
    assert allowed(db, operation, TableName="Scores", **body) is expected


@pytest.mark.parametrize(
    ("policy", "operation", "body", "expected"),
    [
        (allow("dynamodb:*", resource=TABLE), "Scan", {"TableName": "Scores"}, True),
        (
            allow("dynamodb:*", resource=TABLE),
            "Scan",
            {"TableName": "Scores", "IndexName": "by-game"},
            False,
        ),
        (
            allow("dynamodb:*", resource=f"{TABLE}/index/*"),
            "Scan",
            {"TableName": "Scores", "IndexName": "by-game"},
            True,
        ),
        (allow("dynamodb:*", resource=TABLE), "ListTables", {}, False),
        (allow("dynamodb:ListTables"), "ListTables", {}, True),
        (allow("dynamodb:Describe*"), "DescribeTable", {"TableName": "Scores"}, True),
        (allow("dynamodb:Describe*"), "DescribeLimits", {}, True),
        (allow("dynamodb:ListTagsOfResource"), "ListTagsOfResource", {"ResourceArn": TABLE}, True),
        (
            allow("dynamodb:ListTagsOfResource", resource=f"{TABLE}2"),
            "ListTagsOfResource",
            {"ResourceArn": TABLE},
            False,
        ),
        (
            allow("dynamodb:Scan", StringEquals={"aws:ResourceTag/team": "blue"}),
            "Scan",
            {"TableName": "Scores"},
            True,
        ),
        (
            allow("dynamodb:Scan", StringEquals={"aws:ResourceTag/team": "red"}),
            "Scan",
            {"TableName": "Scores"},
            False,
        ),
        (
            allow("dynamodb:TagResource", StringEquals={"aws:RequestTag/cost": "1"}),
            "TagResource",
            {"ResourceArn": TABLE, "Tags": [{"Key": "cost", "Value": "2"}]},
            False,
        ),
        (
            allow("dynamodb:Scan", StringEquals={"aws:RequestedRegion": "eu-west-1"}),
            "Scan",
            {"TableName": "Scores"},
            False,
        ),
        (
            allow("dynamodb:PutItem", StringEquals={"dynamodb:EnclosingOperation": "x"}),
            "PutItem",
            {"TableName": "Scores", "Item": key("a")},
            False,
        ),
        (
            allow(
                "dynamodb:PutItem",
                StringEquals={"dynamodb:EnclosingOperation": "TransactWriteItems"},
            ),
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "Scores", "Item": key("a")}}]},
            True,
        ),
        (
            allow("dynamodb:PartiQLSelect", Bool={"dynamodb:FullTableScan": "false"}),
            "ExecuteStatement",
            {"Statement": "SELECT * FROM Scores"},
            False,
        ),
        (
            allow("dynamodb:PartiQLSelect", Bool={"dynamodb:FullTableScan": "false"}),
            "ExecuteStatement",
            {"Statement": """SELECT * FROM Scores WHERE "user" = 'a'"""},
            True,
        ),
        (
            allow("dynamodb:PartiQLDelete"),
            "ExecuteStatement",
            {"Statement": """UPDATE Scores SET a = 1 WHERE "user" = 'a' AND game = 'g'"""},
            False,
        ),
        (
            allow("dynamodb:PartiQLUpdate"),
            "ExecuteStatement",
            {"Statement": """DELETE FROM Scores WHERE "user" = 'a' AND game = 'g'"""},
            False,
        ),
        (
            allow("dynamodb:DescribeGlobalTable", resource=TABLE),
            "DescribeGlobalTable",
            {"GlobalTableName": "Scores"},
            False,
        ),
        (
            allow("dynamodb:Scan", StringEquals={"dynamodb:ReturnConsumedCapacity": "TOTAL"}),
            "Scan",
            {"TableName": "Scores", "ReturnConsumedCapacity": "INDEXES"},
            False,
        ),
    ],
)
def test_actions_and_resources_of_requests(
    db: ddbmock.Database, policy: Any, operation: str, body: dict[str, Any], expected: bool
) -> None:
    """Source: Service Authorization Reference, "Amazon DynamoDB"."""
    db.access.identity("", policies=[policy])
    assert allowed(db, operation, **body) is expected


def resource_policy(db: ddbmock.Database, **members: Any) -> None:
    statement: Mapping[str, Any] = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "dynamodb:GetItem",
        "Resource": TABLE,
        **members,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    confirmed = {"ConfirmRemoveSelfResourceAccess": True}
    call(db, "PutResourcePolicy", ResourceArn=TABLE, Policy=document, **confirmed)


GET = {"TableName": "Scores", "Key": key("ann")}


def test_a_resource_policy_allows(db: ddbmock.Database) -> None:
    resource_policy(db, Principal={"AWS": USER})
    db.access.identity(None, policies=[])
    assert allowed(db, "GetItem", **GET)
    assert not allowed(db, "PutItem", TableName="Scores", Item=key("a"))


def test_a_resource_policy_denies_the_root_user_who_can_delete_it(db: ddbmock.Database) -> None:
    resource_policy(db, Effect="Deny", Action="dynamodb:*")
    db.access.enforced = True
    with pytest.raises(AccessDeniedException) as caught:
        call(db, "GetItem", **GET)
    assert caught.value.message == (
        "User: arn:aws:iam::123456789012:root is not authorized to perform: dynamodb:GetItem on "
        f"resource: {TABLE} with an explicit deny in a resource-based policy"
    )
    assert caught.value.hint == "Statement 1 ('one') of the resource policy of Scores denies it."
    call(db, "DeleteResourcePolicy", ResourceArn=TABLE)
    assert allowed(db, "GetItem", **GET)


def test_across_accounts_both_policies_must_allow(db: ddbmock.Database) -> None:
    arn = "arn:aws:iam::444455556666:user/eve"
    db.access.identity("EVE", arn=arn, policies=[allow("dynamodb:*")])
    request = {"TableName": TABLE, "Key": key("ann"), "access_key": "EVE"}
    assert not allowed(db, "GetItem", **request)
    resource_policy(db, Principal={"AWS": "444455556666"})
    assert allowed(db, "GetItem", **request)
    db.access.identity("EVE", arn=arn, policies=[])
    assert not allowed(db, "GetItem", **request)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"TableName": "Scores", "Key": key("ann")}),
        ("DescribeTable", {"TableName": "Scores"}),
        ("BatchGetItem", {"RequestItems": {"Scores": {"Keys": [key("ann")]}}}),
        ("TransactGetItems", {"TransactItems": [{"Get": {**GET, "TableName": "Scores"}}]}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM Scores"}),
    ],
)
def test_a_name_means_a_table_of_the_callers_own_account(
    db: ddbmock.Database, operation: str, body: dict[str, Any]
) -> None:
    arn = "arn:aws:iam::444455556666:user/eve"
    db.access.identity("EVE", arn=arn, policies=[allow("dynamodb:*")])
    with pytest.raises(ResourceNotFoundException) as caught:
        call(db, operation, **body, access_key="EVE")
    assert caught.value.hint == (
        f"{arn} belongs to account 444455556666, and this database has the tables of 123456789012: "
        "give the table's ARN instead of 'Scores'."
    )


def test_another_account_creates_no_tables_here(db: ddbmock.Database) -> None:
    arn = "arn:aws:iam::444455556666:user/eve"
    db.access.identity("EVE", arn=arn, policies=[allow("dynamodb:*")])
    assert not allowed(db, "CreateTable", TableName="Other", access_key="EVE")


def test_a_caller_must_confirm_to_lose_its_access(db: ddbmock.Database) -> None:
    ann = "arn:aws:iam::123456789012:user/ann"
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "dynamodb:PutResourcePolicy",
        "Resource": TABLE,
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ann}},
    }
    request: dict[str, Any] = {
        "ResourceArn": TABLE,
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": statement}),
    }
    with pytest.raises(AccessDeniedException) as caught:  # the root user's
        call(db, "PutResourcePolicy", **request)
    assert str(caught.value.hint).endswith(
        "Set ConfirmRemoveSelfResourceAccess to true to attach the policy all the same."
    )
    db.access.identity("ANN", policies=[allow("dynamodb:*")], arn=ann)
    call(db, "PutResourcePolicy", **request, access_key="ANN")
    db.access.clear()
    call(db, "PutResourcePolicy", **request, ConfirmRemoveSelfResourceAccess=True)


def test_a_policy_comes_into_force_later() -> None:
    with ddbmock.Database(delay_policies=15, policies="enforce") as db:
        db.clock.freeze(1_790_000_000)
        attributes = [{"AttributeName": "user", "AttributeType": "S"}]
        schema = [{"AttributeName": "user", "KeyType": "HASH"}]
        settings = {"AttributeDefinitions": attributes, "KeySchema": schema}
        billing = {"BillingMode": "PAY_PER_REQUEST"}
        call(db, "CreateTable", TableName="Scores", **settings, **billing)
        resource_policy(db, Effect="Deny")
        get = {"TableName": "Scores", "Key": {"user": {"S": "ann"}}}
        db.clock.advance(14)
        assert allowed(db, "GetItem", **get)
        db.clock.advance(1)
        assert not allowed(db, "GetItem", **get)
        call(db, "DeleteResourcePolicy", ResourceArn=TABLE)
        assert not allowed(db, "GetItem", **get)
        db.clock.advance(15)
        assert allowed(db, "GetItem", **get)


def test_each_access_key_has_its_identity(db: ddbmock.Database) -> None:
    db.access.identity("ANN", policies=[TENANT])
    assert not allowed(db, "ListTables", access_key="ANN")
    assert allowed(db, "ListTables", access_key="BOB")
    db.access.clear()
    assert allowed(db, "ListTables", access_key="ANN")


def test_a_policy_uses_the_callers_tags(db: ddbmock.Database) -> None:
    own = {"ForAllValues__StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}"}}
    policy = allow("dynamodb:GetItem", **own)
    db.access.identity("", policies=[policy], tags={"tenant": "ann"})
    assert allowed(db, "GetItem", **GET)
    assert not allowed(db, "GetItem", TableName="Scores", Key=key("bob"))


def test_the_message_is_the_services_and_the_hint_names_the_statement() -> None:
    policy = allow("dynamodb:PutItem", resource=TABLE)
    with ddbmock.mock(policy={**allow("dynamodb:CreateTable")}) as db:
        client = db.client()
        db.access.identity(None, policies=[policy])
        with pytest.raises(ClientError) as caught:
            client.get_item(TableName="Scores", Key=key("bob"))
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        f"User: {USER} is not authorized to perform: dynamodb:GetItem on resource: {TABLE} "
        "because no identity-based policy allows the dynamodb:GetItem action"
    )
    assert caught.value.__notes__ == [
        "ddbmock: Statement 1 of the identity policy does not allow it: its Action is "
        "dynamodb:PutItem."
    ]


def test_without_policies_nothing_is_enforced() -> None:
    with ddbmock.Database() as db:
        assert db.router.guard is None
        assert allowed(db, "ListTables")


def test_the_setting_enforces_resource_policies_alone() -> None:
    with ddbmock.Database(policies="enforce") as db:
        assert allowed(db, "ListTables")
        assert db.access.enforced


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{", "Setting ddbmock.policy must be a JSON object, not '{'."),
        ("[]", "Setting ddbmock.policy must be a JSON object, not '[]'."),
        ("{}", "Setting ddbmock.policy is no policy. Statement must be an object or a list of th"),
    ],
)
def test_a_wrong_policy_is_a_wrong_setting(policy: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ddbmock.Database(policy=policy)
    assert str(caught.value)[: len(message)] == message


def test_a_fork_has_the_same_identities(db: ddbmock.Database) -> None:
    db.access.identity("", policies=[TENANT])
    with db.fork() as fork:
        fork.access.clear()
        assert allowed(fork, "ListTables")
        assert not allowed(db, "ListTables")
    with db.fork() as fork:
        assert not allowed(fork, "ListTables")


def test_a_vector_search_is_allowed_on_its_index(db: ddbmock.Database) -> None:
    """Its context has no attributes, so that a policy on them does not restrict it."""
    index = {
        "IndexName": "near",
        "VectorAttribute": {"AttributeName": "v"},
        "Projection": {"ProjectionType": "ALL"},
        "Dimensions": 1,
        "DistanceFunction": "COSINE",
    }
    call(db, "UpdateTable", TableName="Scores", VectorIndexUpdates=[{"Create": index}])
    body = {"TableName": "Scores", "IndexName": "near", "SearchVector": [{"N": "1"}], "TopK": 1}
    for resource, expected in ((f"{TABLE}/index/near", True), (TABLE, False)):
        policy = allow("dynamodb:SearchVectors", resource=resource)
        db.access.identity("", policies=[policy])
        assert allowed(db, "SearchVectors", **body) is expected
    attributes = {"ForAllValues__StringEquals": {"dynamodb:Attributes": ["user"]}}
    db.access.identity("", policies=[allow("dynamodb:SearchVectors", **attributes)])
    assert allowed(db, "SearchVectors", **body, ProjectionExpression="game")


@pytest.mark.parametrize(
    ("where", "scans"),
    [
        ("""WHERE "user" = 'a'""", False),
        ("""WHERE "user" = 'a' AND score = 1""", False),
        ("""WHERE "user" = 'a' OR "user" = 'b'""", False),
        ("""WHERE "user" IN ['a', 'b', 'c']""", False),
        ("", True),
        ("""WHERE "user" > 'a'""", True),
        ("WHERE score = 1", True),
        ("""WHERE "user" = 'a' OR score = 1""", True),
        ("""WHERE "user" = 'a' AND "user" = 'b'""", True),
    ],
)
def test_full_table_scans_are_denied(db: ddbmock.Database, where: str, scans: bool) -> None:
    """Source: Developer Guide, "PartiQL select statements for DynamoDB"; the last one is recorded."""
    policy = allow("dynamodb:PartiQLSelect", Bool={"dynamodb:FullTableScan": "false"})
    db.access.identity("", policies=[policy])
    assert allowed(db, "ExecuteStatement", Statement=f"SELECT * FROM Scores {where}") is not scans
    assert db.requests[-1].scan is False  # denied before it reads


COLUMNS_OF_STATEMENTS = [
    ("SELECT game, score FROM Scores WHERE \"user\" = 'a'", True),
    ("SELECT secret FROM Scores WHERE \"user\" = 'a'", False),
    ("SELECT game FROM Scores WHERE \"user\" = 'a' AND secret.part = 1", False),
    ("SELECT * FROM Scores WHERE \"user\" = 'a'", False),
    ("UPDATE Scores SET score = 1 WHERE \"user\" = 'a' AND game = 'g'", True),
    ("UPDATE Scores SET score = secret WHERE \"user\" = 'a' AND game = 'g'", False),
    ("UPDATE Scores REMOVE secret WHERE \"user\" = 'a' AND game = 'g'", False),
    ("UPDATE Scores SET score = 1 WHERE \"user\" = 'a' AND game = 'g' RETURNING ALL NEW *", False),
    (
        "UPDATE Scores SET score = 1 WHERE \"user\" = 'a' AND game = 'g' RETURNING MODIFIED NEW *",
        True,
    ),
    ("INSERT INTO Scores VALUE {'user': 'a', 'game': 'g', 'score': 1}", True),
    ("INSERT INTO Scores VALUE {'user': 'a', 'game': 'g', 'secret': 1}", False),
    ("DELETE FROM Scores WHERE \"user\" = 'a' AND game = 'g' RETURNING ALL OLD *", False),
]


@pytest.mark.parametrize(("statement", "expected"), COLUMNS_OF_STATEMENTS)
def test_statements_name_attributes_and_what_they_return(
    db: ddbmock.Database, statement: str, expected: bool
) -> None:
    """Source: Service Authorization Reference, condition keys of the actions of PartiQL."""
    policy = allow(
        *[f"dynamodb:PartiQL{kind}" for kind in ("Select", "Insert", "Update", "Delete")],
        **NAMES,
        StringEqualsIfExists={
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
            "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
        },
    )
    if not statement.startswith("INSERT"):
        secret = {"secret": {"N": "1"}}
        call(db, "PutItem", TableName="Scores", Item={**key("a", "g"), **secret})
    db.access.identity("", policies=[policy])
    assert allowed(db, "ExecuteStatement", Statement=statement) is expected
