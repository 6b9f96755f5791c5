"""Imports: their records, the checks before a start, and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import jobs, tokens
from ddbmock.database.control_plane.resource_in_use import until_gone
from ddbmock.database.life import decode_life
from ddbmock.database.schema import DAY, TableDescription
from ddbmock.errors import (
    ImportConflictException,
    ImportNotFoundException,
    ResourceInUseException,
)
from ddbmock.frozen import dataclass

KIND: Final = "import"
IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
ITEM_ERRORS: Final = "ItemValidationError"
ITEM_ERRORS_TEXT: Final = (
    "Some of the items failed validation checks and were not imported. Please check CloudWatch "
    "error logs for more details."
)
TABLE_EXISTS: Final = "TableAlreadyExists"
KEPT_DAYS: Final = 90
_IMPORTS: Final = jobs.RECORDS[KIND]


@dataclass(frozen=True)
class Import:
    """An import: its request and its progress."""

    import_id: str
    table_name: str
    table_id: str
    table_arn: str
    token: str
    start_time: float
    bucket: str
    owner: str
    format: str
    compression: str
    parameters: Mapping[str, Any]
    """TableCreationParameters as they were sent."""
    life: str
    """The table as it will be when it is ACTIVE."""
    prefix: str | None = None
    options: Mapping[str, Any] | None = None
    """InputFormatOptions as they were sent."""
    status: str = IN_PROGRESS
    end_time: float | None = None
    processed: int = 0
    imported: int = 0
    errors: int = 0
    size: int = 0
    """Bytes of the objects, decompressed."""
    failure_code: str | None = None
    failure_message: str | None = None
    created: bool = False
    """Whether the table exists."""
    after: str = ""
    """The key of the last object that was read to its end."""
    lines: int = 0
    """Lines of the next object that have been read already."""
    position: int = 0
    """Bytes of them."""

    @property
    def key(self) -> str:
        return self.import_id

    @property
    def arn(self) -> str:
        return f"{self.table_arn}/import/{self.import_id}"

    @property
    def table(self) -> TableDescription:
        """The table as it will be when it is ACTIVE."""
        table = decode_life(self.life.encode()).at(self.start_time)
        assert table is not None
        return table


def check_name(tables: Tables, name: str) -> None:
    """Reject the name of a table that exists, unless another import is creating it.

    :raises ResourceInUseException: it exists.
    """
    table = tables.describe(name)
    if table is not None and not table.importing:
        raise ResourceInUseException(
            f"Table already exists: {name}",
            hint=until_gone(table)
            or f"Table {name!r} is {table.status}; delete it first, or import under another name.",
        )


def replayed(tables: Tables, token: str, table_name: str) -> Import | None:
    """Return the import that an earlier request with this token started.

    Members other than the table's name may differ, as on the service.

    :raises ImportConflictException: the earlier request was for another table.
    """
    started = tokens.find(tables, KIND, token)
    if started is None:
        return None
    if started.parameters != table_name:
        raise ImportConflictException(
            "Import conflict: Duplicate request detected with conflicting parameters",
            hint=f"ClientToken {token!r} belongs to the import of {started.parameters!r}; use a new one.",
        )
    return read(tables, started.key)


def start(tables: Tables, started: Import) -> None:
    """Store a new import and list it as unfinished."""
    save(tables, started)
    tokens.save(tables, KIND, started.token, started.key, started.table_name)
    jobs.enqueue(tables, KIND, started.key)


def save(tables: Tables, changed: Import) -> None:
    """Store an import."""
    tables.writer.put(tables.call.prefix + _IMPORTS, changed.key.encode(), orjson.dumps(changed))


def read(tables: Tables, key: str) -> Import | None:
    """Return the import of an id, or None."""
    stored = tables.reader.get(tables.call.prefix + _IMPORTS, key.encode())
    return None if stored is None else Import(**orjson.loads(stored))


def find(tables: Tables, table_name: str, import_id: str, arn: str) -> Import:
    """Return an import.

    :raises ImportNotFoundException: there is none.
    """
    found = read(tables, import_id)
    if found is None or found.table_name != table_name:
        raise ImportNotFoundException(
            f"Import not found: Import not found: {arn}",
            hint="ListImports returns the ARNs of the existing imports.",
        )
    jobs.check_sound(tables, KIND, import_id, finished=found.status != IN_PROGRESS)
    return found


def listed(tables: Tables, table_name: str | None) -> Iterator[Import]:
    """Yield the imports into tables with a name, or all imports, the newest first."""
    oldest = tables.now - KEPT_DAYS * DAY
    space = tables.call.prefix + _IMPORTS
    for _, stored in tables.reader.range(space, reverse=True):
        found = Import(**orjson.loads(stored))
        if table_name in (None, found.table_name) and found.start_time >= oldest:
            yield found
