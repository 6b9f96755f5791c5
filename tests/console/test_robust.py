"""Accessibility, colours, phones, and data that would break a careless page."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.console.browser import Browser

pytestmark = pytest.mark.slow

PLACES = {
    "tables": "",
    "table": "#/tables/Music",
    "items": "#/items/Music",
    "ask": "#/ask",
    "requests": "#/requests",
    "streams": "#/streams",
    "time": "#/time",
}

COLOURS = ("light", "dark")


def violations(browser: Browser, axe: str) -> list[Any]:
    browser.script(axe)
    found: list[Any] = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then(r => done(r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
    )
    return found


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing(browser: Browser, axe: str, place: str) -> None:
    browser.open(PLACES[place])
    browser.see("main")
    browser.until(lambda: browser.script("return document.querySelectorAll('main *').length > 5"))
    for colours in COLOURS:
        browser.emulate(colours)
        assert violations(browser, axe) == []


def test_axe_finds_nothing_in_the_item_editor(browser: Browser, axe: str) -> None:
    browser.open("#/items/Music?hash=Can")
    browser.click("tbody tr td", "Vitamin C")
    browser.see("dialog")
    browser.fill("Year", "1999")
    browser.click("dialog button[aria-label=Close]")
    browser.see("dialog .leaving")
    for colours in COLOURS:
        browser.emulate(colours)
        assert violations(browser, axe) == []


def test_colours_can_be_chosen_and_are_kept(browser: Browser) -> None:
    browser.open()
    light = browser.script("return getComputedStyle(document.body).backgroundColor")
    browser.choose("Colours", "dark")
    browser.until(
        lambda: browser.script("return getComputedStyle(document.body).backgroundColor") != light
    )
    browser.open()
    assert browser.script("return getComputedStyle(document.body).backgroundColor") != light


@pytest.mark.parametrize("place", PLACES)
def test_a_phone_needs_no_scrolling_sideways(browser: Browser, place: str) -> None:
    browser.open(PLACES[place], phone=True)
    browser.see("main")
    width = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    browser.until(lambda: browser.script(width) == 0)


class TestData:
    EVIL = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>\u202e"\'&'

    def test_data_is_never_a_part_of_the_page(self, browser: Browser, db: ddbmock.Database) -> None:
        item = {"Artist": {"S": self.EVIL}, "Song": {"S": self.EVIL}, self.EVIL: {"S": self.EVIL}}
        db.client().put_item(TableName="Music", Item=item)
        browser.open("#/items/Music")
        browser.click("tbody tr td", "<script>window.owned=1</script>")
        browser.see("dialog")
        browser.open("#/streams")
        browser.click("main a", "Music")
        browser.click("main summary", "<script>")
        assert browser.script("return window.owned") is None
        assert (
            browser.script("return document.querySelectorAll('main img, main script').length") == 0
        )

    def test_large_items_stay_usable(self, browser: Browser, db: ddbmock.Database) -> None:
        many = {f"attribute-{number:05}": {"N": str(number)} for number in range(10_000)}
        client = db.client()
        client.put_item(
            TableName="Music", Item={"Artist": {"S": "many"}, "Song": {"S": "s"}, **many}
        )
        client.put_item(
            TableName="Music",
            Item={"Artist": {"S": "long"}, "Song": {"S": "s"}, "text": {"S": "x" * 400_000}},
        )
        browser.open("#/items/Music?hash=many")
        browser.click("tbody tr td", "many")
        browser.see("dialog button", "Show all 10002 attributes")
        browser.open("#/items/Music?hash=long")
        browser.click("tbody tr td", "long")
        browser.see("dialog textarea")

    def test_a_page_of_a_thousand_items_renders_what_is_in_view(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        client = db.client()
        for number in range(1000):
            client.put_item(
                TableName="Music", Item={"Artist": {"S": "1000"}, "Song": {"S": f"{number:04}"}}
            )
        browser.open("#/items/Music?hash=1000&limit=1000")
        browser.see(".summary", "1,000 items")
        assert browser.script("return document.querySelectorAll('tbody tr').length") < 100
        browser.script("document.querySelector('.long-table').scrollTop = 1e6")
        browser.see("tbody tr", "0999")


class TestOtherSites:
    def test_a_page_of_another_origin_reads_and_changes_nothing(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        """The page is about:blank, whose origin is none of this server's."""
        browser.driver.get("about:blank")
        root = browser.url.partition("/_ddbmock")[0]
        outcome = browser.driver.execute_async_script(
            "const [root, done] = arguments;"
            "const tries = ["
            "  fetch(root + '/_ddbmock', {mode: 'cors'}),"
            "  fetch(root + '/_ddbmock/clock', {method: 'POST', mode: 'no-cors',"
            "    body: JSON.stringify({advance: 60})}),"
            "  fetch(root + '/', {method: 'POST', mode: 'no-cors', body: '{}'}),"
            "];"
            "Promise.allSettled(tries).then(all => done(all.map("
            "  one => one.status === 'fulfilled' ? one.value.type + one.value.status : 'failed')))",
            root,
        )
        assert outcome[0] == "failed"
        assert set(outcome[1:]) <= {"failed", "opaque0"}
        assert not db.clock.frozen
        browser.driver.get_log("browser")  # the refusals
        browser.open()
        assert db.client().list_tables()["TableNames"] == ["Music"]
