"""A database's own clients, created by boto3 and aiobotocore without patching them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from ddbmock import forking
from ddbmock.clients.botocore_events import MARK, EventBinding, hinting
from ddbmock.clients.transport import SERVICES, Transport

OPTIONS: Final = {
    "region_name": "us-east-1",
    "aws_access_key_id": "ddbmock",
    "aws_secret_access_key": "ddbmock",
}
"""Default client options."""


class Clients:
    """A factory of boto3 clients. Creating their common session takes a tenth of a second.

    boto3's default session is not used.
    """

    def __init__(self) -> None:
        self._session: Any = None
        # A session of boto3 cannot create clients in several threads at once.
        self._making = forking.lock()

    def client(self, transport: Transport, service: str, options: dict[str, Any]) -> Any:
        """Return a client; the transport answers its events."""
        check_service(service)
        with self._making:
            client = self._opened().client(service, **OPTIONS | options)
        return bound(client, transport)

    def resource(self, transport: Transport, options: dict[str, Any]) -> Any:
        """Return a resource; the transport answers its client's events."""
        with self._making:
            resource = self._opened().resource("dynamodb", **OPTIONS | options)
        bound(resource.meta.client, transport)
        return resource

    def _opened(self) -> Any:
        if self._session is None:
            try:
                import boto3
            except ModuleNotFoundError as missing:
                raise _missing(missing, "boto3") from None
            self._session = boto3.session.Session()
        return self._session


@asynccontextmanager
async def async_client(
    transport: Transport, service: str, options: dict[str, Any]
) -> AsyncIterator[Any]:
    """Yield a client of aiobotocore; the transport answers its events."""
    check_service(service)
    try:
        from aiobotocore.session import get_session
    except ModuleNotFoundError as missing:
        raise _missing(missing, "aio") from None
    async with get_session().create_client(service, **OPTIONS | options) as client:
        yield bound(client, transport)


@asynccontextmanager
async def async_resource(transport: Transport, options: dict[str, Any]) -> AsyncIterator[Any]:
    """Yield a resource of aioboto3; the transport answers its client's events."""
    try:
        from aioboto3 import Session
    except ModuleNotFoundError as missing:
        raise _missing(missing, "aioboto3") from None
    async with Session().resource("dynamodb", **OPTIONS | options) as resource:
        bound(resource.meta.client, transport)
        yield resource


def _missing(missing: ModuleNotFoundError, extra: str) -> ModuleNotFoundError:
    from ddbmock.extras import missing_package

    return missing_package(missing, extra)


def bound(client: Any, transport: Transport) -> Any:
    """Bind a client to a transport permanently, add hints to its exceptions, and return it."""
    mark = client.__dict__.get(MARK)
    if mark is not None:
        mark.release(client)
    EventBinding(client, transport)
    client._make_api_call = hinting(client._make_api_call)
    return client


def check_service(service: str) -> None:
    """Raise if a service is neither of DynamoDB's two."""
    if service not in SERVICES:
        raise ValueError(f"A database has clients for {' and '.join(SERVICES)}, not {service!r}.")
