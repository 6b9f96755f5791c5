"""HTTP as DynamoDB speaks it, without a server: a request's parts in, an answer's parts out.

What is decided here, in the service's own order: body size, CORS, health, method and content
type, JSON, target, credentials; then the operation is performed, and its output or error becomes
bytes with their checksum. Source: AWS's developer guide and recorded answers.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from ddbmock.errors import (
    DynamoDBError,
    IncompleteSignatureException,
    InternalFailure,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SerializationException,
)
from ddbmock.operations.operation import Timestamp
from ddbmock.service.router import Router
from ddbmock.values.item import Item, Items

log: Final = logging.getLogger("ddbmock.requests")

CONTENT_TYPES: Final = ("application/x-amz-json-1.0", "application/json")
REASONS: Final[Mapping[int, str]] = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
}
"""The reason phrase of each status there is; Python's own list changes with its version."""
COMPRESSIBLE: Final = 4096
"""Bytes up to which answers are sent as they are."""
HINT_HEADER: Final = "x-ddbmock-hint"
HINT_SIZE: Final = 2000
"""Characters of a hint that a header carries; the log has all of it."""


class WireRequest(NamedTuple):
    """A request as a server or client has it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes


class WireResponse(NamedTuple):
    """An answer as a server sends it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def handle(router: Router, request: WireRequest) -> WireResponse:
    """Answer a request. Never raises: what is our own fault becomes a 500 and a traceback in the log."""
    if router.control is not None:
        steered: WireResponse | None = router.control(request)
        if steered is not None:
            return steered
    headers: list[tuple[str, str]] = []
    request_id = new_request_id()
    if "origin" in request.headers:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "x-amzn-RequestId, x-amz-crc32, x-ddbmock-hint"),
        ]
    try:
        answer = _answer(router, request, request_id)
    except DynamoDBError as error:
        answer = _error(error, request, request_id, _namespace(router, request))
    except _TooLarge as error:
        answer = too_large(error.limit)
    except Exception:
        log.exception("%s failed", request_id)
        answer = _error(
            InternalFailure(hint="See the log."), request, request_id, _namespace(router, request)
        )
    if headers:
        answer = answer._replace(headers=[*answer.headers, *headers])
    if request.method == "HEAD":
        answer = answer._replace(body=b"")
    return answer


def new_request_id() -> str:
    """52 characters out of 0-9 and A-F: the service's request ids have all of 0-9 and A-Z."""
    return os.urandom(26).hex().upper()


def too_large(limit: int) -> WireResponse:
    """What is answered to a body of more bytes than the limit; the server closes the connection."""
    return WireResponse(413, [("Content-Length", "0"), (HINT_HEADER, too_large_hint(limit))], b"")


def too_large_hint(limit: int) -> str:
    """The hint of such an answer."""
    return f"The body of the request is longer than {limit} bytes."


def _not_found(request_id: str) -> WireResponse:
    return _plain(404, b"<UnknownOperationException/>\n", request_id)


def _plain(status: int, body: bytes, request_id: str) -> WireResponse:
    """An answer that is not JSON."""
    headers = [
        ("Content-Type", "text/plain"),
        ("x-amzn-RequestId", request_id),
        ("x-amz-crc32", str(zlib.crc32(body))),
        ("Content-Length", str(len(body))),
    ]
    return WireResponse(status, headers, body)


def _answer(router: Router, request: WireRequest, request_id: str) -> WireResponse:
    headers = request.headers
    if request.method != "POST":
        return _without_post(request, request_id)
    settings = router.dynamodb.settings
    if settings.limits == "aws" and len(request.body) > settings.max_body:
        return too_large(settings.max_body)
    content_type = headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in CONTENT_TYPES or request.path not in ("", "/"):
        return _not_found(request_id)
    content = _decompressed(
        request, settings.max_body if settings.limits == "aws" else sys.maxsize - 1
    )
    body = decode(content) if content else None
    target = router.target(headers.get("x-amz-target", ""))
    most = target.operation.max_body
    if most is not None and len(content) > most and settings.limits == "aws":
        raise _TooLarge(most)
    authorization = headers.get("authorization", "")
    if settings.authentication == "presence":
        check_credentials(request)
    if body is None:
        raise SerializationException(hint="The body is empty; an empty request is {}.")
    access_key, region = scope(authorization or request.query)
    output = router.perform(
        target,
        body,
        request_id=request_id,
        region=region,
        access_key=access_key,
        host=headers.get("host", ""),
    )
    encoded = b"" if target.operation.empty and not output else encode(output)
    return _response(200, encoded, request, request_id)


def encode(output: Mapping[str, Any]) -> bytes:
    """An output as JSON."""
    return orjson.dumps(output, default=plain)


def plain(value: object) -> Any:
    """What orjson is to write for a value that JSON does not know."""
    if isinstance(value, Item | Items):
        return orjson.Fragment(value.json)
    if isinstance(value, Timestamp):
        return value.seconds
    raise TypeError(f"{type(value).__name__} cannot be answered")


def decode(content: bytes | str) -> dict[str, Any]:
    """The members of a request.

    :raises SerializationException: it is not a JSON object.
    """
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SerializationException(hint=f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise SerializationException(hint="The body is to be a JSON object.")
    return body


class _TooLarge(Exception):
    """A body over a limit that was found when it was read."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit: Final = limit


def _decompressed(request: WireRequest, limit: int) -> bytes:
    """The body without its Content-Encoding.

    :raises InternalFailure: it is not what its encoding says; the service answers 500, too.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding not in ("gzip", "deflate"):
        raise InternalFailure(hint=f"Content-Encoding {encoding!r} is neither gzip nor deflate.")
    content, rest = b"", request.body
    while not content or rest.startswith(b"\x1f\x8b"):
        # Several gzip members in a row are one content; what else follows is ignored.
        decompressor = zlib.decompressobj(31 if encoding == "gzip" else 15)
        try:
            content += decompressor.decompress(rest, limit + 1 - len(content))
        except zlib.error as error:
            raise InternalFailure(hint=f"The body is not {encoding}: {error}.") from error
        if len(content) > limit:
            raise _TooLarge(limit)
        if not decompressor.eof:
            raise InternalFailure(hint=f"The {encoding} of the body is cut off.")
        rest = decompressor.unused_data
        if not content:
            break
    return content


def _without_post(request: WireRequest, request_id: str) -> WireResponse:
    headers = request.headers
    if request.method == "GET" and request.path in ("", "/", "/healthy"):
        body = f"healthy: {headers.get('host', 'dynamodb.us-east-1.amazonaws.com')} ".encode()
        return _plain(200, body, request_id)
    if request.method == "OPTIONS" and "origin" in headers:
        answer = [("Access-Control-Max-Age", "172800"), ("Content-Length", "0")]
        for asked, allowed in (
            ("access-control-request-headers", "Access-Control-Allow-Headers"),
            ("access-control-request-method", "Access-Control-Allow-Methods"),
        ):
            if asked in headers:
                answer.append((allowed, headers[asked]))
        return WireResponse(200, answer, b"")
    return _not_found(request_id)


_CREDENTIAL: Final = re.compile(r"Credential=([^/,&\s]*)/[^/,&\s]*/([^/,&\s]*)/")


def scope(authorization: str) -> tuple[str, str]:
    """``(access key, region)`` that a signature names.

    >>> scope("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, ...")
    ('AKID', 'eu-west-1')
    """
    match = _CREDENTIAL.search(authorization.replace("%2F", "/"))
    if match is None:
        return "", "us-east-1"
    # boto 2 takes a region out of any host's name: "0" out of 127.0.0.1
    return match[1], match[2] if match[2][:1].isalpha() else "us-east-1"


_HEADER_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARTS: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)


def check_credentials(request: WireRequest) -> None:
    """Refuse a request that carries no signature, or half of one; any key is accepted.

    :raises MissingAuthenticationTokenException: no signature.
    :raises IncompleteSignatureException: parts of it are missing.
    :raises InvalidSignatureException: there are two.
    """
    authorization = request.headers.get("authorization")
    in_query = "X-Amz-Algorithm" in request.query
    if authorization is not None and in_query:
        raise InvalidSignatureException(
            "Found both 'X-Amz-Algorithm' as a query-string param and "
            "'Authorization' as HTTP header.",
            hint="Sign a request in its header or in its URL, not in both.",
        )
    if authorization is not None and authorization.startswith("AWS4-"):
        _check_header(request, authorization)
    elif in_query:
        missing = [part for part in _QUERY_PARTS if f"{part}=" not in request.query]
        if missing:
            said = "".join(
                f"AWS query-string parameters must include '{part}'. " for part in missing
            )
            raise IncompleteSignatureException(
                f"{said}Re-examine the query-string parameters.",
                hint=f"Of the URL's signature these are missing: {', '.join(missing)}.",
            )
    elif authorization is None or not authorization.startswith("AWS3"):
        # boto 2 may still sign in the way of 2011; today's service asks for AWS4.
        raise MissingAuthenticationTokenException(
            "Request is missing Authentication Token",
            hint="Give the client any credentials: ddbmock accepts all, DynamoDB demands some. "
            "The setting ddbmock.authentication = none lets requests without them pass.",
        )


def _check_header(request: WireRequest, authorization: str) -> None:
    said = "".join(
        f"Authorization header requires '{part}' parameter. "
        for part in _HEADER_PARTS
        if f"{part}=" not in authorization
    )
    if "x-amz-date" not in request.headers and "date" not in request.headers:
        said += (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if said:
        raise IncompleteSignatureException(
            f"{said}Authorization={authorization}",
            hint="The signature need not be right for ddbmock, but it has to be whole.",
        )


def _namespace(router: Router, request: WireRequest) -> str:
    return router.namespace(request.headers.get("x-amz-target", ""))


def _error(
    error: DynamoDBError, request: WireRequest, request_id: str, namespace: str
) -> WireResponse:
    response = _response(error.status, encode(error_body(error, namespace)), request, request_id)
    if error.hint:
        hint = error.hint.encode("unicode_escape").decode("ascii")[:HINT_SIZE]
        response.headers.append((HINT_HEADER, hint))
    return response


def error_response(error: DynamoDBError, namespace: str, request_id: str) -> WireResponse:
    """Return the answer to a request without compression or any other special header."""
    return _error(error, WireRequest("POST", "/", "", {}, b""), request_id, namespace)


def error_body(error: DynamoDBError, namespace: str) -> dict[str, Any]:
    """Return the members of an error's answer; `namespace` is that of the API's errors."""
    body: dict[str, Any] = {"__type": error.type_in(namespace)}
    if error.message is not None:
        body[error.message_member] = error.message
    return body | dict(error.members)


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
            compressor = zlib.compressobj(6, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
            body = compressor.compress(body) + compressor.flush()
            headers.append(("Content-Encoding", encoding))
    headers.append(("x-amz-crc32", str(zlib.crc32(body))))
    headers.append(("Content-Length", str(len(body))))
    return WireResponse(status, headers, body)


ENCODINGS: Final = ("gzip", "deflate")
_QUALITY: Final = re.compile(r"q=([^;]*)")


def accepted_encoding(header: str) -> str | None:
    """The compression that an Accept-Encoding header prefers; None: none.

    As the service reads it: the first of equals, ``*`` for what is not listed and after what is,
    the first ``q=`` of several, anything wrong as 1.

    >>> accepted_encoding("deflate;q=0.9, gzip;q=0.5"), accepted_encoding("br, gzip;q=0")
    ('deflate', None)
    >>> accepted_encoding("*, gzip;q=0.5"), accepted_encoding("*, deflate")
    ('deflate', 'deflate')
    """
    if not header or header == "identity":
        return None
    listed: list[tuple[str, float]] = []
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        listed.append((name.strip(), _quality(parameters)))
    names = {name for name, _ in listed}
    star = next((quality for name, quality in listed if name == "*"), 0.0)
    listed += [(name, star) for name in ENCODINGS if name not in names]
    wanted = [(name, quality) for name, quality in listed if name in ENCODINGS and quality > 0]
    return max(wanted, key=lambda choice: choice[1])[0] if wanted else None


def _quality(parameters: str) -> float:
    match = _QUALITY.search(parameters)
    try:
        return min(float(match[1]), 1.0) if match else 1.0
    except ValueError:
        return 1.0
