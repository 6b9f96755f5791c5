"""Events of a client that a transport answers, and hints in the client's exceptions."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

try:
    from botocore.exceptions import ClientError, ParamValidationError
except ModuleNotFoundError as missing:
    from ddbmock.extras import missing_package

    raise missing_package(missing, "boto3") from None

from ddbmock.clients.botocore_shortcuts import (
    ImpatientEmitter,
    RememberedEndpoint,
    RememberedUserAgent,
)
from ddbmock.clients.fast_serializer import PlainSerializer
from ddbmock.clients.hints import annotate
from ddbmock.clients.transport import Transport
from ddbmock.later import later
from ddbmock.suggestions import nearest

if TYPE_CHECKING:
    from ddbmock.service import http
else:
    http = later("ddbmock.service", "http")

if TYPE_CHECKING:
    from ddbmock.clients import parameter_hints, resource_hints
else:
    parameter_hints, resource_hints = later("ddbmock.clients", "parameter_hints", "resource_hints")


def add_hint(error: ClientError) -> None:
    """Add the hint of an answer to the client's exception, as a note."""
    hint = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(http.HINT_HEADER)
    if hint:
        # The header is cut off at some length, perhaps within an escape.
        annotate(error, hint.encode("ascii").decode("unicode_escape", "ignore"))


class EventBinding:
    """The connection of a client's events with a transport, until :meth:`release`.

    It is stored in the client's ``__dict__``, under :data:`MARK`.
    """

    def __init__(self, client: Any, transport: Transport) -> None:
        before_send = transport.before_send
        if is_asynchronous(client):
            from ddbmock.clients.aiobotocore import awaitable

            before_send = awaitable(transport)
        # Other handlers of before-call, of the client and the user, come first, because ours ends
        # the call. The first answer to before-send counts, so our handler comes first.
        service = client.meta.service_model.service_id.hyphenize()
        self._handlers = (
            ("before-call", transport.before_call),
            (f"before-send.{service}", before_send),
            (f"getattr.{service}", reject_attribute),
        )
        client.meta.events.register_last(*self._handlers[0])
        client.meta.events.register_first(*self._handlers[1])
        client.meta.events.register_last(*self._handlers[2])
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
        """Remove the handlers and restore the client's own attributes."""
        del client.__dict__[MARK]
        for owner, name, original in self._replaced:
            setattr(owner, name, original)
        for name, handler in self._handlers:
            client.meta.events.unregister(name, handler)


def is_asynchronous(client: Any) -> bool:
    """Return whether a client belongs to aiobotocore, without importing that."""
    module = sys.modules.get("aiobotocore.client")
    return module is not None and isinstance(client, module.AioBaseClient)


MARK: Final = "_ddbmock_binding"

OF_RESOURCES: Final[Mapping[str, str]] = {
    "Table": "boto3.resource('dynamodb').Table(name)",
    "batch_writer": "boto3.resource('dynamodb').Table(name).batch_writer()",
}
"""Methods of resources that users expect in clients."""


def reject_attribute(client: Any, event_name: str, **_: Any) -> None:
    """Raise for a method that a client does not have, if a hint names the right one.

    :raises AttributeError: as botocore does, with the hint as a note.
    """
    name = event_name.rpartition(".")[2]
    if name.startswith("_"):
        return
    meant = OF_RESOURCES.get(name) or nearest(name, client.meta.method_to_api_mapping, 0.75)
    if meant is not None:
        error = AttributeError(f"'{type(client).__name__}' object has no attribute '{name}'")
        annotate(error, f"A client has no {name}: did you mean {meant}?")
        raise error


def hinting(make_api_call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a client's ``_make_api_call`` that adds hints to exceptions, as notes."""

    # The method of a single client has no such argument.
    bound = getattr(make_api_call, "__self__", None)
    client = () if bound is None else (bound,)

    @wraps(make_api_call)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            answer = make_api_call(*arguments, **keywords)
        except ClientError as error:
            add_hint(error)
            raise
        except Exception as error:
            _explain(error, *client, *arguments, **keywords)
            raise
        # a synchronous client's answer is told apart without isawaitable(), a search for methods
        if type(answer) is not dict and isawaitable(answer):
            return _hinting_later(answer, *client, *arguments, **keywords)
        return answer

    return call


async def _hinting_later(answer: Awaitable[Any], *arguments: Any, **keywords: Any) -> Any:
    try:
        return await answer
    except ClientError as error:
        add_hint(error)
        raise
    except Exception as error:
        _explain(error, *arguments, **keywords)
        raise


def _explain(error: Exception, client: Any, operation_name: str, api_params: Any) -> None:
    """Add a hint to an exception that a client raised before it sent anything.

    Values that a resource cannot serialise cause many exceptions: TypeError, those of decimal,
    those of boto3.
    """
    if isinstance(error, ParamValidationError):
        reader = parameter_hints.Reader(
            client.meta.service_model, operation_name, resource=_of_resource(client)
        )
        annotate(error, reader.hint(api_params))
    elif isinstance(error, TypeError | ArithmeticError) or _is_boto3s(error):
        annotate(error, resource_hints.hint(api_params))


def _is_boto3s(error: Exception) -> bool:
    module = sys.modules.get("boto3.exceptions")
    return module is not None and isinstance(error, module.Boto3Error)


def _of_resource(client: Any) -> bool:
    """Return whether a client belongs to a resource, which serialises the attribute values."""
    emitter = getattr(client.meta.events, "_emitter", client.meta.events)
    return _RESOURCES in getattr(emitter, "_unique_id_handlers", ())


_RESOURCES: Final = "dynamodb-create-params-copy"
"""The name of the first handler that boto3 registers for a resource's client."""
