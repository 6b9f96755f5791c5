"""Tables from PynamoDB models: the same that the model itself would create."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock

pytest.importorskip("pynamodb")

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, LocalSecondaryIndex
from pynamodb.models import Model


class ByAuthor(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # theirs
    class Meta:
        index_name = "by_author"
        projection = AllProjection()
        read_capacity_units = 2
        write_capacity_units = 3

    words = NumberAttribute(range_key=True)
    author = UnicodeAttribute(hash_key=True)


class ByWords(LocalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # theirs
    class Meta:
        projection = AllProjection()

    wiki = UnicodeAttribute(hash_key=True)
    words = NumberAttribute(range_key=True)


class Page(Model):
    class Meta:
        table_name = "pages"
        region = "us-east-1"
        host = "http://localhost:8000"
        read_capacity_units = 4
        write_capacity_units = 5
        stream_view_type = "NEW_IMAGE"
        tags = {"team": "ours"}  # noqa: RUF012 (so it is written)

    title = UnicodeAttribute(range_key=True)
    wiki = UnicodeAttribute(hash_key=True)
    author = UnicodeAttribute(null=True)
    words = NumberAttribute(default=0)
    end = TTLAttribute(null=True)
    by_author = ByAuthor()
    by_words = ByWords()


class Note(Model):
    class Meta:
        table_name = "notes"

    key = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()


def described(db: ddbmock.Database) -> Any:
    client = db.client()
    table = client.describe_table(TableName="pages")["Table"]
    for described in (table, *table["GlobalSecondaryIndexes"], *table["LocalSecondaryIndexes"]):
        for name in [name for name in described if "Stream" in name or "Id" in name]:
            del described[name]
        described.pop("CreationDateTime", None)
        described["KeySchema"].sort(key=str)
    table["AttributeDefinitions"].sort(key=str)
    return table, client.describe_time_to_live(TableName="pages")["TimeToLiveDescription"]


def test_a_model_gives_the_table_that_it_would_create_itself() -> None:
    with ddbmock.Database() as ours, ddbmock.Database() as theirs:
        ours.create_tables(Page)
        with ddbmock.mock(theirs):
            Page.create_table()
        ours_described, theirs_described = described(ours), described(theirs)
    assert ours_described == theirs_described


def test_a_model_without_throughput_is_on_demand_and_works() -> None:
    with ddbmock.mock() as db:
        assert db.create_tables([Note, Page]) == ["notes", "pages"]
        Note("a", text="first").save()
        Page("home", "Start", author="ada", words=3).save()
        Page("home", "More", author="ada", words=9).save()
        assert Note.get("a").text == "first"
        assert [page.title for page in Page.by_author.query("ada", Page.words > 4)] == ["More"]
        assert [page.title for page in Page.by_words.query("home")] == ["Start", "More"]
        table = db.client().describe_table(TableName="notes")["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
