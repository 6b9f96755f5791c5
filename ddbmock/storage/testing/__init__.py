"""The test suite for storage engines, those of ddbmock and your own; it needs pytest and
hypothesis.

A test module provides the engine in a fixture::

    import pytest
    from ddbmock.storage.testing import StorageTests

    class TestMyStorage(StorageTests):
        @pytest.fixture
        def storage(self, tmp_path):
            storage = MyStorage(tmp_path / "content")
            yield storage
            storage.close()

For an engine that can fork, use :class:`ForkingStorageTests` instead; all others must raise
UnsupportedError. For an engine whose content can be opened twice at a time, such as by two
processes, use :class:`SharedStorageTests` and provide a second fixture, ``beside``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from ddbmock.storage import Storage, Writer
from ddbmock.storage.testing.comparison import compare
from ddbmock.storage.testing.content import CounterTests, LongKeyTests, RangeTests, ValueTests
from ddbmock.storage.testing.steps import content, fill, in_threads, numbered, total, written
from ddbmock.storage.testing.transactions import (
    ConcurrencyTests,
    ForkTests,
    IsolationTests,
    NoForkTests,
    UndoTests,
    WriteTests,
)


class CommonTests(
    ValueTests,
    LongKeyTests,
    RangeTests,
    CounterTests,
    WriteTests,
    UndoTests,
    IsolationTests,
    ConcurrencyTests,
):
    """All promises of the storage port except forks."""

    can_fork: ClassVar[bool]

    @pytest.fixture
    def storage(self) -> Iterator[Storage]:
        raise NotImplementedError("give a fixture `storage` that yields an empty storage")

    def test_random_steps_do_what_a_plain_dict_does(self, storage: Storage) -> None:
        compare([storage], can_fork=self.can_fork, examples=40)

    def test_closing_twice_is_allowed(self, storage: Storage) -> None:
        fill(storage, "orders", numbered(3))
        storage.close()
        storage.close()


class StorageTests(NoForkTests, CommonTests):
    """The suite for engines that cannot fork. A subclass provides the fixture ``storage``."""


class ForkingStorageTests(ForkTests, CommonTests):
    """The suite for engines that can fork."""


class SharedStorageTests(StorageTests):
    """The suite for engines whose content can be opened twice at a time.

    The fixture ``beside`` provides a second storage with the content of ``storage``.
    """

    @pytest.fixture
    def beside(self) -> Iterator[Storage]:
        raise NotImplementedError("give a fixture `beside` that opens the same content again")

    def test_both_see_at_once_what_either_commits(self, storage: Storage, beside: Storage) -> None:
        for number in range(10):
            one, other = (storage, beside) if number % 2 else (beside, storage)
            with one.write() as writer:
                writer.put("orders", b"1", b"%d" % number)
                writer.put(f"space {number}", b"1", b"%d" % number)
                writer.add("units", 1, 1)
            assert content(other, "orders") == [(b"1", b"%d" % number)]
            assert content(other, f"space {number}") == [(b"1", b"%d" % number)]
            assert total(other, "units") == (number + 1, number + 1)

    def test_neither_sees_what_the_other_has_not_committed(
        self, storage: Storage, beside: Storage
    ) -> None:
        with storage.write() as writer:
            writer.put("orders", b"1", b"one")
            assert content(beside, "orders") == []

    def test_a_cleared_space_may_be_written_by_the_other(
        self, storage: Storage, beside: Storage
    ) -> None:
        for one, other in ((storage, beside), (beside, storage)):
            fill(one, "orders", numbered(50))
            with other.write() as writer:
                writer.clear("orders")
            fill(one, "orders", [(b"1", b"one")])
            assert content(other, "orders") == [(b"1", b"one")]

    def test_no_increment_of_either_is_lost(self, storage: Storage, beside: Storage) -> None:
        def increment(writer: Writer) -> None:
            writer.put("n", b"n", b"%d" % (int(writer.get("n", b"n") or b"0") + 1))
            writer.add("n", 1, 1)

        def work(number: int) -> None:
            for _ in range(10):
                written((storage, beside)[number % 2], increment)

        in_threads(4, work)
        assert content(storage, "n") == content(beside, "n") == [(b"n", b"40")]
        assert total(storage, "n") == total(beside, "n") == (40, 40)

    def test_content_outlives_the_storage_that_wrote_it(
        self, storage: Storage, beside: Storage
    ) -> None:
        fill(storage, "orders", numbered(500))
        storage.close()
        assert content(beside, "orders") == numbered(500)

    def test_random_steps_on_either_do_what_a_plain_dict_does(
        self, storage: Storage, beside: Storage
    ) -> None:
        compare([storage], beside=[beside], examples=10)
