"""The console's pictures in the documentation: ``make screenshots`` draws them.

They are committed, since drawing them needs Chromium and ChromeDriver.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Any, Final

import ddbmock

FOLDER: Final = Path(__file__).parent / "_static" / "console"
SIZE: Final = (1180, 760)
SECONDS: Final = 1.2
"""Until a page has loaded everything; only pictures depend on it."""

MUSIC: Final[dict[str, Any]] = {
    "TableName": "Music",
    "KeySchema": [
        {"AttributeName": "Artist", "KeyType": "HASH"},
        {"AttributeName": "Song", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "Artist", "AttributeType": "S"},
        {"AttributeName": "Song", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
SONGS: Final = (
    ("Can", "Vitamin C", 1972),
    ("Can", "Mother Sky", 1970),
    ("Faust", "Krautrock", 1973),
    ("Harmonia", "Deluxe", 1975),
    ("Neu!", "Hallogallo", 1972),
    ("Neu!", "Hero", 1975),
)
PAGES: Final = {
    "tables": "",
    "items": "#/items/Music",
    "ask": "#/ask?statement=SELECT%20*%20FROM%20%22Music%22%20WHERE%20%22Artist%22%20%3D%3D%20'Can'",
    "requests": "#/requests?group=pattern",
    "streams": "#/streams",
    "time": "#/time",
}


def fill(db: ddbmock.Database) -> None:
    """Create tables and items that look like somebody's."""
    client = db.client()
    client.create_table(**MUSIC)
    for name in ("Orders", "Sessions"):
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    for artist, song, year in SONGS:
        item = {
            "Artist": {"S": artist},
            "Song": {"S": song},
            "Year": {"N": str(year)},
            "Tags": {"SS": ["kraut", "motorik"]},
            "Chart": {"M": {"DE": {"N": "6"}, "UK": {"NULL": True}}},
        }
        client.put_item(TableName="Music", Item=item)


def ask(db: ddbmock.Database) -> None:
    """Make requests of which some are wasteful, and one is wrong."""
    client = db.client()
    for artist in ("Can", "Faust", "Neu!"):
        client.query(
            TableName="Music",
            KeyConditionExpression="Artist = :artist",
            ExpressionAttributeValues={":artist": {"S": artist}},
        )
    for year in ("1970", "1975", "1980"):
        client.scan(
            TableName="Music",
            FilterExpression="#year = :year",
            ExpressionAttributeNames={"#year": "Year"},
            ExpressionAttributeValues={":year": {"N": year}},
        )
    with contextlib.suppress(client.exceptions.ClientError):
        client.query(TableName="Musik", KeyConditionExpression="Artist = :a")


def draw() -> None:
    """Draw every page in light colours, and one in dark ones and on a phone."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ddbmock.Database() as db:
        fill(db)
        console = db.serve(console=True).console

        # from here on the log keeps the bodies of requests, and knows their patterns
        driver.get(f"{console}#/requests")
        time.sleep(SECONDS)
        ask(db)

        def picture(name: str, place: str, colours: str, size: tuple[int, int]) -> None:
            feature = {"name": "prefers-color-scheme", "value": colours}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            driver.get("about:blank")
            driver.get(f"{console}{place}")
            time.sleep(SECONDS)
            if name == "ask":
                driver.find_element("css selector", "button[type=submit]").click()
                time.sleep(SECONDS)
            # no empty space below the page
            bottom = driver.execute_script(
                "return Math.max(...[...document.querySelectorAll('main > *')]"
                ".map((one) => one.getBoundingClientRect().bottom))"
            )
            screen["height"] = min(size[1], max(430, int(bottom) + 24))
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            time.sleep(SECONDS / 4)
            driver.save_screenshot(str(FOLDER / f"{name}.png"))

        for name, place in PAGES.items():
            picture(name, place, "light", SIZE)
        picture("dark", "#/items/Music", "dark", SIZE)
        picture("phone", "#/items/Music", "light", (390, 760))
    driver.quit()


if __name__ == "__main__":
    draw()
