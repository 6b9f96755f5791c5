"""Sources of tables to load: exports, lines, other databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from ddbmock.archive import export, lines
from ddbmock.archive.content import TableSnapshot
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.lines import Read
from ddbmock.named_tuple import NamedTuple


class Part(NamedTuple):
    """A table to load."""

    name: str
    item_count: int | None
    """The number of items, if it is known in advance."""
    description: Mapping[str, Any] | None
    items: Callable[[], Iterator[Read]]
    has_changes: bool = False
    """Whether incremental exports are among its sources."""


def of_folder(folder: Path, names: Sequence[str]) -> list[Part]:
    """Return the tables of the exports in a folder, or those with some names.

    If a table has several exports, the newest full one is used, with the incremental ones after it.
    All their files are compared with their checksums.

    :raises ArchiveError: a table is missing, or a file is damaged.
    """
    exports: dict[str, list[export.Export]] = {}
    for one in export.find(folder):
        exports.setdefault(one.table_name, []).append(one)
    for name in names:
        if name not in exports:
            listed = ", ".join(sorted(exports))
            raise ArchiveError(
                f"There is no export of table {name} in {folder}; there are exports of {listed}."
            )
    chosen = [export.latest(exports[name], folder) for name in names or exports]
    for chain in chosen:
        for one in chain:
            one.check()
    return [_of_exports(chain) for chain in chosen]


def _of_exports(chain: Sequence[export.Export]) -> Part:
    def items() -> Iterator[Read]:
        return itertools.chain.from_iterable(one.items() for one in chain)

    count = sum(one.summary.item_count for one in chain)
    first = chain[0]
    return Part(first.table_name, count, first.description, items, has_changes=len(chain) > 1)


def of_lines(path: Path, name: str, types: Mapping[str, str] | None = None) -> Part:
    """Return the table of a file of lines; `types` are those of the key attributes, for CSV."""
    return Part(name, None, None, lambda: lines.read(path, types=types))


def of_snapshot(table: TableSnapshot) -> Part:
    """Return a table of another database."""

    def items() -> Iterator[Read]:
        for number, item in enumerate(table.items(), 1):
            place = f"place {number} of table {table.name}"
            yield lines.put(orjson.loads(item.json), len(item.json), place)

    return Part(table.name, table.count, table.description, items)
