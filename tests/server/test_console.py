"""The console's files and its part of the control path, without a browser."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from typing import Any

import orjson
import pytest

import ddbmock
from ddbmock.server.control import Control
from ddbmock.service import http

LOCAL = {"host": "localhost:6543"}


@pytest.fixture
def db() -> Any:
    with ddbmock.Database() as database:
        control = Control(database)
        control.started(beyond=False)
        yield database
        control.close()


def get(db: ddbmock.Database, path: str, **headers: str) -> http.WireResponse:
    path, _, query = path.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.handle(db.router, http.WireRequest("GET", path, query, {**LOCAL, **named}, b""))


class TestAssets:
    def test_the_page_allows_scripts_of_this_server_only(self, db: ddbmock.Database) -> None:
        response = get(db, "/_ddbmock/")
        headers = dict(response.headers)
        assert response.status == 200
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert b"<script>" not in response.body
        assert b" style=" not in response.body

    def test_nothing_in_the_page_is_from_another_host(self, db: ddbmock.Database) -> None:
        links = re.findall(rb'(?:src|href)="([^"]*)"', get(db, "/_ddbmock/").body)
        assert links
        for link in links:
            assert link.startswith(b"/_ddbmock/assets/")
            assert get(db, link.decode()).status == 200

    def test_assets_are_compressed_and_known_again(self, db: ddbmock.Database) -> None:
        plain = get(db, "/_ddbmock/assets/console.js")
        packed = get(db, "/_ddbmock/assets/console.js", accept_encoding="gzip")
        assert gzip.decompress(packed.body) == plain.body
        etag = dict(plain.headers)["ETag"]
        again = get(db, "/_ddbmock/assets/console.js", if_none_match=etag)
        assert (again.status, again.body) == (304, b"")

    @pytest.mark.parametrize(
        "name", ["missing.js", "../__init__.py", "..%2f__init__.py", "/etc/passwd", ""]
    )
    def test_there_is_nothing_but_the_assets(self, db: ddbmock.Database, name: str) -> None:
        assert get(db, f"/_ddbmock/assets/{name}").status == 404

    def test_all_of_it_is_small(self, db: ddbmock.Database) -> None:
        from ddbmock.server.console import Console

        content = [asset.content for asset in Console()._assets.values()]
        assert sum(len(gzip.compress(one)) for one in content) < 500_000


class TestWhoMayUseIt:
    @pytest.mark.parametrize("path", ["/_ddbmock/", "/_ddbmock", "/_ddbmock/requests/events"])
    def test_a_name_that_an_attacker_may_own_is_refused(
        self, db: ddbmock.Database, path: str
    ) -> None:
        assert get(db, path, host="rebound.example").status == 403

    @pytest.mark.parametrize("path", ["/_ddbmock", "/_ddbmock/requests/events"])
    def test_a_page_of_another_origin_is_refused(self, db: ddbmock.Database, path: str) -> None:
        response = get(db, path, origin="http://evil.example")
        assert response.status == 403
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]

    def test_a_server_beyond_its_machine_wants_its_token(self) -> None:
        with ddbmock.Database(control_token="s3cret") as db:
            console = Control(db).started(beyond=True)
            assert console == "/_ddbmock/?token=s3cret"
            assert get(db, "/_ddbmock").status == 401
            assert get(db, "/_ddbmock?token=wrong").status == 401
            assert get(db, "/_ddbmock?token=s3cret").status == 200
            assert get(db, "/_ddbmock", x_ddbmock_token="s3cret").status == 200
            assert get(db, "/_ddbmock/").status == 200  # the page, which has no data

    def test_tokens_are_made_anew_at_each_start(self) -> None:
        with ddbmock.Database() as one, ddbmock.Database() as other:
            tokens = {Control(db).started(beyond=True) for db in (one, other)}
        assert len(tokens) == 2

    def test_it_is_not_there_when_it_is_off(self) -> None:
        with ddbmock.Database(console="off") as db:
            assert Control(db).started(beyond=False) is None
            assert get(db, "/_ddbmock/").status == 200
            assert dict(get(db, "/_ddbmock/").headers)["Content-Type"] == "application/json"
            assert get(db, "/_ddbmock/assets/console.js").status == 404


class TestPolicy:
    @pytest.mark.parametrize("path", ["/_ddbmock/", "/_ddbmock/assets/console.js", "/_ddbmock"])
    def test_there_are_neither_cookies_nor_permissions_for_other_origins(
        self, db: ddbmock.Database, path: str
    ) -> None:
        names = {name.lower() for name, _ in get(db, path).headers}
        assert not names & {"set-cookie", "access-control-allow-origin"}

    def test_styles_forms_and_frames_of_others_are_forbidden(self, db: ddbmock.Database) -> None:
        headers = dict(get(db, "/_ddbmock/").headers)
        rules = [rule.strip() for rule in headers["Content-Security-Policy"].split(";")]
        assert "connect-src 'self'" in rules
        assert {"frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} <= set(rules)
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


class TestEvents:
    def events(self, db: ddbmock.Database, after: str | None = None) -> list[Any]:
        headers = {} if after is None else {"last_event_id": after}
        response = get(db, "/_ddbmock/requests/events", **headers)
        assert dict(response.headers)["Content-Type"] == "text/event-stream"
        data = re.search(rb"^data: (.*)$", response.body, re.M)
        return [] if data is None else list(orjson.loads(data[1]))

    def test_requests_follow_the_last_one_that_was_seen(self, db: ddbmock.Database) -> None:
        client = db.client()
        client.list_tables()
        first = self.events(db)
        assert [one["operation"] for one in first] == ["ListTables"]
        client.list_tables()
        [second] = self.events(db, str(first[-1]["number"]))
        assert second["number"] == first[-1]["number"] + 1
        assert self.events(db, str(second["number"])) == []

    def test_bodies_are_kept_while_somebody_watches(self, db: ddbmock.Database) -> None:
        client = db.client()
        client.list_tables(Limit=1)
        assert self.events(db)[0]["body"] is None
        client.list_tables(Limit=2)
        assert self.events(db)[1]["body"] == {"Limit": 2}

    def test_numbers_are_not_used_again(self, db: ddbmock.Database) -> None:
        db.client().list_tables()
        db.requests.clear()
        db.client().list_tables()
        assert [one["number"] for one in self.events(db)] == [1]

    def test_a_number_of_an_earlier_process_is_before_all(self, db: ddbmock.Database) -> None:
        db.client().list_tables()
        [only] = self.events(db, "466")
        assert only["operation"] == "ListTables"
        assert self.events(db, str(only["number"])) == []

    def test_a_malformed_number_is_refused(self, db: ddbmock.Database) -> None:
        assert get(db, "/_ddbmock/requests/events?after=x").status == 400


def test_a_database_serves_its_console_when_asked() -> None:
    with ddbmock.Database() as db:
        assert db.serve().console is None
        server = db.serve(console=True)
        assert server.console == f"{server.url}/_ddbmock/"


def test_with_the_console_off_nothing_of_it_is_imported() -> None:
    code = """
import sys
import ddbmock
from ddbmock.server.control import Control
from ddbmock.service import http
with ddbmock.Database(console="off") as db:
    Control(db).started(beyond=False)
    for path in ("/_ddbmock/", "/_ddbmock/assets/console.js", "/_ddbmock"):
        http.handle(db.router, http.WireRequest("GET", path, "", {"host": "localhost"}, b""))
print([name for name in sys.modules if name.startswith("ddbmock.server.console")])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
