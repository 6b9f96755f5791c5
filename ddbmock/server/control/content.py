"""Snapshots and forks on the control path."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

from ddbmock import forking
from ddbmock.named_tuple import NamedTuple
from ddbmock.server.control.refused import RefusedError, kept
from ddbmock.service.instance import Instance, Snapshot
from ddbmock.service.router import Router

MAX_NAME: Final = 200
"""The number of characters of a snapshot's name at most."""
MAX_DEPTH: Final = 16
"""The number of levels of nested forks at most: each level of a path is one level of recursion."""


class _Named(NamedTuple):
    name: str
    at: float
    snapshot: Snapshot


class Snapshots:
    """Snapshots of one database by their ids."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._kept: dict[str, _Named] = {}

    def state(self) -> list[dict[str, Any]]:
        """Return id, name and time of each snapshot, the oldest first."""
        return [
            {"id": key, "name": one.name, "at": one.at} for key, one in list(self._kept.items())
        ]

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take a snapshot with the body's ``name``, and return its id."""
        name = body.get("name", "")
        if body.keys() - {"name"} or not isinstance(name, str) or len(name) > MAX_NAME:
            raise RefusedError(
                400, f'Say {{}} or {{"name": "..."}}, at most {MAX_NAME} characters.'
            )
        key = uuid.uuid4().hex
        self._kept[key] = _Named(name, self._instance.clock.now(), self._instance.snapshot())
        return {"id": key}

    def restore(self, key: str) -> dict[str, Any]:
        """Restore a snapshot."""
        self._instance.restore(kept(self._kept, key).snapshot)
        return {}

    def kept(self, key: str) -> Snapshot:
        """Return a snapshot.

        :raises RefusedError: no snapshot has this id.
        """
        snapshot: Snapshot = kept(self._kept, key).snapshot
        return snapshot

    def delete(self, key: str) -> dict[str, Any]:
        """Delete a snapshot."""
        kept(self._kept, key)
        del self._kept[key]
        return {}


class ForkControl(Protocol):
    """The control path of a fork."""

    def close(self) -> None:
        """Close the fork's own forks."""


class _Fork(NamedTuple):
    instance: Instance
    control: ForkControl


class Forks:
    """Forks of one database by their ids."""

    def __init__(
        self, instance: Instance, control: Callable[[Instance], ForkControl], depth: int
    ) -> None:
        self._instance = instance
        self._control = control
        self._depth = depth
        self._forks: dict[str, _Fork] = {}
        self._keeping = forking.lock()

    def names(self) -> list[str]:
        """Return the ids."""
        return list(self._forks)

    def router(self, name: str) -> Router:
        """Return the router of a fork."""
        instance: Instance = kept(self._forks, name).instance
        return instance.router

    def fork(self) -> str:
        """Fork the database, and return the fork's id."""
        if self._depth >= MAX_DEPTH:
            raise RefusedError(400, f"Forks of forks can be nested {MAX_DEPTH} deep, not deeper.")
        name = uuid.uuid4().hex
        instance = self._instance.fork()
        with self._keeping:
            self._forks[name] = _Fork(instance, self._control(instance))
        return name

    def end(self, name: str) -> dict[str, Any]:
        """Close a fork."""
        with self._keeping:
            fork: _Fork = kept(self._forks, name)
            del self._forks[name]
        fork.control.close()
        fork.instance.close()
        return {}

    def close(self) -> None:
        """Close all forks."""
        for name in self.names():
            self.end(name)
