"""The door for aiobotocore, and so for aioboto3: as for botocore, with bytes that are awaited.

Imported only when aiobotocore is there already. What else differs from botocore is asked of the
values themselves, in :mod:`ddbmock.embedded.boto3`: whether they are awaitable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiobotocore.awsrequest import AioAWSResponse


def awaitable(before_send: Callable[..., Any]) -> Callable[..., AioAWSResponse | None]:
    """A handler of ``before-send`` whose response has a content to be awaited."""

    def answer(**event: Any) -> AioAWSResponse | None:
        response = before_send(**event)
        if response is None:
            return None
        awaited = AioAWSResponse(response.url, response.status_code, response.headers, None)
        awaited._content = response.content
        return awaited

    return answer
