"""The PostgreSQL engine: the suite, and what is its own."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ddbmock import storage as storages
from ddbmock.storage import ConflictError, StorageError, UnavailableError, Writer
from ddbmock.storage.testing import SharedStorageTests
from ddbmock.storage.testing.steps import content, fill, in_threads, numbered, total, written
from tests.postgresql import Cluster

if TYPE_CHECKING:
    from ddbmock.storage.postgresql import PostgreSQLStorage


def opened(url: str) -> PostgreSQLStorage:
    from ddbmock.storage.postgresql import open_url

    return open_url(url)


def run(storage: PostgreSQLStorage, statement: str) -> list[tuple[object, ...]]:
    """What another program's statement finds in the storage's database."""
    with storage._pool.connection() as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def url(postgresql: Cluster) -> str:
    return postgresql.create_database()


@pytest.fixture
def storage(url: str) -> Iterator[PostgreSQLStorage]:
    storage = opened(url)
    run(storage, "TRUNCATE ddbmock_entries, ddbmock_counters")
    yield storage
    storage.close()


@pytest.fixture
def beside(storage: PostgreSQLStorage, url: str) -> Iterator[PostgreSQLStorage]:
    beside = opened(url)
    yield beside
    beside.close()


class TestPostgreSQLStorage(SharedStorageTests):
    @pytest.fixture
    def storage(self, storage: PostgreSQLStorage) -> PostgreSQLStorage:
        return storage

    @pytest.fixture
    def beside(self, beside: PostgreSQLStorage) -> PostgreSQLStorage:
        return beside


def test_storage_open_takes_a_postgresql_url(url: str) -> None:
    storage = storages.open(f"{url}&pool_size=2")
    fill(storage, "opened", numbered(3))
    assert in_threads(8, lambda _: content(storage, "opened")) == [numbered(3)] * 8
    storage.close()


@pytest.mark.parametrize("size", ["", "0", "-1", "many"])
def test_a_wrong_pool_size_is_refused(postgresql: Cluster, size: str) -> None:
    with pytest.raises(StorageError) as raised:
        storages.open(f"{postgresql.url}&pool_size={size}")
    assert str(raised.value) == "pool_size is the greatest number of connections, 1 or more"


def test_any_number_of_servers_may_start_on_a_new_database(postgresql: Cluster) -> None:
    new = postgresql.create_database()

    def work(number: int) -> None:
        storage = opened(new)
        written(storage, lambda writer: writer.put("orders", b"%d" % number, b""))
        storage.close()

    in_threads(8, work)
    storage = opened(new)
    assert content(storage, "orders") == [(b"%d" % number, b"") for number in range(8)]
    storage.close()


def test_the_user_need_not_own_tables_that_are_there(storage: PostgreSQLStorage, url: str) -> None:
    run(storage, "DROP ROLE IF EXISTS guest")
    run(storage, "CREATE ROLE guest LOGIN")
    run(storage, "GRANT SELECT, INSERT, UPDATE, DELETE ON ddbmock_entries TO guest")
    run(storage, "GRANT SELECT, INSERT, UPDATE, DELETE ON ddbmock_counters TO guest")
    run(storage, "GRANT SELECT ON ddbmock_schema TO guest")
    guest = opened(url.replace("ddbmock@", "guest@", 1))
    fill(guest, "orders", numbered(3))
    assert content(storage, "orders") == numbered(3)
    guest.close()


def test_tables_of_a_newer_version_are_refused(postgresql: Cluster) -> None:
    new = postgresql.create_database()
    storage = opened(new)
    run(storage, "INSERT INTO ddbmock_schema VALUES (2)")
    storage.close()
    name = new.partition("?")[0].rpartition("/")[2]
    with pytest.raises(StorageError) as raised:
        opened(new)
    assert str(raised.value).startswith(f"the tables in the PostgreSQL database “{name}” at ")
    assert str(raised.value).endswith(
        " were made by a newer version of ddbmock (schema 2, while this one knows 1)"
    )


def test_the_second_of_two_that_read_and_write_one_key_conflicts(
    storage: PostgreSQLStorage, beside: PostgreSQLStorage
) -> None:
    fill(storage, "n", [(b"n", b"0")])

    def second() -> None:
        with beside.write() as late:
            assert late.get("n", b"n") == b"0"
            with storage.write() as early:
                assert early.get("n", b"n") == b"0"
                early.put("n", b"n", b"early")
            late.put("n", b"n", b"late")

    with pytest.raises(ConflictError):
        second()
    assert content(storage, "n") == [(b"n", b"early")]


def test_conflicts_are_not_logged(
    storage: PostgreSQLStorage, caplog: pytest.LogCaptureFixture
) -> None:
    def increment(writer: Writer) -> None:
        writer.put("n", b"n", b"%d" % (int(writer.get("n", b"n") or b"0") + 1))
        for key, value in numbered(3):
            writer.put("others", key, value)

    in_threads(6, lambda _: [written(storage, increment) for _ in range(20)])
    assert content(storage, "n") == [(b"n", b"120")]
    assert caplog.text == ""


def test_a_conflict_that_is_caught_is_a_conflict_still(
    storage: PostgreSQLStorage, beside: PostgreSQLStorage
) -> None:
    """PostgreSQL answers COMMIT after an error with a rollback, and no error."""
    fill(storage, "n", [(b"n", b"0")])

    def stubborn() -> None:
        with beside.write() as late:
            assert late.get("n", b"n") == b"0"
            fill(storage, "n", [(b"n", b"early")])
            late.put("n", b"n", b"late")
            for _ in range(2):
                with pytest.raises(ConflictError):
                    list(late.range("n"))

    with pytest.raises(ConflictError):
        stubborn()
    assert content(storage, "n") == [(b"n", b"early")]


def test_writers_of_different_keys_do_not_conflict(
    storage: PostgreSQLStorage, beside: PostgreSQLStorage
) -> None:
    """PostgreSQL would read a small table whole, once it knows that it is small."""
    fill(storage, "orders", numbered(100))
    run(storage, "ANALYZE ddbmock_entries")
    with storage.write() as one, beside.write() as other:
        for writer, key in ((one, b"000001"), (other, b"000099")):
            assert writer.get("orders", key) is not None
            writer.put("orders", key, b"changed")
    assert [pair for pair in content(storage, "orders") if pair[1] == b"changed"] == [
        (b"000001", b"changed"),
        (b"000099", b"changed"),
    ]


def test_writers_of_one_counter_do_not_conflict(
    storage: PostgreSQLStorage, beside: PostgreSQLStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = itertools.count()
    monkeypatch.setattr(
        "ddbmock.storage.postgresql.random.randrange", lambda limit: next(slots) % limit
    )
    with storage.write() as one, beside.write() as other:
        one.add("units", 1, 2)
        other.add("units", 10, 20)
    assert total(storage, "units") == (11, 22)


def test_a_counter_is_spread_over_many_rows(storage: PostgreSQLStorage) -> None:
    for _ in range(100):
        with storage.write() as writer:
            writer.add("units", 1, 1)
    assert total(storage, "units") == (100, 100)
    ((rows,),) = run(storage, "SELECT count(*) FROM ddbmock_counters")
    assert isinstance(rows, int)
    assert rows > 30


def test_more_writes_than_are_kept_are_sent_before_the_commit(
    storage: PostgreSQLStorage,
) -> None:
    with storage.write() as writer:
        for key, value in numbered(2_500):
            writer.put("orders", key, value)
        assert len(writer._pending) == 500
        for key, _ in numbered(2_500)[::2]:
            writer.delete("orders", key)
        assert writer.get("orders", b"000000") is None
        assert writer.get("orders", b"000001") == b"value 1"
    assert content(storage, "orders") == numbered(2_500)[1::2]


def cut_off(postgresql: Cluster, url: str) -> None:
    """End all connections to the database, as a network or an administrator may."""
    name = url.partition("?")[0].rpartition("/")[2]
    postgresql.psql(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )


def test_a_connection_lost_before_the_commit_wrote_nothing(
    storage: PostgreSQLStorage, postgresql: Cluster, url: str
) -> None:
    def work(writer: Writer) -> None:
        writer.put("orders", b"1", b"one")
        writer.get("orders", b"2")
        cut_off(postgresql, url)
        writer.get("orders", b"2")

    with pytest.raises(UnavailableError) as raised, storage.write() as writer:
        work(writer)
    assert raised.value.applied is False
    assert content(storage, "orders") == []


@pytest.mark.parametrize("count", [1, 8])
def test_a_connection_lost_in_the_commit_leaves_its_outcome_open(
    storage: PostgreSQLStorage, postgresql: Cluster, url: str, count: int
) -> None:
    def work() -> None:
        with storage.write() as writer:
            writer.get("orders", b"1")
            for key, value in numbered(count):
                writer.put("orders", key, value)
            cut_off(postgresql, url)

    with pytest.raises(UnavailableError) as raised:
        work()
    assert raised.value.applied is None
    assert content(storage, "orders") == []


def test_a_connection_lost_before_many_writes_wrote_nothing(
    storage: PostgreSQLStorage, postgresql: Cluster, url: str
) -> None:
    def work() -> None:
        with storage.write() as writer:
            writer.get("orders", b"1")
            for key, value in numbered(100):
                writer.put("orders", key, value)
            cut_off(postgresql, url)

    with pytest.raises(UnavailableError) as raised:
        work()
    assert raised.value.applied is False
    assert content(storage, "orders") == []


def test_a_connection_lost_in_a_block_without_writes_wrote_nothing(
    storage: PostgreSQLStorage, postgresql: Cluster, url: str
) -> None:
    def work() -> None:
        with storage.write() as writer:
            writer.get("orders", b"1")
            cut_off(postgresql, url)

    with pytest.raises(UnavailableError) as raised:
        work()
    assert raised.value.applied is False


def test_a_connection_lost_while_idle_is_replaced_unnoticed(
    storage: PostgreSQLStorage, postgresql: Cluster, url: str
) -> None:
    fill(storage, "orders", numbered(3))
    in_threads(4, lambda _: content(storage, "orders"))
    cut_off(postgresql, url)
    assert in_threads(4, lambda _: content(storage, "orders")) == [numbered(3)] * 4
    cut_off(postgresql, url)
    fill(storage, "orders", [(b"new", b"")])
    assert content(storage, "orders") == [*numbered(3), (b"new", b"")]


def test_each_block_costs_few_round_trips(
    storage: PostgreSQLStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddbmock.storage import postgresql, postgresql_reader
    from ddbmock.storage.postgresql_batches import run_together

    trips: list[str] = []

    def counted(connection: Any, statements: Any) -> Any:
        trips.append(" ".join(sql.split()[0] for sql, _ in statements))
        return run_together(connection, statements)

    for module in (postgresql, postgresql_reader):
        monkeypatch.setattr(module, "run_together", counted)
    with storage.write() as writer:
        writer.get("orders", b"1")
        writer.get("orders", b"2")
        writer.put("orders", b"2", b"two")
        writer.add("orders", 1, 1)
    assert trips == ["BEGIN SELECT", "SELECT", "INSERT INSERT COMMIT"]
    trips.clear()
    with storage.read() as reader:
        assert reader.get("orders", b"2") == b"two"
        assert reader.total("orders") == (1, 1)
    assert trips == ["BEGIN SELECT", "SELECT", "COMMIT"]
    trips.clear()
    with storage.write() as writer, storage.read():
        writer.put("orders", b"3", b"three")
    assert trips == ["BEGIN", "INSERT COMMIT"]
    trips.clear()
    with storage.write(), storage.read():
        pass
    assert trips == []


def test_of_many_connections_that_are_silent_one_is_waited_for(
    storage: PostgreSQLStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddbmock.storage import postgresql_connections as connections

    silences = []

    class Silence(connections._SilentError):
        def __init__(self, text: str) -> None:
            super().__init__(text)
            silences.append(text)

    monkeypatch.setattr(connections, "_SilentError", Silence)
    fill(storage, "orders", numbered(3))
    blocks = [storage.read() for _ in range(5)]
    taken = [storage._connections.take(block) for block in blocks]
    frozen = [connection.info.backend_pid for connection in taken]
    for connection, block in zip(taken, blocks, strict=True):
        storage._connections.give_back(connection, block)
    monkeypatch.setattr(connections.BoundedConnection, "patience", 0.5)
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        assert content(storage, "orders") == numbered(3)
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    assert len(silences) == 1


def test_the_pool_heals_when_the_database_comes_back(
    postgresql: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened(url)
    with storage.write() as writer:
        writer.clear("orders")
        writer.put("orders", b"1", b"one")
    storage._pool.timeout = 0.2
    postgresql.stop("immediate")
    try:
        for _ in range(2):
            with pytest.raises(UnavailableError) as raised:
                content(storage, "orders")
            assert raised.value.applied is False
    finally:
        postgresql.start()
    storage._pool.timeout = 30
    assert content(storage, "orders") == [(b"1", b"one")]
    storage.close()


def test_a_database_that_takes_no_writes_is_read(storage: PostgreSQLStorage, url: str) -> None:
    fill(storage, "orders", numbered(3))
    standby = opened(f"{url}&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(UnavailableError) as raised:
        fill(standby, "orders", [(b"new", b"")])
    assert str(raised.value).endswith(" refuses (cannot execute INSERT in a read-only transaction)")
    assert raised.value.applied is False
    assert content(standby, "orders") == numbered(3)
    standby.close()


def test_a_closed_storage_is_unavailable(storage: PostgreSQLStorage) -> None:
    storage.close()
    for block in (storage.read(), storage.write()):
        with pytest.raises(UnavailableError) as raised, block:
            raise AssertionError("not reached")
        assert str(raised.value).endswith(" is closed")


def test_a_transaction_is_of_no_use_after_its_block(storage: PostgreSQLStorage) -> None:
    fill(storage, "orders", numbered(100))
    with storage.read() as reader:
        pairs = reader.range("orders")
        next(pairs)
    with pytest.raises(RuntimeError):
        reader.get("orders", b"000001")
    with pytest.raises(RuntimeError):
        list(pairs)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:geheim@localhost:1/db?connect_timeout=2",
        "postgresql://me@localhost:1/db?password=geheim&connect_timeout=2",
        "postgresql://me:geheim@localhost:port/db",
        "postgresql://me:geheim@localhost/db?nonsense=1",
        "postgresql://me:geheim@[localhost/db",
        "postgresql://me:geheim%zz@localhost/db",
    ],
)
def test_passwords_are_in_no_text(
    postgresql: Cluster, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert postgresql
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StorageError) as raised:
        storages.open(url)
    output = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert "geheim" not in output.replace(url, "") + caplog.text
    assert "geheim" not in str(raised.value)


def test_a_database_that_cannot_be_reached_is_told(postgresql: Cluster) -> None:
    assert postgresql
    with pytest.raises(UnavailableError) as raised:
        storages.open("postgresql://me@127.0.0.1:1/db?connect_timeout=2")
    text = str(raised.value)
    assert text.startswith("the PostgreSQL database “db” at 127.0.0.1:1 cannot be reached (")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("state", "kind", "applied", "text"),
    [
        ("40001", ConflictError, None, "another transaction came between in {} (why)"),
        ("40P01", ConflictError, None, "another transaction came between in {} (why)"),
        ("23505", ConflictError, None, "another transaction came between in {} (why)"),
        ("40003", UnavailableError, None, "{} does not know a commit's outcome"),
        ("57P01", UnavailableError, None, "{} cannot be reached (why)"),
        ("08006", UnavailableError, None, "{} cannot be reached (why)"),
        ("53100", UnavailableError, False, "{} refuses (why)"),
        ("53300", UnavailableError, False, "{} refuses (why)"),
        ("57014", UnavailableError, False, "{} refuses (why)"),
        ("42501", StorageError, None, "{} cannot do this (why)"),
    ],
)
def test_each_failure_of_the_database_has_its_error(
    storage: PostgreSQLStorage,
    state: str,
    kind: type[StorageError],
    applied: bool | None,
    text: str,
) -> None:
    from psycopg.errors import lookup

    error = storage._connections.translated(lookup(state)("why\nDETAIL: a key"), applied=None)
    assert type(error) is kind
    assert str(error) == text.format(storage._connections.name)
    assert getattr(error, "applied", None) is applied


def test_a_database_that_refuses_to_begin_is_told(storage: PostgreSQLStorage) -> None:
    reader = storage.read()
    reader._opening = "BEGIN NONSENSE"
    with pytest.raises(StorageError) as raised, reader:
        reader.get("orders", b"1")
    assert "cannot do this (syntax error" in str(raised.value)
    assert content(storage, "orders") == []
