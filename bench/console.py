"""The console: first paint beside a static page, a page of a large table, what an idle page costs."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import orjson

import ddbmock
from bench.measure import Row, Series, compared, interleaved, median_of
from bench.scale import TABLE
from bench.storage import OnDisk
from ddbmock.server import control
from ddbmock.server.console import Console
from ddbmock.service import http
from ddbmock.service.instance import Instance
from ddbmock.values.item import Item

GROUP: Final = "console"
TABLES: Final = 100
PAINT: Final = 2.0
"""First paint, as a multiple of a static page's."""
PAGE: Final = 1.5
"""A page of the large table, as a multiple of one of the small table."""
IDLE: Final = 1.0
"""Percent of a processor that the server may need for an open page on which nothing happens."""
CHUNK: Final = 50_000
"""Items that are written in one transaction."""
ASSETS: Final = 500.0
"""KB of all assets, compressed."""

_PAINTS: Final = """
const done = arguments[0];
new PerformanceObserver((list) => {
  const largest = Math.max(...list.getEntries().map((entry) => entry.startTime));
  const [first] = performance.getEntriesByName("first-contentful-paint");
  if (first) done([first.startTime, largest]);
}).observe({type: "largest-contentful-paint", buffered: true});
"""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    yield _assets()
    yield from _pages(rounds, smoke=smoke)
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        print("console: Chromium or ChromeDriver is missing, no page is measured", file=sys.stderr)
        return
    with _browser() as driver:
        yield from _paints(driver, rounds=rounds if smoke else max(rounds, 15))
        yield from _idle(driver, 1.0 if smoke else 20.0)


def _assets() -> Row:
    assets = Console()._assets.values()
    size = sum(len(gzip.compress(asset.content)) for asset in assets) / 1000
    return Row(GROUP, "all assets", "compressed", size, "KB", target=ASSETS)


def _pages(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """The requests of the page of items, for a small and a large table in a SQLite file."""
    small, large = (100, 1000) if smoke else (1000, 1_000_000)
    with tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as folder:
        sizes = {
            f"{count:,} items": Ordered(count, Path(folder) / f"{count}.db")
            for count in (small, large)
        }
        requests: dict[str, Callable[[Ordered], Callable[[int], Any]]] = {
            "first page of 100 items": lambda sized: _scan(sized, turned=False),
            "page of 100 in the middle": lambda sized: _scan(sized, turned=True),
            "list of tables": _tables,
        }
        for what, request in requests.items():
            work = {name: request(sized) for name, sized in sizes.items()}
            found = interleaved(
                {name: median_of(one, 10 if smoke else 100) for name, one in work.items()}, rounds
            )
            yield from compared(GROUP, what, found, target=PAGE)
        for sized in sizes.values():
            sized.close()


class Ordered(OnDisk):
    """A table without indexes, written straight to the file in the order of its keys.

    Through the operations, in the order of the numbers, a million items would take minutes.
    """

    def create(self) -> None:
        super().create()
        delete = {"Delete": {"IndexName": "by-gk"}}
        self.call("UpdateTable", {"TableName": TABLE, "GlobalSecondaryIndexUpdates": [delete]})

    def fill(self) -> None:
        dynamodb = self.router.dynamodb
        with dynamodb.call().read() as tables:
            table = tables.existing(TABLE)
        space, stored = table.space(), table.key_schema.stored
        order = sorted([(stored(Item.of_json(self.key(n))), n) for n in range(self.count)])
        for start in range(0, self.count, CHUNK):
            chunk = order[start : start + CHUNK]
            with dynamodb.call().write() as tables:
                size = 0
                for key, number in chunk:
                    item = Item.of_json(self.item(number))
                    tables.writer.put(space, key, item.record)
                    size += item.size
                tables.writer.add(space, len(chunk), size)

    def key(self, number: int) -> dict[str, Any]:
        item = self.item(number)
        return {name: item[name] for name in ("pk", "sk")}


def _scan(sized: Ordered, *, turned: bool) -> Callable[[int], Any]:
    headers = {
        "x-amz-target": "DynamoDB_20120810.Scan",
        "content-type": "application/x-amz-json-1.0",
        "authorization": "AWS4-HMAC-SHA256 Credential=console/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
        "x-amz-date": "20260101T000000Z",
        "host": "localhost",
    }

    def scan(number: int) -> None:
        request = {"TableName": TABLE, "Limit": 100, "ReturnConsumedCapacity": "TOTAL"}
        if turned:
            request["ExclusiveStartKey"] = sized.key(number * 7919 % sized.count)
        body = orjson.dumps(request)
        answer = http.handle(sized.router, http.WireRequest("POST", "/", "", headers, body))
        assert answer.status == 200, answer.body

    return scan


def _tables(sized: Ordered) -> Callable[[int], Any]:
    instance = Instance.of(sized.router.dynamodb.storage, sized.router.dynamodb.settings)
    path = control.Control(instance, depth=1)
    request = http.WireRequest("GET", "/_ddbmock/tables", "", {"host": "localhost"}, b"")

    def tables(_: int) -> None:
        answer = path.handle(request)
        assert answer is not None
        assert answer.status == 200

    return tables


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def _paints(driver: Any, *, rounds: int) -> Iterator[Row]:
    """First and largest paint of the list of tables, beside those of a static page of its weight."""
    with ddbmock.Database() as db:
        client = db.client()
        for number in range(TABLES):
            client.create_table(
                TableName=f"table-{number:03}",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        console = db.serve(console=True).console
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        page = _static_page(driver, console)
        with _serving(page) as static:
            addresses = {"static page": static, "console": console}
            first = {name: Series() for name in addresses}
            largest = {name: Series() for name in addresses}
            for number in range(rounds + 1):
                for name in sorted(addresses, reverse=number % 2 == 1):
                    driver.get("about:blank")
                    driver.get(addresses[name])
                    _await_rows(driver)
                    paints = driver.execute_async_script(_PAINTS)
                    if number:  # the first round warms up
                        first[name].rounds.append(paints[0] / 1000)
                        largest[name].rounds.append(paints[1] / 1000)
    for what, series, target in (
        (f"first paint, {TABLES} tables", first, PAINT),
        (f"largest paint, {TABLES} tables", largest, None),
    ):
        yield from compared(GROUP, what, series, "ms", target)


def _await_rows(driver: Any) -> None:
    while not driver.execute_script("return document.querySelectorAll('tbody tr').length > 10"):
        time.sleep(0.01)


def _static_page(driver: Any, console: str | None) -> bytes:
    """The console's page as plain HTML without a script, padded to the same number of bytes."""
    driver.get(console)
    _await_rows(driver)
    time.sleep(0.5)
    markup: str = driver.execute_script("return document.documentElement.outerHTML")
    weight: int = driver.execute_script(
        "const all = [...performance.getEntriesByType('resource'), "
        "...performance.getEntriesByType('navigation')];"
        "return all.reduce((sum, one) => sum + one.decodedBodySize, 0)"
    )
    markup = re.sub(r"<script.*?</script>", "", markup, flags=re.DOTALL)
    style = re.compile(r'<link rel="stylesheet" href="/_ddbmock/assets/([^"]+)"[^>]*>')
    for name in style.findall(markup):
        css = Console()._assets[name].content.decode()
        markup = style.sub(lambda _, css=css: f"<style>{css}</style>", markup, count=1)  # type: ignore[misc]
    page = f"<!doctype html>{markup}".encode()
    # text that differs, so that it does not vanish in the compression
    filler = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(weight // 8 + 1))
    return page + f"<!--{filler[: max(0, weight - len(page))]}-->".encode()


@contextmanager
def _serving(page: bytes) -> Iterator[str]:
    """Serve one page, compressed as the console's assets are."""
    content = gzip.compress(page)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def _idle(driver: Any, seconds: float) -> Iterator[Row]:
    """Percent of a processor that a server needs while a page is open and nothing happens."""
    with _server() as (process, console):
        for page, place in (
            ("no page", None),
            ("tables", ""),
            ("requests", "#/requests"),
            ("time and trouble", "#/time"),
        ):
            driver.get("about:blank")
            if place is not None:
                driver.get(f"{console}{place}")
            time.sleep(min(2.0, seconds))
            before = _cpu(process.pid)
            time.sleep(seconds)
            used = (_cpu(process.pid) - before) / seconds * 100
            target = IDLE if place is not None and seconds > 10 else None
            yield Row(GROUP, "idle server", page, used, "% of a CPU", target=target)
        driver.get("about:blank")


def _cpu(pid: int) -> float:
    """Seconds of the processor that a process has used; 0 where the system does not say."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ddbmock.cli", "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"Console: (\S+)", line)
            if found:
                yield process, found[1]
                break
    finally:
        process.terminate()
        process.communicate()
