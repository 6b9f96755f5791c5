"""The terminal of the documentation: ``make recording`` types a session into a shell and draws it.

The shell runs on a real pseudo-terminal, and pyte, a terminal emulator, reads what it writes: progress
bars and redrawn lines look as they do in front of a user. The picture is an SVG whose frames take turns
by CSS: no script, no player, and 40 kB, where a GIF needs megabytes. Who wants less motion sees the last
frame. (rich's export to SVG knows colours, but no cursor: it cannot show a progress bar that moves.)
"""

from __future__ import annotations

import fcntl
import html
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pyte

PICTURE: Final = Path(__file__).parent / "_static" / "terminal.svg"
COLUMNS: Final = 104
LINES: Final = 25
PROMPT: Final = "$ "

TABLE: Final = {
    "TableName": "orders",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
PROGRAM: Final = """\
import boto3, ddbmock

with ddbmock.mock() as db:
    db.create_tables("orders.json")
    orders = boto3.resource("dynamodb").Table("orders")
    orders.update_item(Key={"id": "1"}, UpdateExpression="SET status = :paid",
                       ExpressionAttributeValues={":paid": "paid"})
"""
COMMANDS: Final = (
    "cat pay.py",
    "python pay.py 2>&1 | tail -3",
    "ddbmock serve --port 8000 --tables orders.json &",
    "ddbmock load http://localhost:8000 orders.jsonl.gz --table orders",
    "ddbmock dump http://localhost:8000 backup",
)
ITEMS: Final = 4000

TYPING: Final = 0.9
"""Seconds that the picture shows a command before its output."""
SHORTEST: Final = 0.1
"""Seconds between frames of a command that goes on writing."""
READING: Final = 0.45
"""Seconds for each new line of a command's output, to read it."""

COLOURS: Final = {
    "red": "#ff7b72", "green": "#7ee787", "brown": "#e3b341", "blue": "#79c0ff", "magenta": "#d2a8ff",
    "cyan": "#76e3ea", "white": "#e6edf3",
}  # fmt: skip
CHARACTER: Final = 7.8
"""Width of a character in the picture; a line is 18 high."""
LINE: Final = 18


class Frame(NamedTuple):
    """The lines of a screen, as SVG, and how long they are seen."""

    lines: tuple[str, ...]
    seconds: float


class Terminal:
    """A shell on a pseudo-terminal, and the screen that a user would see."""

    def __init__(self, directory: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=directory,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(directory),
                "TERM": "xterm-256color",
                "PS1": PROMPT,
                "PYTHONWARNINGS": "ignore",
                "AWS_ACCESS_KEY_ID": "any",
                "AWS_SECRET_ACCESS_KEY": "thing",
                "AWS_REGION": "eu-west-1",
            },
            start_new_session=True,
        )
        os.close(inner)

    def frames(self, command: str) -> Iterator[Frame]:
        """Type a command and yield what is seen until the prompt is there again."""
        before = self._filled()
        os.write(self._outer, command.encode())
        self._read(0.3)
        yield Frame(self._drawn(), TYPING)
        os.write(self._outer, b"\n")
        shown = time.monotonic()
        while not self._prompted():
            self._read(SHORTEST)
            yield Frame(self._drawn(), min(1.0, time.monotonic() - shown))
            shown = time.monotonic()
        if command.endswith("&"):
            while not any("Console:" in line for line in self._screen.display):
                self._read(SHORTEST)  # the last line that a server writes when it has started
            os.write(self._outer, b"\n")
            self._read(0.3)
        yield Frame(self._drawn(), 1.0 + READING * max(1, self._filled() - before))

    def close(self) -> None:
        """End the shell and what it has started."""
        os.killpg(self._shell.pid, signal.SIGHUP)
        os.write(self._outer, b"kill %1; exit\n")
        self._shell.wait()
        os.close(self._outer)

    def wait(self) -> None:
        """Wait for the first prompt, and for what the shell says before it to be gone."""
        while not self._prompted():
            self._read(SHORTEST)
        os.write(self._outer, b"clear\n")
        self._read(0.5, at_least=0.5)

    def _read(self, seconds: float, *, at_least: float = 0.0) -> None:
        """Read what is written within some seconds."""
        begin = time.monotonic()
        while (left := begin + seconds - time.monotonic()) > 0:
            if not select.select([self._outer], [], [], left)[0]:
                return
            self._stream.feed(os.read(self._outer, 65536))
            if time.monotonic() - begin >= max(at_least, SHORTEST):
                return

    def _prompted(self) -> bool:
        line = self._screen.display[self._screen.cursor.y].rstrip()
        return line == PROMPT.rstrip() and self._screen.cursor.x == len(PROMPT)

    def _filled(self) -> int:
        return sum(1 for line in self._screen.display if line.strip())

    def _drawn(self) -> tuple[str, ...]:
        return tuple(self._line(number) for number in range(LINES))

    def _line(self, number: int) -> str:
        """Return a line as SVG: a tspan for each run of characters of one colour."""
        cells = self._screen.buffer[number]
        runs: list[tuple[str, str]] = []
        for column in range(len(self._screen.display[number].rstrip())):
            cell = cells[column]
            colour = COLOURS.get(cell.fg, "")
            if runs and runs[-1][0] == colour:
                runs[-1] = (colour, runs[-1][1] + cell.data)
            else:
                runs.append((colour, cell.data))
        return "".join(
            f'<tspan fill="{colour}">{html.escape(text)}</tspan>' if colour else html.escape(text)
            for colour, text in runs
        )


def recorded() -> list[Frame]:
    """Return the frames of the session; equal ones that follow one another are one."""
    frames: list[Frame] = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "orders.json").write_text(json.dumps(TABLE), encoding="utf-8")
        (directory / "pay.py").write_text(PROGRAM, encoding="utf-8")
        items = [{"Item": {"id": {"S": f"{n:06}"}, "total": {"N": str(n)}}} for n in range(ITEMS)]
        lines = "".join(f"{json.dumps(item)}\n" for item in items)
        subprocess.run(
            ["gzip", "-c"],
            input=lines.encode(),
            stdout=(directory / "orders.jsonl.gz").open("wb"),
            check=True,
        )
        terminal = Terminal(directory)
        terminal.wait()
        for command in COMMANDS:
            for frame in terminal.frames(command):
                if frames and frames[-1].lines == frame.lines:
                    frames[-1] = Frame(frame.lines, frames[-1].seconds + frame.seconds)
                else:
                    frames.append(frame)
        terminal.close()
    return frames


def picture(frames: Sequence[Frame]) -> str:
    """Return an SVG of the frames; a line that is in several of them is written once.

    >>> picture([Frame(("$ ls",), 1.0), Frame(("$ ls", "a"), 1.0)]).count("$ ls</text>")
    1
    """
    width, height = round(COLUMNS * CHARACTER) + 32, LINES * LINE + 52
    total = sum(frame.seconds for frame in frames)
    known: dict[str, int] = {}
    groups, rules, begin = [], [], 0.0
    for number, frame in enumerate(frames):
        uses = "".join(
            f'<use href="#l{known.setdefault(line, len(known))}" y="{row * LINE}"/>'
            for row, line in enumerate(frame.lines)
            if line
        )
        end = begin + frame.seconds
        groups.append(f'<g class="f" style="animation-name:f{number}">{uses}</g>')
        first, last = 100 * begin / total, 100 * end / total
        hidden = f"0%{{opacity:0}}{first:.2f}%{{opacity:1}}" if begin else "0%{opacity:1}"
        after = f"{last:.2f}%,100%{{opacity:0}}" if number < len(frames) - 1 else "100%{opacity:1}"
        rules.append(f"@keyframes f{number}{{{hidden}{after}}}")
        begin = end
    texts = "".join(f'<text id="l{number}">{line}</text>' for line, number in known.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="A terminal: a hint at a mistake, a server, load and dump">'
        "<style>"
        f"text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3;"
        "white-space:pre}"
        f".f{{opacity:0;animation:{total:.1f}s step-end infinite}}.f:last-of-type{{opacity:1}}"
        f"@media (prefers-reduced-motion:reduce){{.f{{animation:none}}}}{''.join(rules)}</style>"
        f'<defs>{texts}</defs><rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>'
        '<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/>'
        '<circle cx="60" cy="18" r="6" fill="#28c840"/>'
        f'<g transform="translate(16 50)">{"".join(groups)}</g></svg>\n'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(recorded()), encoding="utf-8")
