"""The log of requests on the control path, as a list and as a stream of events.

The stream consists of short answers: the ``EventSource`` of a browser asks again after a second,
with the number of the last request that it has received. So no thread or connection of a server
waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from ddbmock.server.control.refused import RefusedError
from ddbmock.service.http import WireRequest, WireResponse
from ddbmock.service.request_log import Logged, Requests

RETRY: Final = 1000
"""Milliseconds until a browser asks for further events."""


def state(requests: Requests) -> dict[str, Any]:
    """Return the totals and the latest requests."""
    return {
        "totals": requests.totals._asdict(),
        "requests": [request._asdict() for request in requests],
    }


def events(
    request: WireRequest, query: Mapping[str, Sequence[str]], requests: Requests
) -> WireResponse:
    """Return the requests after a number that the client sends, as server-sent events."""
    text = request.headers.get("last-event-id") or query.get("after", ["-1"])[0]
    try:
        after = int(text)
    except ValueError:
        raise RefusedError(400, f"{text[:40]!r} is not the number of a request.") from None
    logged = requests.since(after)
    content = f"retry: {RETRY}\n".encode()
    if logged:
        data = orjson.dumps([_members(one) for one in logged])
        content += b"id: %d\nevent: requests\ndata: %s\n" % (logged[-1].number, data)
    content += b"\n"
    headers = [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-store"),
        ("Content-Length", str(len(content))),
    ]
    return WireResponse(200, headers, content)


def _members(logged: Logged) -> dict[str, Any]:
    body = None if logged.body is None else orjson.Fragment(logged.body)
    return {"number": logged.number, **logged.request._asdict(), "body": body}
