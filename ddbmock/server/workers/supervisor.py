"""The supervisor: it forks workers, gives them connections, replaces those that die, and ends them all."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from ddbmock.server import limits
from ddbmock.server.workers.connections import ONE, Accepted, Connections, Counts

log: Final = logging.getLogger("ddbmock.server")

ACCEPTED_AT_ONCE: Final = 64
"""Connections that one turn of the loop accepts."""
PAUSE: Final = 0.05
"""Seconds without accept() while no worker takes a connection, or the system has no file left."""
PAUSE_AFTER_DEATH: Final = 1.0
"""Seconds before a worker is replaced that died before it served anything."""
PATIENCE: Final = 10.0
"""Seconds in which workers must end that are asked to."""
ENDING: Final = frozenset({signal.SIGINT, signal.SIGTERM})


def supervise(
    listening: Sequence[socket.socket], workers: int, announce: Callable[[], None]
) -> Connections | None:
    """Fork the workers. Return in each of them its connections, and in the supervisor, when all have
    ended, None.

    :param announce: called once, in the supervisor, when all workers serve.
    :raises SystemExit: in the supervisor, if a worker ended before all of them served.
    """
    return _Supervisor(listening, workers, announce).run()


class _Seat:
    """The place of one worker, and the process that serves in it now."""

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self.process = 0
        """The id of the process; 0 while there is none."""
        self.channel: socket.socket | None = None
        self.sent = 0
        self.ready = False
        self.lost = ""
        """A sentence about the end of the last process, until it is logged."""
        self.begin_at = 0.0
        """The earliest time of the next fork, by the monotonic clock."""


class _Supervisor:
    def __init__(
        self, listening: Sequence[socket.socket], workers: int, announce: Callable[[], None]
    ) -> None:
        self._listening: Final = listening
        self._announce = announce
        self._announced = False
        self._seats: Final = [_Seat(number) for number in range(workers)]
        self._counts: Final = Counts(workers)
        self._selector = selectors.DefaultSelector()
        self._waking, self._woken = socket.socketpair()
        self._accepting = False
        self._paused_until = 0.0
        self._pending: Accepted | None = None
        """A connection that no worker could take."""
        self._end_by: float | None = None
        self._status = 0

    def run(self) -> Connections | None:
        for one in (*self._listening, self._waking, self._woken):
            one.setblocking(False)
        signal.set_wakeup_fd(self._waking.fileno(), warn_on_full_buffer=False)
        for number in (*ENDING, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._selector.register(self._woken, selectors.EVENT_READ)
        while True:
            connections = self._fill_seats()
            if connections is not None:
                return connections
            if self._end_by is not None and not any(seat.process for seat in self._seats):
                break
            self._turn()
        signal.set_wakeup_fd(-1)
        self._selector.close()
        if self._status:
            raise SystemExit(self._status)
        return None

    # Processes

    def _fill_seats(self) -> Connections | None:
        """Fork a process for each seat without one; return in a new process its connections."""
        for seat in self._seats:
            due = not seat.process and time.monotonic() >= seat.begin_at
            if self._end_by is None and due:
                connections = self._fork(seat)
                if connections is not None:
                    return connections
        return None

    def _fork(self, seat: _Seat) -> Connections | None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self._counts.reset(seat.number)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            process = os.fork()
        except OSError as error:
            ours.close()
            theirs.close()
            seat.begin_at = time.monotonic() + PAUSE_AFTER_DEATH
            log.error("Worker %d cannot be started now: %s.", seat.number + 1, error.strerror)
            return None
        if process == 0:
            ours.close()
            self._leave()
            return Connections(theirs, self._counts, seat.number)
        theirs.close()
        seat.process, seat.channel, seat.sent, seat.ready = process, ours, 0, False
        self._selector.register(ours, selectors.EVENT_READ, seat)
        if seat.lost:
            log.error("%s; process %d takes its place.", seat.lost, process)
            seat.lost = ""
        return None

    def _leave(self) -> None:
        """Close the supervisor's files in a new worker, and restore the handlers of signals."""
        signal.set_wakeup_fd(-1)
        # Ctrl-C reaches all processes of a terminal: the supervisor ends the workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        channels = [seat.channel for seat in self._seats if seat.channel is not None]
        for one in (*self._listening, self._waking, self._woken, *channels):
            one.close()
        if self._pending is not None:
            self._pending[0].close()

    def _reap(self) -> None:
        for seat in self._seats:
            if seat.process:
                process, status = os.waitpid(seat.process, os.WNOHANG)
                if process:
                    self._ended(seat, os.waitstatus_to_exitcode(status))

    def _ended(self, seat: _Seat, status: int) -> None:
        process, seat.process = seat.process, 0
        if seat.channel is not None:
            self._selector.unregister(seat.channel)
            seat.channel.close()
            seat.channel = None
        ready, seat.ready = seat.ready, False
        if self._end_by is not None:
            return
        if not self._announced:
            self._status = status if status > 0 else 1
            self._end()
            return
        seat.begin_at = 0.0 if ready else time.monotonic() + PAUSE_AFTER_DEATH
        names = {-one.value: one.name for one in signal.Signals}
        reason = names.get(status, f"status {status}")
        seat.lost = f"Worker {seat.number + 1}, process {process}, ended by itself ({reason})"

    def _end(self) -> None:
        """Stop accepting and ask all workers to end; kill them if this is the second time."""
        number = signal.SIGTERM if self._end_by is None else signal.SIGKILL
        if self._end_by is None:
            self._end_by = time.monotonic() + PATIENCE
            self._accept(False)
            for one in self._listening:
                one.close()
            if self._pending is not None:
                self._pending[0].close()
        for seat in self._seats:
            if seat.process:
                os.kill(seat.process, number)

    # The loop

    def _turn(self) -> None:
        self._accept(self._may_accept())
        for key, _ in self._selector.select(self._timeout()):
            if key.fileobj is self._woken:
                self._signalled()
            elif isinstance(key.data, _Seat):
                self._receive_ready(key.data)
            elif self._accepting and self._pending is None:
                self._give_connections(self._listening[key.data])
        if self._end_by is not None and time.monotonic() >= self._end_by:
            self._end_by = time.monotonic() + PATIENCE
            self._end()

    def _timeout(self) -> float | None:
        """Return the seconds until something is due without an event."""
        waits = [seat.begin_at for seat in self._seats if not seat.process]
        if self._end_by is not None:
            waits = [self._end_by]
        elif time.monotonic() < self._paused_until:
            waits.append(self._paused_until)
        return max(0.0, min(waits) - time.monotonic()) if waits else None

    def _signalled(self) -> None:
        numbers = self._woken.recv(1024)
        for number in numbers:
            if number in ENDING:
                self._end()
        self._reap()

    def _receive_ready(self, seat: _Seat) -> None:
        """Note that a worker is ready. The end of a worker is noted when SIGCHLD arrives."""
        assert seat.channel is not None
        try:
            heard = seat.channel.recv(16)
        except OSError:
            heard = b""
        if not heard:
            self._selector.unregister(seat.channel)
            seat.channel.close()
            seat.channel = None
            seat.ready = False
            return
        seat.ready = True
        if not self._announced and all(one.ready for one in self._seats):
            self._announced = True
            self._announce()

    # Connections

    def _may_accept(self) -> bool:
        return (
            self._announced
            and self._end_by is None
            and time.monotonic() >= self._paused_until
            and any(seat.ready for seat in self._seats)
        )

    def _accept(self, accepting: bool) -> None:
        if accepting and self._pending is not None:
            self._pass_on(self._pending)
            accepting = self._pending is None
        if accepting == self._accepting:
            return
        self._accepting = accepting
        for number, one in enumerate(self._listening):
            if accepting:
                self._selector.register(one, selectors.EVENT_READ, number)
            else:
                self._selector.unregister(one)

    def _give_connections(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = listening.accept()
            except OSError as error:
                if error.errno in limits.OUT_OF_FILES:
                    self._paused_until = time.monotonic() + limits.ACCEPT_PAUSE
                return
            self._pass_on(accepted)
            if self._pending is not None:
                return

    def _pass_on(self, accepted: Accepted) -> None:
        """Send a connection to the worker with the fewest; keep it if none takes it now."""
        self._pending = accepted
        ready = [seat for seat in self._seats if seat.ready]
        for seat in sorted(ready, key=lambda one: self._counts.load(one.number, one.sent)):
            assert seat.channel is not None
            try:
                socket.send_fds(seat.channel, [ONE], [accepted[0].fileno()])
            except OSError:
                continue  # its channel is full, or it has just died
            seat.sent += 1
            accepted[0].close()
            self._pending = None
            return
        self._paused_until = time.monotonic() + PAUSE
