"""Auto scaling: throughput that follows consumption, minute by minute of the database's clock.

If consumption exceeds the target in two consecutive minutes, the capacity is scaled out; if it is
below the target in fifteen, it is scaled in. A minute without consumption has no data point, so an
idle table keeps its throughput, and neither bounds nor targets apply to tables billed on demand.
Nothing runs in the background: the minutes that have passed are evaluated before the next request.
Source: Developer Guide, "Managing throughput capacity automatically with DynamoDB auto scaling";
Application Auto Scaling User Guide, "Target tracking scaling policies". Alarms act at the end of
the minute here, without the service's delay of some minutes. It is assumed that the new capacity
depends on the consumption of the last minute when scaling out, and on the highest one of the
fifteen minutes when scaling in.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ddbmock import forking
from ddbmock.clock import ManualClock
from ddbmock.database import Call, DynamoDB
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import auto_scaling, replica_settings, update_table
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_index import IndexUpdate
from ddbmock.database.schema import TableDescription, Throughput
from ddbmock.errors import DynamoDBError
from ddbmock.fault_injection.request_view import RequestView
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Kind

log: Final = logging.getLogger("ddbmock.throughput")

MINUTE: Final = 60
OUT_AFTER: Final = 2
"""Minutes above the target after which a capacity is scaled out."""
IN_AFTER: Final = 15
"""Minutes below the target after which a capacity is scaled in."""
TABLE_OPERATIONS: Final = frozenset({"UpdateTableReplicaAutoScaling", "UpdateTable"})
"""Operations on one table after which bounds can apply."""


class Owner(NamedTuple):
    """A table, as one caller sees it in one region."""

    access_key: str
    region: str
    table: str


class Capacity(NamedTuple):
    """The read or write units of a table or of a global index."""

    owner: Owner
    index_name: str
    """Empty for the table."""
    kind: str
    """``Read`` or ``Write``."""


class Scaled(NamedTuple):
    """A change of throughput by auto scaling."""

    at: float
    """Epoch seconds."""
    table: str
    region: str
    index_name: str
    """Empty for the table itself."""
    kind: str
    """``Read`` or ``Write``."""
    before: int
    after: int


class Scaling:
    """The consumption of a database's tables by minute, and the changes that followed from it."""

    def __init__(self, dynamodb: DynamoDB) -> None:
        self._dynamodb: Final = dynamodb
        self._consumed: dict[Capacity, dict[int, float]] = {}
        """Units by minute."""
        self._owners: dict[Owner, None] = {}
        self._minute = self._now_minute()
        """The first minute that has not been evaluated."""
        self._activities: dict[tuple[Capacity, bool], float] = {}
        """The time of the last scaling in each direction; True stands for out."""
        self._evaluating = forking.lock()
        self.done: list[Scaled] = []

    def _now_minute(self) -> int:
        return int(self._dynamodb.clock.now() // MINUTE)

    def record(self, call: Call, request: RequestView) -> None:
        """Count the units that a call has consumed."""
        minute = self._now_minute()
        if request.operation in TABLE_OPERATIONS and isinstance(request.body.get("TableName"), str):
            name = request.body["TableName"].rpartition("/")[2]
            self._owners[Owner(call.access_key, call.region, name)] = None
        kind = "Write" if request.kind is Kind.WRITE else "Read"
        for one in call.consumed:
            owner = Owner(call.access_key, call.region, one.table)
            self._owners[owner] = None
            of_indexes = {index.name: index.units for index in one.indexes if not index.local}
            own = one.read_units + one.write_units - sum(of_indexes.values())
            for index, units in {"": own, **of_indexes}.items():
                if units > 0:
                    minutes = self._consumed.setdefault(Capacity(owner, index, kind), {})
                    minutes[minute] = minutes.get(minute, 0.0) + units

    def advance(self) -> None:
        """Evaluate the minutes that have passed."""
        if self._now_minute() == self._minute:
            return
        with self._evaluating:
            current = self._now_minute()
            for minute in self._minutes(current):
                for owner in list(self._owners):
                    self._evaluate(owner, minute)
            self._minute = current
            for minutes in self._consumed.values():
                for minute in [one for one in minutes if one <= current - IN_AFTER]:
                    del minutes[minute]

    def _minutes(self, current: int) -> Iterator[int]:
        """Yield the minutes in which something may be scaled: those with consumption, and the last."""
        consumed = {minute for minutes in self._consumed.values() for minute in minutes}
        yield from sorted(minute for minute in consumed if self._minute <= minute < current - 1)
        if current > self._minute:
            yield current - 1

    def _evaluate(self, owner: Owner, minute: int) -> None:
        """Scale the capacities of a table according to the alarms at the end of a minute."""
        at = float((minute + 1) * MINUTE)
        database = self._dynamodb
        then = DynamoDB(database.storage, database.settings, ManualClock(at))
        call = then.call("", owner.region, owner.access_key)
        with call.read() as tables:
            table = tables.describe(owner.table)
            if table is None:
                del self._owners[owner]
                return
            if table.status != "ACTIVE" or table.on_demand_billing:
                return
            targets = self._targets(tables, table, owner, minute)
        if not targets:
            return
        try:
            with call.write() as tables:
                _apply(tables, table, targets)
        except DynamoDBError as error:  # For example, the table has been decreased too often today.
            log.info("auto scaling of %s: %s", owner.table, error)
            return
        for capacity, after in targets.items():
            before = _units(table, capacity)
            self._activities[capacity, after > before] = at
            index, kind = capacity.index_name, capacity.kind
            self.done.append(Scaled(at, owner.table, owner.region, index, kind, before, after))
            log.info("auto scaling of %s %s: %s %d to %d", owner.table, index, kind, before, after)

    def _targets(
        self, tables: Tables, table: TableDescription, owner: Owner, minute: int
    ) -> dict[Capacity, int]:
        """Return the new units of each capacity that changes."""
        targets = {}
        for index in ("", *(one.name for one in table.global_indexes if one.status == "ACTIVE")):
            for kind in ("Read", "Write"):
                settings = auto_scaling.settings_of(tables, table, (index, kind))
                if settings["ScalingPolicies"]:
                    capacity = Capacity(owner, index, kind)
                    before = _units(table, capacity)
                    after = self._target(capacity, before, settings, minute)
                    if after != before:
                        targets[capacity] = after
        return targets

    def _target(
        self, capacity: Capacity, before: int, settings: Mapping[str, Any], minute: int
    ) -> int:
        """Return the new units of a capacity after a minute."""
        policy = settings["ScalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"]
        share = policy["TargetValue"] / 100
        rates = [units / MINUTE for units in self._points(capacity, minute, IN_AFTER)]
        recent = rates[:OUT_AFTER]
        after = before
        if len(recent) == OUT_AFTER and min(recent) > before * share:
            after = max(before, math.ceil(recent[0] / share))
            if not self._cooled(capacity, True, policy.get("ScaleOutCooldown", 0), minute):
                after = before
        elif len(rates) == IN_AFTER and max(rates) < before * share:
            after = min(before, max(1, math.ceil(max(rates) / share)))
            cooled = self._cooled(capacity, False, policy.get("ScaleInCooldown", 0), minute)
            if policy.get("DisableScaleIn") or not cooled:
                after = before
        least: int = settings.get("MinimumUnits", 1)
        most: int = settings.get("MaximumUnits", max(least, after))
        return max(least, min(after, most))

    def _points(self, capacity: Capacity, minute: int, count: int) -> list[float]:
        """Return the units of consecutive minutes, the last first, up to one without any."""
        minutes = self._consumed.get(capacity, {})
        points = []
        for number in range(minute, minute - count, -1):
            if number not in minutes:
                break
            points.append(minutes[number])
        return points

    def _cooled(self, capacity: Capacity, out: bool, cooldown: float, minute: int) -> bool:
        """Return whether the pause after the last scaling in a direction is over."""
        last = self._activities.get((capacity, out))
        return last is None or (minute + 1) * MINUTE >= last + cooldown


def _throughput(table: TableDescription, index: str) -> Throughput:
    described = table.index(index) if index else None
    return table.throughput if described is None else described.throughput


def _units(table: TableDescription, capacity: Capacity) -> int:
    throughput = _throughput(table, capacity.index_name)
    return throughput.read_units if capacity.kind == "Read" else throughput.write_units


def _apply(tables: Tables, table: TableDescription, targets: Mapping[Capacity, int]) -> None:
    """Change the throughput of a table and its indexes.

    Write units are the same in all regions; each region scales its own read units.
    """
    changed: dict[str, Units] = {}
    for capacity, units in targets.items():
        old = _throughput(table, capacity.index_name)
        new = changed.get(capacity.index_name, Units(old.read_units, old.write_units))
        name = capacity.kind.lower()
        changed[capacity.index_name] = new._replace(**{name: units})
    update = TableUpdate(
        table.name,
        throughput=changed.pop("", None),
        indexes=tuple(IndexUpdate(name, units, None, None) for name, units in changed.items()),
    )
    everywhere = any(capacity.kind == "Write" for capacity in targets)
    (replica_settings.update if everywhere else update_table.update)(tables, update)
