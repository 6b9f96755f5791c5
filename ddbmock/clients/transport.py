"""Transports, which answer events of botocore's clients, and the transport of a database.

Two events can be answered. ``before-call`` is emitted when the client has validated and serialised
a request. An answer with Python values skips signing, HTTP objects and the parser (the *direct*
path). ``before-send`` is emitted when the request is signed and ready. With an answer in bytes,
everything above the socket runs as usual, retries included (the *wire* path). The URL is ignored,
since DynamoDB's hosts depend on botocore's version.

A custom transport answers both events; this one has a single answer::

    class Nothing:
        waits = blocks = False

        def before_call(self, **event):
            return None  # by wire

        def before_send(self, request, **event):
            return AWSResponse(request.url, 503, {}, None)

    EventBinding(client, Nothing())
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse

from ddbmock.clients import direct_response
from ddbmock.errors import DynamoDBError
from ddbmock.later import later
from ddbmock.service import json
from ddbmock.service.request_ids import new_request_id
from ddbmock.service.router import Router

if TYPE_CHECKING:
    from ddbmock.service import error_wording, http
else:
    error_wording, http = later("ddbmock.service", "error_wording", "http")

Path: TypeAlias = Literal["direct", "wire"]

SERVICES: Final = ("dynamodb", "dynamodbstreams")
"""botocore's names of the services that a database answers."""

RETRIED: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Errors below 500 after which clients retry; clients get them on the wire path."""


ACCESS_KEY: Final = "ddbmock"
"""The access key of clients without credentials."""


class Transport(Protocol):
    """An object that answers the events of clients."""

    @property
    def waits(self) -> bool:
        """Whether clients wait before they retry."""

    @property
    def blocks(self) -> bool:
        """Whether answers may take long."""

    @property
    def before_call(self) -> Callable[..., direct_response.Answer | None]:
        """The handler that returns the answer as Python values, or None to use the wire path."""

    @property
    def before_send(self) -> Callable[..., Any]:
        """The handler that returns the answer as bytes, or None to use the network."""


class DatabaseTransport:
    """The transport of one database."""

    def __init__(self, router: Router, path: Path = "direct", *, waits: bool = False) -> None:
        if path not in ("direct", "wire"):
            raise ValueError(f"A path is 'direct' or 'wire', not {path!r}.")
        self.router = router
        self.path = path
        self.waits = waits

    @property
    def blocks(self) -> bool:
        """Whether faults may delay answers."""
        return self.router.trouble is not None

    def before_call(
        self,
        model: Any,
        params: dict[str, Any],
        request_signer: Any,
        context: dict[str, Any],
        **_: Any,
    ) -> direct_response.Answer | None:
        """Return the answer as Python values, or None to go by wire."""
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
        request_id = new_request_id()
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
            error_wording.explain(error, settings.hints)
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
        """Return the answer as bytes."""
        answer = self.handle(request)
        response = AWSResponse(request.url, answer.status, dict(answer.headers), None)
        response._content = answer.body
        return response

    def handle(self, request: Any) -> http.WireResponse:
        """Return the answer to a request that botocore has signed."""
        url = urlsplit(request.url)
        body = request.body or b""
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        # Usually the connection adds this header, below botocore.
        headers.setdefault("host", url.netloc)
        return http.handle(
            self.router,
            http.WireRequest(
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
    """Return whether credentials are missing, or could ask AWS for new ones when they sign."""
    return credentials is None or hasattr(credentials, "refresh_needed")


def _prepare_for_wire(params: dict[str, Any], request_signer: Any, context: dict[str, Any]) -> None:
    """Prepare a call for the wire path, which needs a signature but no real credentials."""
    if _unfit(request_signer._credentials):
        context["auth_type"] = "none"
        params["headers"]["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/19700101/{context['client_region']}/dynamodb/"
            "aws4_request, SignedHeaders=host, Signature=0"
        )
        params["headers"]["X-Amz-Date"] = "19700101T000000Z"
