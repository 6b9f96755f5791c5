"""Pages of documentation and the examples in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
OUTSIDE: Final = ("README.rst", "CHANGELOG.rst", "CONTRIBUTING.rst")
PAGES: Final = (*(ROOT / name for name in OUTSIDE), *sorted((ROOT / "docs").rglob("*.rst")))


class Example(NamedTuple):
    """A code block of a page."""

    page: Path
    line: int
    language: str
    code: str


def examples(page: Path) -> Iterator[Example]:
    """The ``code-block`` directives of a page, in order, but for those after ``.. not run``."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(
        r"^(\.\. not run.*\n\n)?\.\. code-block:: (\w+)\n\n((?: {4}.*\n|\n)+)", re.MULTILINE
    )
    for match in pattern.finditer(text):
        if match[1]:
            continue
        line = text.count("\n", 0, match.start(3)) + 1
        yield Example(page, line, match[2], dedent(match[3]).rstrip() + "\n")
