"""The memory engine: the suite, and what is its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.testing import ForkingStorageTests
from ddbmock.storage.testing.steps import content, fill, numbered, total


class TestMemoryStorage(ForkingStorageTests):
    @pytest.fixture
    def storage(self) -> Iterator[MemoryStorage]:
        storage = MemoryStorage()
        yield storage
        storage.close()


def test_restore_brings_back_what_a_snapshot_saw() -> None:
    storage = MemoryStorage()
    fill(storage, "orders", numbered(100))
    with storage.write() as writer:
        writer.add("units", 1, 2)
    snapshot = storage.snapshot()
    with storage.write() as writer:
        writer.clear("orders")
        writer.put("new", b"1", b"")
        writer.reset("units")
    for _ in range(2):
        storage.restore(snapshot)
        assert content(storage, "orders") == numbered(100)
        assert content(storage, "new") == []
        assert total(storage, "units") == (1, 2)
        fill(storage, "orders", [(b"000001", b"changed")])


def test_a_snapshot_may_be_restored_into_another_storage() -> None:
    storage, other = MemoryStorage(), MemoryStorage()
    fill(storage, "orders", numbered(3))
    other.restore(storage.snapshot())
    fill(other, "orders", [(b"new", b"")])
    assert content(storage, "orders") == numbered(3)
    assert content(other, "orders") == [*numbered(3), (b"new", b"")]


def test_restoring_inside_a_write_block_is_refused() -> None:
    storage = MemoryStorage()
    with storage.write(), pytest.raises(RuntimeError):
        storage.restore(storage.snapshot())


def test_spaces_and_counters_without_content_take_no_room() -> None:
    storage = MemoryStorage()
    empty = storage.snapshot()
    with storage.write() as writer:
        writer.put("orders", b"1", b"one")
        writer.add("units", 1, 1)
    with storage.write() as writer:
        writer.delete("orders", b"1")
        writer.reset("units")
    assert storage.snapshot().spaces.keys == empty.spaces.keys
    assert storage.snapshot().counters.keys == empty.counters.keys
