"""Client tokens of jobs: a request that is repeated within eight hours does not start a second job."""

from __future__ import annotations

from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.named_tuple import NamedTuple

LIFETIME: Final = 8 * 3600
"""Seconds. Source: API reference, ``ClientToken`` of ExportTableToPointInTime."""


class Started(NamedTuple):
    """The job that a request with a token started."""

    key: str
    parameters: Any
    at: float


def find(tables: Tables, kind: str, token: str) -> Started | None:
    """Return the job that a request with a token started, or None if there is none or the token has expired."""
    stored = tables.reader.get(_space(tables, kind), token.encode())
    if stored is None:
        return None
    started = Started(*orjson.loads(stored))
    return started if tables.now < started.at + LIFETIME else None


def save(tables: Tables, kind: str, token: str, key: str, parameters: Any) -> None:
    """Store the job that a request with a token started."""
    started = Started(key, parameters, tables.now)
    tables.writer.put(_space(tables, kind), token.encode(), orjson.dumps(tuple(started)))


def _space(tables: Tables, kind: str) -> str:
    return f"{tables.call.prefix}{kind}-tokens"
