"""HTTP as DynamoDB speaks it, without a server: a request's parts in, an answer's parts out.

The checks follow DynamoDB's order: body size, CORS, health, method and content type, JSON, target,
credentials. Then the operation is performed, and its output or error becomes bytes with a checksum.
Source: AWS's developer guide and recorded answers.
"""

from __future__ import annotations

import logging
import sys
import threading
import zlib
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ddbmock.database import Call
from ddbmock.database.control_plane.jobs import POLLS
from ddbmock.errors import DynamoDBError, InternalFailure, SerializationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.service import origins
from ddbmock.service.compression import TooLargeError, accepted_encoding, compress, decompress
from ddbmock.service.error_wording import explain
from ddbmock.service.json import CONTENT_TYPE, decode, encode, error_body
from ddbmock.service.request_ids import new_request_id
from ddbmock.service.router import Router
from ddbmock.service.signature import check_credentials, scope

if TYPE_CHECKING:
    from ddbmock.service.grouped_writes import GroupedWrite

log: Final = logging.getLogger("ddbmock.requests")

CONTENT_TYPES: Final = (CONTENT_TYPE, "application/json")
REASONS: Final[Mapping[int, str]] = {
    200: "OK",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
}
"""The reason phrase of each status. Python's own list differs between versions."""
COMPRESSIBLE: Final = 4096
"""The size in bytes up to which answers are not compressed."""
UNLIMITED: Final = sys.maxsize - 1
"""The limit for bodies in bytes where DynamoDB's limits do not apply. One byte more is still a
valid size."""
HINT_HEADER: Final = "x-ddbmock-hint"
EXPOSED: Final = (
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date,"
    + HINT_HEADER
)
"""The headers that web pages can read: those of AWS's JSON services, and the hint.

The checksum is not among them. The JavaScript SDK would compare it with the body that a browser has
unzipped. Source: https://github.com/aws/aws-sdk-js/issues/1614.
"""
HINT_SIZE: Final = 2000
"""The number of characters of a hint in a header; the log has the whole hint."""


class WireRequest(NamedTuple):
    """The parts of a request that a server or a client passes on."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Header values by name, in lower case."""
    body: bytes


class WireResponse(NamedTuple):
    """The parts of an answer that a server sends."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Admitted(NamedTuple):
    """A request that has passed the checks of HTTP; its operation comes next."""

    request: WireRequest
    request_id: str
    origin_headers: list[tuple[str, str]]
    target: Target
    body: Any
    call: Call


def handle(router: Router, request: WireRequest) -> WireResponse:
    """Answer a request. This never raises: an internal error becomes a 500, with its traceback in
    the log."""
    admitted = admit(router, request)
    return finish(router, admitted) if isinstance(admitted, Admitted) else admitted


def admit(router: Router, request: WireRequest) -> Admitted | WireResponse:
    """Check a request up to its operation; return the answer if that is not reached."""
    if router.control is not None:
        steered: WireResponse | None = router.control.handle(request)
        if steered is not None:
            return steered
    headers: list[tuple[str, str]] = []
    request_id = new_request_id()
    refused = origins.refusal(request.headers, request.method, router.dynamodb.settings.origins)
    if refused is not None:
        return forbidden(refused)
    origin = request.headers.get("origin")
    if origin is not None:
        headers += origins.answer_headers(origin, router.dynamodb.settings.origins, EXPOSED)
    try:
        answer = _checked(router, request, request_id, headers)
    except Exception as error:
        answer = _failure(router, request, request_id, error)
    if isinstance(answer, Admitted):
        return answer
    if headers:
        answer = answer._replace(headers=[*answer.headers, *headers])
    if request.method == "HEAD":
        answer = answer._replace(body=b"")
    return answer


def finish(router: Router, admitted: Admitted, write: GroupedWrite | None = None) -> WireResponse:
    """Perform the operation of a request, and answer it.

    :param write: the request as a member of a group that has ended.
    """
    request, request_id, headers, target, body, call = admitted
    try:
        output = router.finish(target, body, call, request_id, write)
        encoded = b"" if target.operation.empty and not output else encode(output)
        answer = _response(200, encoded, request, request_id)
        if call.warning is not None:
            answer.headers.append((HINT_HEADER, _in_header(call.warning)))
    except Exception as error:
        answer = _failure(router, request, request_id, error)
    if headers:
        answer = answer._replace(headers=[*answer.headers, *headers])
    return answer


def _failure(
    router: Router, request: WireRequest, request_id: str, error: Exception
) -> WireResponse:
    if isinstance(error, TooLargeError):
        return too_large(error.limit)
    if isinstance(error, DynamoDBError):
        explain(error, router.dynamodb.settings.hints)
    else:
        log.error("%s failed", request_id, exc_info=error)
        error = InternalFailure(hint="See the log.")
    return _error(error, request, request_id, _namespace(router, request))


def slices(
    router: Router, target: str, signed: str, host: str
) -> Generator[None, None, None] | None:
    """Return the slices of jobs to be done before a request is answered; None for most requests.

    Servers that answer all requests in one thread call this in that thread. `target` is the value
    of the header, `signed` the Authorization header or the query.
    """
    operation = target.partition(".")[2]
    if operation not in POLLS:
        return None
    router.jobs.interleaving = threading.get_ident()
    access_key, region = scope(signed)
    call = router.dynamodb.call(operation, region, access_key, host)
    return _without_errors(router.jobs.slices(call))


def _without_errors(work: Generator[None, None, None]) -> Generator[None, None, None]:
    # The waiting request advances jobs as well, meets the same error and reports it.
    with suppress(Exception):
        yield from work


def forbidden(reason: str) -> WireResponse:
    """Return the answer to a web page that the server does not allow."""
    log.warning("403: %s", reason)
    body = reason.encode()
    headers = [
        ("Content-Type", "text/plain"),
        (HINT_HEADER, reason),
        ("Content-Length", str(len(body))),
    ]
    return WireResponse(403, headers, body)


def too_large(limit: int) -> WireResponse:
    """Return the answer to a body over the limit; the server closes the connection."""
    return WireResponse(413, [("Content-Length", "0"), (HINT_HEADER, too_large_hint(limit))], b"")


def too_large_hint(limit: int) -> str:
    """Return the hint for a body over the limit."""
    return f"The body of the request is longer than {limit} bytes."


def _not_found(request: WireRequest, request_id: str) -> WireResponse:
    response = _plain(404, b"<UnknownOperationException/>\n", request_id)
    if request.method == "POST" and request.path in ("", "/"):
        sent = request.headers.get("content-type", "")
        hint = f"The content type {sent!r} must be {CONTENT_TYPE}."
    else:
        hint = f"Requests go to POST /, not {request.method} {request.path!r}."
    response.headers.append((HINT_HEADER, _in_header(hint)))
    return response


def _plain(status: int, body: bytes, request_id: str) -> WireResponse:
    """Return an answer that is not JSON."""
    headers = [
        ("Content-Type", "text/plain"),
        ("x-amzn-RequestId", request_id),
        ("x-amz-crc32", str(zlib.crc32(body))),
        ("Content-Length", str(len(body))),
    ]
    return WireResponse(status, headers, body)


def _checked(
    router: Router, request: WireRequest, request_id: str, origin_headers: list[tuple[str, str]]
) -> Admitted | WireResponse:
    headers = request.headers
    if request.method != "POST":
        return _without_post(request, request_id)
    settings = router.dynamodb.settings
    limited = settings.limits == "aws"
    limit = settings.max_body if limited else UNLIMITED
    if len(request.body) > limit:
        return too_large(limit)
    # A body without a content type is read as JSON.
    content_type = headers.get("content-type", CONTENT_TYPES[0]).partition(";")[0].strip()
    if content_type not in CONTENT_TYPES or request.path not in ("", "/"):
        return _not_found(request, request_id)
    content = decompress(request.body, headers.get("content-encoding", ""), limit)
    body = decode(content) if content else None
    target = router.target(headers.get("x-amz-target", ""))
    most = target.operation.max_body if limited else None
    if most is not None and len(content) > most:
        raise TooLargeError(most)
    authorization = headers.get("authorization", "")
    if settings.authentication == "presence":
        check_credentials(headers, request.query)
    if body is None:
        raise SerializationException(hint="The body is empty; an empty request is {}.")
    access_key, region = scope(authorization or request.query)
    call = Call(router.dynamodb, target.name, region, access_key, headers.get("host", ""))
    return Admitted(request, request_id, origin_headers, target, body, call)


def _without_post(request: WireRequest, request_id: str) -> WireResponse:
    headers = request.headers
    if request.method == "GET" and request.path in ("", "/", "/healthy"):
        body = f"healthy: {headers.get('host', 'dynamodb.us-east-1.amazonaws.com')} ".encode()
        return _plain(200, body, request_id)
    if request.method == "OPTIONS" and "origin" in headers:
        answer = [("Access-Control-Max-Age", "172800"), ("Content-Length", "0")]
        for request_header, allowed in (
            ("access-control-request-headers", "Access-Control-Allow-Headers"),
            ("access-control-request-method", "Access-Control-Allow-Methods"),
        ):
            if request_header in headers:
                answer.append((allowed, headers[request_header]))
        if "access-control-request-private-network" in headers:
            answer.append(("Access-Control-Allow-Private-Network", "true"))
        return WireResponse(200, answer, b"")
    return _not_found(request, request_id)


def _namespace(router: Router, request: WireRequest) -> str:
    return router.namespace(request.headers.get("x-amz-target", ""))


def _error(
    error: DynamoDBError, request: WireRequest, request_id: str, namespace: str
) -> WireResponse:
    response = _response(error.status, encode(error_body(error, namespace)), request, request_id)
    if error.hint:
        response.headers.append((HINT_HEADER, _in_header(error.hint)))
    return response


def _in_header(hint: str) -> str:
    return hint.encode("unicode_escape").decode("ascii")[:HINT_SIZE]


def error_response(error: DynamoDBError, namespace: str, request_id: str) -> WireResponse:
    """Return the answer to a request without compression or any other special header."""
    return _error(error, WireRequest("POST", "/", "", {}, b""), request_id, namespace)


def _response(status: int, body: bytes, request: WireRequest, request_id: str) -> WireResponse:
    content_type = request.headers.get("content-type", "")
    plain = content_type.startswith("application/json")
    headers = [
        ("Content-Type", CONTENT_TYPES[1] if plain else CONTENT_TYPES[0]),
        ("x-amzn-RequestId", request_id),
    ]
    if len(body) > COMPRESSIBLE:
        encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
        if encoding:
            body = compress(body, encoding)
            headers.append(("Content-Encoding", encoding))
    headers.append(("x-amz-crc32", str(zlib.crc32(body))))
    headers.append(("Content-Length", str(len(body))))
    return WireResponse(status, headers, body)
