"""The processes of a SQLite file take turns to write, also if some of them are killed or frozen."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ddbmock.storage import ConflictError, sqlite_file, turns
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing.steps import content, fill, numbered
from ddbmock.storage.turns import ALIVE_SECONDS, LONGEST_PAUSE, PLACES, TURN_SECONDS, Turns

fcntl = pytest.importorskip("fcntl")

LONG = 5.0


class Time:
    """A clock by which a process sleeps, while others do something."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.meanwhile: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= LONGEST_PAUSE
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(turns, "time", time)
    return time


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "content.db"
    path.touch()
    return path


@pytest.fixture
def one(database: Path) -> Iterator[Turns]:
    one = Turns(database)
    yield one
    one.close()


@pytest.fixture
def another(database: Path) -> Iterator[Turns]:
    another = Turns(database)
    yield another
    another.close()


def waits_beside(time: Time, waiting: Turns) -> int:
    """Let `waiting` wait from now on, and return its place."""
    return waiting._mark(time.now, time.now, 0)


def marks(memory: memoryview[float]) -> list[float]:
    return [time for time in memory.tolist()[2::2] if time]


def test_a_process_alone_begins_at_once(time: Time, one: Turns) -> None:
    time.meanwhile = pytest.fail
    assert not one.shared[0]
    assert one.wait(lambda: True, LONG)
    assert not one.shared[0]


def test_a_process_that_waits_longer_writes_first(time: Time, one: Turns, another: Turns) -> None:
    place = waits_beside(time, another)
    time.now += 0.001
    order: list[str] = []

    def let_in() -> None:
        # The other one looks again, in ten pauses, and then it writes.
        order.append("pause")
        if len(order) == 10:
            another.shared[place] = 0.0
            order.append("another")
        elif len(order) < 10:
            assert another._mark(1000.0, time.now, place) == place

    def begin() -> bool:
        order.append("one")
        return True

    time.meanwhile = let_in
    assert one.shared[0]
    assert one.wait(begin, LONG)
    assert order == ["pause"] * 10 + ["another", "one"]
    assert marks(one.shared) == []


def test_a_process_writes_on_within_its_turn(time: Time, one: Turns, another: Turns) -> None:
    waits_beside(time, another)
    time.now += ALIVE_SECONDS
    assert one.wait(lambda: True, LONG)
    waits_beside(time, another)
    time.now += TURN_SECONDS * 0.9
    time.meanwhile = pytest.fail
    assert one.wait(lambda: True, LONG)
    time.now += TURN_SECONDS * 0.2
    with pytest.raises(pytest.fail.Exception):
        one.wait(lambda: True, LONG)


def test_a_process_that_looks_no_more_counts_no_longer(
    time: Time, one: Turns, another: Turns
) -> None:
    waits_beside(time, another)
    time.now += 0.001
    assert one.wait(lambda: True, LONG)
    assert ALIVE_SECONDS <= time.now - 1000 <= ALIVE_SECONDS + 2 * LONGEST_PAUSE
    time.now += TURN_SECONDS
    assert one.wait(lambda: True, LONG)
    assert one.shared[0] == 0.0


def test_a_process_gives_up_in_time(time: Time, one: Turns, another: Turns) -> None:
    def looks_again() -> None:
        assert another._mark(1000.0, time.now, place) == place

    assert one.wait(lambda: False, LONG) is False
    assert LONG <= time.now - 1000 <= LONG + 2 * LONGEST_PAUSE
    time.now = 1000.0
    place = waits_beside(time, another)
    time.now += 0.001
    time.meanwhile = looks_again
    assert one.wait(lambda: pytest.fail("it is another one's turn"), LONG) is False
    assert LONG <= time.now - 1000 <= LONG + 2 * LONGEST_PAUSE


def test_a_process_gives_up_although_a_test_has_stopped_the_clock(time: Time, one: Turns) -> None:
    pauses: list[None] = []

    def stop() -> None:
        pauses.append(None)
        time.now = 1000.0

    time.meanwhile = stop
    assert one.wait(lambda: False, LONG) is False
    assert len(pauses) >= LONG / LONGEST_PAUSE


def test_a_process_that_is_interrupted_waits_no_longer(time: Time, one: Turns) -> None:
    def interrupt() -> None:
        assert len(marks(one.shared)) == 1
        raise KeyboardInterrupt

    time.meanwhile = interrupt
    with pytest.raises(KeyboardInterrupt):
        one.wait(lambda: False, LONG)
    assert marks(one.shared) == []


def test_two_processes_that_choose_one_place_both_keep_one(
    time: Time, one: Turns, another: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = one._mark(1000.0, 1000.0, 0)
    monkeypatch.setattr(turns, "_is_taken", lambda *_: False)
    monkeypatch.setattr(random, "choice", lambda places: places[places.index(place)])
    assert another._mark(1000.5, 1000.5, 0) == place
    monkeypatch.undo()
    other = one._mark(1000.0, 1000.6, place)
    assert other != place
    assert another._mark(1000.5, 1000.7, place) == place
    assert sorted(marks(one.shared)) == [1000.0, 1000.5]


def test_more_processes_than_places_try_again_and_again(time: Time, one: Turns) -> None:
    for number in range(PLACES):
        assert one._mark(999.0 + number / 1000, 1000.0, 0)
    assert one._mark(1000.0, 1000.0, 0) == 0
    assert one.wait(lambda: True, LONG)
    assert time.now - 1000 >= ALIVE_SECONDS


@pytest.mark.parametrize("seed", range(20))
def test_anything_may_be_in_the_memory(time: Time, one: Turns, seed: int) -> None:
    one.shared.cast("B")[:] = random.Random(seed).randbytes(one.shared.nbytes)
    assert one.wait(lambda: True, LONG)
    assert time.now - 1000 <= ALIVE_SECONDS + 2 * LONGEST_PAUSE
    assert one.wait(lambda: False, 0.1) is False


def test_the_last_process_removes_the_file(database: Path, one: Turns) -> None:
    file = database.with_name("content.db-turns")
    others = [Turns(database) for _ in range(3)]
    for other in others:
        other.shared[2] = 7.0
        assert one.shared[2] == 7.0
        one.shared[2] = 0.0
        other.close()
        assert file.exists()
    one.close()
    assert not file.exists()
    one.close()


def test_a_file_removed_meanwhile_is_made_again(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = database.with_name("content.db-turns")
    lock = fcntl.flock
    removals = [True]

    def remove_and_lock(descriptor: int, how: int) -> None:
        if removals:
            removals.pop()
            file.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", remove_and_lock)
    one, another = Turns(database), Turns(database)
    one.shared[2] = 7.0
    assert another.shared[2] == 7.0
    one.close()
    another.close()


@pytest.mark.parametrize("unusable", ["a directory", "a symbolic link", "no fcntl"])
def test_without_a_file_a_process_waits_for_sqlites_lock_alone(
    tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch, unusable: str
) -> None:
    database, file = tmp_path / "content.db", tmp_path / "content.db-turns"
    database.touch()
    if unusable == "a directory":
        file.mkdir()
    elif unusable == "a symbolic link":
        (tmp_path / "elsewhere").write_bytes(b"precious")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        monkeypatch.setattr(turns, "fcntl", None)
    before = sorted(tmp_path.iterdir())
    alone = Turns(database)
    tries = iter([False, False, True])
    assert alone.wait(lambda: next(tries), LONG)
    alone.close()
    assert sorted(tmp_path.iterdir()) == before
    if unusable == "a symbolic link":
        assert file.read_bytes() == b"precious"


def test_a_child_waits_for_its_own_turn(tmp_path: Path) -> None:
    """It shares the memory, and the file stays as long as it lives."""
    storage = SQLiteStorage(tmp_path / "content.db", durability="normal")
    (requests, request), (answers, answer) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.read(requests, 1)
            storage._turns.shared[2] = 7.0
            os.write(answer, b"%d" % (tmp_path / "content.db-turns").exists())
            os.read(requests, 1)
            storage.close()
        finally:
            os._exit(0)
    beside = Turns(tmp_path / "content.db")
    storage.close()
    os.write(request, b".")
    assert os.read(answers, 1) == b"1"
    assert beside.shared[2] == 7.0
    beside.close()
    os.write(request, b".")
    assert os.waitpid(child, 0)[1] == 0
    assert [file.name for file in tmp_path.iterdir()] == ["content.db"]
    for descriptor in (requests, request, answers, answer):
        os.close(descriptor)


def child_of(work: Callable[[int], object]) -> tuple[int, int]:
    """A child that does `work` with the writing end of a pipe, and the other end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


def test_a_frozen_writer_holds_up_others_for_some_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.05)
    path = tmp_path / "content.db"

    def freeze(pipe: int) -> None:
        storage = SQLiteStorage(path, durability="normal")
        with storage.write() as writer:
            writer.put("orders", b"frozen", b"")
            os.write(pipe, b".")
            os.kill(os.getpid(), signal.SIGSTOP)

    SQLiteStorage(path).close()
    child, pipe = child_of(freeze)
    storage = SQLiteStorage(path, durability="normal")
    assert os.read(pipe, 1) == b"."
    os.waitpid(child, os.WUNTRACED)
    for _ in range(2):
        with pytest.raises(ConflictError) as raised:
            fill(storage, "orders", numbered(1))
        assert str(raised.value) == f"another process is writing to {path}"
        assert content(storage, "orders") == []
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    fill(storage, "orders", numbered(1))
    assert content(storage, "orders") == numbered(1)
    storage.close()
    os.close(pipe)


@pytest.mark.parametrize("end", [signal.SIGSTOP, signal.SIGKILL])
def test_a_process_frozen_or_killed_while_it_waits_holds_up_nothing(
    tmp_path: Path, end: signal.Signals
) -> None:
    path = tmp_path / "content.db"
    SQLiteStorage(path).close()

    def wait(pipe: int) -> None:
        storage = SQLiteStorage(path, durability="normal")
        os.write(pipe, b".")
        fill(storage, "orders", [(b"waited", b"")])

    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    storage = SQLiteStorage(path, durability="normal")
    child, pipe = child_of(wait)
    assert os.read(pipe, 1) == b"."
    while not marks(storage._turns.shared):
        pass
    os.kill(child, end)
    os.waitpid(child, os.WUNTRACED)
    assert len(marks(storage._turns.shared)) == 1
    holder.execute("COMMIT")
    for _ in range(3):
        fill(storage, "orders", numbered(1))
    assert content(storage, "orders") == numbered(1)
    if end == signal.SIGSTOP:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(pipe)
    holder.close()
    storage.close()
    assert [file.name for file in tmp_path.iterdir()] == ["content.db"]
