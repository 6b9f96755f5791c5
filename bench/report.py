"""Reports: one table a group as text, all rows as JSON, a picture, and a line of the history."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from bench import readers
from bench.measure import Row, met
from docs import pictures


def text(rows: Sequence[Row]) -> str:
    """The tables."""
    parts = []
    for group in dict.fromkeys(row.group for row in rows):
        lines = [group, "=" * len(group), f"Matters to: {readers.GROUPS[group]}."]
        header = f"{'what':40} {'contender':18} {'value':>12} {'±':>5}  {'ratio':>9} {'against':16}"
        lines += [f"{header} {'target':>9} met"]
        lines += [_line(row) for row in rows if row.group == group]
        parts.append("\n".join(lines))
    reached, decided = met(rows)
    return "\n\n".join([*parts, f"{reached} of {decided} targets met"])


def _line(row: Row) -> str:
    value = f"{row.value:.1f} {row.unit}" if row.value < 1e5 else f"{row.value:.0f} {row.unit}"
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    sign = "≤" if row.at_most else "≥"
    target = f"{sign} {row.target:g}" if row.target is not None else ""
    verdict = {True: "yes", False: "NO", None: ""}[row.met]
    return (
        f"{row.what:40} {row.contender:18} {value:>12} {row.spread:5.0%}  {ratio:>9} "
        f"{row.against or '':16} {target:>9} {verdict}"
    )


def as_json(rows: Sequence[Row]) -> str:
    """All rows, with when and on what they were measured."""
    return json.dumps(
        {
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": machine(),
            "rows": [row.as_json() for row in rows],
        },
        indent=1,
    )


def machine() -> str:
    """Return the class of this machine, without its name."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, {python}"


def record(rows: Sequence[Row], version: str, path: Path) -> None:
    """Add a line to the history, one for each release: version, date, machine and all ratios.

    The line of the same version is replaced.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if json.loads(line)["version"] != version]
    figures = {
        f"{row.group}: {row.what}, {row.contender}"
        + (f" / {row.against}" if row.against else f" ({row.unit})"): round(
            row.value if row.ratio is None else row.ratio, 3
        )
        for row in rows
        if not math.isnan(row.value if row.ratio is None else row.ratio)
    }
    new = {
        "version": version,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": machine(),
        "rows": figures,
    }
    path.write_text("\n".join([*kept, json.dumps(new)]) + "\n", encoding="utf-8")


def put_summary(rows: Sequence[Row], path: Path) -> None:
    """Write the six lines into a README, in the place of those that it has."""
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin, f"{path} lacks the line {BEGIN!r}"
    assert end, f"{path} lacks the line {END!r}"
    path.write_text(f"{head}{begin}\n\n{_summary(rows)}\n\n{end}{tail}", encoding="utf-8")


def _summary(rows: Sequence[Row]) -> str:
    return "\n".join([f"- {words}: {ratio:g}" for words, ratio in readers.summary(rows)])


BEGIN: Final = ".. The next lines are written by python -m bench --record."
END: Final = ".. The lines end here."


def write(rows: Sequence[Row], folder: Path) -> None:
    """Leave the reports in a folder: tables, all rows as JSON, a README's lines, and the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.txt").write_text(text(rows) + "\n")
    (folder / "bench.json").write_text(as_json(rows) + "\n")
    (folder / "summary.txt").write_text(_summary(rows) + "\n")
    figures = {
        f"ddbmock, {row.what}": round(row.ratio, 2)
        for row in rows
        if row.group == "in-process boto3" and row.contender == "direct" and row.ratio is not None
    }
    if figures:
        shown = pictures.operations(
            figures, datetime.now(timezone.utc).date().isoformat(), machine()
        )
        (folder / "operations.svg").write_text(shown, encoding="utf-8")
