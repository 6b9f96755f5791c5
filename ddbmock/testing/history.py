"""Moments and changes of a database, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeAlias

from ddbmock.clock import epoch_seconds
from ddbmock.database.control_plane.history import Mark
from ddbmock.database.data_plane.journal import NetChange
from ddbmock.database.schema import TableDescription
from ddbmock.values.item import Item

Instant: TypeAlias = "Mark | datetime | float"
"""A moment that :meth:`.Database.moment` has returned, or a time of the database's clock."""


def mark_of(instant: Instant) -> Mark:
    """Return the moment that an instant is.

    :raises TypeError: it is none.
    """
    value: object = instant
    if isinstance(value, str):
        raise TypeError(
            f"A moment must be what db.moment() returned, a datetime or seconds, not {value!r}. Names "
            "of tables follow the moments: db.diff(before, None, 'orders')."
        )
    return instant if isinstance(instant, Mark) else Mark(epoch_seconds(instant), None)


def optional_mark(instant: Instant | None) -> Mark | None:
    """Return the moment that an instant is, or None for the beginning or end of the record."""
    return None if instant is None else mark_of(instant)


def check_names(*names: object) -> None:
    """Reject what is not the name of a table, such as a table of boto3.

    :raises TypeError: there is something like that.
    """
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"The name of a table must be a string, not {name!r}.")


@dataclass(frozen=True)
class Change:
    """A change of an item. Images have the form of a client's items; None means that there was no
    item."""

    table: str
    time: datetime
    """The time of the change, in UTC."""
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @classmethod
    def of(cls, table: TableDescription, change: NetChange) -> Change:
        """Return the change that a journal has recorded."""
        before, after = _image(change.old), _image(change.new)
        item = after or before or {}
        return cls(
            table.name,
            datetime.fromtimestamp(change.micros / 1_000_000, timezone.utc),
            {name: item[name] for name in table.key_schema.names},
            before,
            after,
        )

    def __str__(self) -> str:
        """Return the change on one line: ``+`` added, ``-`` removed, ``~`` changed."""
        if self.before is None:
            return f"+ {self.table} {_shown(self.after)}"
        if self.after is None:
            return f"- {self.table} {_shown(self.before)}"
        parts = []
        for name in sorted({*self.before, *self.after}):
            old, new = self.before.get(name), self.after.get(name)
            if old != new:
                parts.append(f"{name} {_value_shown(old)} -> {_value_shown(new)}")
        return f"~ {self.table} {_shown(self.key)}: {', '.join(parts)}"


class Changes(tuple[Change, ...]):
    """Changes, printed with one on each line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "no changes"


def changes_of(table: TableDescription, found: Iterable[NetChange]) -> Iterable[Change]:
    """Return the changes of a table that a journal has recorded."""
    return (Change.of(table, change) for change in found)


def _image(record: bytes) -> dict[str, Any] | None:
    return dict(Item.of_record(record).to_python()) if record else None


def _shown(item: Mapping[str, Any] | None) -> str:
    members = [f"{name}: {_value_shown(value)}" for name, value in (item or {}).items()]
    return "{" + ", ".join(members) + "}"


def _value_shown(value: Mapping[str, Any] | None) -> str:
    """Return a value in a short, readable form."""
    if value is None:
        return "(none)"
    ((tag, content),) = value.items()
    match tag:
        case "S":
            return json.dumps(content, ensure_ascii=False)
        case "N":
            return str(content)
        case "M":
            return _shown(content)
        case "L":
            return "[" + ", ".join(map(_value_shown, content)) + "]"
        case "NULL":
            return "null"
        case "BOOL":
            return "true" if content else "false"
        case "SS" | "NS" | "BS":
            return "{" + ", ".join(map(str, content)) + "}"
        case _:
            return repr(content)
