"""Signatures of requests: the access key and region, and whether all parts are there.

Every access key is accepted, and no signature is verified, since ddbmock knows no secret keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ddbmock.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
)

_CREDENTIAL: Final = re.compile(r"Credential=([^/,&\s]*)/[^/,&\s]*/([^/,&\s]*)/")


def scope(authorization: str) -> tuple[str, str]:
    """Return the access key and the region that a signature names.

    >>> scope("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, ...")
    ('AKID', 'eu-west-1')
    """
    match = _CREDENTIAL.search(authorization.replace("%2F", "/"))
    if match is None:
        return "", "us-east-1"
    # boto 2 derives the region from the host's name: "0" from 127.0.0.1
    return match[1], match[2] if match[2][:1].isalpha() else "us-east-1"


_HEADER_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARTS: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)


def check_credentials(headers: Mapping[str, str], query: str) -> None:
    """Reject a request without a signature, or with an incomplete one; `headers` are lower case.

    :raises MissingAuthenticationTokenException: there is no signature.
    :raises IncompleteSignatureException: some parts are missing.
    :raises InvalidSignatureException: the request has two signatures.
    """
    authorization = headers.get("authorization")
    in_query = "X-Amz-Algorithm" in query
    if authorization is not None and in_query:
        raise InvalidSignatureException(
            "Found both 'X-Amz-Algorithm' as a query-string param and "
            "'Authorization' as HTTP header.",
            hint="Sign a request in its header or in its URL, not in both.",
        )
    if authorization is not None and authorization.startswith("AWS4-"):
        _check_header(headers, authorization)
    elif in_query:
        missing = [part for part in _QUERY_PARTS if f"{part}=" not in query]
        if missing:
            complaints = "".join(
                f"AWS query-string parameters must include '{part}'. " for part in missing
            )
            raise IncompleteSignatureException(
                f"{complaints}Re-examine the query-string parameters.",
                hint=f"The pre-signed URL is missing: {', '.join(missing)}.",
            )
    elif authorization is None or not authorization.startswith("AWS3"):
        # boto 2 may still send a signature of 2011 (AWS3); today's service requires AWS4.
        raise MissingAuthenticationTokenException(
            "Request is missing Authentication Token",
            hint="Give the client any credentials: DynamoDB requires some, ddbmock accepts all. "
            "The setting ddbmock.authentication = none accepts requests without them.",
        )


def _check_header(headers: Mapping[str, str], authorization: str) -> None:
    complaints = "".join(
        f"Authorization header requires '{part}' parameter. "
        for part in _HEADER_PARTS
        if f"{part}=" not in authorization
    )
    if "x-amz-date" not in headers and "date" not in headers:
        complaints += (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if complaints:
        raise IncompleteSignatureException(
            f"{complaints}Authorization={authorization}",
            hint="ddbmock does not verify signatures, but all parts must be there.",
        )
