"""Where tables can be loaded from: exports, lines, other databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ddbmock.archive import export, lines
from ddbmock.archive.content import Held
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.lines import Read


class Part(NamedTuple):
    """A table to be loaded."""

    name: str
    item_count: int | None
    """How many items there are, if somebody knows."""
    description: Mapping[str, Any] | None
    items: Callable[[], Iterator[Read]]


def of_folder(folder: Path, names: Sequence[str]) -> list[Part]:
    """The tables of the exports in a folder, or those of some names; their files are sound.

    :raises ArchiveError: a name is not there, or there twice, or a file is damaged.
    """
    exports = export.find(folder)
    if not names and len(exports) == 1:
        chosen = exports
    else:
        there = [one.table_name for one in exports]
        for name in names or there:
            if there.count(name) != 1:
                raise ArchiveError(
                    f"There are {there.count(name)} exports of table {name} in {folder}; "
                    f"there are exports of {', '.join(sorted(set(there)))}."
                )
        chosen = [one for one in exports if not names or one.table_name in names]
    for one in chosen:
        one.check()
    return [Part(one.table_name, one.item_count, one.description, one.items) for one in chosen]


def of_lines(path: Path, name: str) -> Part:
    """The table of a file of lines."""
    return Part(name, None, None, lambda: lines.read(path))


def of_held(held: Held) -> Part:
    """A table of another database."""

    def items() -> Iterator[Read]:
        for number, item in enumerate(held.items(), 1):
            raw = orjson.loads(item.json)
            yield Read(raw, len(item.json), f"place {number} of table {held.name}")

    return Part(held.name, held.count, held.description, items)
