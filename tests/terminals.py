"""Commands on a real pseudo-terminal: what people see, which no pipe shows."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.servers import ROOT


class Shown(NamedTuple):
    """What a command has left on a terminal."""

    status: int
    text: str


def on_terminal(arguments: Sequence[object], directory: Path) -> Shown:
    """Run ``python -m ddbmock`` with its three streams on a terminal of 80 columns."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "ddbmock", *map(str, arguments)],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    shown = b""
    with open(outer, "rb", buffering=0) as screen:
        # the last reader of a terminal that is closed gets an error on Linux, no end of file
        try:
            while read := screen.read(65536):
                shown += read
        except OSError:
            pass
    return Shown(process.wait(60), shown.decode("utf-8"))
