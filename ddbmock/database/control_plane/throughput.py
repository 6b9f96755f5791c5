"""Throughput: its limits, and its rules by billing mode.

Source of texts: recorded answers; of the limits: Developer Guide, "Quotas in Amazon DynamoDB".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Final

from ddbmock.database.key import INVALID
from ddbmock.database.schema import (
    DAY,
    NO_THROUGHPUT,
    IndexDescription,
    TableDescription,
    Throughput,
)
from ddbmock.errors import LimitExceededException, ValidationException
from ddbmock.named_tuple import NamedTuple

MAX_UNITS: Final = 1_000_000_000_000
ON_DEMAND_WARM: Final = (12_000, 4_000)
"""Warm read and write units per second of a new on-demand table or index."""
FREE_DECREASES: Final = 4
"""Decreases in one UTC day that need no pause; each further one needs an hour without a decrease."""
DECREASE_PAUSE: Final = 3600.0
"""Seconds."""
MAX_BILLING_CHANGES: Final = 4
"""The most changes from PROVISIONED to PAY_PER_REQUEST in 24 hours."""


class Units(NamedTuple):
    """Read and write units in a request; either may be missing."""

    read: int | None
    write: int | None


BILLING: Final = "billing"
"""The change of the billing mode, as in :attr:`.TableDescription.updating`."""


def check_new_table(billing_mode: str | None, throughput: Units | None) -> None:
    """Check the throughput of a new table against its billing mode."""
    if throughput is not None:
        check_goes_with(billing_mode or "PROVISIONED", throughput)
    elif billing_mode != "PAY_PER_REQUEST":
        raise ValidationException(
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED",
            hint="Give ProvisionedThroughput, or BillingMode PAY_PER_REQUEST; the default "
            "is PROVISIONED.",
        )


def check_goes_with(billing_mode: str, throughput: Units) -> None:
    """Check the throughput of a table against its present or new billing mode."""
    if billing_mode == "PAY_PER_REQUEST":
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
            "when BillingMode is PAY_PER_REQUEST",
            hint="Leave ProvisionedThroughput out.",
        )
    check_bounds(throughput)


def check_bounds(units: Units, index: str | None = None) -> None:
    """Check that units do not exceed the service's maximum."""
    place = "" if index is None else f" for index {index}"
    for name, value in (("ReadCapacityUnits", units.read), ("WriteCapacityUnits", units.write)):
        if value is not None and value > MAX_UNITS:
            raise ValidationException(
                f"Given value {value} for {name} is out of bounds{place}",
                hint=f"{name} must be at most {MAX_UNITS}.",
            )


def check_new_index(billing_mode: str | None, index: str, throughput: Units | None) -> None:
    """Check the throughput of a new index against the table's billing mode."""
    if billing_mode == "PAY_PER_REQUEST":
        if throughput is not None:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput should not be specified for index: {index} "
                "when BillingMode is PAY_PER_REQUEST",
                hint="Leave ProvisionedThroughput out: an index has the billing mode of its table.",
            )
    elif throughput is None:
        raise ValidationException(
            f"{INVALID}ProvisionedThroughput is not specified for index: {index}",
            hint="Each global index of a PROVISIONED table has throughput of its own.",
        )
    else:
        check_bounds(throughput, index)


def provisioned(units: Units | None) -> Throughput:
    """Return the throughput of a new table or index."""
    if units is None:
        return NO_THROUGHPUT
    return Throughput(units.read or 0, units.write or 0)


def warm_throughput(
    table: TableDescription, index: IndexDescription | None = None
) -> tuple[int, int]:
    """Return the warm read and write units per second of a table or index.

    This is the largest value requested or provisioned so far; on-demand tables start with a minimum.
    """
    place = table if index is None else index
    becomes_on_demand = table.updating == BILLING
    read, write = (0, 0)
    if table.on_demand_billing and not becomes_on_demand:
        read, write = ON_DEMAND_WARM
    return (
        max(read, place.throughput.read_units, place.warm.get("read", 0)),
        max(write, place.throughput.write_units, place.warm.get("write", 0)),
    )


def changed(
    old: Throughput, units: Units, now: float, *, index: str | None = None, limited: bool
) -> Throughput:
    """Return the throughput after an update.

    :raises ValidationException: nothing would change.
    :raises LimitExceededException: it was decreased too often in this UTC day.
    """
    read, write = units.read or 0, units.write or 0
    if (read, write) == (old.read_units, old.write_units):
        raise _unchanged(read, write, "the table" if index is None else f"the index {index}")
    up = read > old.read_units or write > old.write_units
    down = read < old.read_units or write < old.write_units
    decreases = tuple(at for at in old.decreases if at // DAY == now // DAY)
    if down:
        if limited and len(decreases) >= FREE_DECREASES:
            _check_pause(decreases, now)
        decreases = (*decreases, now)
    return Throughput(
        read,
        write,
        last_increase=now if up else old.last_increase,
        last_decrease=now if down else old.last_decrease,
        decreases=decreases,
    )


def check_first_rules(old: Throughput, units: Units, now: float, decreases_a_day: int) -> None:
    """Check the rules of the service's first years: units at most double, with few decreases a day.

    :raises LimitExceededException: a unit would be more than doubled, or throughput decreased too
        often in this UTC day.
    """
    pairs = (("Read", old.read_units, units.read), ("Write", old.write_units, units.write))
    for role, current, requested in pairs:
        if requested is not None and requested > 2 * current:
            raise LimitExceededException(
                "Requested provisioned throughput change is not allowed. "
                f"The {role}CapacityUnits change must be at most 100 percent of current value. "
                f"Current {role}CapacityUnits provisioned for the table: {current}. "
                f"Requested {role}CapacityUnits: {requested}.",
                hint=f"Request at most {2 * current} now, and more in further requests.",
            )
    down = any(requested is not None and requested < current for _, current, requested in pairs)
    if down and old.decreases_on(now) >= decreases_a_day:
        often = "once" if decreases_a_day == 1 else f"{decreases_a_day} times"
        last = "never" if old.last_decrease is None else _spoken(old.last_decrease)
        raise LimitExceededException(
            f"Subscriber limit exceeded: Provisioned throughput can be decreased only {often} "
            f"within the UTC day. Last decrease time: {last}, Request time: {_spoken(now)}",
            hint="The setting ddbmock.throughput_decreases sets the number of decreases a day.",
        )


def _unchanged(read: int, write: int, place: str) -> ValidationException:
    return ValidationException(
        f"The provisioned throughput for {place} will not change. "
        "The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for the table: {read}. "
        f"Requested ReadCapacityUnits: {read}. "
        f"Current WriteCapacityUnits provisioned for the table: {write}. "
        f"Requested WriteCapacityUnits: {write}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
        "higher limits.",
        hint=f"Read units stay {read} and write units {write}; change one of them, or leave the throughput out.",
    )


def _check_pause(decreases: tuple[float, ...], now: float) -> None:
    last, following = decreases[-1], decreases[-1] + DECREASE_PAUSE
    if now < following:
        raise LimitExceededException(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a "
            f"given UTC day. After the first {FREE_DECREASES} decreases, each subsequent decrease "
            "in the same UTC day can be performed at most once every "
            f"{DECREASE_PAUSE:.0f} seconds. Number of decreases today: {len(decreases)}. "
            f"Last decrease at {_spoken(last)}. Next decrease can be made at {_spoken(following)}",
            hint="The setting ddbmock.limits = none lifts this limit.",
        )


def _spoken(seconds: float) -> str:
    """Return a time as the service writes it in messages.

    >>> _spoken(1_790_000_000.0)
    'Monday, September 21, 2026 2:13:20 PM UTC'
    """
    time = datetime.fromtimestamp(int(seconds), timezone.utc)
    return f"{time:%A, %B} {time.day}, {time.year} {time.hour % 12 or 12}:{time:%M:%S %p} UTC"


def check_billing_change(changes: tuple[float, ...], now: float) -> tuple[float, ...]:
    """Return the times of changes to PAY_PER_REQUEST in the last 24 hours, including this change.

    :raises LimitExceededException: there were too many.
    """
    recent = tuple(at for at in changes if at > now - DAY)
    if len(recent) >= MAX_BILLING_CHANGES:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Update to PayPerRequest mode are limited to "
            f"{MAX_BILLING_CHANGES} in 1 day(s). Last update at {_spoken(recent[-1])}. "
            f"Next update can be made at {_spoken(recent[0] + DAY)}",
            hint="The setting ddbmock.limits = none lifts this limit.",
        )
    return (*recent, now)


def on_demand(
    units: Units | None, old: Mapping[str, int], *, on_demand_billing: bool, index: str | None
) -> Mapping[str, int]:
    """Return the maximum on-demand throughput as the answer to an update shows it.

    A maximum of -1 is none: it is in the answer, and :func:`capped` leaves it out afterwards.

    :raises ValidationException: the table is PROVISIONED, or a number is out of range.
    """
    maxima = dict(old)
    for role, value in _named(units):
        name = f"Max{role}RequestUnits"
        if not on_demand_billing:
            raise ValidationException(
                f"{INVALID}{name} for OnDemandThroughput cannot be specified when the table "
                "BillingMode is PROVISIONED",
                hint=_NEEDS_ON_DEMAND,
            )
        _check_maximum(role, value, index, least=-1)
        maxima[role.lower()] = value
    return maxima


def new_on_demand(
    units: Units | None, *, on_demand_billing: bool, index: str | None = None
) -> Mapping[str, int]:
    """Return the maximum on-demand throughput of a new table or index.

    :raises ValidationException: the table is PROVISIONED, or a number is out of range.
    """
    maxima = {}
    for role, value in _named(units):
        if not on_demand_billing:
            raise ValidationException(
                f"{INVALID}Max{role}RequestUnits for OnDemandThroughput cannot be specified when "
                "table BillingMode is PROVISIONED.",
                hint=_NEEDS_ON_DEMAND,
            )
        _check_maximum(role, value, index, least=1)
        maxima[role.lower()] = value
    return maxima


_NEEDS_ON_DEMAND: Final = "A maximum for on-demand throughput needs BillingMode PAY_PER_REQUEST."


def _named(units: Units | None) -> Iterator[tuple[str, int]]:
    """Yield the units that a request has, with their names: Read or Write."""
    for role, value in zip(("Read", "Write"), units or (None, None), strict=True):
        if value is not None:
            yield role, value


def _check_maximum(role: str, value: int, index: str | None, *, least: int) -> None:
    """Check a maximum; `least` is -1 where it can be removed."""
    if value == 0 or value < least:
        place = "table" if index is None else f"index : {index}"
        remedy = ", or -1 to remove the maximum" if least < 0 else ""
        raise ValidationException(
            f"{INVALID}Requested Max{role}RequestUnits for OnDemandThroughput for {place} is "
            "outside of valid range",
            hint=f"Max{role}RequestUnits is {value}; it must be at least 1{remedy}.",
        )


def capped(maxima: Mapping[str, int]) -> Mapping[str, int]:
    """Return the maxima without those that are -1, which means no maximum."""
    return {role: value for role, value in maxima.items() if value != -1}


def warm(units: Units | None, current: tuple[int, int], *, index: str | None) -> Mapping[str, int]:
    """Return the warm throughput of a request, by ``read`` and ``write``.

    :raises ValidationException: it is lower than the current one.
    """
    place = "table" if index is None else f"index {index}"
    warm_units: dict[str, int] = {}
    for (role, value), least in _with_least(units, current):
        if value < least:
            raise ValidationException(
                f"{INVALID}Requested {role}UnitsPerSecond for WarmThroughput for {place} is lower "
                "than current WarmThroughput, decreasing WarmThroughput is not supported",
                hint=f"{role}UnitsPerSecond is {least} now; request at least as much, or leave it out.",
            )
        warm_units[role.lower()] = value
    return warm_units


def new_warm(
    units: Units | None,
    provisioned: Throughput | None,
    *,
    index: str | None = None,
) -> Mapping[str, int]:
    """Return the warm throughput of a new table or index, by ``read`` and ``write``.

    `provisioned` is None if the table is on-demand.

    :raises ValidationException: it is lower than the throughput that the table or index starts with.
    """
    place = "table" if index is None else f"index {index}"
    start = ON_DEMAND_WARM
    if provisioned is not None:
        start = provisioned.read_units, provisioned.write_units
    warm_units: dict[str, int] = {}
    for (role, value), least in _with_least(units, start):
        if value < least:
            initial = (
                f"initial throughput for OnDemand. See: {_INITIAL_THROUGHPUT}"
                if provisioned is None
                else f"{role}CapacityUnits of ProvisionedThroughput"
            )
            raise ValidationException(
                f"{INVALID}Requested {role}UnitsPerSecond for WarmThroughput for {place} is lower "
                f"than {initial}",
                hint=f"Request at least {least} {role}UnitsPerSecond, or leave it out.",
            )
        warm_units[role.lower()] = value
    return warm_units


_INITIAL_THROUGHPUT: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)


def _with_least(
    units: Units | None, least: tuple[int, int]
) -> Iterator[tuple[tuple[str, int], int]]:
    minima = {"Read": least[0], "Write": least[1]}
    for role, value in _named(units):
        yield (role, value), minima[role]
