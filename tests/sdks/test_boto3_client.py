"""boto3's client over the network: its answers, exceptions, waiters and paginators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

SOON = {"Delay": 0.05, "MaxAttempts": 200}
"""boto3's waiters would ask every 20 seconds."""


@pytest.fixture(scope="module")
def client(endpoint: str) -> Iterator[Any]:
    new_client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
    )
    yield new_client
    new_client.close()


@pytest.fixture(scope="module")
def orders(client: Any) -> str:
    """A table with an index, and eight orders of two customers."""
    client.create_table(
        TableName="orders",
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="orders", WaiterConfig=SOON)
    answer = client.batch_write_item(
        RequestItems={
            "orders": [
                {"PutRequest": {"Item": order(customer, number)}}
                for customer in ("ada", "bob")
                for number in range(4)
            ]
        }
    )
    assert answer["UnprocessedItems"] == {}
    return "orders"


def order(customer: str, number: int) -> dict[str, Any]:
    return {
        "customer": {"S": customer},
        "number": {"N": str(number)},
        "state": {"S": ("open", "paid")[number % 2]},
    }


def content(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what boto3 tells of its way here."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def create(client: Any, name: str, **more: Any) -> dict[str, Any]:
    answer = client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 4},
        **more,
    )
    description: dict[str, Any] = answer["TableDescription"]
    return description


def test_waiters_see_a_table_come_and_go(client: Any) -> None:
    description = create(client, "comes-and-goes")
    assert description["TableStatus"] == "CREATING"
    client.get_waiter("table_exists").wait(TableName="comes-and-goes", WaiterConfig=SOON)
    assert client.describe_table(TableName="comes-and-goes")["Table"] == {
        "TableName": "comes-and-goes",
        "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/comes-and-goes",
        "TableId": description["TableId"],
        "CreationDateTime": description["CreationDateTime"],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 5,
            "WriteCapacityUnits": 4,
        },
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "DeletionProtectionEnabled": False,
        "WarmThroughput": {
            "ReadUnitsPerSecond": 5,
            "WriteUnitsPerSecond": 4,
            "Status": "ACTIVE",
        },
    }
    deleted = client.delete_table(TableName="comes-and-goes")["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    client.get_waiter("table_not_exists").wait(TableName="comes-and-goes", WaiterConfig=SOON)
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        client.describe_table(TableName="comes-and-goes")
    assert refused.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Requested resource not found: Table: comes-and-goes not found",
    }


def test_an_item_is_put_got_updated_and_deleted(client: Any, orders: str) -> None:
    key = {"customer": {"S": "eve"}, "number": {"N": "1"}}
    values = {"raw": {"B": b"\x00\xff"}, "tags": {"SS": ["x", "y"]}, "none": {"NULL": True}}
    assert content(client.put_item(TableName=orders, Item=key | values)) == {}
    got = client.get_item(TableName=orders, Key=key, ConsistentRead=True)
    got["Item"]["tags"]["SS"].sort()
    assert got["Item"] == key | values
    updated = client.update_item(
        TableName=orders,
        Key=key,
        UpdateExpression="SET #t = :t REMOVE tags ADD seen :one",
        ConditionExpression="attribute_not_exists(seen)",
        ExpressionAttributeNames={"#t": "total"},
        ExpressionAttributeValues={":t": {"M": {"net": {"N": "12.50"}}}, ":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
        ReturnConsumedCapacity="TOTAL",
    )
    assert content(updated) == {
        "Attributes": {"total": {"M": {"net": {"N": "12.5"}}}, "seen": {"N": "1"}},
        "ConsumedCapacity": {"TableName": "orders", "CapacityUnits": 1.0},
    }
    deleted = client.delete_item(TableName=orders, Key=key, ReturnValues="ALL_OLD")
    assert content(deleted) == {
        "Attributes": key
        | {
            "raw": {"B": b"\x00\xff"},
            "none": {"NULL": True},
            "total": {"M": {"net": {"N": "12.5"}}},
            "seen": {"N": "1"},
        }
    }
    assert content(client.get_item(TableName=orders, Key=key)) == {}


def test_a_condition_that_fails_raises_its_exception_with_the_item(
    client: Any, orders: str
) -> None:
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        client.put_item(
            TableName=orders,
            Item=order("ada", 0),
            ConditionExpression="attribute_not_exists(customer)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    response = refused.value.response
    assert response["Error"] == {
        "Code": "ConditionalCheckFailedException",
        "Message": "The conditional request failed",
    }
    assert response["Item"] == order("ada", 0)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_query_pages_add_up(client: Any, orders: str) -> None:
    pages = list(
        client.get_paginator("query").paginate(
            TableName=orders,
            KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": "ada"}},
            ScanIndexForward=False,
            PaginationConfig={"PageSize": 3},
        )
    )
    assert [page["Count"] for page in pages] == [3, 1]
    items = [item for page in pages for item in page["Items"]]
    assert items == [order("ada", number) for number in (3, 2, 1, 0)]


def test_a_paginator_can_stop_and_go_on(client: Any, orders: str) -> None:
    def some(token: str | None) -> dict[str, Any]:
        found: dict[str, Any] = (
            client.get_paginator("query")
            .paginate(
                TableName=orders,
                IndexName="by-state",
                KeyConditionExpression="#s = :s",
                ExpressionAttributeNames={"#s": "state"},
                ExpressionAttributeValues={":s": {"S": "paid"}},
                PaginationConfig={"PageSize": 1, "MaxItems": 3, "StartingToken": token},
            )
            .build_full_result()
        )
        return found

    first = some(None)
    second = some(first["NextToken"])
    assert "NextToken" not in second
    found = first["Items"] + second["Items"]
    assert sorted(found, key=repr) == [
        order(customer, number) for customer in ("ada", "bob") for number in (1, 3)
    ]


def test_segments_of_a_scan_see_each_item_once(client: Any, orders: str) -> None:
    scanned: list[Any] = []
    for segment in range(3):
        paginator = client.get_paginator("scan").paginate(
            TableName=orders,
            Segment=segment,
            TotalSegments=3,
            FilterExpression="#n < :two",
            ExpressionAttributeNames={"#n": "number"},
            ExpressionAttributeValues={":two": {"N": "2"}},
            PaginationConfig={"PageSize": 2},
        )
        scanned += paginator.search("Items[].[customer.S, number.N]")
    assert sorted(scanned) == [["ada", "0"], ["ada", "1"], ["bob", "0"], ["bob", "1"]]


def test_tables_are_listed_in_pages(client: Any, orders: str) -> None:
    names = [f"listed-{number}" for number in range(5)]
    for name in names:
        create(client, name)
    paginator = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
    pages = [page["TableNames"] for page in paginator]
    listed = [name for page in pages for name in page]
    assert [name for name in listed if name.startswith("listed-")] == names
    assert orders in listed
    assert {len(page) for page in pages[:-1]} == {2}


def test_tags_are_listed_by_a_paginator_and_taken_away(client: Any) -> None:
    tags = [{"Key": f"tag{number:02}", "Value": "x"} for number in range(15)]
    arn = create(client, "tagged", Tags=tags)["TableArn"]
    client.get_waiter("table_exists").wait(TableName="tagged", WaiterConfig=SOON)
    paginator = client.get_paginator("list_tags_of_resource")
    pages = [page["Tags"] for page in paginator.paginate(ResourceArn=arn)]
    assert sorted((tag for page in pages for tag in page), key=lambda tag: str(tag["Key"])) == tags
    keys = [tag["Key"] for tag in tags]
    assert content(client.untag_resource(ResourceArn=arn, TagKeys=keys)) == {}
    assert content(client.list_tags_of_resource(ResourceArn=arn)) == {"Tags": []}


def test_time_to_live_is_enabled_and_described(client: Any, orders: str) -> None:
    specification = {"Enabled": True, "AttributeName": "ends"}
    enabled = client.update_time_to_live(TableName=orders, TimeToLiveSpecification=specification)
    assert content(enabled) == {"TimeToLiveSpecification": specification}
    described = client.describe_time_to_live(TableName=orders)["TimeToLiveDescription"]
    assert described["AttributeName"] == "ends"
    assert described["TimeToLiveStatus"] in {"ENABLING", "ENABLED"}


def test_a_batch_gets_items_of_a_table(client: Any, orders: str) -> None:
    items = [order("ada", 1), order("bob", 2)]
    keys = [{name: item[name] for name in ("customer", "number")} for item in items]
    answer = client.batch_get_item(
        RequestItems={orders: {"Keys": [*keys, {"customer": {"S": "no"}, "number": {"N": "1"}}]}},
        ReturnConsumedCapacity="TOTAL",
    )
    answer["Responses"][orders].sort(key=repr)
    assert content(answer) == {
        "Responses": {orders: items},
        "UnprocessedKeys": {},
        "ConsumedCapacity": [{"TableName": orders, "CapacityUnits": 1.5}],
    }


def test_a_transaction_writes_all_or_nothing(client: Any, orders: str) -> None:
    new = order("tom", 1)
    key = {name: new[name] for name in ("customer", "number")}
    put = {"Put": {"TableName": orders, "Item": new}}
    check = {
        "ConditionCheck": {
            "TableName": orders,
            "Key": {"customer": {"S": "ada"}, "number": {"N": "0"}},
            "ConditionExpression": "#s = :s",
            "ExpressionAttributeNames": {"#s": "state"},
            "ExpressionAttributeValues": {":s": {"S": "paid"}},
        }
    }
    get = [{"Get": {"TableName": orders, "Key": key}}]
    with pytest.raises(client.exceptions.TransactionCanceledException) as refused:
        client.transact_write_items(TransactItems=[put, check])
    assert refused.value.response["Error"] == {
        "Code": "TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed]",
    }
    assert refused.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert content(client.transact_get_items(TransactItems=get)) == {"Responses": [{}]}
    check["ConditionCheck"]["ExpressionAttributeValues"] = {":s": {"S": "open"}}
    assert content(client.transact_write_items(TransactItems=[put, check])) == {}
    assert content(client.transact_get_items(TransactItems=get)) == {"Responses": [{"Item": new}]}
    client.delete_item(TableName=orders, Key=key)


def test_a_fault_of_the_request_is_told_in_dynamodbs_words_and_in_ours(
    client: Any, orders: str
) -> None:
    with pytest.raises(client.exceptions.ClientError) as refused:
        client.query(TableName=orders, KeyConditionExpression="customer = :c")
    response = refused.value.response
    assert response["Error"] == {
        "Code": "ValidationException",
        "Message": "Invalid KeyConditionExpression: An expression attribute value used in "
        "expression is not defined; attribute value: :c",
    }
    assert ":c" in response["ResponseMetadata"]["HTTPHeaders"]["x-ddbmock-hint"]
    assert refused.value.operation_name == "Query"


def test_limits_and_endpoints_are_described(client: Any, endpoint: str) -> None:
    assert content(client.describe_limits()) == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }
    address = endpoint.removeprefix("http://")
    assert content(client.describe_endpoints()) == {
        "Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]
    }
