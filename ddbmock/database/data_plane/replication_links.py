"""Links: the connections between the regions of global tables, over which changes are replicated."""

from __future__ import annotations

from typing import Final, TypeAlias

from ddbmock.storage import ConflictError, DamagedError, Storage, UnavailableError

QUEUE: Final = "replication"
"""The storage space of the changes that wait for their replication."""
Link: TypeAlias = tuple[str, str]
"""Source and target region."""


class Links:
    """The state of the connections between regions. All are fast and open by default."""

    def __init__(self) -> None:
        self.lag = 0.0
        """Seconds that a change needs on links without a lag of their own."""
        self.lags: dict[Link, float] = {}
        self.on_hold: set[Link] = set()
        """Links that deliver nothing for now; an empty region stands for all regions."""
        self.isolated: set[str] = set()
        """Regions without any link to others."""
        self.failed: set[str] = set()
        """Regions whose requests fail."""

    def holds(self, source: str, target: str) -> bool:
        """Return whether a link delivers nothing for now."""
        return not self.on_hold.isdisjoint({(source, target), (source, ""), ("", target), ("", "")})

    def delay(self, source: str, target: str) -> float:
        """Return the seconds that a change needs on a link."""
        return self.lags.get((source, target), self.lag)

    def copy(self) -> Links:
        """Return an independent copy."""
        copied = Links()
        copied.lag, copied.lags = self.lag, dict(self.lags)
        copied.on_hold, copied.isolated = set(self.on_hold), set(self.isolated)
        copied.failed = set(self.failed)
        return copied


def may_wait(storage: Storage) -> bool:
    """Return whether changes wait for their replication, or the storage cannot tell now."""
    try:
        with storage.read() as reader:
            return next(reader.range(QUEUE), None) is not None
    except (ConflictError, UnavailableError, DamagedError):
        return True
