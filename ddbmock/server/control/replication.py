"""The replication of global tables on the control path: lag, held links, regions cut off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from ddbmock.server.control.refused import RefusedError
from ddbmock.service.replication_control import ReplicationControl

CHANGES: Final = 100
"""The number of waiting changes in an answer at most."""


def state(replication: ReplicationControl, access_key: str = "") -> dict[str, Any]:
    """Return all replicas, and the oldest changes that have not arrived."""
    return {
        "replicas": [
            {
                "region": one.region,
                "table": one.table,
                "lagSeconds": one.lag,
                "delaySeconds": one.delay,
                "held": one.held,
                "pending": one.pending,
                "cutOff": one.cut_off,
                "failing": one.failing,
            }
            for one in replication.replicas(access_key=access_key)
        ],
        "changes": [
            {
                "table": one.table,
                "source": one.source,
                "region": one.target,
                "key": one.key,
                "removed": one.removed,
                "due": one.due,
            }
            for one in islice(replication.pending(), CHANGES)
        ],
    }


def change(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    """Hold or release links, delay or deliver changes, cut off or heal a region.

    :raises RefusedError: the body requests none of these.
    """
    actions = [name for name in body if name in _MEMBERS]
    if len(actions) != 1 or body.keys() - {actions[0]} - _MEMBERS[actions[0]]:
        raise RefusedError(400, _REPLICATION)
    _ACTIONS[actions[0]](replication, body)


def _hold(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    replication.hold(_region(body["hold"]), _region(body.get("source")))


def _release(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    replication.release(_region(body["release"]), _region(body.get("source")))


def _cut(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    region = _region(body["cut"])
    if region is None:
        raise RefusedError(400, _REPLICATION)
    replication.cut(region, requests=body.get("requests", "serve"))


def _heal(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    replication.heal(_region(body["heal"]))


def _delay(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    region, source = _region(body.get("region")), _region(body.get("source"))
    if region is not None:
        replication.delay(body["delay"], region, source)
    elif source is None:
        replication.lag = body["delay"]
    else:
        raise RefusedError(400, _REPLICATION)


def _step(replication: ReplicationControl, body: Mapping[str, Any]) -> None:
    count = body["step"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise RefusedError(400, _REPLICATION)
    replication.step(count)


def _region(name: Any) -> str | None:
    """Return a region, or None for all regions, which are ``null`` or ``*``."""
    if name is None or isinstance(name, str):
        return None if name == "*" else name
    raise RefusedError(400, _REPLICATION)


_ACTIONS: Final[Mapping[str, Callable[[ReplicationControl, Mapping[str, Any]], None]]] = {
    "hold": _hold,
    "release": _release,
    "cut": _cut,
    "heal": _heal,
    "delay": _delay,
    "step": _step,
}
_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "hold": frozenset({"source"}),
    "release": frozenset({"source"}),
    "cut": frozenset({"requests"}),
    "heal": frozenset(),
    "delay": frozenset({"region", "source"}),
    "step": frozenset(),
}
"""The other members of each action."""
_REPLICATION: Final = (
    'Say {"hold": "eu-west-1"} or {"release": "eu-west-1"}, also with "source", and "*" for all '
    'regions; {"cut": "eu-west-1", "requests": "fail"}; {"heal": "eu-west-1"}; {"delay": 0.5}, also '
    'with "region" and "source"; or {"step": 1}.'
)
