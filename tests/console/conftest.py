"""A real browser, and a server whose console it shows.

Chromium and ChromeDriver are Debian's packages; axe-core is installed by ``make console``. Without
them these tests skip; in CI they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from tests.console.browser import Browser
from tests.console.music import EVERY_TYPE, MUSIC

AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, which CI installs")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        _missing("Chromium with ChromeDriver")
    selenium = pytest.importorskip("selenium.webdriver")
    options = selenium.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = selenium.ChromeService(executable_path=chromedriver)
    driver = selenium.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        _missing("axe-core (make console)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as database:
        client = database.client()
        client.create_table(**MUSIC)
        client.put_item(TableName="Music", Item=EVERY_TYPE)
        for number in range(60):
            client.put_item(
                TableName="Music",
                Item={
                    "Artist": {"S": "Neu!"},
                    "Song": {"S": f"{number:03}"},
                    "Year": {"N": str(1970 + number % 5)},
                },
            )
        yield database


@pytest.fixture
def browser(driver: Any, db: ddbmock.Database) -> Iterator[Browser]:
    server = db.serve(console=True)
    assert server.console is not None
    browser = Browser(driver, server.console)
    try:
        yield browser
        browser.check_no_errors()
    finally:
        browser.forget()
