"""Clients of aiobotocore, and so of aioboto3: as those of botocore, with bodies that are awaited.

This is imported only if aiobotocore is already imported. For other differences from botocore,
:mod:`ddbmock.clients.botocore_events` asks whether a value is awaitable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiobotocore.awsrequest import AioAWSResponse

if TYPE_CHECKING:
    from ddbmock.clients.transport import Transport


def awaitable(transport: Transport) -> Callable[..., Awaitable[AioAWSResponse | None]]:
    """Return a handler of ``before-send`` whose response has a body that is awaited.

    An answer that can take long is computed in another thread, so that other tasks of the loop
    continue.
    """

    async def answer(**event: Any) -> AioAWSResponse | None:
        if transport.blocks:
            response = await asyncio.to_thread(transport.before_send, **event)
        else:
            response = transport.before_send(**event)
        if response is None:
            return None
        raw = _Raw(response.headers, response.content)
        return AioAWSResponse(response.url, response.status_code, response.headers, raw)

    return answer


class _Raw:
    """The parts of aiohttp's response that aiobotocore reads."""

    def __init__(self, headers: Mapping[str, str], content: bytes) -> None:
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._content = content

    async def read(self) -> bytes:
        return self._content
