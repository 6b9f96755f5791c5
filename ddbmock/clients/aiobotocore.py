"""The door for aiobotocore, and so for aioboto3: as for botocore, with bytes that are awaited.

Imported only when aiobotocore is there already. What else differs from botocore is asked of the
values themselves, in :mod:`ddbmock.clients.botocore_events`: whether they are awaitable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiobotocore.awsrequest import AioAWSResponse

if TYPE_CHECKING:
    from ddbmock.clients.transport import Transport


def awaitable(transport: Transport) -> Callable[..., Awaitable[AioAWSResponse | None]]:
    """Return a handler of ``before-send`` whose response has a content to be awaited.

    What may take its time does so in another thread, so that the loop's other tasks go on.
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
