"""Shortcuts in a client: work that botocore repeats for each call is done once or omitted.

Each replaces an attribute of a client while ddbmock answers its events.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from ddbmock.clients.transport import Transport


class RememberedUserAgent:
    """A client's user agent, which is computed once. The direct path does not use it.

    Computing it takes a tenth of a call without network. On the wire path botocore computes it
    again.
    """

    def __init__(self, creator: Any) -> None:
        self._creator = creator
        self._text: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._creator, name)

    def to_string(self) -> str:
        if self._text is None:
            self._text = self._creator.to_string()
        return self._text


class RememberedEndpoint:
    """A client's endpoint, which is resolved once for each operation.

    botocore evaluates its rules for every call, which takes an eighth of the time of a direct call.
    The rules can choose a host by the table's account; here the host does not matter.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._endpoints: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    def construct_endpoint(self, operation_model: Any, **keywords: Any) -> Any:
        endpoint = self._endpoints.get(operation_model.name)
        if endpoint is None:
            endpoint = self._endpoints[operation_model.name] = self._resolver.construct_endpoint(
                operation_model=operation_model, **keywords
            )
        return endpoint


class ImpatientEmitter:
    """An endpoint's events without the waits before retries.

    The handlers of the event about retries return the seconds to wait.
    """

    def __init__(self, emitter: Any, transport: Transport) -> None:
        self._emitter = emitter
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emitter, name)

    def emit(self, event_name: str, **keywords: Any) -> Any:
        responses = self._emitter.emit(event_name, **keywords)
        if self._transport.waits or not event_name.startswith("needs-retry."):
            return responses
        return _later(responses, _at_once) if isawaitable(responses) else _at_once(responses)


async def _later(value: Awaitable[Any], use: Callable[[Any], Any]) -> Any:
    return use(await value)


def _at_once(responses: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [
        (handler, response if response is None or response is False else 0)
        for handler, response in responses
    ]
