"""Throughput: what goes with which billing mode, how high, how low, and how often it may fall.

Source of texts: recorded answers; of the limits: Developer Guide, "Quotas in Amazon DynamoDB".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ddbmock.database.key import INVALID
from ddbmock.database.schema import (
    NO_THROUGHPUT,
    IndexDescription,
    TableDescription,
    Throughput,
)
from ddbmock.errors import ValidationException

MAX_UNITS: Final = 1_000_000_000_000
ON_DEMAND_WARM: Final = (12_000, 4_000)
"""Read and write units per second that an on-demand table or index is ready for at once."""


class Units(NamedTuple):
    """A pair of numbers as a request gives them; one may be missing."""

    read: int | None
    write: int | None


def check_new_table(billing_mode: str | None, throughput: Units | None) -> None:
    """Refuse throughput that does not go with the billing mode of a new table, or is too high."""
    if billing_mode == "PAY_PER_REQUEST":
        if throughput is not None:
            raise ValidationException(
                f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                "when BillingMode is PAY_PER_REQUEST",
                hint="Leave ProvisionedThroughput out.",
            )
    elif throughput is None:
        raise ValidationException(
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED",
            hint="Give ProvisionedThroughput, or BillingMode PAY_PER_REQUEST; without a "
            "BillingMode, PROVISIONED is meant.",
        )
    else:
        check_bounds(throughput)


def check_bounds(units: Units, index: str | None = None) -> None:
    """Refuse more units than the service can count."""
    place = "" if index is None else f" for index {index}"
    for name, value in (("ReadCapacityUnits", units.read), ("WriteCapacityUnits", units.write)):
        if value is not None and value > MAX_UNITS:
            raise ValidationException(
                f"Given value {value} for {name} is out of bounds{place}",
                hint=f"The highest value is {MAX_UNITS}.",
            )


def check_new_index(billing_mode: str | None, index: str, throughput: Units | None) -> None:
    """Refuse throughput of a new index that does not go with the table's billing mode."""
    if billing_mode == "PAY_PER_REQUEST":
        if throughput is not None:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput should not be specified for index: {index} "
                "when BillingMode is PAY_PER_REQUEST",
                hint="Leave it out: indexes are billed as their table is.",
            )
    elif throughput is None:
        raise ValidationException(
            f"{INVALID}ProvisionedThroughput is not specified for index: {index}",
            hint="Each global index of a PROVISIONED table has throughput of its own.",
        )
    else:
        check_bounds(throughput, index)


def provisioned(units: Units | None) -> Throughput:
    """The throughput of a new table or index."""
    if units is None:
        return NO_THROUGHPUT
    return Throughput(units.read or 0, units.write or 0)


def warm_throughput(
    table: TableDescription, index: IndexDescription | None = None
) -> tuple[int, int]:
    """Units per second, of reads and writes, that a table or index can bear at once.

    What was asked for or provisioned so far, never less than an on-demand table begins with.
    """
    place = table if index is None else index
    read, write = ON_DEMAND_WARM if table.on_demand_billing else (0, 0)
    return (
        max(read, place.throughput.read_units, place.warm.get("read", 0)),
        max(write, place.throughput.write_units, place.warm.get("write", 0)),
    )
