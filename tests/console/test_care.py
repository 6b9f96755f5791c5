"""Nothing is lost by a slip: edits, places in a list, and what an action would destroy."""

from __future__ import annotations

import json

import pytest

import ddbmock
from tests.console.browser import Browser
from tests.console.music import EVERY_TYPE, MUSIC
from tests.console.test_pages import KEY, sets_sorted

pytestmark = pytest.mark.slow

LINK = f"#/items/Music?item={json.dumps(KEY)}"


class TestEdits:
    def test_unsaved_changes_are_asked_about(self, browser: Browser) -> None:
        from selenium.webdriver.common.keys import Keys

        browser.open("#/items/Music?hash=Can")
        browser.click("tbody tr td", "Vitamin C")
        browser.fill("Year", "1999")
        for _ in range(3):  # browsers close a dialog with the second Escape, if they can
            browser.keys(Keys.ESCAPE)
        browser.press("Keep editing")
        assert browser.field("Year").get_attribute("value") == "1999"
        browser.driver.back()
        browser.see("dialog .leaving")
        browser.press("Discard changes")
        browser.gone("dialog")
        browser.until(lambda: "item=" not in browser.driver.current_url)
        browser.click("tbody tr a", "Can")  # without changes, the back button closes the item
        browser.see("dialog h2", "Artist: Can, Song: Vitamin C")
        browser.driver.back()
        browser.gone("dialog")

    def test_a_list_of_types_is_stepped_through_without_loss(self, browser: Browser) -> None:
        browser.open(LINK)
        for type in ("S", "M", "BOOL", "L"):
            browser.choose("Type of list", type)
        browser.press("Review changes")
        browser.see("dialog h3", "Nothing changes")

    def test_the_difference_of_long_values_is_in_view(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        long = {"text": {"S": "x" * 200 + "before"}, "raw": {"B": b"before"}}
        db.client().put_item(TableName="Music", Item={**EVERY_TYPE, **long})
        browser.open(LINK)
        browser.fill("text", "x" * 200 + "after")
        browser.fill("raw", "YWZ0ZXI=")
        browser.press("Review changes")
        rows = browser.see("dialog .differences").text
        assert "xbefore" in rows
        assert "xafter" in rows
        assert "YmVmb3Jl" in rows
        assert "YWZ0ZXI=" in rows
        browser.press("Save")  # nothing is unsaved in the next test
        browser.see(".notice", "Saved")

    def test_json_that_is_no_item_is_refused(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open(LINK)
        browser.click("dialog label.check", "Edit as DynamoDB JSON")
        browser.write('{"a": {"L": [{"SS": "x"}]}}')
        browser.press("Review changes")
        browser.see("dialog .error", "a[0]: SS needs an array.")
        item = {**{name: {"S": value["S"]} for name, value in KEY.items()}, "a": {"SS": ["x"]}}
        browser.write(json.dumps(item))
        browser.press("Duplicate")  # copies what is written, not what was read
        browser.fill("Song", "Vitamin D")
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Put a new item")
        copy = db.client().get_item(TableName="Music", Key={**KEY, "Song": {"S": "Vitamin D"}})
        assert copy["Item"] == {**item, "Song": {"S": "Vitamin D"}}

    def test_a_statement_is_there_when_the_reader_comes_back(self, browser: Browser) -> None:
        browser.open("#/ask")
        browser.write('SELECT "half"')
        browser.until(lambda: "half" in browser.driver.current_url)
        browser.click("nav a", "Tables")
        browser.see("h1", "Tables")
        browser.driver.back()
        shown = "return document.querySelector('.editor > div')?.shadowRoot?.textContent ?? ''"
        browser.until(lambda: 'SELECT "half"' in browser.script(shown))


class TestPlaces:
    def test_a_change_on_a_later_page_does_not_lead_back_to_the_first(
        self, browser: Browser
    ) -> None:
        browser.open("#/items/Music?hash=Neu!&limit=10")
        browser.press("Next page")
        browser.see(".summary", "20 items")
        browser.click("tbody tr a", "Neu!")
        browser.fill("Year", "1999")
        browser.press("Review changes")
        browser.press("Save")
        browser.see("tbody td", "1999")
        browser.see(".summary", "20 items")

    def test_pages_are_read_until_the_filter_lets_something_pass(self, browser: Browser) -> None:
        where = json.dumps([{"name": "Song", "operator": "=", "type": "S", "value": "057"}])
        browser.open(f"#/items/Music?limit=10&where={where}")
        browser.see(".empty", "No item passed the filter yet")
        browser.press("Read on until something is found")
        browser.see("tbody td", "057")

    def test_items_without_their_keys_are_not_opened(self, browser: Browser) -> None:
        browser.open("#/items/Music?projection=label&limit=5")
        browser.see(".summary", "if the projection includes their keys")
        assert not browser.driver.find_elements("css selector", "tbody a")


class TestActions:
    def test_a_table_is_updated_from_its_present_state(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        from selenium.webdriver.support.ui import Select

        browser.open("#/tables/Music")
        changes = (
            "Change to provisioned capacity",
            "Delete the global index by_year",
            "Add or change tags",
            "Add a resource policy",
        )
        for change in changes:
            browser.press("Update")
            Select(browser.field("What to change")).select_by_visible_text(change)
            browser.click("dialog button[type=submit]")
            browser.gone("dialog")
        browser.see("dl.facts", "5 read, 5 write")
        browser.see("dl.facts", "team")
        browser.press("Resource policy")
        browser.see("pre", "dynamodb:Query")
        table = db.client().describe_table(TableName="Music")["Table"]
        assert "GlobalSecondaryIndexes" not in table

    def test_a_refused_deletion_is_explained_where_it_was_confirmed(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        db.client().update_table(TableName="Music", DeletionProtectionEnabled=True)
        browser.open("#/tables/Music")
        browser.press("Delete")
        browser.fill("Type Music to confirm", "Music")
        browser.click("dialog button[type=submit]")
        browser.see("dialog .error", "protected against deletion")

    def test_a_snapshot_is_deleted_after_a_question(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/time")
        browser.press("Take")
        browser.click("button[aria-label='Delete snapshot without a name']")
        browser.press("Cancel")
        browser.see(".list li", "unnamed")
        browser.click("button[aria-label='Delete snapshot without a name']")
        browser.click("dialog button", "Delete")
        browser.gone(".list li", "unnamed")

    def test_a_write_is_replayed_after_a_question_and_in_its_region(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        europe = db.client(region_name="eu-west-1")
        europe.create_table(**MUSIC)
        browser.open("#/requests")
        browser.see("tbody tr", "PutItem")  # the log is watched from here on
        europe.put_item(TableName="Music", Item=EVERY_TYPE)
        europe.delete_item(TableName="Music", Key=KEY)
        browser.fill("Filter requests", "eu-west-1 PutItem")
        browser.click("tbody tr button", "PutItem")
        browser.press("Replay")
        assert "Item" not in europe.get_item(TableName="Music", Key=KEY)
        browser.press("Replay PutItem")
        browser.see("dialog h3", "Answer")
        item = europe.get_item(TableName="Music", Key=KEY)["Item"]
        assert sets_sorted(item) == sets_sorted(EVERY_TYPE)

    def test_the_clock_is_frozen_at_a_second(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.script(
            "arguments[0].value = '2027-01-02T03:04:17';"
            "arguments[0].dispatchEvent(new InputEvent('input', {bubbles: true}))",
            browser.field("Freeze at"),
        )
        browser.press("Freeze there")
        browser.see(".big", "Jan 2, 2027")
        assert db.clock.now() % 60 == 17


def test_the_log_goes_on_when_the_server_was_started_again(
    browser: Browser, db: ddbmock.Database
) -> None:
    client = db.client()
    for _ in range(1000):  # as many as the log keeps
        client.list_tables()
    browser.open("#/requests")
    browser.see("dt", "Latest requests")
    assert db.server is not None
    db.server.close()
    with ddbmock.Database() as other:
        other.serve(int(browser.url.split(":")[2].split("/")[0]), console=True)
        other.client().describe_limits()
        browser.gone("dt", "Latest requests")
        browser.see("tbody tr", "DescribeLimits")
        browser.open()
    browser.driver.get_log("browser")  # a refused connection
