"""The servers of ddbmock on a cluster: on waitress, on asyncio, or some on each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.servers import DdbmockServe

WAITRESS: Final = ("--threads", "8")
ASYNCIO: Final = ("--server", "fast")
MIXES: Final = {"waitress": (WAITRESS,), "asyncio": (ASYNCIO,), "both": (ASYNCIO, WAITRESS)}
"""The options of the servers in turn."""


def started(folder: Path, mix: str, count: int, *options: str) -> Sequence[DdbmockServe]:
    """Start servers, all of one kind or of both kinds in turn."""
    kinds = itertools.islice(itertools.cycle(MIXES[mix]), count)
    return [DdbmockServe(folder, *kind, *options) for kind in kinds]
