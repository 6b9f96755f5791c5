"""Writes of single items that arrive at the same time, carried out in one transaction.

This is group commit, for storage that gains from it; :mod:`ddbmock.storage.group` explains it, and why
it gives the same answers. Here are the requests' side of it, and the order in which they form groups.

A request that finds no group under way leads one: it takes the requests that wait, carries all of them
out in its own thread, and lets the next one lead. So a request that is alone is not delayed, and while
a group is under way the next one gathers. There is one group at a time in a process: two would conflict
whenever they change the same item, and the members of one never do.

A group waits a little for the requests that are likely to follow the last one's answers, as PostgreSQL's
``commit_delay`` does: a client that has got its answer soon sends the next request, and would otherwise
find a group that has just begun. :class:`Gathering` states how many and how long.

The main thread has no part in the groups of others: each of its writes is a group of its own. Signals
interrupt the main thread only (Ctrl-C, the time-out of a test), and may do so during a commit: the
other members could then not learn whether their writes were applied.

A request that has waited for :data:`LONGEST_WAIT` goes on by itself, since the group under way may wait
for an item that a frozen server has changed.

A group whose transaction conflicts with that of another server is carried out again as a group, at once:
the other transaction has ended by then. One by one its writes would cost several times as much, and
conflict as often. If that fails :data:`ATTEMPTS` times, takes too long, or if the transaction fails
otherwise, each request goes on by itself, with all its attempts but the first.

What a group needs to read it reads in one round trip: the descriptions of the tables, and the items,
whose keys follow from the requests and the descriptions that the group before has read. If a description
has changed since, the wrong key was read in vain, and the right one is read by itself.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias, final

from ddbmock import forking
from ddbmock.database import Call, DynamoDB
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE
from ddbmock.errors import DynamoDBError, ValidationException
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.storage import ConflictError, StorageError, UnavailableError
from ddbmock.storage.group import Group, Member, Place, UngroupableError
from ddbmock.values.dynamodb_json import decode

log: Final = logging.getLogger("ddbmock.requests")

MOST_MEMBERS: Final = 32
LONGEST_WAIT: Final = 0.1
"""Seconds that a request waits for the group under way."""

ATTEMPTS: Final = 3
"""The number of attempts of a group at most if its transaction conflicts with others."""

PART: Final = 0.5
"""The part of the time of the last group for which a group waits for further requests."""
LONGEST_GATHERING: Final = 0.002
"""Seconds that a group waits for further requests at most."""
MOST_TABLES: Final = 4096
"""Descriptions of tables that are kept for forecasts."""

Ready: TypeAlias = Callable[[Target, Mapping[str, Any], Call], Any]
"""Takes the steps of a request before its operation, and returns the input."""


@final
class GroupedWrite:
    """A write of one item, and what has become of it in its group."""

    __slots__ = (
        "_error",
        "_input",
        "_member",
        "_output",
        "body",
        "call",
        "others",
        "settled",
        "since",
        "target",
        "thread",
        "turn",
    )

    def __init__(self, target: Target, body: Mapping[str, Any], call: Call) -> None:
        self.target = target
        self.body = body
        self.call = call
        self.since = time.monotonic()
        self.settled = False
        """Whether :meth:`result` has something to give; if not, the request goes on by itself."""
        self.others: list[GroupedWrite] = []
        """The other members of the group that this write leads."""
        self.thread = threading.get_ident()
        self.turn = threading.Lock()
        """Released when the write leads, or is settled."""
        self._input: Any = None
        self._member: Member | None = None
        self._output: Output = {}
        self._error: Exception | None = None

    def result(self) -> Output:
        """Return the output of the operation, or raise its error.

        :raises StorageError: the group has failed. The request can be tried again under the same
            conditions as any other.
        """
        if self._error is not None:
            raise self._error
        return self._output

    @property
    def is_final(self) -> bool:
        """Whether the request can be answered without another attempt."""
        return self.settled and not isinstance(self._error, StorageError)

    def go_on(self) -> None:
        """Wake the thread of the write, unless it is awake."""
        with suppress(RuntimeError):
            self.turn.release()

    def prepare(self, ready: Ready) -> None:
        """Take the steps before the operation."""
        try:
            self._input = ready(self.target, self.body, self.call)
        except Exception as error:  # is raised again where the request is answered
            self._error, self.settled = error, True

    @property
    def seconds(self) -> float:
        """Seconds since the request has arrived."""
        return time.monotonic() - self.since

    def places(self, known: Mapping[Place, bytes]) -> Iterator[Place]:
        """Yield what the operation is expected to read, as far as that is known."""
        for entry in self.target.operation.entries(self.body):
            catalogue = (self.call.prefix + CATALOGUE, entry.table.encode())
            yield catalogue
            stored = known.get(catalogue)
            table = None if stored is None else decode_life(stored).at(self.call.clock.now())
            if table is None:
                continue
            schema = table.key_schema
            try:
                key = {name: decode(entry.attributes[name]) for name in schema.names}
            except (KeyError, ValidationException):
                continue  # the operation rejects it
            if schema.fits(key):
                yield table.table_id, schema.stored(key)

    def perform(self, group: Group) -> None:
        """Perform the operation as a member of a group.

        :raises Exception: anything but an error of the service; the group fails.
        """
        call = self.call
        call.member = self._member = group.member()
        try:
            self._output = self.target.operation.perform(call, self._input)
        except UngroupableError:
            call.begin_again()
            return
        except DynamoDBError as error:
            self._error = error
        finally:
            call.member = None
        if self._member.rejected:
            call.begin_again()
            self._error = None
        else:
            self.settled = True

    def begin_again(self) -> None:
        """Forget what the operation has done, before another attempt in a group."""
        self.call.begin_again()
        self.settled = False
        self._member, self._output, self._error = None, {}, None

    def fail(self, failure: StorageError) -> None:
        """Note that the transaction of the group has failed."""
        changed = self._member is not None and self._member.changed
        unknown = isinstance(failure, UnavailableError) and failure.applied is not False
        if isinstance(failure, ConflictError) or (
            isinstance(failure, UnavailableError) and (changed or not unknown)
        ):
            self._error = copy.copy(failure)
        else:
            # The request has changed nothing, or is not to blame.
            self._error = ConflictError(f"the transaction of several requests failed ({failure})")
        self.settled = True


@final
class Gathering:
    """The number of requests that a group waits for, and the time that it waits.

    It waits for as many as there were when the last one ended, its own and those that were waiting, and
    for half the time that the last one took. So it does not wait for a client that is alone.
    """

    __slots__ = ("expected", "seconds")

    def __init__(self) -> None:
        self.expected = 1
        self.seconds = 0.0

    def ended(self, size: int, waiting: int, seconds: float) -> None:
        """Note that a group has ended."""
        self.expected = min(size + waiting, MOST_MEMBERS)
        self.seconds = min(seconds * PART, LONGEST_GATHERING)


@final
class GroupedWrites:
    """The groups of one database in one process."""

    def __init__(self, dynamodb: DynamoDB, ready: Ready) -> None:
        self._dynamodb: Final = dynamodb
        self._ready: Final = ready
        self._lock: Final = forking.lock()
        self._waiting: deque[GroupedWrite] = deque()
        self._leader: GroupedWrite | None = None
        self._gathers = False
        """Whether the leader waits for further requests."""
        self.gathering: Final = Gathering()
        self._catalogue: dict[Place, bytes] = {}
        """The descriptions of tables that groups have read, for forecasts only."""
        forking.register(self)

    def takes(self, target: Target) -> bool:
        """Return whether an operation writes one item, as members of groups do."""
        operation = target.operation
        return operation.kind is Kind.WRITE and operation.entries is single_entry

    def join(self, target: Target, body: Mapping[str, Any], call: Call) -> GroupedWrite:
        """Carry out a write in a group that this thread leads or waits for."""
        write = GroupedWrite(target, body, call)
        if write.thread == threading.main_thread().ident:
            self._carry_out([write])
            return write
        try:
            if self._leads_or_queues(write) or self._waits(write):
                self._gather(write)
                with self._lock:
                    while self._waiting and len(write.others) < MOST_MEMBERS - 1:
                        write.others.append(self._waiting[0])
                        self._waiting.popleft()
                started = time.monotonic()
                self.carry_out([write, *write.others])
                self.gathering.ended(
                    1 + len(write.others), len(self._waiting), time.monotonic() - started
                )
        finally:
            self._leave(write)
        return write

    def carry_out(self, writes: Sequence[GroupedWrite]) -> None:
        """Carry out writes in one transaction. Those that are not settled then go on by themselves."""
        try:
            self._carry_out(writes)
        except Exception:  # comes again where the request that caused it goes on by itself
            log.exception("A group of %d writes failed.", len(writes))

    def _carry_out(self, writes: Sequence[GroupedWrite]) -> None:
        for write in writes:
            write.prepare(self._ready)
        members = [write for write in writes if not write.settled]
        if not members:
            return
        try:
            self._commit(members)
        except StorageError as error:
            for write in members:
                write.fail(error)
        else:
            self._dynamodb.written = True

    def _commit(self, members: Sequence[GroupedWrite]) -> None:
        """Perform the operations of members and commit; do it again after a conflict.

        :raises StorageError: the transaction fails, or conflicts too often or for too long.
        """
        commits = False
        try:
            for attempt in range(ATTEMPTS, 0, -1):
                try:
                    with self._dynamodb.storage.write() as writer:
                        self._perform(members, Group(writer))
                        commits = True
                    return
                except ConflictError:
                    if attempt == 1 or members[0].seconds > LONGEST_WAIT:
                        raise
                    commits = False
                    for write in members:
                        write.begin_again()
        except StorageError:
            raise
        except BaseException:
            for write in members:
                if commits:
                    write.fail(UnavailableError("a commit was interrupted", applied=None))
                else:
                    write.begin_again()
            raise

    def _perform(self, members: Sequence[GroupedWrite], group: Group) -> None:
        """Perform the operations of members, and pass their changes to the engine."""
        places = [place for write in members for place in write.places(self._catalogue)]
        group.fetch(places)
        for write in members:
            write.perform(group)
        self._note(group, places)
        group.send()

    def abandon(self) -> None:
        """Let others lead, if an interrupt has ended the calling thread's group."""
        leader = self._leader
        if leader is not None and leader.thread == threading.get_ident():
            self._leave(leader)

    def before_fork(self) -> None:
        """Do nothing."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Forget the parent's requests."""
        self._waiting = deque()
        self._leader = None
        self._gathers = False

    def _leads_or_queues(self, write: GroupedWrite) -> bool:
        write.turn.acquire()
        with self._lock:
            if self._leader is None:
                self._leader = write
                return True
            self._waiting.append(write)
            if self._gathers and self._is_enough():
                self._gathers = False
                self._leader.go_on()
            return False

    def _is_enough(self) -> bool:
        return 1 + len(self._waiting) >= self.gathering.expected

    def _gather(self, write: GroupedWrite) -> None:
        """Wait a little for further requests."""
        with self._lock:
            self._gathers = not self._is_enough()
        if self._gathers:
            write.turn.acquire(timeout=self.gathering.seconds)
            self._gathers = False

    def _waits(self, write: GroupedWrite) -> bool:
        """Wait until the write is settled, leads, or has waited too long; return whether it leads."""
        if not write.turn.acquire(timeout=LONGEST_WAIT):
            with self._lock:
                if write in self._waiting:
                    self._waiting.remove(write)
                    return False
            write.turn.acquire()  # it is in the group under way, or leads the next
        return self._leader is write

    def _leave(self, write: GroupedWrite) -> None:
        """Let the other members go on, and the next request lead; calling this again does nothing."""
        while write.others:
            write.others[-1].go_on()
            write.others.pop()
        with self._lock:
            if self._leader is write:
                self._leader = following = self._waiting.popleft() if self._waiting else None
                if following is not None:
                    following.go_on()
            elif not write.settled and write in self._waiting:
                self._waiting.remove(write)

    def _note(self, group: Group, places: Sequence[Place]) -> None:
        """Note the descriptions of tables, for the forecasts of the next group."""
        if len(self._catalogue) > MOST_TABLES:
            self._catalogue.clear()
        for place in places:
            if place[0].endswith(CATALOGUE):
                stored = group.known(place)
                if stored is not None:
                    self._catalogue[place] = stored
