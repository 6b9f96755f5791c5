"""``ddbmock check``: all damage in a SQLite file."""

from __future__ import annotations

import struct
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from ddbmock.database import damage
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, TableDescription
from ddbmock.storage import sqlite_check


class _SQLiteFile(click.Path):
    """The path of a SQLite file, or its URL as in ``--storage``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path, is_url, location = str(value).partition("sqlite:///")
        if is_url and not path:
            value = unquote(location.partition("?")[0])
        return super().convert(value, param, ctx)


@click.command()
@click.argument("file", type=_SQLiteFile(path_type=Path, exists=True, dir_okay=False))
def check(file: Path) -> None:
    """Report all damage in a SQLite file.

    FILE is read completely and not changed. Each damage is one line on standard output. The exit
    status is 1 if there is any damage.
    """
    found: list[sqlite_check.Damage] = []
    content: dict[str, damage.Content] = defaultdict(damage.Content)
    tables: list[TableDescription] = []
    for one in sqlite_check.read_all(file):
        if isinstance(one, sqlite_check.Damage):
            found.append(one)
        elif one.space.endswith(CATALOGUE):
            tables += [state for _, state in decode_life(one.value).states if state is not None][
                -1:
            ]
        else:
            content[one.space] = _plus(content[one.space], one.value)
    lines = [
        f"{damage.place(tables, one.space, one.key)} is damaged." if one.space else f"{one.text}."
        for one in found
    ]
    lines += damage.disagreements(tables, content, sqlite_check.counters(file))
    for line in lines:
        click.echo(line[0].upper() + line[1:])
    if lines:
        raise SystemExit(1)
    items = sum(content[table.space()].items for table in tables)
    click.echo(f"No damage in {file}: {len(tables)} tables with {items} items.")


def _plus(content: damage.Content, value: bytes) -> damage.Content:
    try:
        return content.plus(value)
    except (ValueError, struct.error):
        # Only the spaces of tables have items.
        return content
