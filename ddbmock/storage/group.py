"""Group commit: the write blocks of several requests in one transaction of an engine.

Where a transaction costs round trips and a flush of a log, as in PostgreSQL, many small ones cost
more than the writes in them. Databases therefore commit together what arrives together. A group does
the same one layer higher: it is one write block of the engine, and its *members* are the write blocks
of the requests, which run one after the other.

- A member sees the effects of the members before it, and its own. All members together see one state
  of the engine. So the group has the same effect as its members one after the other.
- A member's changes are kept apart until its block ends. If an exception leaves the block, as that of
  a condition that does not hold, they are forgotten, and the other members are not affected.
- Nothing is sent to the engine before the last member has ended; :meth:`Group.send` then sends all
  changes, and the end of the engine's block commits them. No member has happened before that commit,
  so no caller may be answered before it: not even one whose condition failed, since that condition
  may have read what another member wrote.
- If the commit fails, no member has happened. All are then run again, in a new group or by themselves,
  like any write block that has failed.

:meth:`Group.fetch` reads what the members are expected to read, in one round trip. This is only a
forecast: what was not fetched is read when a member asks for it.

A member has `get`, `put`, `delete` and `add`, which single writes of items need. Everything else
raises :class:`UngroupableError`, and the caller runs that block by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import NoReturn, TypeAlias, final

from ddbmock.storage import StorageError, Writer

Place: TypeAlias = tuple[str, bytes]
"""A space and a key in it."""
GetAll: TypeAlias = Callable[[Sequence[Place]], list[bytes | None]]
"""The method ``get_all`` of a writer that reads several values in one round trip."""


class UngroupableError(StorageError):
    """A call that a member of a group does not have. Its block must run by itself."""


@final
class Group:
    """The members of one write block of an engine. One thread uses it."""

    __slots__ = ("_added", "_changed", "_get_all", "_known", "_writer")

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._get_all: GetAll | None = getattr(writer, "get_all", None)
        self._known: dict[Place, bytes | None] = {}
        """The values that were read, or written by members that have ended."""
        self._changed: dict[Place, None] = {}
        self._added: dict[str, tuple[int, int]] = {}

    @property
    def has_changes(self) -> bool:
        """Whether a member that has ended has changed something."""
        return bool(self._changed or self._added)

    def fetch(self, places: Sequence[Place]) -> None:
        """Read values that members are expected to need.

        :raises StorageError: the engine fails, and with it the group.
        """
        missing = [place for place in dict.fromkeys(places) if place not in self._known]
        if self._get_all is not None:
            self._known.update(zip(missing, self._get_all(missing), strict=True))

    def known(self, place: Place) -> bytes | None:
        """Return a value that was read or written, without asking the engine."""
        return self._known.get(place)

    def member(self) -> Member:
        """Return the write block of one request."""
        return Member(self)

    def send(self) -> None:
        """Pass the changes of all members to the engine's block.

        :raises StorageError: the engine fails, and with it the group.
        """
        writer, known = self._writer, self._known
        for place in self._changed:
            value = known[place]
            if value is None:
                writer.delete(*place)
            else:
                writer.put(*place, value)
        for counter, sums in self._added.items():
            writer.add(counter, *sums)

    def _get(self, place: Place) -> bytes | None:
        known = self._known
        if place in known:
            return known[place]
        value = known[place] = self._writer.get(*place)
        return value

    def _join(self, changes: dict[Place, bytes | None], added: dict[str, tuple[int, int]]) -> None:
        self._known.update(changes)
        self._changed.update(dict.fromkeys(changes))
        for counter, sums in added.items():
            before = self._added.get(counter, (0, 0))
            self._added[counter] = (before[0] + sums[0], before[1] + sums[1])


@final
class Member:
    """A write block of a group, which is also its writer. See :class:`ddbmock.storage.Writer`."""

    __slots__ = ("_added", "_changes", "_group", "changed", "rejected")

    def __init__(self, group: Group) -> None:
        self._group = group
        self._changes: dict[Place, bytes | None] = {}
        self._added: dict[str, tuple[int, int]] = {}
        self.changed = False
        """Whether the block has ended and changed something."""
        self.rejected = False
        """Whether the block has called what a member does not have; its changes are then forgotten."""

    def __enter__(self) -> Member:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None and not self.rejected and (self._changes or self._added):
            self._group._join(self._changes, self._added)
            self._changes, self._added = {}, {}
            self.changed = True

    def get(self, space: str, key: bytes) -> bytes | None:
        place = space, key
        if place in self._changes:
            return self._changes[place]
        return self._group._get(place)

    def put(self, space: str, key: bytes, value: bytes) -> None:
        self._changes[space, key] = value

    def delete(self, space: str, key: bytes) -> None:
        self._changes[space, key] = None

    def add(self, counter: str, first: int, second: int) -> None:
        before = self._added.get(counter, (0, 0))
        self._added[counter] = (before[0] + first, before[1] + second)

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        self._reject("range")

    def total(self, counter: str) -> tuple[int, int]:
        self._reject("total")

    def clear(self, space: str) -> NoReturn:
        self._reject("clear")

    def reset(self, counter: str) -> NoReturn:
        self._reject("reset")

    def _reject(self, call: str) -> NoReturn:
        self.rejected = True
        raise UngroupableError(f"a write block in a group has no {call}")
