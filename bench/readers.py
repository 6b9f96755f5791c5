"""Readers of the tables: whom a row matters to, and the six lines that a README has of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bench.measure import Row

GROUPS: Final[Mapping[str, str]] = {
    "in-process boto3": "tests in Python, at each call",
    "tests": "tests with pytest",
    "in-process boto 2": "programs of 2012",
    "network": "programs in other languages, and several processes",
    "scale": "large tables in memory",
    "tables": "accounts with many tables, and tables with many indexes",
    "start": "single tests, and command lines",
    "fork": "tests that share seeded data",
    "storage": "development with data that stays",
    "postgresql": "several servers on one database",
    "workers": "servers on several cores",
    "streams": "programs that follow changes",
    "vectors": "searches by similarity",
    "jobs": "exports, imports and restores",
    "console": "people at the console",
}
"""Whom the rows of a group matter to."""

SUMMARY: Final = (
    ("get in-process", "in-process boto3", "get", "direct", "floor"),
    ("put in-process", "in-process boto3", "put", "direct", "floor"),
    ("query of 25 in-process", "in-process boto3", "query of 25", "direct", "floor"),
    ("put in-process, times as fast as moto", "in-process boto3", "put", "moto", "direct"),
    ("queries over HTTP, times as many as dynalite", "network", "query of 25, 16 connections",
     "fast", "dynalite"),
    ("gets among 1,000,000 items in memory, against 1,000", "scale", "get, many partitions",
     "1,000,000 items", "1,000 items"),
)  # fmt: skip
"""A line of the README: its words, and the row that has its figure."""


def summary(rows: Sequence[Row]) -> list[tuple[str, float]]:
    """Return the lines of a README as far as their rows were measured: words and ratio."""
    ratios = {(row.group, row.what, row.contender, row.against): row.ratio for row in rows}
    found = [
        (words, ratios.get((group, what, contender, against)))
        for words, group, what, contender, against in SUMMARY
    ]
    return [(words, round(ratio, 2)) for words, ratio in found if ratio is not None]
