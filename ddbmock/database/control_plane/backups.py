"""Backups: a table's description and its content at one moment, kept even if the table is deleted.

Creating a backup takes the same time for every size of table: the content is not copied. From then on
the table's journal records the changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import moments
from ddbmock.database.control_plane.times import iso_seconds
from ddbmock.database.data_plane.journal import Moment
from ddbmock.database.life import Life, decode_life
from ddbmock.database.schema import BACKUPS, CREATING, DAY, DELETING, TableDescription
from ddbmock.errors import (
    BackupInUseException,
    BackupNotFoundException,
    ContinuousBackupsUnavailableException,
    TableNotFoundException,
    ValidationException,
)
from ddbmock.frozen import dataclass

USER: Final = "USER"
SYSTEM: Final = "SYSTEM"
SYSTEM_NAME: Final = "{}$DeletedTableBackup"
SYSTEM_SUFFIX: Final = "00000000"
SYSTEM_DAYS: Final = 35
DELETING_SECONDS: Final = 1.0
"""Seconds for which a table that is being deleted can still be backed up, exported and restored.
Source: a published control-plane lab of October 2026, "about one second"."""
_RESTORES: Final = "backups-being-restored"


@dataclass(frozen=True)
class Backup:
    """A backup."""

    backup_id: str
    name: str
    type: str
    created_at: float
    table_name: str
    table_id: str
    life: str
    """The table's description at that moment, as a settled life."""
    item_count: int
    size: int
    epoch: int
    """The moment of the table's journal."""
    expires_at: float | None = None

    @property
    def table(self) -> TableDescription:
        """The table at that moment."""
        table = decode_life(self.life.encode()).at(self.created_at)
        assert table is not None
        return table

    @property
    def moment(self) -> Moment:
        return Moment(self.epoch, round(self.created_at * 1_000_000))

    @property
    def key(self) -> bytes:
        return key(self.table_name, self.backup_id)


def key(table_name: str, backup_id: str) -> bytes:
    """Return the key of a backup: the table's name, then the time."""
    return f"{table_name}\0{backup_id}".encode()


def new_id(now: float, suffix: str | None = None) -> str:
    """Return a new id of a backup, export or import: the time in milliseconds and 8 digits.

    >>> new_id(1489602797.149, "73d8d5bc")
    '01489602797149-73d8d5bc'
    """
    return f"{round(now * 1000):014d}-{suffix or secrets.token_hex(4)}"


def source(tables: Tables, name: str) -> TableDescription:
    """Return a table that can be backed up, exported or used as the source of a restore.

    :raises TableNotFoundException: there is none, or it is being created, or has been DELETING for a
        second.
    :raises ContinuousBackupsUnavailableException: it is being imported.
    """
    table = tables.describe(name)
    if table is not None and table.status == CREATING and table.importing:
        raise ContinuousBackupsUnavailableException(
            f"Backups are being enabled for the table: {name}. Please retry later",
            hint=f"Table {name!r} is being imported; wait until DescribeImport reports the end.",
        )
    if table is not None and table.status == DELETING:
        gone = tables.status_age(name) >= DELETING_SECONDS
    else:
        gone = table is None or table.status == CREATING
    if table is None or gone:
        raise TableNotFoundException(f"Table not found: {name}", hint=tables.why_not(name, table))
    return table


def existing(tables: Tables, name: str) -> TableDescription | None:
    """Return the table with a name, or None if there is none or it is being created or deleted."""
    table = tables.describe(name)
    return None if table is None or table.status in (CREATING, DELETING) else table


def create(tables: Tables, table_name: str, name: str) -> Backup:
    """Back up a table as it is now.

    :raises TableNotFoundException: there is none, or it is being created or deleted.
    """
    table = source(tables, table_name)
    return _add(tables, table, new_id(tables.now), name, USER, None)


def create_for_deleted(tables: Tables, table: TableDescription) -> Backup:
    """Back up a table with point-in-time recovery that is being deleted."""
    return _add(
        tables,
        table,
        new_id(tables.now, SYSTEM_SUFFIX),
        SYSTEM_NAME.format(table.name),
        SYSTEM,
        tables.now + SYSTEM_DAYS * DAY,
    )


def withdraw_for_deleted(tables: Tables, table: TableDescription) -> None:
    """Remove the backup that DeleteTable created."""
    for backup in list(listed(tables, table.name)):
        if backup.type == SYSTEM and backup.table_id == table.table_id:
            _remove(tables, backup)


def _add(
    tables: Tables,
    table: TableDescription,
    backup_id: str,
    name: str,
    kind: str,
    expires_at: float | None,
) -> Backup:
    moment = moments.hold(tables, table, backup_id)
    assert moment.epoch is not None
    count, size = tables.table(table).totals()
    life = Life.of((0.0, table)).encode().decode()
    backup = Backup(
        backup_id=backup_id,
        name=name,
        type=kind,
        created_at=round(tables.now, 3),
        table_name=table.name,
        table_id=table.table_id,
        life=life,
        item_count=count,
        size=size,
        epoch=moment.epoch,
        expires_at=expires_at,
    )
    tables.writer.put(_space(tables), backup.key, orjson.dumps(backup))
    return backup


def find(tables: Tables, table_name: str, backup_id: str, arn: str) -> Backup:
    """Return a backup.

    :raises BackupNotFoundException: there is none; the text quotes the ARN as it was given.
    """
    stored = tables.reader.get(_space(tables), key(table_name, backup_id))
    backup = None if stored is None else _decoded(stored)
    if backup is None or _expired(tables, backup):
        raise BackupNotFoundException(
            f"Backup not found: {arn}", hint="ListBackups returns the ARNs of the existing backups."
        )
    return backup


def delete(tables: Tables, backup: Backup, arn: str) -> None:
    """Delete a backup.

    :raises BackupInUseException: a table is being restored from it.
    :raises ValidationException: the service made it.
    """
    if backup.type == SYSTEM:
        raise ValidationException(
            "Invalid Request: User is not allowed to delete the system backup with arn "
            f"{arn}. It will automatically expire on {iso_seconds(backup.expires_at or 0)}",
            hint="Move the clock past that time to remove it; only backups of users can be deleted.",
        )
    if is_being_restored(tables, backup):
        raise BackupInUseException(
            f"Backup is being used to restore table: {arn}",
            hint="Wait until DescribeTable reports the restored table as ACTIVE, and delete it then.",
        )
    _remove(tables, backup)


def check_not_in_use(tables: Tables, backup: Backup, arn: str) -> None:
    """Reject a second restore from a backup at the same time.

    :raises BackupInUseException: a table is being restored from it.
    """
    if is_being_restored(tables, backup):
        raise BackupInUseException(
            f"Backup is being used to restore another table: {arn}",
            hint="Wait until DescribeTable reports that table as ACTIVE, and restore again then.",
        )


def is_being_restored(tables: Tables, backup: Backup) -> bool:
    """Return whether a table is being restored from a backup."""
    target = tables.reader.get(tables.call.prefix + _RESTORES, backup.key)
    if target is None:
        return False
    table = tables.describe(target.decode())
    return table is not None and bool(table.restoring)


def mark_restored(tables: Tables, backup: Backup, target: str) -> None:
    """Record that a table is being restored from a backup, until the table is no longer CREATING."""
    tables.writer.put(tables.call.prefix + _RESTORES, backup.key, target.encode())


def listed(tables: Tables, table_name: str | None, after: bytes = b"") -> Iterator[Backup]:
    """Yield the backups of tables with a name, or all backups, by table name and time, starting after a key."""
    low, high = b"", None
    if table_name is not None:
        low, high = f"{table_name}\0".encode(), f"{table_name}\1".encode()
    for _, stored in tables.reader.range(_space(tables), max(low, after and after + b"\0"), high):
        backup = _decoded(stored)
        if not _expired(tables, backup):
            yield backup


def is_any_expired(tables: Tables) -> bool:
    """Return whether a backup that the service created has expired."""
    stored = tables.reader.range(_space(tables))
    return any(_expired(tables, _decoded(backup)) for _, backup in stored)


def remove_expired(tables: Tables) -> None:
    """Remove the expired backups that the service created."""
    for _, stored in list(tables.reader.range(_space(tables))):
        backup = _decoded(stored)
        if _expired(tables, backup) and not is_being_restored(tables, backup):
            _remove(tables, backup)


def _remove(tables: Tables, backup: Backup) -> None:
    tables.writer.delete(_space(tables), backup.key)
    tables.writer.delete(tables.call.prefix + _RESTORES, backup.key)
    moments.release(tables, backup.table_name, backup.table_id, backup.backup_id)


def _expired(tables: Tables, backup: Backup) -> bool:
    return backup.expires_at is not None and backup.expires_at <= tables.now


def _space(tables: Tables) -> str:
    return tables.call.prefix + BACKUPS


def _decoded(stored: bytes) -> Backup:
    return Backup(**orjson.loads(stored))
