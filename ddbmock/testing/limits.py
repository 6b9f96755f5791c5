"""Limits on the consumption of code, and the calls that have exceeded them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.service.request_log import Request, Requests, Totals
from ddbmock.testing.decorating import Decorated, decorate

SHOWN: Final = 5
"""The number of calls that an excess lists."""


class LimitExceededError(AssertionError):
    """An error about code that exceeds a limit."""


class Limit(NamedTuple):
    """The maxima; None means no maximum."""

    max_rcu: float | None = None
    """The sum of read units."""
    max_wcu: float | None = None
    """The sum of write units."""
    max_requests: int | None = None
    no_scan: bool = False

    @classmethod
    def of(cls, **limits: Any) -> Limit:
        """Return a limit with members of these names.

        :raises TypeError: a member does not exist or is no number, or nothing would be limited.
        """
        unknown = sorted(limits.keys() - set(cls._fields))
        if unknown or cls(**limits) == cls():
            known = ", ".join(cls._fields)
            wrong = f"not {', '.join(unknown)}" if unknown else "and gives at least one by its name"
            raise TypeError(f"A limit has {known}, {wrong}.")
        for name, value in limits.items():
            if name != "no_scan" and not isinstance(value, int | float | None):
                raise TypeError(f"{name} must be a number, not {value!r}.")
        return cls(**limits)

    def excess(self, before: Totals, requests: Requests) -> str | None:
        """Return what exceeds the limit since the totals were `before`, with the calls, or None."""
        now = requests.totals
        count = now.requests - before.requests
        # The log keeps only the last ones of very many requests.
        since = list(requests)[-count:] if count else []
        return "\n".join(self._complaints(before, now, count, since)) or None

    def _complaints(
        self, before: Totals, now: Totals, count: int, since: Sequence[Request]
    ) -> Iterator[str]:
        read = now.read_units - before.read_units
        if self.max_rcu is not None and read > self.max_rcu:
            yield f"{read:g} read units were consumed, max_rcu={self.max_rcu:g}. Most of them by:"
            yield from _costliest(since, lambda request: request.read_units)
        written = now.write_units - before.write_units
        if self.max_wcu is not None and written > self.max_wcu:
            yield f"{written:g} write units were consumed, max_wcu={self.max_wcu:g}. Most of them by:"
            yield from _costliest(since, lambda request: request.write_units)
        if self.max_requests is not None and count > self.max_requests:
            yield f"{count} requests were made, max_requests={self.max_requests}. They are:"
            counts = Counter((one.operation, ", ".join(one.tables)) for one in since)
            for (operation, tables), times in counts.most_common(SHOWN):
                yield f"  {times} x {operation}  {tables}".rstrip()
        scans = [one for one in since if one.scan]
        if self.no_scan and now.scans > before.scans:
            times = now.scans - before.scans
            yield f"{'1 Scan was' if times == 1 else f'{times} Scans were'} made, no_scan=True:"
            for one in scans[:SHOWN]:
                yield f"  {one}"
                if one.hint is not None:
                    yield from (f"    {line}" for line in one.hint.split("\n"))


def _costliest(requests: Sequence[Request], units: Callable[[Request], float]) -> Iterator[str]:
    costly = sorted(filter(units, requests), key=units, reverse=True)
    yield from (f"  {request}" for request in costly[:SHOWN])
    if len(costly) > SHOWN:
        yield f"  and {len(costly) - SHOWN} further calls"


class Limited:
    """A context that fails at its end if a limit is exceeded; as a decorator, at the end of each
    call.

    An exception of the block itself takes precedence.

    :raises LimitExceededError: the block exceeds the limit.
    """

    def __init__(self, requests: Requests, limit: Limit) -> None:
        self._requests = requests
        self._limit = limit
        self._before: list[Totals] = []

    def __enter__(self) -> None:
        self._before.append(self._requests.totals)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        before = self._before.pop()
        excess = None if error is not None else self._limit.excess(before, self._requests)
        if excess:
            raise LimitExceededError(excess)

    def __call__(self, function: Decorated) -> Decorated:
        return decorate(function, lambda: Limited(self._requests, self._limit))
