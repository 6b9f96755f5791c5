"""Random steps on storages and on a plain dict, whose results must be equal.

With several storages each step is done on all of them, so that engines are also compared with each
other. It needs hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ddbmock.storage import Reader, Storage, Writer, exchange

T = TypeVar("T")
Model = tuple[dict[str, dict[bytes, bytes]], dict[str, tuple[int, int]]]

SPACES = ("orders", "orders/by-date", "é")
COUNTERS = ("units", "orders")

spaces = st.sampled_from(SPACES)
counters = st.sampled_from(COUNTERS)
keys = st.one_of(
    st.binary(max_size=2),
    st.lists(st.sampled_from([b"\x00", b"\x01", b"a", b"\xff"]), max_size=4).map(b"".join),
    st.builds(
        lambda count, end: b"k" * count + end,
        st.sampled_from([1_999, 2_000, 4_000]),
        st.binary(max_size=1),
    ),
)
values = st.binary(max_size=8)
amounts = st.integers(-(2**40), 2**40)


class Undo(Exception):
    """An exception that undoes a write block."""


class Comparison(RuleBasedStateMachine):
    """The storages and their model.

    `beside` opens the content of each storage a second time; every other transaction then uses that
    one.
    """

    def __init__(
        self,
        storages: Sequence[Storage],
        *,
        beside: Sequence[Storage] | None = None,
        can_fork: bool = False,
    ) -> None:
        super().__init__()
        self.storages = list(storages)
        self.others = list(beside or storages)
        self.can_fork = can_fork
        self.model: Model = ({}, {})
        self.writing: tuple[ExitStack, list[Writer]] | None = None
        self.draft: Model = ({}, {})
        self.reading: tuple[ExitStack, list[Reader], Model] | None = None

    @initialize()
    def start_empty(self) -> None:
        for storage in self.storages:
            with storage.write() as writer:
                for space in SPACES:
                    writer.clear(space)
                for counter in COUNTERS:
                    writer.reset(counter)

    @rule()
    @precondition(lambda self: self.writing is None)
    def enter_write_block(self) -> None:
        stack = ExitStack()
        self.writing = (stack, [stack.enter_context(storage.write()) for storage in self.storages])
        self.draft = copy(self.model)

    @rule()
    @precondition(lambda self: self.writing is not None)
    def leave_write_block(self) -> None:
        assert self.writing is not None
        self.writing[0].close()
        self.writing = None
        self.model = self.draft
        self.storages, self.others = self.others, self.storages

    @rule()
    @precondition(lambda self: self.writing is not None)
    def leave_write_block_by_an_exception(self) -> None:
        assert self.writing is not None
        error = Undo()
        try:
            with self.writing[0]:
                raise error
        except Undo as raised:
            if raised is not error:
                raise
        self.writing = None

    @rule()
    @precondition(lambda self: self.reading is None)
    def enter_read_block(self) -> None:
        stack = ExitStack()
        readers = [stack.enter_context(storage.read()) for storage in self.storages]
        self.reading = (stack, readers, copy(self.model))
        self.compare_all(readers, self.model)

    @rule()
    @precondition(lambda self: self.reading is not None)
    def leave_read_block(self) -> None:
        assert self.reading is not None
        stack, readers, model = self.reading
        self.compare_all(readers, model)
        stack.close()
        self.reading = None

    @rule(space=spaces, key=keys, value=values)
    def put(self, space: str, key: bytes, value: bytes) -> None:
        self.change(lambda writer: writer.put(space, key, value))
        self.target[0].setdefault(space, {})[key] = value

    @rule(space=spaces, items=st.dictionaries(keys, values, max_size=3))
    def exchange(self, space: str, items: dict[bytes, bytes]) -> None:
        known = self.target[0].setdefault(space, {})
        expected = [known.get(key) for key in items]

        def change(writer: Writer) -> None:
            assert exchange(writer, space, items) == expected

        self.change(change)
        known.update(items)

    @rule(space=spaces, key=keys)
    def delete(self, space: str, key: bytes) -> None:
        self.change(lambda writer: writer.delete(space, key))
        self.target[0].setdefault(space, {}).pop(key, None)

    @rule(space=spaces, data=st.data())
    def delete_a_key_that_is_there(self, space: str, data: Any) -> None:
        present = sorted(self.target[0].get(space, ()))
        if present:
            self.delete(space, data.draw(st.sampled_from(present)))

    @rule(space=spaces)
    def clear(self, space: str) -> None:
        self.change(lambda writer: writer.clear(space))
        self.target[0].pop(space, None)

    @rule(counter=counters, first=amounts, second=amounts)
    def add(self, counter: str, first: int, second: int) -> None:
        self.change(lambda writer: writer.add(counter, first, second))
        sums = self.target[1].get(counter, (0, 0))
        self.target[1][counter] = (sums[0] + first, sums[1] + second)

    @rule(counter=counters)
    def reset(self, counter: str) -> None:
        self.change(lambda writer: writer.reset(counter))
        self.target[1].pop(counter, None)

    @rule(space=spaces, key=keys)
    def get(self, space: str, key: bytes) -> None:
        expected = self.target[0].get(space, {}).get(key)
        assert self.answers(lambda reader: reader.get(space, key)) == [expected] * len(
            self.storages
        )

    @rule(space=spaces, low=keys, high=st.none() | keys, reverse=st.booleans())
    def range(self, space: str, low: bytes, high: bytes | None, reverse: bool) -> None:
        expected = sorted(
            (
                pair
                for pair in self.target[0].get(space, {}).items()
                if low <= pair[0] and (high is None or pair[0] < high)
            ),
            reverse=reverse,
        )
        answers = self.answers(lambda r: list(r.range(space, low, high, reverse=reverse)))
        assert answers == [expected] * len(self.storages)

    @rule(counter=counters)
    def total(self, counter: str) -> None:
        expected = self.target[1].get(counter, (0, 0))
        assert self.answers(lambda r: r.total(counter)) == [expected] * len(self.storages)

    @rule()
    @precondition(lambda self: self.can_fork and self.reading is None and self.writing is None)
    def go_on_with_a_fork(self) -> None:
        forks = [storage.fork() for storage in self.storages]
        for storage in self.storages:
            with storage.write() as writer:
                writer.put(SPACES[0], b"apart", b"")
        self.storages = self.others = forks

    @property
    def target(self) -> Model:
        """The model of the content that the current block sees."""
        return self.model if self.writing is None else self.draft

    def change(self, work: Callable[[Writer], None]) -> None:
        if self.writing is not None:
            for writer in self.writing[1]:
                work(writer)
            return
        for storage in self.storages:
            with storage.write() as writer:
                work(writer)
        self.storages, self.others = self.others, self.storages

    def answers(self, question: Callable[[Reader], T]) -> list[T]:
        if self.writing is not None:
            return [question(writer) for writer in self.writing[1]]
        found = []
        for storage in self.storages:
            with storage.read() as reader:
                found.append(question(reader))
        return found

    def compare_all(self, readers: Sequence[Reader], model: Model) -> None:
        for reader in readers:
            for space in SPACES:
                assert list(reader.range(space)) == sorted(model[0].get(space, {}).items())
            for counter in COUNTERS:
                assert reader.total(counter) == model[1].get(counter, (0, 0))

    def teardown(self) -> None:
        if self.reading is not None:
            self.leave_read_block()
        if self.writing is not None:
            self.leave_write_block()
        for storage in self.storages:
            with storage.read() as reader:
                self.compare_all([reader], self.model)


def copy(model: Model) -> Model:
    """Return a copy of the model."""
    return {space: dict(pairs) for space, pairs in model[0].items()}, dict(model[1])


def compare(
    storages: Sequence[Storage],
    *,
    beside: Sequence[Storage] | None = None,
    can_fork: bool = False,
    examples: int,
) -> None:
    """Run the machine with `examples` programs of random steps."""

    class Bound(Comparison):
        def __init__(self) -> None:
            super().__init__(storages, beside=beside, can_fork=can_fork)

    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
