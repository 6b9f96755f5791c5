"""An endpoint of DynamoDB's API, to which signed requests are sent unchanged, valid or not."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ddbmock.extras import install_command
from ddbmock.named_tuple import NamedTuple

TARGET: Final = "DynamoDB_20120810"
TIMEOUT: Final = 60.0
"""Seconds to wait for an answer."""
LOCAL_CREDENTIALS: Final = ("ddbmock", "ddbmock")
"""Access key and secret of requests to other servers than AWS, if none are configured."""

UNKNOWN_CALLER: Final = frozenset(
    {
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)
"""Errors after which no request can succeed: the credentials are not accepted."""
PASSING: Final = frozenset(
    {"InternalServerError", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
    | {"ThrottlingException", "ServiceUnavailable"}
)
"""Errors that may be temporary."""
ATTEMPTS: Final = 6
"""The number of attempts on AWS while there are such errors."""
_OF_ALL_ERRORS: Final = frozenset({"__type", "message", "Message"})


class VerifyError(Exception):
    """An error about an endpoint that cannot be used; its text is one sentence."""


class NotPermittedError(VerifyError):
    """The credentials lack a permission without which nothing can be compared."""


class Answer(NamedTuple):
    """The answer to a request: the output, or the error."""

    status: int
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The error's name without its namespace; empty for an output."""
        return str(self.body.get("__type", "")).rpartition("#")[2] if self.status != 200 else ""

    @property
    def message(self) -> str | None:
        """The error's message."""
        for name in ("message", "Message"):
            if name in self.body:
                return str(self.body[name])
        return None

    @property
    def members(self) -> Mapping[str, Any]:
        """The error's further members."""
        return {name: part for name, part in self.body.items() if name not in _OF_ALL_ERRORS}


class Endpoint:
    """Sends requests to ``aws`` (the service in a region) or to a URL such as http://localhost:8000."""

    def __init__(self, url: str, region: str | None = None) -> None:
        """Prepare to send requests.

        :raises VerifyError: botocore is not installed, or there is no region or no credentials.
        """
        try:
            import botocore.session
            from botocore.httpsession import URLLib3Session
            from botocore.utils import get_environ_proxies

            from ddbmock.clients.botocore_patch import UNGUARDED
        except ModuleNotFoundError:
            raise VerifyError(
                f"Verification needs botocore, which is not installed: {install_command('boto3')}"
            ) from None
        session = botocore.session.Session()
        self.is_aws: Final = url == "aws"
        self.region = region or session.get_config_variable("region") or "us-east-1"
        self.url = _url_of_aws(self.region) if self.is_aws else url
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise VerifyError(f"{url!r} is neither aws nor a URL such as http://localhost:8000.")
        credentials = session.get_credentials()
        if credentials is None and self.is_aws:
            raise VerifyError("There are no AWS credentials: configure them as for the AWS CLI.")
        if credentials is None:
            credentials = botocore.credentials.Credentials(*LOCAL_CREDENTIALS)
        self._credentials: Final = credentials
        self._frozen = credentials.get_frozen_credentials()
        # as in botocore's clients: the configured authorities and the environment's proxies
        self._http: Final = URLLib3Session(
            timeout=TIMEOUT,
            verify=session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(self.url),
        )
        setattr(self._http, UNGUARDED, True)

    def in_region(self, region: str) -> Endpoint:
        """Return the service in another region, reached with the same credentials.

        The address of another server has no region, so that server is returned unchanged.
        """
        if not self.is_aws or region == self.region:
            return self
        other = copy.copy(self)
        other.region, other.url = region, _url_of_aws(region)
        return other

    def renew_credentials(self) -> None:
        """Renew temporary credentials that are about to expire.

        This may send requests of other services, so it is called outside of ``mock()``, which would
        prevent them.
        """
        self._frozen = self._credentials.get_frozen_credentials()

    def send(self, operation: str, body: Any) -> Answer:
        """Send a request and return its answer, which can be an error.

        :raises VerifyError: there is no answer, or the credentials are not accepted.
        """
        for attempt in range(ATTEMPTS):
            answer = self._send(operation, body)
            if not self.is_aws or answer.type not in PASSING:
                break
            time.sleep(0.2 * 2**attempt)
        if answer.type in UNKNOWN_CALLER:
            raise VerifyError(
                f"{self.url} does not accept the credentials: {answer.type}: {answer.message}"
            )
        return answer

    def _send(self, operation: str, body: Any) -> Answer:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import ConnectionError as NoConnection
        from botocore.exceptions import HTTPClientError

        headers = {
            "X-Amz-Target": f"{TARGET}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        request = AWSRequest("POST", f"{self.url.rstrip('/')}/", headers, json.dumps(body).encode())
        SigV4Auth(self._frozen, "dynamodb", self.region).add_auth(request)
        try:
            response = self._http.send(request.prepare())
        except (HTTPClientError, NoConnection) as error:
            raise VerifyError(f"{self.url} does not answer: {error}") from error
        try:
            parsed = json.loads(response.content or b"{}")
        except ValueError:
            parsed = {"__type": "#NotJson", "message": response.content[:200].decode("latin-1")}
        return Answer(response.status_code, parsed if isinstance(parsed, dict) else {"": parsed})


def _url_of_aws(region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://dynamodb.{region}.{suffix}"
