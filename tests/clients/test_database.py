"""A database's handle: its state, its clock, its requests, its server."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time

import ddbmock
from ddbmock.clock import AdjustableClock, ManualClock
from ddbmock.errors import DynamoDBError
from ddbmock.service.request_log import KEPT, Request, Totals
from ddbmock.settings import SettingsError
from ddbmock.storage import UnsupportedError
from tests.clients.tables import MUSIC


def perform(db: ddbmock.Database, operation: str, request: Any) -> Any:
    return db.router.perform(db.router.target(f"DynamoDB_20120810.{operation}"), request)


def put(db: ddbmock.Database, key: str) -> None:
    perform(db, "PutItem", {"TableName": "music", "Item": {"pk": {"S": key}}})


def keys(db: ddbmock.Database) -> set[str]:
    items = perform(db, "Scan", {"TableName": "music"})["Items"]
    return {item.get("pk").value for item in items}


@pytest.fixture
def db() -> Any:
    with ddbmock.Database() as db:
        perform(db, "CreateTable", MUSIC)
        put(db, "a")
        yield db


class TestState:
    """Forks and snapshots."""

    def test_a_fork_and_its_origin_do_not_see_one_another(self, db: ddbmock.Database) -> None:
        with db.fork() as fork:
            put(fork, "b")
            put(db, "c")
            assert (keys(db), keys(fork)) == ({"a", "c"}, {"a", "b"})

    def test_a_fork_outlives_its_origin(self) -> None:
        db = ddbmock.Database()
        perform(db, "CreateTable", MUSIC)
        fork = db.fork()
        db.close()
        put(fork, "a")
        assert keys(fork) == {"a"}

    def test_a_fork_has_settings_and_time_and_no_requests(self) -> None:
        with ddbmock.Database(delay_creating=5) as db:
            db.clock.freeze(1000.0)
            perform(db, "ListTables", {})
            with db.fork() as fork:
                fork.clock.advance(5)
                assert (db.clock.now(), fork.clock.now()) == (1000.0, 1005.0)
                assert (fork.settings, list(fork.requests)) == (db.settings, [])

    def test_a_snapshot_can_be_restored_again_and_again(self, db: ddbmock.Database) -> None:
        snapshot = db.snapshot()
        for key in ("b", "c"):
            put(db, key)
            db.restore(snapshot)
            assert keys(db) == {"a"}

    def test_a_snapshot_can_be_restored_in_a_fork(self, db: ddbmock.Database) -> None:
        with db.fork() as fork:
            put(fork, "b")
            db.restore(fork.snapshot())
        assert keys(db) == {"a", "b"}

    def test_what_expires_expires_after_a_restore_again(self, db: ddbmock.Database) -> None:
        db.clock.freeze()
        specification = {"Enabled": True, "AttributeName": "end"}
        perform(
            db,
            "UpdateTimeToLive",
            {"TableName": "music", "TimeToLiveSpecification": specification},
        )
        end = int(db.clock.now())
        item = {"pk": {"S": "b"}, "end": {"N": str(end)}}
        perform(db, "PutItem", {"TableName": "music", "Item": item})
        snapshot = db.snapshot()
        for _ in range(2):
            db.clock.freeze(end + 49 * 3600)
            assert keys(db) == {"a"}
            db.restore(snapshot)

    def test_a_database_on_disk_can_be_neither_forked_nor_set_back(self, tmp_path: Any) -> None:
        with (
            ddbmock.Database() as memory,
            ddbmock.Database(storage=f"sqlite:///{tmp_path}/music.db") as db,
        ):
            for wrong in (db.fork, db.snapshot, lambda: db.restore(memory.snapshot())):
                with pytest.raises(UnsupportedError):
                    wrong()

    def test_a_snapshot_of_another_engine_is_refused(self, db: ddbmock.Database) -> None:
        with pytest.raises(UnsupportedError, match="SQLiteStorage"):
            db.restore(db.snapshot()._replace(engine="SQLiteStorage"))


class TestClock:
    """The clock goes with the machine's until it is told otherwise."""

    def test_it_goes_with_freezegun(self, db: ddbmock.Database) -> None:
        with freeze_time("2030-01-01") as frozen:
            assert db.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc).timestamp()
            frozen.tick(60)
            assert db.clock.now() == time.time()

    def test_it_goes_with_time_machine(self, db: ddbmock.Database) -> None:
        with time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False):
            assert db.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc).timestamp()

    def test_it_is_ahead_after_it_was_moved(self) -> None:
        machine = ManualClock(1000.0)
        clock = AdjustableClock(machine)
        assert clock.advance(1, minutes=1, hours=1, days=1) == 1000.0 + 1 + 60 + 3600 + 86400
        machine.advance(1)
        assert clock.now() == 1001.0 + 1 + 60 + 3600 + 86400

    def test_it_stands_still_and_goes_on_from_there(self) -> None:
        machine = ManualClock(1000.0)
        clock = AdjustableClock(machine)
        assert clock.freeze() == 1000.0
        machine.advance(500)
        assert clock.advance(10) == 1010.0
        assert clock.resume() == clock.resume() == 1010.0
        machine.advance(1)
        assert clock.now() == 1011.0

    def test_it_can_be_frozen_at_a_time(self) -> None:
        clock = AdjustableClock(ManualClock(1000.0))
        assert clock.freeze(5) == 5.0
        assert clock.freeze(datetime(1970, 1, 2, tzinfo=timezone.utc)) == 86400.0
        assert clock.advance(timedelta(hours=1)) == 90000.0

    @pytest.mark.parametrize("wrong", [True, "2030-01-01"])
    def test_what_is_no_time_is_refused(self, wrong: Any) -> None:
        clock = AdjustableClock(ManualClock(1000.0))
        with pytest.raises(TypeError) as caught:
            clock.freeze(wrong)
        assert str(caught.value) == (
            f"A time must be a datetime or seconds since the epoch, not {wrong!r}."
        )
        assert not clock.frozen

    def test_it_shows_its_time(self) -> None:
        clock = AdjustableClock(ManualClock(1000.0))
        assert repr(clock) == "<clock at 1970-01-01 00:16:40+00:00>"
        clock.freeze()
        assert repr(clock) == "<clock at 1970-01-01 00:16:40+00:00, frozen>"

    def test_a_database_takes_a_clock(self) -> None:
        with ddbmock.Database(clock=ManualClock(1000.0)) as db:
            assert db.clock.now() == 1000.0


class TestLog:
    """Errors are logged with their hints."""

    @pytest.mark.parametrize(
        ("request_", "line"),
        [
            (
                {"TableName": "musik"},
                "ResourceNotFoundException: Requested resource not found (There is no table 'musik'; "
                "did you mean 'music'?)",
            ),
            (
                {"TableName": "music", "FilterExpression": "name = :n"},
                "ValidationException: Invalid FilterExpression: Attribute name is a reserved keyword; "
                "reserved keyword: name\n"
                "    name = :n\n"
                "    ^ Write #name and define it in ExpressionAttributeNames as 'name'.",
            ),
        ],
    )
    def test_a_caret_of_a_hint_points_where_it_should(
        self,
        db: ddbmock.Database,
        caplog: pytest.LogCaptureFixture,
        request_: dict[str, Any],
        line: str,
    ) -> None:
        caplog.set_level("INFO", "ddbmock.requests")
        with pytest.raises(DynamoDBError):
            db.router.perform(db.router.target("DynamoDB_20120810.Scan"), request_)
        assert caplog.messages == [f" Scan {line}"]


class TestRequests:
    """What was asked is kept, with what it cost."""

    def test_requests_are_kept_with_their_costs(self, db: ddbmock.Database) -> None:
        db.requests.clear()
        now = db.clock.freeze()
        put(db, "b")
        keys(db)
        with pytest.raises(DynamoDBError):
            perform(db, "GetItem", {"TableName": "musik", "Key": {"pk": {"S": "a"}}})
        assert {request.region for request in db.requests} == {"us-east-1"}
        assert [request._replace(duration=0.0, region="") for request in db.requests] == [
            Request("PutItem", ("music",), 0.0, 1.0, 0, 0, None, None, 0.0, now),
            Request("Scan", ("music",), 2.0, 0.0, 2, 2, None, None, 0.0, now, True),
            Request(
                "GetItem",
                ("musik",),
                0.0,
                0.0,
                0,
                0,
                "ResourceNotFoundException",
                "There is no table 'musik'; did you mean 'music'?",
                0.0,
                now,
            ),
        ]
        assert all(request.duration > 0 for request in db.requests)
        assert db.requests.totals._replace(duration=0.0) == Totals(
            requests=3, errors=1, scans=1, read_units=2.0, write_units=1.0, scanned=2, returned=2
        )

    def test_a_request_reads_as_a_line(self, db: ddbmock.Database) -> None:
        requests = [
            Request("Scan", ("music",), 2.5, 0.0, 9, 1, None, None, 0.00125, 0.0),
            Request("PutItem", ("music",), 0.0, 1.0, 0, 0, "ValidationException", "", 0.001, 0.0),
        ]
        assert [str(request) for request in requests] == [
            "Scan  music  2.5 read units  1 of 9 items  1.25 ms",
            "PutItem  music  1 write units  ValidationException  1.00 ms",
        ]
        assert (requests[0].table, requests[0]._replace(tables=()).table) == ("music", None)

    def test_the_last_thousand_are_kept_and_all_are_counted(self, db: ddbmock.Database) -> None:
        for _ in range(KEPT):
            perform(db, "ListTables", {})
        assert (len(db.requests), db.requests[0].operation) == (KEPT, "ListTables")
        assert [request.operation for request in db.requests[-2:]] == ["ListTables"] * 2
        assert db.requests.totals.requests == KEPT + 2
        assert repr(db.requests).startswith("<1000 requests: Totals(requests=1002")

    @pytest.mark.parametrize(
        ("operation", "request_", "tables"),
        [
            ("BatchGetItem", {"RequestItems": {"b": {}, "a": {}}}, ("b", "a")),
            (
                "TransactGetItems",
                {"TransactItems": [{"Get": {"TableName": "b"}}, {"Get": 1}, 2, {"Get": {}}]},
                ("b",),
            ),
            ("ListTables", {"TableName": 1, "TransactItems": {}}, ()),
        ],
    )
    def test_tables_are_those_of_the_request(
        self, db: ddbmock.Database, operation: str, request_: Any, tables: Any
    ) -> None:
        with contextlib.suppress(DynamoDBError):
            perform(db, operation, request_)
        assert db.requests[-1].tables == tables


def test_a_wrong_setting_is_told() -> None:
    with pytest.raises(SettingsError):
        ddbmock.Database(limit="none")  # type: ignore[call-arg]  # that is the test


def test_the_environment_has_settings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDBMOCK_LIMITS", "none")
    with ddbmock.Database() as db:
        assert db.settings.limits == "none"


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda db: db.clock.advance("1h"),
            "advance() takes numbers, such as advance(hours=1), or a timedelta.",
        ),
        (
            lambda db: db.restore("before"),
            "restore() takes what snapshot() has returned, not 'before'.",
        ),
        (lambda db: db.limit(max_rcu="1"), "max_rcu must be a number, not '1'."),
    ],
)
def test_values_of_a_wrong_type_are_refused(
    use: Callable[[ddbmock.Database], object], message: str
) -> None:
    with ddbmock.Database() as db, pytest.raises(TypeError) as caught:
        use(db)
    assert str(caught.value) == message


def test_a_port_in_use_is_named() -> None:
    with (
        ddbmock.Database() as db,
        db.serve() as server,
        pytest.raises(OSError, match="in use") as caught,
    ):
        db.serve(server.port)
    assert str(caught.value).endswith(
        f": 127.0.0.1:{server.port}; with port 0 any free port is used"
    )
