"""Pages of documentation and the examples in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = (ROOT / "README.rst", ROOT / "CHANGELOG.rst", *sorted((ROOT / "docs").glob("*.rst")))


class Example(NamedTuple):
    """A code block of a page."""

    page: Path
    line: int
    language: str
    code: str


def examples(page: Path) -> Iterator[Example]:
    """The ``code-block`` directives of a page, in order."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(r"^\.\. code-block:: (\w+)\n\n((?: {4}.*\n|\n)+)", re.MULTILINE)
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        yield Example(page, line, match[1], dedent(match[2]).rstrip() + "\n")
