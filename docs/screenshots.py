"""The console's pictures in the documentation: ``make screenshots`` draws them anew.

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
SIZE: Final = (1180, 720)
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
    "requests": "#/requests",
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
    client.scan(TableName="Music")
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

        def picture(name: str, place: str, colours: str, size: tuple[int, int]) -> None:
            feature = {"name": "prefers-color-scheme", "value": colours}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            driver.set_window_size(*size)
            driver.get("about:blank")
            driver.get(f"{console}{place}")
            time.sleep(SECONDS)
            if name == "ask":
                driver.find_element("css selector", "button[type=submit]").click()
                time.sleep(SECONDS)
            driver.save_screenshot(str(FOLDER / f"{name}.png"))

        for name, place in PAGES.items():
            picture(name, place, "light", SIZE)
        picture("dark", "#/items/Music", "dark", SIZE)
        picture("phone", "#/items/Music", "light", (390, 760))
    driver.quit()


if __name__ == "__main__":
    draw()
