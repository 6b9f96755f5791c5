"""What a demanding user does: transfers, rehearsals, comparisons, restores, other regions, forks."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

import ddbmock
from ddbmock.server.control import Control
from tests.console.browser import Browser
from tests.console.music import EVERY_TYPE
from tests.console.test_pages import KEY, sets_sorted

pytestmark = pytest.mark.slow


class TestTransfer:
    @pytest.mark.parametrize("format", ["csv", "jsonl"])
    def test_a_file_keeps_every_type(
        self, browser: Browser, db: ddbmock.Database, tmp_path: Path, format: str
    ) -> None:
        client = db.client()
        odd = {"Artist": {"S": 'a "b",\n'}, "Song": {"S": "="}, "Year": {"N": "-1"}}
        client.put_item(TableName="Music", Item={**odd, "label": {"S": "007"}, "a:S": {"S": " "}})
        before = client.scan(TableName="Music")["Items"]
        browser.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
        )
        browser.open("#/items/Music?limit=10")
        browser.press("Export")
        browser.choose("Format", format)
        browser.click("dialog button[type=submit]")
        browser.see(".notice", "Exported 62 items")
        file = tmp_path / f"Music.{format}"
        browser.until(file.exists)
        for item in before:
            client.delete_item(TableName="Music", Key={n: item[n] for n in ("Artist", "Song")})
        browser.press("Import")
        browser.field("File of JSON lines or CSV").send_keys(str(file))
        browser.see("dialog h3", "62 items")
        assert client.scan(TableName="Music")["Count"] == 0  # nothing is written before
        browser.click("dialog button.primary", "Import 62 items")
        browser.see(".notice", "Imported 62 items")
        after = client.scan(TableName="Music")["Items"]
        assert list(map(sets_sorted, after)) == list(map(sets_sorted, before))

    def test_types_of_a_csv_without_them_are_guessed_and_chosen(
        self, browser: Browser, db: ddbmock.Database, tmp_path: Path
    ) -> None:
        file = tmp_path / "music.csv"
        file.write_text(
            "Artist,Song,Year,code,live\nFaust,Jennifer,1973,007,true\nFaust,It,1974,,\n"
        )
        browser.open("#/items/Music?hash=Faust")
        browser.press("Import")
        browser.field("File of JSON lines or CSV").send_keys(str(file))
        browser.see("dialog label", "code (guessed)")
        browser.choose("Year", "S")  # an index has it as a number
        browser.press("Import 2 items")
        browser.see("dialog .error", "ValidationException")
        browser.choose("Year", "N")
        browser.press("Import 2 items")
        browser.see(".summary", "2 items")
        items = db.client().query(
            TableName="Music",
            KeyConditionExpression="Artist = :a",
            ExpressionAttributeValues={":a": {"S": "Faust"}},
        )["Items"]
        keys = {"Artist": {"S": "Faust"}}
        assert items == [
            {**keys, "Song": {"S": "It"}, "Year": {"N": "1974"}},
            {
                **keys,
                "Song": {"S": "Jennifer"},
                "Year": {"N": "1973"},
                "code": {"S": "007"},
                "live": {"BOOL": True},
            },
        ]

    def test_files_of_other_programs_are_read(self, browser: Browser, tmp_path: Path) -> None:
        items = '{"Artist": {"S": "Faust"}, "Song": {"S": "%s"}}'
        files = {
            "scan.json": f'{{\n "Items": [\n {items % "scan"}],\n "Count": 1\n}}',
            "batch.json": f'{{"Music": [{{"PutRequest": {{"Item": {items % "batch"}}}}}]}}',
            "plain.json": '{\n "Artist": "Faust",\n "Song": "plain"\n}',
            "european.csv": "Artist;Song\nFaust;european\n",
        }
        browser.open("#/items/Music?hash=Faust")
        for name, text in files.items():
            file = tmp_path / name
            file.write_text(text)
            browser.press("Import")
            browser.field("File of JSON lines or CSV").send_keys(str(file))
            browser.press("Import 1 item")
            browser.see("tbody td", file.stem)


class TestItems:
    def test_an_item_has_a_link_and_its_save_keeps_what_others_add(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open(f"#/items/Music?item={json.dumps(KEY)}")
        browser.fill("Year", "1999")
        db.client().update_item(
            TableName="Music",
            Key=KEY,
            UpdateExpression="SET added = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Saved")
        item = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert (item["Year"], item["added"]) == ({"N": "1999"}, {"N": "1"})
        browser.gone("dialog")
        assert "item=" not in browser.driver.current_url

    def test_filters_are_built_without_expressions(self, browser: Browser) -> None:
        browser.open("#/items/Music")
        browser.press("Add filter")
        browser.fill("Filter attribute", "Year")
        browser.choose("Condition", ">=")
        browser.choose("Filter type", "N")
        browser.fill("Filter value", "1974")
        browser.press("Scan")
        browser.see(".summary", "12 items, 61 scanned")

    def test_a_copied_read_runs(self, browser: Browser, db: ddbmock.Database) -> None:
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        browser.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
        browser.open("#/items/Music?hash=Neu!&operator=between&range=010&until=019")
        browser.see(".summary", "10 items")
        browser.press("boto3")
        browser.see("button", "Copied")
        text = browser.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0])"
        )
        found: dict[str, Any] = {}
        text = text.replace('boto3.client("dynamodb",', "make(")
        exec(text, {"make": lambda **_: db.client()}, found)
        assert found["response"]["Count"] == 10

    def test_a_copy_of_an_item_needs_a_key_of_its_own(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open(f"#/items/Music?item={json.dumps(KEY)}")
        browser.press("Duplicate")
        browser.press("Review changes")
        browser.press("Save")
        assert "already" in browser.see("dialog .error").text
        browser.fill("Song", "Vitamin D")
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Put a new item")
        copy = db.client().get_item(TableName="Music", Key={**KEY, "Song": {"S": "Vitamin D"}})
        assert sets_sorted(copy["Item"]) == sets_sorted({**EVERY_TYPE, "Song": {"S": "Vitamin D"}})

    def test_texts_with_line_breaks_stay_as_they_are(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        lines = {"SS": ["a\nb", "c"]}
        item = {**EVERY_TYPE, "strings": lines, "text": {"S": "a\r\nb"}, "constructor": {"S": "x"}}
        db.client().put_item(TableName="Music", Item=item)
        browser.open(f"#/items/Music?item={json.dumps(KEY)}")
        browser.fill("Year", "1999")
        assert browser.field("text").get_attribute("readonly")
        browser.press("Review changes")
        browser.press("Save")
        browser.see(".notice", "Saved")
        saved = db.client().get_item(TableName="Music", Key=KEY)["Item"]
        assert sets_sorted(saved) == sets_sorted({**item, "Year": {"N": "1999"}})


TEMPLATE = """
Resources:
  Albums:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Albums
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: until, Enabled: true}
"""


class TestTables:
    def test_a_template_creates_its_tables(self, browser: Browser, db: ddbmock.Database) -> None:
        pytest.importorskip("yaml")
        browser.open("#/tables?create=1")
        browser.click("dialog label.check", "Paste a request")
        browser.write(TEMPLATE)
        browser.click("dialog button[type=submit]")
        row = browser.see("tbody tr", "Albums").text
        assert "until" in row
        ttl = db.client().describe_time_to_live(TableName="Albums")["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}

    def test_an_index_is_made_with_the_form(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/tables?create=1")
        browser.fill("Name", "Orders")
        browser.fill("Hash key (partition key)", "id")
        browser.press("Add a global index")
        browser.fill("Index name", "by_day")
        browser.fill("Index hash key", "id")
        browser.choose("Type of Index hash key", "N")
        browser.click("dialog button[type=submit]")
        browser.see("dialog .error", "an attribute has one type in all keys")
        browser.fill("Index hash key", "day")
        browser.click("dialog button[type=submit]")
        browser.see(".notice", "Created Orders")
        table = db.client().describe_table(TableName="Orders")["Table"]
        assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by_day"]

    def test_the_tables_of_another_region_are_chosen(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        db.client(region_name="eu-west-1").create_table(
            TableName="Europe",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        browser.open()
        browser.see("tbody tr", "Music")
        browser.choose("Region", "eu-west-1")
        browser.click("tbody tr a", "Europe")
        browser.see("h1", "Europe")
        assert "region=eu-west-1" in browser.driver.current_url
        browser.choose("Region", "us-east-1")
        browser.see(".error", "ResourceNotFoundException")


class TestAsk:
    def test_plan_and_cost_are_known_before_a_statement_runs(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/ask")
        browser.write('SELECT * FROM "Music" WHERE "Year" = 1970')
        assert "61 items read, 12 returned" in browser.see(".price", "scan").text
        browser.write('DELETE FROM "Music" WHERE "Artist" = \'Can\' AND "Song" = \'Vitamin C\'')
        browser.see(".price", "write units")
        assert "Item" in db.client().get_item(TableName="Music", Key=KEY)
        browser.write('SELECT * FORM "Music"')
        browser.see(".price", "ValidationException")
        marked = "return document.querySelector('.editor > div').shadowRoot.querySelector('.cm-lintRange-error')?.textContent"
        assert browser.until(lambda: browser.script(marked))

    def test_names_are_completed(self, browser: Browser, db: ddbmock.Database) -> None:
        from selenium.webdriver.common.keys import Keys

        browser.open("#/ask")
        browser.write('SELECT * FROM "Music" WHERE ')
        root = "document.querySelector('.editor > div').shadowRoot"
        editor = browser.script(f"return {root}.querySelector('.cm-content')")
        browser.until(lambda: any(one.operation == "Scan" for one in db.requests))
        time.sleep(0.5)  # until the names of the items have arrived
        editor.send_keys('"dig')
        option = f"return {root}.querySelector('.cm-tooltip-autocomplete')?.textContent"
        assert '"digits"' in browser.until(lambda: browser.script(option))
        editor.send_keys(Keys.ESCAPE)

    def test_requests_with_expressions_are_asked(self, browser: Browser) -> None:
        browser.open("#/ask?operation=Query")
        browser.write(
            '{"TableName": "Music", "KeyConditionExpression": "Artist = :a", '
            '"ExpressionAttributeValues": {":a": {"S": "Neu!"}}}'
        )
        browser.see(".price", "60 items read")
        browser.press("Run")
        browser.see(".summary", "60 items")


class TestRequests:
    def test_the_consoles_own_requests_are_hidden_until_asked_for(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/items/Music")
        browser.see(".summary", "61 items")
        browser.open("#/requests")
        browser.see("tbody tr", "PutItem")
        assert not browser.driver.find_elements("xpath", "//button[text()='Scan']")
        browser.click("label.check", "Show the console's own requests")
        browser.see("tbody button", "Scan")
        assert "own=1" in browser.driver.current_url

    def test_patterns_are_expressions_without_values(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        browser.open("#/requests?group=pattern")
        browser.see("tbody tr", "PutItem Music")
        for artist in ("Can", "Neu!"):
            db.client().query(
                TableName="Music",
                KeyConditionExpression="#a = :a",
                FilterExpression="contains(label, :s)",
                ExpressionAttributeNames={"#a": "Artist"},
                ExpressionAttributeValues={":a": {"S": artist}, ":s": {"S": "C"}},
            )
        row = browser.see("tbody tr", "Query Music where Artist = ? filter contains(label, ?)")
        cells = [cell.text for cell in row.find_elements("css selector", "td")]
        assert cells[1:6] == ["2", "1", "61", "0", "61"]


class TestTime:
    def test_a_snapshot_is_compared_with_now(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.press("Take")
        browser.see(".list li", "unnamed")
        db.client().delete_item(TableName="Music", Key=KEY)
        browser.click(".list a", "Compare")
        browser.see("dialog", "0 items added, 0 changed, 1 removed")
        browser.click("dialog summary", "Vitamin C")
        browser.see("dialog .differences", "12345678901234567890123456789012345678")

    def test_what_expires_next_is_shown(self, browser: Browser, db: ddbmock.Database) -> None:
        client = db.client()
        ttl = {"Enabled": True, "AttributeName": "until"}
        client.update_time_to_live(TableName="Music", TimeToLiveSpecification=ttl)
        until = {"until": {"N": str(int(db.clock.now()) + 7200)}}
        client.put_item(TableName="Music", Item={**EVERY_TYPE, **until})
        browser.open("#/time")
        browser.see(".card tbody tr", "Artist: Can, Song: Vitamin C")
        browser.press("Advance until the first is removed")
        browser.until(lambda: "Item" not in client.get_item(TableName="Music", Key=KEY))

    def test_faults_show_their_counts_and_end_one_by_one(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        db.trouble.on("ListTables").fail()
        db.trouble.on("GetItem", times=3).throttle()
        client = db.client(config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
            client.get_item(TableName="Music", Key=KEY)
        browser.open("#/time")
        browser.see(".list li", "1 hit, 2 left")
        browser.click("button[aria-label='End throttle']")
        browser.gone(".list li", "throttle")
        assert [fault.name for fault in db.trouble.faults] == ["fail"]

    def test_gauges_show_what_is_left(self, browser: Browser, db: ddbmock.Database) -> None:
        db.clock.freeze()
        browser.open("#/time")
        browser.click("label.check", "Provisioned throughput is enforced")
        browser.until(lambda: db.trouble.throughput)
        db.client().put_item(TableName="Music", Item=EVERY_TYPE)
        assert "299,9" in browser.see(".gauge", "Music, write, hash key Can").text

    def test_a_replica_is_held_and_released(self, browser: Browser, db: ddbmock.Database) -> None:
        client = db.client()
        create = {"Create": {"RegionName": "eu-west-1"}}
        client.update_table(TableName="Music", ReplicaUpdates=[create])
        browser.open("#/time")
        browser.click(".list li button", "Hold")
        browser.see(".list .status", "held")
        client.put_item(TableName="Music", Item={**EVERY_TYPE, "label": {"S": "Mute"}})
        browser.see(".list li", "1 pending")
        browser.click(".list li button", "Release")
        browser.gone(".list li", "pending")

    def test_a_backup_is_made_and_restored(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.fill("Name of the backup", "first")
        browser.press("Back up")
        browser.click("tbody tr button", "Restore")
        browser.fill("New table", "Again")
        browser.click("dialog button[type=submit]")
        browser.see("h1", "Again")
        client = db.client()
        browser.until(
            lambda: client.describe_table(TableName="Again")["Table"]["TableStatus"] == "ACTIVE"
        )
        assert client.scan(TableName="Again", Select="COUNT")["Count"] == 61

    def test_a_fork_has_a_console_of_its_own(self, browser: Browser, db: ddbmock.Database) -> None:
        browser.open("#/time")
        browser.press("Fork")
        href = browser.see(".list a", "Console").get_attribute("href")
        browser.driver.get(href)
        browser.see("nav", "Console of the fork")
        browser.click("tbody tr a", "Music")
        browser.press("Delete")
        browser.fill("Type Music to confirm", "Music")
        browser.click("dialog button[type=submit]")
        browser.see(".notice", "Deleted Music")
        assert db.client().list_tables()["TableNames"] == ["Music"]


class TestLayout:
    @pytest.mark.parametrize("place", ["", "#/items/Music", "#/requests", "#/time"])
    def test_nothing_jumps_while_a_page_loads(self, browser: Browser, place: str) -> None:
        browser.open(place)
        browser.see("main .long-table, main .card")
        time.sleep(0.3)  # for what would still come
        shift = browser.driver.execute_async_script(
            "new PerformanceObserver((list) => arguments[0](list.getEntries().reduce("
            "(sum, one) => sum + one.value, 0))).observe({type: 'layout-shift', buffered: true});"
            "setTimeout(() => arguments[0](0), 300)"
        )
        assert shift < 0.1  # good, by Core Web Vitals

    def test_numbers_and_dates_follow_the_reader(self, browser: Browser) -> None:
        browser.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "de_DE"})
        try:
            browser.open("#/items/Music?hash=Can")
            browser.see(".summary", "0,5 read units")
        finally:
            browser.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {})


class TestSecurity:
    def test_a_name_of_an_attackers_is_refused(self, browser: Browser) -> None:
        """The browser finds this server under it, as after a DNS rebinding."""
        port = browser.url.partition("//")[2].partition("/")[0].partition(":")[2]
        browser.driver.get(f"http://rebound.example:{port}/_ddbmock/")
        assert "not known as" in browser.script("return document.body.textContent")
        browser.driver.get_log("browser")

    def test_a_token_is_asked_for_and_no_cookie_kept(
        self, browser: Browser, db: ddbmock.Database
    ) -> None:
        control = db.router.control
        assert isinstance(control, Control)
        control.started(beyond=True)
        control._token = "s3cret"
        browser.open()
        browser.fill("Token", "wrong")
        browser.press("Open")
        browser.see("h1", "This console needs a token")
        browser.fill("Token", "s3cret")
        browser.press("Open")
        browser.see("tbody tr", "Music")
        assert browser.driver.get_cookies() == []
        browser.driver.get("about:blank")
        browser.driver.get(f"{browser.url}?token=s3cret")
        browser.see("tbody tr", "Music")
        assert "s3cret" not in browser.driver.current_url
        tab = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        browser.driver.get(browser.url)  # as a link that is opened in a new tab
        browser.see("tbody tr", "Music")
        browser.driver.close()
        browser.driver.switch_to.window(tab)
        browser.driver.get_log("browser")  # the refusals
