"""The threads of a server that carry out writes, those of single items in groups.

Servers have them if the storage gains from groups: such a storage may make a write wait for another server.
While a group is under way, the thread that reads requests receives the writes of the next one. See
:mod:`ddbmock.service.grouped_writes`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, final

from ddbmock.errors import DynamoDBError
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind
from ddbmock.server.startup import log
from ddbmock.service import http
from ddbmock.service.grouped_writes import LONGEST_WAIT, MOST_MEMBERS, GroupedWrite, GroupedWrites
from ddbmock.service.http import Admitted, WireResponse
from ddbmock.service.router import Router

THREADS: Final = 8
"""One carries out a group; the others, writes that go on by themselves."""
IDLE_SECONDS: Final = 10.0
"""Seconds after which a thread without work ends."""

Respond: TypeAlias = Callable[[WireResponse], None]
Answers: TypeAlias = Sequence[tuple[Respond, WireResponse]]
"""Answers, each with the function that sends it."""


class _Write(NamedTuple):
    admitted: Admitted
    respond: Respond
    grouped: GroupedWrite | None


class _Member(NamedTuple):
    """A write in a group."""

    admitted: Admitted
    respond: Respond
    grouped: GroupedWrite


@final
class WriteThreads:
    """Threads that carry out writes."""

    def __init__(
        self, router: Router, groups: GroupedWrites, send: Callable[[Answers], None]
    ) -> None:
        """Start no thread yet.

        :param send: sends the answers to the writes of a group. One of the threads calls it.
        """
        self._router: Final = router
        self._groups: Final = groups
        self._send: Final = send
        lock = threading.Lock()
        self._work_to_do: Final = threading.Condition(lock)
        self._gathered: Final = threading.Condition(lock)
        self._all_answered: Final = threading.Condition(lock)
        self._arrived: deque[_Member] = deque()
        self._alone: deque[_Write | _Member] = deque()
        """Writes that go on by themselves."""
        self._unanswered = 0
        self._threads = 0
        self._idle = 0
        self._leading = False
        """True while a thread carries out groups."""
        self._gathers = False
        """True while this thread waits for further writes."""
        self._overdue = False
        """True if a group takes so long that another thread may begin one."""
        self._watching = False
        """True while a thread measures the time of groups."""

    def takes(self, admitted: Admitted) -> bool:
        """Return whether a request is a write, or may be one."""
        operation = admitted.target.operation
        return operation.kind is Kind.WRITE or operation.writes is not None

    def groups(self, target: str) -> bool:
        """Return whether a request is a write that is carried out in a group.

        :param target: the value of the header ``X-Amz-Target``.
        """
        try:
            return self._is_grouped(self._router.target(target))
        except DynamoDBError:
            return False

    def _is_grouped(self, target: Target) -> bool:
        return self._router.trouble is None and self._groups.takes(target)

    def add(self, admitted: Admitted, respond: Respond) -> None:
        """Carry out a write, and send its answer by `respond`."""
        if not self._is_grouped(admitted.target):
            with self._work_to_do:
                self._unanswered += 1
                self._alone.append(_Write(admitted, respond, None))
                self._wake()
            return
        grouped = GroupedWrite(admitted.target, admitted.body, admitted.call)
        with self._work_to_do:
            self._unanswered += 1
            self._arrived.append(_Member(admitted, respond, grouped))
            if not self._leading:
                self._wake()
            elif self._gathers and len(self._arrived) >= self._groups.gathering.expected:
                self._gathered.notify()
            elif not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="ddbmock watch", daemon=True).start()

    def end(self, seconds: float) -> None:
        """Wait until all writes are answered, at most for so many seconds."""
        with self._work_to_do:
            self._all_answered.wait_for(lambda: not self._unanswered, seconds)

    def _watch(self) -> None:
        """Let another group begin if the writes have waited for long, until there is no group."""
        while self._watching:
            time.sleep(LONGEST_WAIT)
            with self._work_to_do:
                if self._arrived and self._leading:
                    waited = time.monotonic() - self._arrived[0].grouped.since
                    if waited >= LONGEST_WAIT:
                        self._overdue = True
                        self._wake()
                else:
                    self._watching = False

    def _wake(self) -> None:
        if self._idle >= len(self._alone) + self._can_begin_a_group() or self._threads == THREADS:
            self._work_to_do.notify()
        else:
            self._threads += 1
            threading.Thread(target=self._work, name="ddbmock writes", daemon=True).start()

    def _work(self) -> None:
        while self._take_turn():
            pass

    def _take_turn(self) -> bool:
        """Wait for work and do it; return False if there was none, and the thread ends."""
        with self._work_to_do:
            if not self._has_work():
                self._idle += 1
                self._work_to_do.wait_for(self._has_work, IDLE_SECONDS)
                self._idle -= 1
                if not self._has_work():
                    self._threads -= 1
                    return False
            alone = self._alone.popleft() if self._alone else None
            leads = alone is None and not self._leading
            if leads:
                self._leading = True
            elif alone is None:
                self._overdue = False
        if alone is not None:
            self._answer([alone])
        elif leads:
            self._lead()
        else:
            self._carry_out(self._members())
        return True

    def _has_work(self) -> bool:
        return bool(self._alone) or self._can_begin_a_group()

    def _can_begin_a_group(self) -> bool:
        return bool(self._arrived) and (self._overdue or not self._leading)

    def _lead(self) -> None:
        """Carry out groups as long as there are writes."""
        while self._gather():
            self._carry_out_group()

    def _gather(self) -> bool:
        """Wait a little for further writes; return whether there are any, and cease to lead if not."""
        gathering = self._groups.gathering
        with self._work_to_do:
            if not self._arrived:
                self._leading = False
                return False
            if len(self._arrived) < gathering.expected:
                self._gathers = True
                self._gathered.wait(gathering.seconds)
                self._gathers = False
            return True

    def _carry_out_group(self) -> None:
        members = self._members()
        started = time.monotonic()
        self._carry_out(members)
        seconds = time.monotonic() - started
        self._groups.gathering.ended(len(members), len(self._arrived), seconds)

    def _members(self) -> list[_Member]:
        arrived = self._arrived
        with self._work_to_do:
            return [arrived.popleft() for _ in range(min(len(arrived), MOST_MEMBERS))]

    def _carry_out(self, members: list[_Member]) -> None:
        self._groups.carry_out([write.grouped for write in members])
        self._answer([write for write in members if write.grouped.is_final])
        others = [write for write in members if not write.grouped.is_final]
        with self._work_to_do:
            self._alone.extend(others)
            for _ in others:
                self._wake()

    def _answer(self, writes: Sequence[_Write | _Member]) -> None:
        if not writes:
            return
        try:
            answers = [
                (write.respond, http.finish(self._router, write.admitted, write.grouped))
                for write in writes
            ]
            self._send(answers)
        except Exception:
            log.exception("Writes were carried out, but not answered.")
        finally:
            with self._work_to_do:
                self._unanswered -= len(writes)
                if not self._unanswered:
                    self._all_answered.notify_all()
