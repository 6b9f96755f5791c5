"""Small programs as people write them: PynamoDB, aioboto3, boto3's resource, in-process."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

import ddbmock
from tests.clients.pins import aioboto3


def test_a_library_of_events_with_boto3s_resource() -> None:
    with ddbmock.mock():
        resource = boto3.resource("dynamodb")
        table = resource.create_table(
            TableName="events",
            AttributeDefinitions=[
                {"AttributeName": "user", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
                {"AttributeName": "kind", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "user", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_kind",
                    "KeySchema": [
                        {"AttributeName": "kind", "KeyType": "HASH"},
                        {"AttributeName": "at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        table.wait_until_exists()
        with table.batch_writer() as batch:
            for at in range(60):
                kind = "login" if at % 3 == 0 else "click"
                batch.put_item(Item={"user": f"u{at % 2}", "at": at, "kind": kind, "raw": b"\0"})
        answer = table.query(
            KeyConditionExpression=Key("user").eq("u0") & Key("at").between(10, 20),
            FilterExpression=Attr("kind").eq("click"),
            ScanIndexForward=False,
        )
        assert [item["at"] for item in answer["Items"]] == [20, 16, 14, 10]
        assert answer["Items"][0]["raw"] == Binary(b"\0")
        answer = table.query(IndexName="by_kind", KeyConditionExpression=Key("kind").eq("login"))
        assert answer["Count"] == 20
        updated = table.update_item(
            Key={"user": "u0", "at": 0},
            UpdateExpression="SET seen = if_not_exists(seen, :zero) + :one",
            ExpressionAttributeValues={":zero": 0, ":one": Decimal("1.5")},
            ReturnValues="UPDATED_NEW",
        )
        assert updated["Attributes"] == {"seen": Decimal("1.5")}
        pages = (
            boto3.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName="events", PaginationConfig={"PageSize": 7})
        )
        assert sum(page["Count"] for page in pages) == 60
        with pytest.raises(resource.meta.client.exceptions.ConditionalCheckFailedException):
            table.delete_item(Key={"user": "u0", "at": 0}, ConditionExpression=Attr("seen").eq(0))
        table.delete()
        table.wait_until_not_exists()


def test_a_wiki_with_pynamodb() -> None:
    pynamodb: Any = pytest.importorskip("pynamodb.models")
    from pynamodb.attributes import NumberAttribute, UnicodeAttribute, VersionAttribute
    from pynamodb.exceptions import DoesNotExist, PutError
    from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

    class ByAuthor(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # theirs
        class Meta:
            projection = AllProjection()

        author = UnicodeAttribute(hash_key=True)
        words = NumberAttribute(range_key=True)

    class Page(pynamodb.Model):  # type: ignore[misc]  # imported at run time
        class Meta:
            table_name = "pages"
            region = "us-east-1"
            billing_mode = "PAY_PER_REQUEST"

        title = UnicodeAttribute(hash_key=True)
        author = UnicodeAttribute()
        words = NumberAttribute(default=0)
        version = VersionAttribute()
        by_author = ByAuthor()

    with ddbmock.mock():
        Page.create_table(wait=True)
        page = Page("Home", author="ada", words=3)
        page.save()
        stale = Page.get("Home")
        page.update(actions=[Page.words.add(4)])
        with pytest.raises(PutError):
            stale.save()
        with Page.batch_write() as batch:
            for number in range(30):
                batch.save(Page(f"Page {number}", author="bob", words=number))
        assert Page.get("Home").words == 7
        assert [page.words for page in Page.by_author.query("bob", Page.words > 27)] == [28, 29]
        assert Page.count() == 31
        page.refresh()
        page.delete()
        with pytest.raises(DoesNotExist):
            Page.get("Home")
        Page.delete_table()


def test_a_shop_with_aioboto3() -> None:
    package = aioboto3()

    @ddbmock.mock()
    async def shop() -> Any:
        session = package.Session()
        async with session.resource("dynamodb") as resource:
            await resource.create_table(
                TableName="stock",
                AttributeDefinitions=[{"AttributeName": "sku", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "sku", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
            table = await resource.Table("stock")
            async with table.batch_writer() as batch:
                for number in range(30):
                    await batch.put_item(Item={"sku": f"s{number}", "units": number})

            async def sell(number: int) -> bool:
                try:
                    await table.update_item(
                        Key={"sku": f"s{number}"},
                        UpdateExpression="SET units = units - :one",
                        ConditionExpression=Attr("units").gte(1),
                        ExpressionAttributeValues={":one": 1},
                    )
                except resource.meta.client.exceptions.ConditionalCheckFailedException:
                    return False
                return True

            sold = await asyncio.gather(*(sell(number) for number in (0, 1, 1, 2)))
            left = (await table.get_item(Key={"sku": "s2"}))["Item"]["units"]
            return sold, left

    assert asyncio.run(shop()) == ([False, True, False, True], Decimal(1))
