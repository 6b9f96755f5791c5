"""Clients that are created once and used by one test after the other.

Creating a client takes milliseconds, and the first one of a process a tenth of a second, more than
most tests. So one client is created, which uses the database of each test in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

from ddbmock.clients import botocore_patch
from ddbmock.clients.client_options import Clients, async_client, async_resource
from ddbmock.clients.transport import DatabaseTransport, Path
from ddbmock.service.router import Router


class CurrentTransport:
    """A transport that uses the database of the current test."""

    def __init__(self) -> None:
        self._transport: DatabaseTransport | None = None

    @contextmanager
    def leading_to(self, router: Router, path: Path, *, waits: bool) -> Iterator[None]:
        """Use a database while its test runs."""
        before, self._transport = self._transport, DatabaseTransport(router, path, waits=waits)
        try:
            yield
        finally:
            self._transport = before

    @property
    def waits(self) -> bool:
        return self._opened().waits

    @property
    def blocks(self) -> bool:
        return self._opened().blocks

    def before_call(self, **event: Any) -> Any:
        return self._opened().before_call(**event)

    def before_send(self, **event: Any) -> Any:
        return self._opened().before_send(**event)

    def _opened(self) -> DatabaseTransport:
        if self._transport is None:
            raise RuntimeError(
                "This client is ddbmock's, for tests; none that uses it is running any more."
            )
        return self._transport


class ReusedClients:
    """The clients of all tests; each is created on first use."""

    def __init__(self) -> None:
        self.transport = CurrentTransport()
        self._clients = Clients()
        self._cache: dict[tuple[str, str], Any] = {}

    def client(self, region: str) -> Any:
        """Return a boto3 client."""
        make = self._clients.client
        return self._once(
            "client", region, lambda options: make(self.transport, "dynamodb", options)
        )

    def resource(self, region: str) -> Any:
        """Return a boto3 resource."""
        make = self._clients.resource
        return self._once("resource", region, lambda options: make(self.transport, options))

    def async_client(self, region: str) -> Any:
        """Return an aiobotocore client that belongs to no event loop, since it never opens a
        connection."""
        return self._once(
            "async_client",
            region,
            lambda options: _entered(lambda: async_client(self.transport, "dynamodb", options)),
        )

    def async_resource(self, region: str) -> Any:
        """Return an aioboto3 resource, which also belongs to no event loop."""
        return self._once(
            "async_resource",
            region,
            lambda options: _entered(lambda: async_resource(self.transport, options)),
        )

    def _once(self, kind: str, region: str, make: Callable[[dict[str, Any]], Any]) -> Any:
        if (kind, region) not in self._cache:
            self._cache[kind, region] = make({"region_name": region})
        return self._cache[kind, region]


@contextmanager
def reused_clients() -> Iterator[ReusedClients]:
    """Yield the clients of many tests, each of which enters a mock of its own."""
    with botocore_patch.kept():
        yield ReusedClients()


def _entered(manager: Callable[[], AbstractAsyncContextManager[Any]]) -> Any:
    """Return the value of an asynchronous context manager, after leaving it."""

    async def make() -> Any:
        async with manager() as client:
            return client

    # This needs a thread of its own, because an event loop may be running in this one.
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, make()).result()
