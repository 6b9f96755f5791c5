"""Kinesis streaming destinations: enabling, changing and disabling them. Source of texts and states:
recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import kinesis_outbox
from ddbmock.database.life import Step
from ddbmock.database.schema import KinesisDestination, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace

ENABLING: Final = "ENABLING"
ACTIVE: Final = "ACTIVE"
UPDATING: Final = "UPDATING"
DISABLING: Final = "DISABLING"
DISABLED: Final = "DISABLED"
ENABLE_FAILED: Final = "ENABLE_FAILED"

NO_PERMISSION: Final = "User does not have a permission to use kinesis stream"
"""The service's description of a destination whose stream cannot be used, or does not exist."""

MILLISECOND: Final = "MILLISECOND"
MICROSECOND: Final = "MICROSECOND"

_STATE: Final = "Table is not in a valid state to enable Kinesis Streaming Destination: "


class KinesisStreams(Protocol):
    """The Kinesis streams that changes can be delivered to."""

    def usable(self, stream_arn: str) -> bool:
        """Return whether a stream exists and can be reached."""


def check_enable(tables: Tables, name: str) -> TableDescription:
    """Return a table to which a destination can be added.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValidationException: the table has a destination already.
    """
    table = tables.existing(name)
    live = [one for one in table.kinesis if one.live or one.status == DISABLING]
    if live:
        raise ValidationException(
            f"{_STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
            "perform ENABLE operation.",
            hint=f"{live[0].stream_arn} is {live[0].status}; a table has one destination at a time.",
        )
    return table


def enable(
    tables: Tables, name: str, stream_arn: str, precision: str | None, *, usable: bool
) -> KinesisDestination:
    """Add a destination, or enable one again; return it in status ENABLING.

    It becomes ENABLE_FAILED if its stream is not usable.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValidationException: the table has one already.
    """
    table = check_enable(tables, name)
    new = KinesisDestination(stream_arn, ENABLING, precision)
    if not usable:
        return _change(tables, name, new, ENABLE_FAILED, NO_PERMISSION)
    kinesis_outbox.begin(tables.writer, table, stream_arn, tables.now)
    return _change(tables, name, new, ACTIVE)


def disable(tables: Tables, name: str, stream_arn: str) -> KinesisDestination:
    """Stop delivery to a destination; return it in status DISABLING.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValidationException: the destination is not ACTIVE.
    """
    found = _find(tables.existing(name), stream_arn)
    if found is not None and found.status == DISABLING:
        return found
    if found is None or found.status != ACTIVE:
        status = "not a destination of the table" if found is None else found.status
        raise ValidationException(
            f"{_STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.",
            hint=f"{stream_arn} is {status}.",
        )
    return _change(tables, name, replace(found, status=DISABLING), DISABLED)


def update(tables: Tables, name: str, stream_arn: str, precision: str | None) -> KinesisDestination:
    """Change the precision of a destination's timestamps; return it in status UPDATING.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValidationException: the destination is not ACTIVE, or nothing would change.
    """
    table = tables.existing(name)
    found = _find(table, stream_arn)
    if found is None:
        raise ValidationException(
            f"{_STATE}No streaming destination with streamArn: {stream_arn} found for table with "
            f"tableName: {name}",
            hint="Call EnableKinesisStreamingDestination with this ARN first.",
        )
    if found.status != ACTIVE:
        raise ValidationException(
            f"{_STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
            f"state. TableName: {name}, kdsArn: {stream_arn}",
            hint=f"The destination is {found.status}; wait until it is {ACTIVE}.",
        )
    if precision is None:
        raise ValidationException(
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
            hint="Set ApproximateCreationDateTimePrecision to MILLISECOND or MICROSECOND.",
        )
    if precision == (found.precision or MILLISECOND):
        raise ValidationException(
            f"Invalid Request: Precision is already set to the desired value of {precision} for "
            f"tableId: {table.table_id}, kdsArn: {stream_arn}",
            hint="Choose the other precision; a destination without one has MILLISECOND.",
        )
    new = replace(found, status=UPDATING, precision=precision)
    return _change(tables, name, new, ACTIVE)


def _find(table: TableDescription, stream_arn: str) -> KinesisDestination | None:
    return next((one for one in table.kinesis if one.stream_arn == stream_arn), None)


def _change(
    tables: Tables, name: str, first: KinesisDestination, last: str, description: str = ""
) -> KinesisDestination:
    """Set the state of a destination now, and its state after the delay of updates; return the first."""
    steps: tuple[Step, ...] = (
        (tables.now, _replaced(first)),
        (
            tables.now + tables.call.settings.delay_updating,
            _replaced(replace(first, status=last, description=description)),
        ),
    )
    tables.change(name, *steps)
    return first


def _replaced(new: KinesisDestination) -> Callable[[TableDescription], TableDescription]:
    def change(table: TableDescription) -> TableDescription:
        others = [one for one in table.kinesis if one.stream_arn != new.stream_arn]
        return replace(table, kinesis=(*others, new))

    return change
