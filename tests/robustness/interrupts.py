"""Exceptions that arrive at a chosen instruction, as a signal handler's may at any."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import ddbmock

ROOT = str(Path(ddbmock.__file__).parent)


class Interrupt(Exception):
    """What the handler of a signal raises."""


class Interrupter:
    """Counts the instructions of ddbmock that a call runs, and interrupts it before one of them.

    This is stricter than signals, which are handled after calls and at the beginning of functions
    and loops only: modules that rely on that, by ``with lock``, are interrupted by signals instead.
    """

    def __init__(self, *below: str) -> None:
        self._below = tuple(ROOT + path for path in below)
        self.count = 0
        self._at: int | None = None

    def run(self, call: Callable[[], object], at: int | None) -> bool:
        """Run `call`; interrupt it before instruction number `at`. Return whether that happened."""
        self.count, self._at = 0, at
        before = sys.gettrace()
        # CPython 3.12 traces opcodes only if some frame asked for it before tracing began
        sys._getframe().f_trace_opcodes = True
        sys.settrace(self._enter)
        try:
            call()
        except Exception:
            # A library in C may make an error of its own out of it, as orjson does.
            if at is None or self.count < at:
                raise
            return True
        finally:
            sys.settrace(before)
        return False

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(self._below):
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.count += 1
            if self.count == self._at:
                raise Interrupt
        return self._step


class LastingInterrupt(BaseException):
    """What ``except Exception`` lets pass, as a KeyboardInterrupt and pytest's time-outs."""


KINDS = (Interrupt, LastingInterrupt)


class Signals:
    """Signals that interrupt calls, after random times up to a little more than a call takes."""

    def __init__(self, seed: int, usual: float) -> None:
        self._chance = random.Random(seed)
        self._longest = usual * 1.3
        self._kind: type[BaseException] = Interrupt
        self._before: Any = None

    def __enter__(self) -> Signals:
        self._before = signal.signal(signal.SIGALRM, self._handle)
        return self

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        raise self._kind

    def interrupt(self, call: Callable[[], object]) -> bool:
        """Run `call`, with a signal after some time; return whether it was interrupted."""
        self._kind = self._chance.choice(KINDS)
        try:
            signal.setitimer(signal.ITIMER_REAL, self._chance.random() * self._longest + 1e-6)
            try:
                call()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except KINDS:
            return True
        except TypeError as error:
            # orjson makes an error of its own out of what its callback raises.
            if not isinstance(error.__cause__, KINDS):
                raise
            return True
        return False
