"""Reports: one table a group as text, all rows as JSON, ratios to targets as a picture."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from bench.measure import Row, met


def text(rows: Sequence[Row]) -> str:
    """The tables."""
    parts = []
    for group in dict.fromkeys(row.group for row in rows):
        lines = [group, "=" * len(group)]
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
            "machine": f"{platform.machine()}, {platform.system()}",
            "rows": [row.as_json() for row in rows],
        },
        indent=1,
    )


def picture(rows: Sequence[Row], path: Path) -> bool:
    """A bar for each row with a target: how far on the right side of it. False: no matplotlib."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return False
    shown = [row for row in rows if row.met is not None]
    figure, axes = pyplot.subplots(figsize=(11, 0.24 * len(shown) + 1.5))
    for place, row in enumerate(reversed(shown)):
        value = row.ratio if row.against is not None else row.value
        assert value is not None
        assert row.target is not None
        reach = row.target / value if row.at_most else value / row.target
        axes.barh(place, reach, color="tab:green" if row.met else "tab:red")
    labels = [f"{r.group}: {r.what}, {r.contender} / {r.against or 'target'}" for r in shown]
    axes.set_yticks(range(len(shown)), list(reversed(labels)), fontsize=6)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("times the target (right of the line: met)")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return True


def write(rows: Sequence[Row], folder: Path) -> None:
    """Leave the three reports in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.txt").write_text(text(rows) + "\n")
    (folder / "bench.json").write_text(as_json(rows) + "\n")
    picture(rows, folder / "bench.png")
