"""Charts of the documentation, as SVG that follows the reader's light or dark theme.

``make docs`` writes them from the figures below; the source of each stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent

TESTS: Final = {
    "ddbmock, the plugin": 5.4,
    "ddbmock serve, HTTP": 14.4,
    "ddbmock.mock()": 15.7,
    "moto": 166,
}
"""Seconds of the processor. Source: python -m bench.thousand_tests --rounds 1, 28 November 2026."""
HISTORY: Final = HERE.parent / "bench" / "history.jsonl"
"""Figures of ``make bench``, a line for each release."""
OPERATIONS: Final = ("query of 25", "get", "delete", "put", "update")
_DIRECT: Final = "in-process boto3: {}, direct / floor"

STYLE: Final = """
  .label { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .note { font: 12px system-ui, sans-serif; fill: #59636e }
  .bar { fill: #8c959f } .ours { fill: #2f6fde } .axis { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    .label { fill: #e6edf3 } .note { fill: #9198a1 } .axis { stroke: #3d444d }
  }
"""
WIDTH: Final = 640
LEFT: Final = 170
ROW: Final = 34


def bars(title: str, unit: str, values: Mapping[str, float], note: str = "") -> str:
    """Return a chart of horizontal bars; ddbmock's own are blue. A note stands below.

    >>> bars("Title", "s", {"ddbmock": 1.0}).startswith('<svg class="chart"')
    True
    """
    bottom = 48 + ROW * len(values)
    height = bottom + (24 if note else 0)
    scale = (WIDTH - LEFT - 90) / max(values.values())
    lines = [
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{title}">',
        f"<style>{STYLE}</style>",
        f'<text class="label" x="0" y="20" font-weight="600">{title}</text>',
        f'<line class="axis" x1="{LEFT}" y1="36" x2="{LEFT}" y2="{bottom}"/>',
    ]
    for number, (name, value) in enumerate(values.items()):
        top = 40 + ROW * number
        kind = "bar ours" if name.startswith("ddbmock") else "bar"
        width = max(2.0, value * scale)
        lines += [
            f'<text class="label" x="{LEFT - 10}" y="{top + 19}" text-anchor="end">{name}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{top + 3}" width="{width:.1f}" height="24" rx="3"/>',
            f'<text class="note" x="{LEFT + width + 8:.1f}" y="{top + 19}">{value:g} {unit}</text>',
        ]
    if note:
        lines.append(f'<text class="note" x="0" y="{height - 6}">{note}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def operations(figures: Mapping[str, float], date: str, machine: str) -> str:
    """Return the chart of calls in-process, from their cost as a part of botocore's own."""
    title = "One call of boto3: cost, botocore's own is 1"
    return bars(title, "", {**figures, "botocore, no network": 1.0}, f"{date}: {machine}")


def latest_operations() -> str:
    """Return the chart of the latest release's figures."""
    line = json.loads(HISTORY.read_text(encoding="utf-8").splitlines()[-1])
    rows = line["rows"]
    figures = {f"ddbmock, {name}": round(rows[_DIRECT.format(name)], 2) for name in OPERATIONS}
    return operations(figures, line["date"], line["machine"])


PICTURES: Final[Mapping[str, Callable[[], str]]] = {
    "tests.svg": lambda: bars("1,000 tests: seconds of the processor", "s", TESTS),
    "operations.svg": latest_operations,
}


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (HERE / "_static" / name).write_text(picture(), encoding="utf-8")
