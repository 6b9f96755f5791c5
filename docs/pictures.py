"""Charts of the documentation, as SVG that follows the reader's light or dark theme.

``make docs`` writes them from the figures below; the source of each stands beside it.
"""

from __future__ import annotations

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
OPERATIONS: Final = {
    "ddbmock, query of 25": 0.15,
    "ddbmock, get": 0.20,
    "ddbmock, delete": 0.23,
    "ddbmock, put": 0.29,
    "ddbmock, update": 0.39,
    "botocore, no network": 1.0,
}
"""Cost of a call as a part of botocore's own. Source: make bench, 22 November 2026."""

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


def bars(title: str, unit: str, values: Mapping[str, float]) -> str:
    """Return a chart of horizontal bars; ddbmock's own are blue.

    >>> bars("Title", "s", {"ddbmock": 1.0}).startswith('<svg class="chart"')
    True
    """
    height = 48 + ROW * len(values)
    scale = (WIDTH - LEFT - 90) / max(values.values())
    lines = [
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{title}">',
        f"<style>{STYLE}</style>",
        f'<text class="label" x="0" y="20" font-weight="600">{title}</text>',
        f'<line class="axis" x1="{LEFT}" y1="36" x2="{LEFT}" y2="{height}"/>',
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
    return "\n".join([*lines, "</svg>"]) + "\n"


PICTURES: Final[Mapping[str, Callable[[], str]]] = {
    "tests.svg": lambda: bars("1,000 tests: seconds of the processor", "s", TESTS),
    "operations.svg": lambda: bars("One call of boto3: cost, botocore's own is 1", "", OPERATIONS),
}


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (HERE / "_static" / name).write_text(picture(), encoding="utf-8")
