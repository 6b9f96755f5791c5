"""Every page's main path in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.console.browser import Browser
from tests.console.music import EVERY_TYPE

pytestmark = pytest.mark.slow

KEY = {"Artist": {"S": "Can"}, "Song": {"S": "Vitamin C"}}


class TestTables:
    def test_tables_are_listed_with_their_sizes(self, browser: Browser) -> None:
        browser.open()
        row = browser.see("tbody tr", "Music").text
        assert "ACTIVE" in row
        assert "61" in row
        assert "Artist, Song" in row

    def test_a_table_is_created_with_a_form_and_deleted_by_typing_its_name(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open()
        browser.press("Create table")
        browser.fill("Name", "Orders")
        browser.fill("Hash key (partition key)", "id")
        browser.click("dialog button[type=submit]")
        browser.click("tbody tr a", "Orders")
        browser.see("h1", "Orders")
        assert db.client().list_tables()["TableNames"] == ["Music", "Orders"]
        browser.press("Delete")
        assert not browser.see("dialog button[type=submit]").is_enabled()
        browser.fill("Type Orders to confirm", "Orders")
        browser.click("dialog button[type=submit]")
        browser.see("h1", "Tables")
        browser.gone("tbody tr", "Orders")
        assert db.client().list_tables()["TableNames"] == ["Music"]

    def test_a_description_can_be_pasted_as_json(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open()
        browser.press("Create table")
        browser.click("dialog label.check", "Paste a request")
        browser.write(
            '{"TableName": "Pasted", "BillingMode": "PAY_PER_REQUEST", "KeySchema": '
            '[{"AttributeName": "k", "KeyType": "HASH"}], "AttributeDefinitions": '
            '[{"AttributeName": "k", "AttributeType": "N"}]}'
        )
        browser.click("dialog button[type=submit]")
        browser.see("tbody tr", "Pasted")

    def test_an_error_is_shown_with_its_hint(self, browser: Browser) -> None:
        browser.open()
        browser.press("Create table")
        browser.fill("Name", "Music")
        browser.fill("Hash key (partition key)", "id")
        browser.click("dialog button[type=submit]")
        assert "ResourceInUseException" in browser.see("dialog .error").text

    def test_time_to_live_is_switched_on(self, browser: Browser) -> None:
        browser.open("#/tables/Music")
        browser.press("Update")
        browser.choose("What to change", "1")
        browser.click("dialog button[type=submit]")
        browser.see("dl.facts", "expires (enabled)")


class TestItems:
    def test_every_type_is_kept_when_another_attribute_is_edited(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/items/Music?hash=Can")
        browser.click("tbody tr td", "Vitamin C")
        browser.fill("Year", "1973")
        browser.press("Review changes")
        differences = browser.see("dialog .differences").text
        assert "1972" in differences
        assert "1973" in differences
        browser.press("Save")
        browser.see(".notice", "Saved")
        item = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert sets_sorted(item) == sets_sorted({**EVERY_TYPE, "Year": {"N": "1973"}})
        browser.click(".notice button", "Undo")
        browser.until(
            lambda: db.client().get_item(TableName="Music", Key=KEY)["Item"]["Year"]["N"] == "1972"
        )

    def test_each_type_is_edited(self, browser: Browser, db: ddbmock.Database) -> None:
        typed = {
            "digits": "-0.00000000000000000000000000000000000001",
            "raw": "/w==",
            "strings, one member a line": "c\nd",
            "numbers, one member a line": "7\n8",
            "binaries, one member a line": "YQ==",
            "list[0]": "2",
        }
        expected = {
            "raw": {"B": b"\xff"},
            "strings": {"SS": ["c", "d"]},
            "numbers": {"NS": ["7", "8"]},
            "binaries": {"BS": [b"a"]},
            "list": {"L": [{"N": "2"}, {"M": {"deep": {"SS": ["x"]}}}, {"L": []}]},
        }
        browser.open("#/items/Music?hash=Can")
        browser.click("tbody tr td", "Vitamin C")
        for label, text in typed.items():
            browser.fill(label, text)
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Saved")
        item = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert float(item.pop("digits")["N"]) == -1e-38
        unchanged = {name: value for name, value in EVERY_TYPE.items() if name != "digits"}
        assert sets_sorted(item) == sets_sorted({**unchanged, **expected})

    def test_a_save_fails_if_the_item_has_changed_meanwhile(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/items/Music?hash=Can")
        browser.click("tbody tr td", "Vitamin C")
        browser.fill("Year", "1999")
        db.client().put_item(TableName="Music", Item={**EVERY_TYPE, "label": {"S": "Mute"}})
        browser.press("Review changes")
        browser.press("Save")
        browser.see("dialog .error", "ConditionalCheckFailedException")
        item = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert (item["label"], item["Year"]) == ({"S": "Mute"}, {"N": "1972"})

    def test_an_index_is_queried_and_pages_follow(self, browser: Browser) -> None:
        browser.open("#/items/Music?index=by_year&hash=1970&limit=5")
        browser.see(".summary", "5 items, 5 scanned, 0.5 read units, more follow")
        browser.press("Next page")
        browser.see(".summary", "10 items")

    def test_a_search_has_a_link(self, browser: Browser) -> None:
        browser.open("#/items/Music")
        browser.fill("Artist =", "Neu!")
        browser.press("Query")
        browser.see(".summary", "60 items")
        assert "hash=Neu" in browser.driver.current_url

    def test_a_malformed_filter_shows_the_caret(self, browser: Browser) -> None:
        browser.open(
            "#/items/Music?filter=Year%20%3D%20%3Ay&values=%7B%22%3Ay%22%3A%7B%22N%22%3A%221%22%7D%7D"
        )
        assert "^" in browser.see(".error .hint").text

    def test_a_new_item_is_put(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/items/Music")
        browser.press("New item")
        browser.fill("Artist", "Faust")
        browser.fill("Song", "Krautrock")
        browser.fill("Name of a new attribute", "Side")
        browser.click("dialog button", "Add")
        browser.fill("Side", "A")
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Put a new item")
        key = {"Artist": {"S": "Faust"}, "Song": {"S": "Krautrock"}}
        assert db.client().get_item(TableName="Music", Key=key)["Item"]["Side"] == {"S": "A"}

    def test_an_item_is_deleted_and_the_deletion_undone(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/items/Music?hash=Can")
        browser.click("tbody tr td", "Vitamin C")
        browser.click("dialog button", "Delete")
        browser.see(".notice", "Deleted")
        assert "Item" not in db.client().get_item(TableName="Music", Key=KEY)
        browser.click(".notice button", "Undo")
        browser.until(lambda: "Item" in db.client().get_item(TableName="Music", Key=KEY))
        item = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert sets_sorted(item) == sets_sorted(EVERY_TYPE)


def sets_sorted(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: sorted(value) if kind in ("SS", "NS", "BS") else value}
        for name, attribute in item.items()
        for kind, value in attribute.items()
    }


class TestAsk:
    def test_a_statement_is_run(self, browser: Browser) -> None:
        browser.open("#/ask")
        browser.write('SELECT * FROM "Music" WHERE "Artist" = \'Can\'')
        browser.press("Run")
        browser.see(".summary", "1 item")
        browser.see("tbody tr", "Vitamin C")

    def test_an_error_has_its_caret_in_the_statement(self, browser: Browser) -> None:
        browser.open("#/ask")
        browser.write('SELECT * FROM "Music" WHERE "Artist" == \'Can\'')
        browser.press("Run")
        assert "^" in browser.see(".error .hint").text


class TestRequests:
    def test_requests_appear_as_they_are_answered(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/requests")
        browser.see("tbody tr", "PutItem")
        db.client().scan(TableName="Music", Limit=3)
        row = browser.see("tbody tr", "Scan").text
        assert "Music" in row

    def test_a_hint_is_shown_and_a_request_replayed(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/requests")
        browser.see("tbody tr", "PutItem")  # the log is watched from here on
        client = db.client()
        with pytest.raises(client.exceptions.ClientError):
            client.query(TableName="Musik", KeyConditionExpression="a = :a")
        client.scan(TableName="Music", Limit=1)
        browser.fill("Filter requests", "Scan")
        browser.click("tbody tr button", "Scan")
        browser.press("Replay")
        browser.see("dialog pre", '"ScannedCount": 1')

    def test_the_most_wasteful_pattern_comes_first(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/requests")
        db.client().scan(
            TableName="Music",
            FilterExpression="Song = :s",
            ExpressionAttributeValues={":s": {"S": "nothing"}},
        )
        browser.choose("Group by", "pattern")
        rows = browser.see(".long-table tbody")
        browser.until(lambda: rows.text.startswith("Scan Music"))


class TestStreams:
    def test_records_appear_with_their_differences(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/streams")
        browser.click("main a", "Music")
        browser.see("main summary", "INSERT")
        db.client().put_item(TableName="Music", Item={**EVERY_TYPE, "label": {"S": "Mute"}})
        browser.click("main summary", "MODIFY")
        browser.see(".differences tr", "label")


class TestTime:
    def test_the_clock_is_moved(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.press("Freeze")
        browser.see(".status", "frozen")
        before = db.clock.now()
        browser.press("+1 day")
        browser.until(lambda: db.clock.now() == before + 86_400)
        browser.press("Let time go on")
        browser.gone(".status", "frozen")

    def test_a_snapshot_is_taken_and_restored(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.fill("Name", "full")
        browser.press("Take")
        browser.see(".list li", "full")
        db.client().delete_table(TableName="Music")
        browser.click(".list li button", "Restore")
        browser.see(".notice", "Restored")
        assert db.client().list_tables()["TableNames"] == ["Music"]

    def test_faults_are_added_and_counted(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.fill("Operation", "ListTables")
        browser.press("Add fault")
        browser.see(".list li", "throttle")
        assert [fault.name for fault in db.trouble.faults] == ["throttle"]
        browser.press("End all trouble")
        browser.gone(".list li", "throttle")
        assert db.trouble.faults == []

    def test_a_table_is_restored_to_a_moment(self, browser: Browser, db: ddbmock.Database) -> None:
        client = db.client()
        client.update_continuous_backups(
            TableName="Music",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        db.clock.advance(hours=1)
        browser.open("#/time")
        browser.press("Restore a table")
        browser.choose("Source table", "Music")
        browser.fill("New table", "Before")
        browser.click("dialog button[type=submit]")
        browser.see(".notice", "Restoring into Before")
        assert "Before" in client.list_tables()["TableNames"]


class TestHabits:
    def test_the_palette_goes_to_any_table(self, browser: Browser) -> None:
        from selenium.webdriver.common.keys import Keys

        browser.open("#/time")
        browser.keys(Keys.CONTROL + "k")
        browser.see(".palette li", "Music: items")
        browser.keys("music: items", Keys.ENTER)
        browser.see("h1", "Items")

    def test_a_slash_searches(self, browser: Browser) -> None:
        browser.open()
        browser.keys("/")
        assert browser.script("return document.activeElement.id") == "search"
