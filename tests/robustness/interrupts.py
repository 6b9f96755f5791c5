"""Exceptions that arrive at a chosen instruction, as a signal handler's may at any."""

from __future__ import annotations

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
    """Counts the instructions of ddbmock that a call runs, and interrupts it before one of them."""

    def __init__(self, below: str = "") -> None:
        self._below = ROOT + below
        self.count = 0
        self._at: int | None = None

    def run(self, call: Callable[[], object], at: int | None) -> bool:
        """Run `call`; interrupt it before instruction number `at`. Return whether that happened."""
        self.count, self._at = 0, at
        before = sys.gettrace()
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
