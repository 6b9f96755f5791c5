"""Group commit: a group has the effect of its members one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.storage import Storage, StorageError, exchange, gains_from_groups
from ddbmock.storage.group import Group, Member, UngroupableError
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.testing.steps import content
from tests.postgresql import empty, postgresql, shared_postgresql

__all__ = ["postgresql", "shared_postgresql"]

SPACES: Final = ("left", "right")

Step: TypeAlias = tuple[str, str, bytes, bytes]
"""Call, space, key, value."""
Block: TypeAlias = tuple[list[Step], bool]
"""Steps of a write block, and whether an exception ends it."""

step = st.tuples(
    st.sampled_from(["get", "put", "exchange", "delete", "add"]),
    st.sampled_from(SPACES),
    st.sampled_from([b"a", b"b", b"c" * 3_000]),
    st.sampled_from([b"", b"1", b"22"]),
)
blocks = st.lists(st.tuples(st.lists(step, max_size=5), st.booleans()), max_size=6)


class Rejected(Exception):
    """The end of a block that changes nothing, such as a condition that does not hold."""


def run(writer: Any, block: Block) -> list[object]:
    """Run the steps of a block; return what they read."""
    steps, is_rejected = block
    read = []
    for call, space, key, value in steps:
        if call == "get":
            read.append(writer.get(space, key))
        elif call == "put":
            writer.put(space, key, value)
        elif call == "exchange":
            read += exchange(writer, space, {key: value, b"another": value})
        elif call == "delete":
            writer.delete(space, key)
        else:
            writer.add(space, len(value), len(key))
    if is_rejected:
        raise Rejected
    return read


def alone(storage: Storage, blocks: list[Block]) -> list[object]:
    answers: list[object] = []
    for block in blocks:
        try:
            with storage.write() as writer:
                answer = run(writer, block)
            answers.append(answer)
        except Rejected:
            answers.append("rejected")
    return answers


def grouped(storage: Storage, blocks: list[Block], *, fetching: bool = True) -> list[object]:
    answers: list[object] = []
    with storage.write() as writer:
        group = Group(writer)
        if fetching:
            group.fetch([(space, key) for steps, _ in blocks for _, space, key, _ in steps[:2]])
        for block in blocks:
            try:
                with group.member() as member:
                    answer = run(member, block)
                answers.append(answer)
            except Rejected:
                answers.append("rejected")
        group.send()
    return answers


def all_of(storage: Storage) -> object:
    with storage.read() as reader:
        return (
            {space: list(reader.range(space)) for space in SPACES},
            {space: reader.total(space) for space in SPACES},
        )


@given(before=blocks, members=blocks)
def test_a_group_does_what_its_members_do_one_after_the_other(
    before: list[Block], members: list[Block]
) -> None:
    one, other = MemoryStorage(), MemoryStorage()
    alone(one, before)
    alone(other, before)
    assert grouped(other, members) == alone(one, members)
    assert all_of(other) == all_of(one)


@pytest.mark.parametrize("fetching", [True, False])
def test_a_group_on_postgresql_does_what_its_members_do(
    fetching: bool, shared_postgresql: Storage
) -> None:
    examples: list[list[Block]] = [
        [([("put", "left", b"a", b"1")], False), ([("get", "left", b"a", b"")], False)],
        [
            ([("put", "left", b"a", b"22"), ("add", "left", b"a", b"1")], True),
            ([("get", "left", b"a", b""), ("put", "left", b"c" * 3_000, b"1")], False),
            ([("delete", "left", b"a", b""), ("add", "left", b"a", b"22")], False),
            ([("get", "left", b"a", b""), ("get", "left", b"c" * 3_000, b"")], False),
        ],
        [([("put", "right", b"%d" % number, b"1")], False) for number in range(20)],
        [([("exchange", "right", b"3", b"22"), ("exchange", "right", b"3", b"1")], False)] * 2,
        [],
    ]
    empty(shared_postgresql)  # type: ignore[arg-type]  # the fixture's storage is PostgreSQL's
    expected = MemoryStorage()
    for members in examples:
        assert grouped(shared_postgresql, members, fetching=fetching) == alone(expected, members)
        assert all_of(shared_postgresql) == all_of(expected)


def test_nothing_is_written_before_the_group_is_sent() -> None:
    storage = MemoryStorage()
    with storage.write() as writer:
        group = Group(writer)
        with group.member() as member:
            member.put("left", b"a", b"1")
            member.add("left", 1, 1)
        assert writer.get("left", b"a") is None
        assert group.known(("left", b"a")) == b"1"
    assert content(storage, "left") == []


@pytest.fixture
def member() -> Iterator[Member]:
    with MemoryStorage().write() as writer:
        yield Group(writer).member()


@pytest.mark.parametrize(
    "call",
    [
        lambda writer: writer.range("left"),
        lambda writer: writer.total("left"),
        lambda writer: writer.clear("left"),
        lambda writer: writer.reset("left"),
    ],
)
def test_a_member_that_calls_what_it_lacks_changes_nothing(member: Any, call: Any) -> None:
    with member as writer:
        writer.put("left", b"a", b"1")
        with pytest.raises(UngroupableError):
            call(writer)
    assert member.rejected
    assert not member.changed
    assert issubclass(UngroupableError, StorageError)


def test_the_engines_that_gain_from_groups(shared_postgresql: Storage) -> None:
    assert gains_from_groups(shared_postgresql)
    assert not gains_from_groups(MemoryStorage())
