"""The door for botocore, and so for boto3: a client's own events are answered from a database.

Two events are answered. ``before-call`` comes when the client has validated and serialised a
request: answered there with Python values, the call skips signing, HTTP objects and parser (the
*direct* path). ``before-send`` comes when the request is signed and ready: answered there with
bytes, everything above the socket really runs, retries included (the *wire* path). No URL is ever
looked at: which hosts DynamoDB has is the business of botocore's versions.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import isawaitable
from typing import Any, Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ParamValidationError

from ddbmock.clients import direct_response, parameter_hints
from ddbmock.clients.fast_serializer import PlainSerializer
from ddbmock.clients.hints import annotate
from ddbmock.errors import DynamoDBError
from ddbmock.service import http, json
from ddbmock.service.error_wording import explain
from ddbmock.service.http import WireRequest
from ddbmock.service.router import Router

Path: TypeAlias = Literal["direct", "wire"]

SERVICES: Final = ("dynamodb", "dynamodbstreams")
"""botocore's names of what a database answers."""

RETRIED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Errors below 500 after which clients try again; they are to meet them on the wire path."""


ACCESS_KEY: Final = "ddbmock"
"""Of those who have no credentials."""


class Answering(Protocol):
    """Answers clients' events."""

    @property
    def waits(self) -> bool:
        """Whether clients are to wait before they try again."""

    @property
    def blocks(self) -> bool:
        """Whether answers may take their time."""

    @property
    def before_call(self) -> Callable[..., direct_response.Answer | None]:
        """A handler that gives the answer as Python values; None: the call is to go by wire."""

    @property
    def before_send(self) -> Callable[..., Any]:
        """A handler that gives the answer as bytes; None: the call is to go to the network."""


class Door:
    """Answers clients' events from one database."""

    def __init__(self, router: Router, path: Path = "direct", *, waits: bool = False) -> None:
        if path not in ("direct", "wire"):
            raise ValueError(f"A path is 'direct' or 'wire', not {path!r}.")
        self.router = router
        self.path = path
        self.waits = waits

    @property
    def blocks(self) -> bool:
        """Whether there is trouble."""
        return self.router.trouble is not None

    def before_call(
        self,
        model: Any,
        params: dict[str, Any],
        request_signer: Any,
        context: dict[str, Any],
        **_: Any,
    ) -> direct_response.Answer | None:
        """The answer as Python values; None: the call is to go by wire."""
        router = self.router
        settings = router.dynamodb.settings
        body = params["body"]
        if (
            self.path == "wire"
            or len(body) > settings.max_body
            or (self.blocks and self._may_refuse(params))
        ):
            _prepare_for_wire(params, request_signer, context)
            return None
        request_id = http.new_request_id()
        url = params["url"]
        try:
            target = router.target(params["headers"]["X-Amz-Target"])
            output = router.perform(
                target,
                json.decode(body),
                request_id=request_id,
                region=context["client_region"],
                host=url.partition("//")[2].partition("/")[0],
                access_key=_access_key(request_signer) if settings.databases == "each" else "",
            )
        except DynamoDBError as error:
            if error.status >= 500 or type(error).__name__ in RETRIED:
                _prepare_for_wire(params, request_signer, context)
                return None
            explain(error, settings.hints)
            namespace = router.namespace(params["headers"]["X-Amz-Target"])
            return direct_response.refusal(error, namespace, model, url, request_id)
        return direct_response.answer(output, target, model, url, request_id)

    def _may_refuse(self, params: dict[str, Any]) -> bool:
        trouble = self.router.trouble
        if trouble is None:
            return False
        target = self.router.target(params["headers"]["X-Amz-Target"])
        return trouble.may_refuse(target, json.decode(params["body"]))

    def before_send(self, request: Any, **_: Any) -> AWSResponse:
        """The answer as bytes."""
        answer = self.handle(request)
        response = AWSResponse(request.url, answer.status, dict(answer.headers), None)
        response._content = answer.body
        return response

    def handle(self, request: Any) -> http.WireResponse:
        """The answer to a request that botocore has signed."""
        url = urlsplit(request.url)
        body = request.body or b""
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        # the socket's affair, as a rule
        headers.setdefault("host", url.netloc)
        return http.handle(
            self.router,
            WireRequest(
                request.method,
                url.path,
                url.query,
                headers,
                body.encode() if isinstance(body, str) else body,
            ),
        )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _access_key(request_signer: Any) -> str:
    credentials = request_signer._credentials
    return ACCESS_KEY if _unfit(credentials) else str(credentials.access_key)


def _unfit(credentials: Any) -> bool:
    """Whether there are no credentials, or such that signing with them may ask AWS for new ones."""
    return credentials is None or hasattr(credentials, "refresh_needed")


def _prepare_for_wire(params: dict[str, Any], request_signer: Any, context: dict[str, Any]) -> None:
    """Prepare a call for the wire path, on which a signature is needed, but no credentials are."""
    if _unfit(request_signer._credentials):
        context["auth_type"] = "none"
        params["headers"]["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/19700101/{context['client_region']}/dynamodb/"
            "aws4_request, SignedHeaders=host, Signature=0"
        )
        params["headers"]["X-Amz-Date"] = "19700101T000000Z"


def add_hint(error: ClientError) -> None:
    """Give a client's exception the hint that its answer carried, as a note."""
    hint = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(http.HINT_HEADER)
    if hint:
        # the header is cut at some length, perhaps within an escape
        annotate(error, hint.encode("ascii").decode("unicode_escape", "ignore"))


class Binding:
    """A client whose events are answered by us; :meth:`release` makes it what it was.

    Kept in the client's own ``__dict__``, under :data:`MARK`.
    """

    def __init__(self, client: Any, answering: Answering) -> None:
        before_send = answering.before_send
        if is_asynchronous(client):
            from ddbmock.clients.aiobotocore import awaitable

            before_send = awaitable(answering)
        # Others' handlers of before-call, the client's and the user's, come first: ours ends it.
        # Of the answers to before-send the first one counts, so ours comes first.
        service = client.meta.service_model.service_id.hyphenize()
        self._handlers = (
            ("before-call", answering.before_call),
            (f"before-send.{service}", before_send),
        )
        client.meta.events.register_last(*self._handlers[0])
        client.meta.events.register_first(*self._handlers[1])
        endpoint = client._endpoint
        self._replaced: list[tuple[Any, str, Any]] = []
        self._replace(
            endpoint, "_event_emitter", ImpatientEmitter(endpoint._event_emitter, answering)
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
        """Take away what was added."""
        del client.__dict__[MARK]
        for owner, name, original in self._replaced:
            setattr(owner, name, original)
        for name, handler in self._handlers:
            client.meta.events.unregister(name, handler)


def is_asynchronous(client: Any) -> bool:
    """Whether a client is one of aiobotocore's, which is not imported to find out."""
    module = sys.modules.get("aiobotocore.client")
    return module is not None and isinstance(client, module.AioBaseClient)


MARK: Final = "_ddbmock_binding"


class RememberedUserAgent:
    """A client's user agent, put together once: on the direct path nobody reads it.

    That takes botocore a tenth of a call with an instant network, and on the wire path it puts it
    together once more.
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
    """A client's endpoint, found out once for each operation.

    botocore works through its rules for every call, an eighth of a direct one's time. The rules
    may choose a host by the table's account; which host it is does not matter here.
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
    """An endpoint's events, with the waits before retries cut to nothing.

    Whether to retry is asked by an event, and the answer is for how long to wait before.
    """

    def __init__(self, emitter: Any, answering: Answering) -> None:
        self._emitter = emitter
        self._answering = answering

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emitter, name)

    def emit(self, event_name: str, **keywords: Any) -> Any:
        responses = self._emitter.emit(event_name, **keywords)
        if self._answering.waits or not event_name.startswith("needs-retry."):
            return responses
        return _later(responses, _at_once) if isawaitable(responses) else _at_once(responses)


async def _later(value: Awaitable[Any], use: Callable[[Any], Any]) -> Any:
    return use(await value)


def _at_once(responses: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [
        (handler, response if response is None or response is False else 0)
        for handler, response in responses
    ]


def hinting(make_api_call: Callable[..., Any]) -> Callable[..., Any]:
    """A client's ``_make_api_call`` whose exceptions have their hints as notes."""

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
