"""UpdateContributorInsights, DescribeContributorInsights, ListContributorInsights, and counts."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import definitions, index, keys, table

MODE = "ACCESSED_AND_THROTTLED_KEYS"


def update(call: Caller, action: str, **members: Any) -> dict[str, Any]:
    request = {"TableName": "Music", "ContributorInsightsAction": action, **members}
    return call("UpdateContributorInsights", request)


def described(call: Caller, **members: Any) -> dict[str, Any]:
    return call("DescribeContributorInsights", {"TableName": "Music", **members})


def two_keys(**members: Any) -> dict[str, Any]:
    return table(
        AttributeDefinitions=definitions("artist:S", "title:S", "year:N"),
        KeySchema=keys("artist", "title"),
        GlobalSecondaryIndexes=[index("by-year", "year")],
        **members,
    )


class TestStatus:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_updating=20)

    def test_insights_are_disabled_at_first(self, call: Caller) -> None:
        call("CreateTable", two_keys())
        disabled = {"TableName": "Music", "ContributorInsightsStatus": "DISABLED"}
        assert described(call) == disabled
        assert described(call, IndexName="by-year") == {**disabled, "IndexName": "by-year"}
        assert call("ListContributorInsights") == {"ContributorInsightsSummaries": []}

    def test_insights_are_enabled_by_the_clock(self, call: Caller) -> None:
        call("CreateTable", two_keys())
        names = {"TableName": "Music", "ContributorInsightsMode": MODE}
        assert update(call, "ENABLE") == {**names, "ContributorInsightsStatus": "ENABLING"}
        assert described(call)["ContributorInsightsStatus"] == "ENABLING"
        call.clock.advance(20)
        answer = described(call)
        assert answer.pop("LastUpdateDateTime") is not None
        assert answer == {
            **names,
            "ContributorInsightsStatus": "ENABLED",
            "ContributorInsightsRuleList": [
                f"DynamoDBContributorInsights-{rule}-Music-{START * 1000:.0f}"
                for rule in ("PKC", "PKT", "SKC", "SKT")
            ],
        }
        assert update(call, "DISABLE")["ContributorInsightsStatus"] == "DISABLING"
        call.clock.advance(20)
        assert described(call)["ContributorInsightsStatus"] == "DISABLED"

    def test_an_index_has_insights_of_its_own(self, call: Caller) -> None:
        call("CreateTable", two_keys())
        update(call, "ENABLE", IndexName="by-year", ContributorInsightsMode="THROTTLED_KEYS")
        answer = described(call, IndexName="by-year")
        assert answer["ContributorInsightsMode"] == "THROTTLED_KEYS"
        assert answer["ContributorInsightsRuleList"] == [
            f"DynamoDBContributorInsights-PKT-Music-by-year-{START * 1000:.0f}"
        ]
        assert described(call)["ContributorInsightsStatus"] == "DISABLED"

    def test_what_does_not_exist_is_not_found(self, call: Caller) -> None:
        assert call.refused("DescribeContributorInsights", {"TableName": "Music"}) == (
            400,
            "ResourceNotFoundException",
            "Requested resource not found: Table: Music not found",
        )
        call("CreateTable", two_keys())
        request = {"TableName": "Music", "IndexName": "none"}
        assert call.refused("DescribeContributorInsights", request)[1:] == (
            "ResourceNotFoundException",
            "Requested resource not found: Index: none not found for table: Music",
        )


def test_summaries_come_in_pages(call: Caller) -> None:
    for name in ("Music", "Other"):
        call("CreateTable", two_keys(TableName=name))
        update(call, "ENABLE", TableName=name)
        update(call, "ENABLE", TableName=name, IndexName="by-year")
    found = []
    request: dict[str, Any] = {"MaxResults": 3}
    while True:
        page = call("ListContributorInsights", request)
        found += [
            (one["TableName"], one.get("IndexName"), one["ContributorInsightsStatus"])
            for one in page["ContributorInsightsSummaries"]
        ]
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]
    assert found == [
        (name, index, "ENABLED") for name in ("Music", "Other") for index in (None, "by-year")
    ]
    of_one = call("ListContributorInsights", {"TableName": "Other"})
    assert len(of_one["ContributorInsightsSummaries"]) == 2


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"MaxResults": 0}, "Invalid MaxResults"),
        ({"NextToken": "?"}, "Invalid NextToken"),
        (
            {"MaxResults": 101},
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
        ),
    ],
)
def test_wrong_pages_are_rejected(call: Caller, members: dict[str, Any], message: str) -> None:
    assert call.refused("ListContributorInsights", members)[1:] == ("ValidationException", message)


class TestCounts:
    """The counts, as Python reads them."""

    @pytest.fixture
    def db(self) -> Any:
        with ddbmock.Database() as db:
            client = db.client()
            client.create_table(**two_keys())
            yield db

    def enable(self, db: ddbmock.Database, **members: Any) -> Any:
        client = db.client()
        client.update_contributor_insights(
            TableName="Music", ContributorInsightsAction="ENABLE", **members
        )
        return client

    def test_accesses_are_counted_by_key(self, db: ddbmock.Database) -> None:
        client = self.enable(db)
        for title in ("a", "b", "b"):
            item = {"artist": {"S": "Ada"}, "title": {"S": title}}
            client.put_item(TableName="Music", Item=item)
        client.query(
            TableName="Music",
            KeyConditionExpression="#a = :a",
            ExpressionAttributeNames={"#a": "artist"},
            ExpressionAttributeValues={":a": {"S": "Bob"}},
        )
        key = {"artist": {"S": "Bob"}, "title": {"S": "a"}}
        client.batch_get_item(RequestItems={"Music": {"Keys": [key]}})
        insights = db.contributor_insights
        assert insights.most_accessed("Music") == [
            ({"artist": {"S": "Ada"}}, 3),
            ({"artist": {"S": "Bob"}}, 2),
        ]
        assert insights.most_accessed("Music", sort_key=True, limit=1) == [
            ({"artist": {"S": "Ada"}, "title": {"S": "b"}}, 2)
        ]
        assert insights.most_throttled("Music") == []
        insights.clear()
        assert insights.most_accessed("Music") == []

    def test_an_index_is_counted_by_its_own_key(self, db: ddbmock.Database) -> None:
        client = self.enable(db, IndexName="by-year")
        item = {"artist": {"S": "Ada"}, "title": {"S": "a"}, "year": {"N": "1843"}}
        client.put_item(TableName="Music", Item=item)
        client.query(
            TableName="Music",
            IndexName="by-year",
            KeyConditions={
                "year": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "1843"}]}
            },
        )
        counts = db.contributor_insights.most_accessed("Music", "by-year")
        assert counts == [({"year": {"N": "1843"}}, 2)]
        assert db.contributor_insights.most_accessed("Music") == []

    def test_throttled_keys_are_counted_apart(self, db: ddbmock.Database) -> None:
        client = self.enable(db, ContributorInsightsMode="THROTTLED_KEYS")
        db.trouble.on("GetItem", times=2).throttle()
        key = {"artist": {"S": "Ada"}, "title": {"S": "a"}}
        client.get_item(TableName="Music", Key=key)
        assert db.contributor_insights.most_throttled("Music", sort_key=True) == [(key, 2)]
        assert db.contributor_insights.most_accessed("Music") == []

    def test_nothing_is_counted_without_insights(self, db: ddbmock.Database) -> None:
        client = db.client()
        client.put_item(TableName="Music", Item={"artist": {"S": "Ada"}, "title": {"S": "a"}})
        assert db.contributor_insights.most_accessed("Music") == []
