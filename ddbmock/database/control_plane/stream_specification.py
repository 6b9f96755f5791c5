"""Stream specifications: whether a table has a stream, and the view type of its records."""

from __future__ import annotations

from datetime import datetime, timezone

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.data_plane import streams
from ddbmock.database.schema import StreamDescription, TableDescription
from ddbmock.database.stored_key import DIGEST_SIZE
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple


class StreamChange(NamedTuple):
    """The StreamSpecification of a request."""

    enabled: bool
    view_type: str | None


def of_new_table(change: StreamChange | None, now: float, shards: int) -> StreamDescription | None:
    """Return the stream of a new table, or None; `shards` is its number of shards.

    :raises ValidationException: it is enabled without a view type, or disabled with one.
    """
    if change is None:
        return None
    if change.enabled and change.view_type is None:
        raise invalid(
            "Table is being created with a stream enabled, UpdateViewType is required",
            hint="Set StreamViewType to NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE or KEYS_ONLY.",
        )
    if not change.enabled and change.view_type is not None:
        raise invalid(
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
            hint="Leave StreamViewType out.",
        )
    if change.view_type is None:
        return None
    return StreamDescription(True, change.view_type, label(now), boundaries(shards))


def check_change(change: StreamChange) -> None:
    """Check that a change has a view type if it enables the stream, and none otherwise."""
    if change.enabled and change.view_type is None:
        raise invalid(
            "If stream is being enabled then UpdateViewType is required",
            hint="Set StreamViewType to NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE or KEYS_ONLY.",
        )
    if not change.enabled and change.view_type is not None:
        raise invalid(
            "If stream is being disabled, then UpdateViewType must not be specified",
            hint="Leave StreamViewType out.",
        )


def after_change(
    table: TableDescription, change: StreamChange, now: float, shards: int
) -> StreamDescription:
    """Return the stream of a table after a change; a disabled stream keeps its label.

    :raises ValidationException: it is already enabled, or already disabled.
    """
    old = table.stream
    enabled = old is not None and old.enabled
    if change.enabled:
        if enabled:
            raise ValidationException(
                f"Table already has an enabled stream: TableName: {table.name}",
                hint="Its view type can only be changed by disabling and enabling it.",
            )
        return StreamDescription(True, change.view_type or "", label(now), boundaries(shards))
    if old is None or not enabled:
        raise ValidationException(
            f"Table has no stream to disable: TableName: {table.name}",
            hint="The table has no enabled stream.",
        )
    return replace(old, enabled=False)


def with_free_label(tables: Tables, name: str, stream: StreamDescription) -> StreamDescription:
    """Return a stream, if it is enabled with a label that no other stream of the table name has.

    Labels are times in milliseconds, and the clock may stand still.
    """
    now = tables.now
    while stream.enabled and streams.exists(tables.reader, tables.call.prefix, name, stream.label):
        now += 0.001
        stream = replace(stream, label=label(now))
    return stream


def boundaries(shards: int) -> tuple[int, ...]:
    """Return the boundaries that divide the hash keys among a number of shards.

    >>> boundaries(1), boundaries(2)
    ((0,), (0, 8388608))
    """
    return tuple(number * 256**DIGEST_SIZE // shards for number in range(shards))


def label(now: float) -> str:
    """Return the label of a stream that is enabled at a time.

    >>> label(1_790_000_000.25)
    '2026-09-21T14:13:20.250'
    """
    time = datetime.fromtimestamp(round(now, 3), timezone.utc)
    return time.isoformat(timespec="milliseconds").removesuffix("+00:00")
