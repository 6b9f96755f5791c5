"""Tests of transactions and their isolation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from ddbmock.storage import ConflictError, Storage, UnsupportedError, Writer, exchange
from ddbmock.storage.testing.steps import (
    Oops,
    content,
    fill,
    in_threads,
    numbered,
    total,
    undone,
    written,
)


class WriteTests:
    """The reads of a write block, and its effects."""

    def test_a_writer_sees_its_own_puts(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one"), (b"3", b"three")])
        with storage.write() as writer:
            writer.put("orders", b"2", b"two")
            writer.put("orders", b"3", b"tres")
            assert writer.get("orders", b"2") == b"two"
            assert writer.get("orders", b"3") == b"tres"
            expected = [(b"1", b"one"), (b"2", b"two"), (b"3", b"tres")]
            assert list(writer.range("orders")) == expected
            assert list(writer.range("orders", reverse=True)) == expected[::-1]

    def test_an_exchange_returns_what_it_replaces(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one"), (b"3", b"three")])
        with storage.write() as writer:
            writer.put("orders", b"4", b"four")
            changes = {b"3": b"tres", b"2": b"two", b"4": b"", b"1": b"one"}
            assert exchange(writer, "orders", changes) == [b"three", None, b"four", b"one"]
            assert exchange(writer, "new", {b"1": b"one"}) == [None]
            assert exchange(writer, "orders", {}) == []
        assert content(storage, "orders") == [
            (b"1", b"one"),
            (b"2", b"two"),
            (b"3", b"tres"),
            (b"4", b""),
        ]
        assert content(storage, "new") == [(b"1", b"one")]

    def test_a_writer_sees_its_own_deletes(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(5))
        with storage.write() as writer:
            writer.delete("orders", b"000002")
            assert writer.get("orders", b"000002") is None
            assert list(writer.range("orders")) == numbered(2) + numbered(5)[3:]

    def test_clear_empties_one_space(self, storage: Storage) -> None:
        for space in ("a", "ab", "b"):
            fill(storage, space, numbered(300))
        with storage.write() as writer:
            writer.clear("a")
            assert writer.get("a", b"000001") is None
            assert list(writer.range("a")) == []
        assert content(storage, "a") == []
        assert content(storage, "ab") == content(storage, "b") == numbered(300)

    def test_a_cleared_space_takes_new_keys_in_the_same_block(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(300))
        with storage.write() as writer:
            writer.clear("orders")
            writer.put("orders", b"000007", b"new")
            assert list(writer.range("orders")) == [(b"000007", b"new")]
        assert content(storage, "orders") == [(b"000007", b"new")]

    def test_clearing_a_space_never_written_changes_nothing(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.clear("orders")
        assert content(storage, "orders") == []

    def test_a_block_without_changes_changes_nothing(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(3))
        with storage.write() as writer:
            assert writer.get("orders", b"000000") == b"value 0"
        assert content(storage, "orders") == numbered(3)

    def test_a_block_may_change_many_spaces_and_counters(self, storage: Storage) -> None:
        with storage.write() as writer:
            for number in range(50):
                writer.put(f"space {number}", b"key", b"%d" % number)
                writer.add(f"counter {number}", number, -number)
        with storage.read() as reader:
            for number in range(50):
                assert reader.get(f"space {number}", b"key") == b"%d" % number
                assert reader.total(f"counter {number}") == (number, -number)

    def test_write_gives_back_what_the_block_raised(self, storage: Storage) -> None:
        error = Oops("mine")
        with pytest.raises(Oops) as raised, storage.write():
            raise error
        assert raised.value is error

    def test_a_write_block_inside_a_write_block_is_refused(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.put("orders", b"1", b"one")
            with pytest.raises(RuntimeError), storage.write():
                raise AssertionError("not reached")
            writer.put("orders", b"2", b"two")
        assert content(storage, "orders") == [(b"1", b"one"), (b"2", b"two")]


class UndoTests:
    """Write blocks that an exception leaves have no effect."""

    @pytest.fixture
    def before(self, storage: Storage) -> Storage:
        with storage.write() as writer:
            for key, value in numbered(200):
                writer.put("orders", key, value)
            writer.add("units", 5, 50)
        return storage

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda w: w.put("orders", b"new", b""), id="put"),
            pytest.param(lambda w: w.put("orders", b"000003", b"changed"), id="replace"),
            pytest.param(lambda w: w.delete("orders", b"000003"), id="delete"),
            pytest.param(lambda w: w.clear("orders"), id="clear"),
            pytest.param(lambda w: w.put("elsewhere", b"1", b""), id="put-in-a-new-space"),
            pytest.param(lambda w: w.add("units", 1, 1), id="add"),
            pytest.param(lambda w: w.add("others", 1, 1), id="add-to-a-new-counter"),
            pytest.param(lambda w: w.reset("units"), id="reset"),
        ],
    )
    @pytest.mark.parametrize("error", [Oops, KeyboardInterrupt, ConflictError])
    def test_an_exception_undoes(
        self, before: Storage, change: Callable[[Writer], None], error: type[BaseException]
    ) -> None:
        undone(before, change, error)
        assert content(before, "orders") == numbered(200)
        assert content(before, "elsewhere") == []
        assert total(before, "units") == (5, 50)
        assert total(before, "others") == (0, 0)

    def test_many_changes_are_undone_together(self, before: Storage) -> None:
        def work(writer: Writer) -> None:
            for key, _ in numbered(200)[::2]:
                writer.delete("orders", key)
            for key, value in numbered(2_000):
                writer.put("elsewhere", key, value)
            writer.clear("orders")
            writer.put("orders", b"000001", b"changed")

        undone(before, work)
        assert content(before, "orders") == numbered(200)
        assert content(before, "elsewhere") == []

    def test_the_next_block_starts_from_what_was_before(self, before: Storage) -> None:
        undone(before, lambda writer: writer.put("orders", b"000003", b"lost"))
        with before.write() as writer:
            assert writer.get("orders", b"000003") == b"value 3"
            writer.put("orders", b"000004", b"kept")
        assert content(before, "orders") == [
            *numbered(4),
            (b"000004", b"kept"),
            *numbered(200)[5:],
        ]

    def test_an_exception_caught_inside_the_block_undoes_nothing(self, before: Storage) -> None:
        with before.write() as writer:
            try:
                writer.put("orders", b"000003", b"changed")
                raise Oops
            except Oops:
                writer.delete("orders", b"000004")
        with before.read() as reader:
            assert reader.get("orders", b"000003") == b"changed"
            assert reader.get("orders", b"000004") is None

    def test_an_exception_in_a_read_block_comes_through(self, before: Storage) -> None:
        def read() -> None:
            with before.read() as reader:
                assert reader.get("orders", b"000003") == b"value 3"
                raise Oops

        with pytest.raises(Oops):
            read()
        assert content(before, "orders") == numbered(200)


class IsolationTests:
    """The isolation of transactions."""

    def test_a_read_block_does_not_see_what_is_not_committed(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        with storage.write() as writer:
            writer.put("orders", b"1", b"changed")
            writer.put("orders", b"2", b"two")
            writer.add("units", 1, 1)
            assert content(storage, "orders") == [(b"1", b"one")]
            assert total(storage, "units") == (0, 0)
        assert content(storage, "orders") == [(b"1", b"changed"), (b"2", b"two")]
        assert total(storage, "units") == (1, 1)

    def test_a_read_block_sees_one_moment(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.put("a", b"1", b"old")
            writer.put("b", b"1", b"old")
            writer.add("units", 1, 1)
        with storage.read() as reader:
            assert reader.get("a", b"1") == b"old"
            with storage.write() as writer:
                writer.put("a", b"1", b"new")
                writer.delete("b", b"1")
                writer.put("b", b"2", b"new")
                writer.put("c", b"1", b"new")
                writer.add("units", 1, 1)
            assert reader.get("a", b"1") == b"old"
            assert list(reader.range("b")) == [(b"1", b"old")]
            assert list(reader.range("c")) == []
            assert reader.total("units") == (1, 1)
        assert content(storage, "b") == [(b"2", b"new")]

    def test_a_long_range_sees_one_moment(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(3_000))
        with storage.read() as reader:
            pairs = reader.range("orders")
            seen = [next(pairs)]
            with storage.write() as writer:
                writer.clear("orders")
                writer.put("orders", b"002999", b"new")
            seen.extend(pairs)
        assert seen == numbered(3_000)

    def test_a_block_sees_what_was_committed_before_it(self, storage: Storage) -> None:
        for number in range(20):
            fill(storage, "orders", [(b"1", b"%d" % number)])
            with storage.read() as reader:
                assert reader.get("orders", b"1") == b"%d" % number
            with storage.write() as writer:
                assert writer.get("orders", b"1") == b"%d" % number

    def test_read_blocks_may_be_nested(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"old")])
        with storage.read() as outer:
            assert outer.get("orders", b"1") == b"old"
            fill(storage, "orders", [(b"1", b"new")])
            with storage.read() as inner:
                assert inner.get("orders", b"1") == b"new"
            assert outer.get("orders", b"1") == b"old"

    def test_another_thread_sees_what_this_one_committed(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(3))
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(content, storage, "orders").result(60) == numbered(3)
            thread.submit(fill, storage, "orders", [(b"new", b"")]).result(60)
        assert content(storage, "orders") == [*numbered(3), (b"new", b"")]

    def test_a_reader_in_another_thread_does_not_wait_for_a_writer(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"old")])
        with ThreadPoolExecutor(1) as thread, storage.write() as writer:
            writer.put("orders", b"1", b"new")
            assert thread.submit(content, storage, "orders").result(60) == [(b"1", b"old")]

    def test_a_writer_in_another_thread_does_not_wait_for_a_reader(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"old")])
        with ThreadPoolExecutor(1) as thread, storage.read() as reader:
            assert reader.get("orders", b"1") == b"old"
            thread.submit(fill, storage, "orders", [(b"1", b"new")]).result(60)
            assert reader.get("orders", b"1") == b"old"
        assert content(storage, "orders") == [(b"1", b"new")]


class ConcurrencyTests:
    """Many threads at once: the result is that of some order of the transactions."""

    def test_no_increment_is_lost(self, storage: Storage) -> None:
        def increment(writer: Writer) -> None:
            writer.put("n", b"n", b"%d" % (int(writer.get("n", b"n") or b"0") + 1))

        in_threads(6, lambda _: [written(storage, increment) for _ in range(20)])
        assert content(storage, "n") == [(b"n", b"120")]

    def test_no_addition_to_a_counter_is_lost(self, storage: Storage) -> None:
        in_threads(
            6, lambda _: [written(storage, lambda w: w.add("units", 1, -2)) for _ in range(20)]
        )
        assert total(storage, "units") == (120, -240)

    def test_no_key_put_by_one_of_many_is_lost(self, storage: Storage) -> None:
        def put_all(thread: int) -> None:
            for key, value in numbered(120)[thread::6]:
                written(storage, lambda w, k=key, v=value: w.put("orders", k, v))  # type: ignore[misc]

        in_threads(6, put_all)
        assert content(storage, "orders") == numbered(120)

    def test_one_of_many_wins_a_key_that_was_free(self, storage: Storage) -> None:
        def claim(number: int) -> list[bool]:
            def sit(seat: bytes) -> bool:
                def work(writer: Writer) -> bool:
                    if writer.get("seats", seat) is not None:
                        return False
                    writer.put("seats", seat, b"%d" % number)
                    return True

                return written(storage, work)

            return [sit(b"%d" % seat) for seat in range(10)]

        wins = in_threads(6, claim)
        assert [sum(of_seat) for of_seat in zip(*wins, strict=True)] == [1] * 10
        for seat, winner in content(storage, "seats"):
            assert wins[int(winner)][int(seat)]

    def test_what_moves_between_keys_is_always_all_there(self, storage: Storage) -> None:
        fill(storage, "purses", [(b"%d" % number, b"100") for number in range(5)])
        done = threading.Event()

        def move(thread: int) -> None:
            for step in range(15):
                origin, target = b"%d" % (step % 5), b"%d" % ((step + 1 + thread) % 5)

                def work(writer: Writer, origin: bytes = origin, target: bytes = target) -> None:
                    for purse, change in ((origin, -1), (target, 1)):
                        coins = int(writer.get("purses", purse) or b"0") + change
                        writer.put("purses", purse, b"%d" % coins)

                written(storage, work)

        def sums(_: int) -> set[int]:
            seen = set()
            while not done.is_set():
                seen.add(sum(int(coins) for _, coins in content(storage, "purses")))
            return seen

        with ThreadPoolExecutor(2) as watchers:
            watching = [watchers.submit(sums, number) for number in range(2)]
            try:
                in_threads(3, move)
            finally:
                done.set()
            seen = [future.result(60) for future in watching]
        assert seen == [{500}, {500}]
        assert sum(int(coins) for _, coins in content(storage, "purses")) == 500

    def test_two_that_read_both_and_write_one_do_not_both_win(self, storage: Storage) -> None:
        """Write skew: each leaves one of two on duty when it looks, and together they leave none."""

        def leave(number: int) -> None:
            def work(writer: Writer) -> None:
                if len(list(writer.range("duty"))) > 1:
                    writer.delete("duty", b"%d" % number)

            written(storage, work)

        for _ in range(10):
            fill(storage, "duty", [(b"0", b""), (b"1", b"")])
            in_threads(2, leave)
            assert len(content(storage, "duty")) == 1

    def test_an_undone_block_among_many_leaves_no_trace(self, storage: Storage) -> None:
        def work(thread: int) -> None:
            for step in range(20):
                key = b"%d-%d" % (thread, step)
                try:

                    def put(writer: Writer, key: bytes = key, fail: bool = step % 2 == 1) -> None:
                        writer.put("orders", key, b"")
                        writer.add("orders", 1, 0)
                        if fail:
                            raise Oops

                    written(storage, put)
                except Oops:
                    pass

        in_threads(4, work)
        expected = sorted(
            b"%d-%d" % (thread, step) for thread in range(4) for step in range(0, 20, 2)
        )
        assert [key for key, _ in content(storage, "orders")] == expected
        assert total(storage, "orders") == (40, 0)

    def test_threads_that_come_and_go_leave_nothing_open(self, storage: Storage) -> None:
        """Check that an engine with a connection for each thread does not run out of them."""
        fill(storage, "orders", numbered(3))
        for _ in range(30):
            assert in_threads(8, lambda _: content(storage, "orders")) == [numbered(3)] * 8


class NoForkTests:
    """The error of an engine that cannot fork."""

    can_fork: ClassVar[bool] = False

    def test_a_fork_is_refused(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(3))
        with pytest.raises(UnsupportedError):
            storage.fork()
        assert content(storage, "orders") == numbered(3)


class ForkTests:
    """Forks, of the engines that can."""

    can_fork: ClassVar[bool] = True

    @pytest.fixture
    def fork(self, storage: Storage) -> Iterator[Storage]:
        with storage.write() as writer:
            for key, value in numbered(500):
                writer.put("orders", key, value)
            writer.add("units", 1, 2)
        fork = storage.fork()
        yield fork
        fork.close()

    def test_a_fork_has_the_same_content(self, fork: Storage) -> None:
        assert content(fork, "orders") == numbered(500)
        assert total(fork, "units") == (1, 2)

    def test_a_fork_does_not_see_the_others_writes(self, storage: Storage, fork: Storage) -> None:
        with storage.write() as writer:
            writer.clear("orders")
            writer.add("units", 1, 1)
            writer.put("new", b"1", b"")
        assert content(fork, "orders") == numbered(500)
        assert content(fork, "new") == []
        assert total(fork, "units") == (1, 2)

    def test_what_a_fork_writes_is_its_own(self, storage: Storage, fork: Storage) -> None:
        with fork.write() as writer:
            for key, _ in numbered(500)[::2]:
                writer.put("orders", key, b"changed")
            writer.reset("units")
        assert content(storage, "orders") == numbered(500)
        assert total(storage, "units") == (1, 2)
        assert content(fork, "orders")[0] == (b"000000", b"changed")

    def test_a_fork_does_not_see_what_was_not_committed(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.put("orders", b"1", b"one")
            fork = storage.fork()
        assert content(fork, "orders") == []
        assert content(storage, "orders") == [(b"1", b"one")]

    def test_forks_of_forks_are_apart(self, storage: Storage, fork: Storage) -> None:
        second = fork.fork()
        for number, one in enumerate((storage, fork, second)):
            fill(one, "orders", [(b"000000", b"%d" % number)])
        assert [content(one, "orders")[0][1] for one in (storage, fork, second)] == [
            b"0",
            b"1",
            b"2",
        ]

    def test_closing_one_leaves_the_other(self, storage: Storage, fork: Storage) -> None:
        storage.close()
        assert content(fork, "orders") == numbered(500)

    def test_both_may_be_written_at_the_same_time(self, storage: Storage, fork: Storage) -> None:
        with storage.write() as writer, fork.write() as other:
            writer.put("orders", b"a", b"")
            other.put("orders", b"b", b"")
        assert content(storage, "orders") == [*numbered(500), (b"a", b"")]
        assert content(fork, "orders") == [*numbered(500), (b"b", b"")]
