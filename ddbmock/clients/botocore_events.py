"""A client's own events, answered by a transport, and hints on its exceptions."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import isawaitable
from typing import Any, Final

from botocore.exceptions import ClientError, ParamValidationError

from ddbmock.clients import parameter_hints
from ddbmock.clients.botocore_shortcuts import (
    ImpatientEmitter,
    RememberedEndpoint,
    RememberedUserAgent,
)
from ddbmock.clients.fast_serializer import PlainSerializer
from ddbmock.clients.hints import annotate
from ddbmock.clients.transport import Transport
from ddbmock.service import http


def add_hint(error: ClientError) -> None:
    """Add the hint that an answer carried to the client's exception, as a note."""
    hint = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(http.HINT_HEADER)
    if hint:
        # the header is cut at some length, perhaps within an escape
        annotate(error, hint.encode("ascii").decode("unicode_escape", "ignore"))


class EventBinding:
    """A client whose events a transport answers, until :meth:`release`.

    Kept in the client's own ``__dict__``, under :data:`MARK`.
    """

    def __init__(self, client: Any, transport: Transport) -> None:
        before_send = transport.before_send
        if is_asynchronous(client):
            from ddbmock.clients.aiobotocore import awaitable

            before_send = awaitable(transport)
        # Others' handlers of before-call, the client's and the user's, come first: ours ends it.
        # Of the answers to before-send the first one counts, so ours comes first.
        service = client.meta.service_model.service_id.hyphenize()
        self._handlers = (
            ("before-call", transport.before_call),
            (f"before-send.{service}", before_send),
        )
        client.meta.events.register_last(*self._handlers[0])
        client.meta.events.register_first(*self._handlers[1])
        endpoint = client._endpoint
        self._replaced: list[tuple[Any, str, Any]] = []
        self._replace(
            endpoint, "_event_emitter", ImpatientEmitter(endpoint._event_emitter, transport)
        )
        self._replace(
            client, "_user_agent_creator", RememberedUserAgent(client._user_agent_creator)
        )
        self._replace(client, "_serializer", PlainSerializer(client._serializer))
        resolver = getattr(client, "_ruleset_resolver", None)
        if resolver is not None and not is_asynchronous(client):
            self._replace(client, "_ruleset_resolver", RememberedEndpoint(resolver))
        client.__dict__[MARK] = self

    def _replace(self, owner: Any, name: str, replacement: Any) -> None:
        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, replacement)

    def release(self, client: Any) -> None:
        """Remove the handlers and put the client's own attributes back."""
        del client.__dict__[MARK]
        for owner, name, original in self._replaced:
            setattr(owner, name, original)
        for name, handler in self._handlers:
            client.meta.events.unregister(name, handler)


def is_asynchronous(client: Any) -> bool:
    """Return whether a client is one of aiobotocore's, without importing it."""
    module = sys.modules.get("aiobotocore.client")
    return module is not None and isinstance(client, module.AioBaseClient)


MARK: Final = "_ddbmock_binding"


def hinting(make_api_call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a client's ``_make_api_call`` whose exceptions have their hints as notes."""

    @wraps(make_api_call)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            answer = make_api_call(*arguments, **keywords)
        except ClientError as error:
            add_hint(error)
            raise
        except ParamValidationError as error:
            annotate(error, parameter_hints.of_client(arguments[-1]))
            raise
        except TypeError as error:
            annotate(error, parameter_hints.of_resource(arguments[-1]))
            raise
        return _hinting_later(answer, arguments[-1]) if isawaitable(answer) else answer

    return call


async def _hinting_later(answer: Awaitable[Any], parameters: Any) -> Any:
    try:
        return await answer
    except ClientError as error:
        add_hint(error)
        raise
    except ParamValidationError as error:
        annotate(error, parameter_hints.of_client(parameters))
        raise
    except TypeError as error:
        annotate(error, parameter_hints.of_resource(parameters))
        raise
