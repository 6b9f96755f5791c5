"""boto 2 inside the process and over the network: ``boto.dynamodb`` and ``boto.dynamodb2``.

Inside the process the two ``make_request`` methods are replaced, in which boto sends requests to
the network. Answers go to boto's own retry handler, which raises the usual exceptions.
"""

from __future__ import annotations

import ipaddress
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson

from ddbmock import storage
from ddbmock.clients import boto2_compat
from ddbmock.clients.hints import annotate
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.service import http
from ddbmock.service.error_wording import explain
from ddbmock.service.instance import Instance
from ddbmock.service.json import decode, encode, error_body
from ddbmock.service.request_ids import new_request_id
from ddbmock.service.router import Router
from ddbmock.settings import Settings, SettingsError, check_no_settings

DUMMY_CREDENTIALS: Final = ("ddbmock", "ddbmock")
"""The access key and secret key of users without credentials."""

_PATCHING: Final = threading.RLock()


def connect_boto(**settings: object) -> Any:
    """Return a ``boto.dynamodb.layer2.Layer2`` whose requests are answered in this process.

    Until :func:`clean_boto_patch`, this holds for all DynamoDB connections of boto. A second call
    returns another connection to the same data. `settings` are those of ``docs/settings.rst``, as
    in ``connect_boto(limits="none")``; ``DDBMOCK_*`` variables count as well. Neither a network nor
    credentials are needed.

    :raises ImportError: boto is not installed.
    :raises SettingsError: a setting is wrong, or differs from that of the data that is already
        connected.
    """
    boto = _boto("connect_boto()")
    with _PATCHING:
        patch = _patch_of(boto)
        if patch is None:
            _Patch(boto, Router(_opened(settings)), owned=True).install()
        elif settings and _chosen(settings) != patch.dynamodb.settings:
            raise SettingsError(
                "boto is connected already, with other settings; call clean_boto_patch() first."
            )
    return boto.dynamodb.layer2.Layer2()


def clean_boto_patch() -> None:
    """Undo every :func:`connect_boto` and :func:`boto_patch`; the data are lost."""
    boto = _boto("clean_boto_patch()")
    with _PATCHING:
        while (patch := _patch_of(boto)) is not None:
            patch.remove()


@contextmanager
def boto_patch(dynamodb: DynamoDB | Instance | None = None, **settings: object) -> Iterator[Any]:
    """Provide a connection like that of :func:`connect_boto`, to separate data, for one block.

    The end of the block restores the state before: the network, or an outer block. If `dynamodb` is
    given, such as a :class:`ddbmock.Database`, that database answers, and stays open.
    """
    if dynamodb is not None:
        check_no_settings(settings)
    boto = _boto("boto_patch()")
    with _PATCHING:
        router = (
            dynamodb.router
            if isinstance(dynamodb, Instance)
            else Router(dynamodb or _opened(settings))
        )
        patch = _Patch(boto, router, owned=dynamodb is None)
        patch.install()
    try:
        yield boto.dynamodb.layer2.Layer2()
    finally:
        with _PATCHING:
            while patch.installed:
                innermost = _patch_of(boto)
                assert innermost is not None, "an installed patch is below the innermost one"
                innermost.remove()


def connect_ddbmock(host: str = "localhost", port: int = 6543) -> Any:
    """Return a ``boto.dynamodb.layer2.Layer2`` connected to a ddbmock server over the network.

    No credentials are needed. The connection uses the network even while boto is patched.

    :raises ImportError: boto is not installed.
    """
    boto = _boto("connect_ddbmock()")
    key, secret = _credentials(boto) or DUMMY_CREDENTIALS
    connection = boto.dynamodb.layer2.Layer2(
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        is_secure=False,
        port=port,
        region=boto.regioninfo.RegionInfo(name="us-east-1", endpoint=f"{host}:{port}"),
    )
    layer1 = connection.layer1
    if _is_local(host):
        # Otherwise boto would use the proxy of http_proxy for this connection, too.
        layer1.use_proxy = False
    patch = _patch_of(boto)
    original = patch.outermost_original(type(layer1)) if patch else type(layer1).make_request
    layer1.make_request = original.__get__(layer1)
    return connection


connect_boto_patch = connect_boto
"""The name of :func:`connect_boto` in ddbmock 1.x."""

connect_boto_network = connect_ddbmock
"""The name of :func:`connect_ddbmock` in ddbmock 1.x."""


class _Patch:
    """The replacements of two methods of boto, with the originals."""

    def __init__(self, boto: Any, router: Router, *, owned: bool) -> None:
        self.dynamodb = router.dynamodb
        self.installed = False
        self._boto = boto
        self._owned = owned
        self._router = router
        self._replaced: list[tuple[type, str, Any]] = []

    def install(self) -> None:
        layer1 = self._boto.dynamodb.layer1.Layer1
        layer1_of_dynamodb2 = self._boto.dynamodb2.layer1.DynamoDBConnection
        self._replace(layer1, "make_request", self._make_request(layer1.Version))
        version = layer1_of_dynamodb2.APIVersion.replace("-", "")
        self._replace(layer1_of_dynamodb2, "make_request", self._make_request(version))
        for connection in (layer1, layer1_of_dynamodb2):
            self._replace(connection, "__init__", self._init(connection.__init__))
        self.installed = True

    def remove(self) -> None:
        """Restore the originals. The innermost patch must be removed first."""
        for owner, name, original in self._replaced:
            setattr(owner, name, original)
        self.installed = False
        if self._owned:
            self.dynamodb.close()

    def outermost_original(self, owner: type) -> Any:
        """Return the original ``make_request`` of boto."""
        [original] = [was for one, name, was in self._replaced if (one, name) == (owner, _SEAM)]
        outer = getattr(original, _MARK, None)
        return outer.outermost_original(owner) if outer else original

    def _replace(self, owner: type, name: str, replacement: Any) -> None:
        setattr(replacement, _MARK, self)
        self._replaced.append((owner, name, vars(owner)[name]))
        setattr(owner, name, replacement)

    def _make_request(self, version: str) -> Callable[..., Any]:
        patch, decoded = self, _Decoder()

        def make_request(
            self: Any,
            action: str,
            body: str = "",
            object_hook: Callable[[dict[str, Any]], Any] | None = None,
        ) -> Any:
            content = patch._answer(self, f"DynamoDB_{version}.{action}", body)
            if object_hook is None:
                return orjson.loads(content)
            return decoded(content, object_hook)

        return make_request

    def _init(self, original: Callable[..., None]) -> Callable[..., None]:
        boto = self._boto

        def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807 (it is one)
            key = arguments[0] if arguments else keywords.get("aws_access_key_id")
            if key is None and not keywords.get("profile_name") and _credentials(boto) is None:
                names = ("aws_access_key_id", "aws_secret_access_key")
                arguments = (*DUMMY_CREDENTIALS, *arguments[2:]) if arguments else ()
                if not arguments:
                    keywords.update(zip(names, DUMMY_CREDENTIALS, strict=True))
            original(self, *arguments, **keywords)

        return __init__

    def _answer(self, connection: Any, header: str, body: str) -> bytes:
        """Return the JSON of an answer; boto raises its own exception for an error.

        As over the network, boto retries after some errors, but it does not wait.
        """
        attempt = 0
        while True:
            try:
                target = self._router.target(header)
                self._check_length(body, target)
                output = self._router.perform(
                    target,
                    decode(body),
                    request_id=new_request_id(),
                    region=connection.region.name,
                    access_key=connection.aws_access_key_id,
                )
            except DynamoDBError as error:
                attempt = self._next_attempt(connection, attempt, error, header)
            else:
                return encode(output)

    def _check_length(self, body: str, target: Target) -> None:
        """Reject a body that the server would reject for its length.

        Like the answer of DynamoDB, the server's answer has no body, so boto reports only that.

        :raises JSONDecodeError: the body is too long.
        """
        settings = self.dynamodb.settings
        limit = min(target.operation.max_body or settings.max_body, settings.max_body)
        # The number of characters shows for most bodies that they are short enough.
        if settings.limits == "none" or len(body) * 4 <= limit or len(body.encode()) <= limit:
            return
        try:
            json.loads("")
        except json.JSONDecodeError as error:
            annotate(error, http.too_large_hint(limit))
            raise

    def _next_attempt(
        self, connection: Any, attempt: int, error: DynamoDBError, header: str
    ) -> int:
        """Return the number of boto's next attempt, or raise its exception if there is none."""
        explain(error, self.dynamodb.settings.hints)
        body = error_body(error, self._router.namespace(header))
        response = _Response(error.status, encode(body))
        try:
            retry = connection._retry_handler(response, attempt, 0)
            following: int = retry[1] if retry else attempt + 1
            if following > connection.NumberRetries:
                raise self._boto.exception.BotoServerError(
                    response.status, response.reason, response.read().decode()
                )
        except self._boto.exception.BotoServerError as raised:
            annotate(raised, error.hint)
            raise raised from None
        return following


_MARK: Final = "_ddbmock_patch"
_SEAM: Final = "make_request"


class _Decoder:
    """Decodes JSON with a hook for objects; keeps the decoder for the next answer."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: tuple[Any, Callable[[str], Any]] = (None, json.loads)

    def __call__(self, content: bytes, hook: Callable[[dict[str, Any]], Any]) -> Any:
        last, decode = self._last
        if hook != last:
            decode = json.JSONDecoder(object_hook=hook).decode
            self._last = (hook, decode)
        return decode(content.decode())


class _Response:
    """The parts of an HTTP response that boto's retry handlers read."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status = status
        self.reason = http.REASONS[status]
        self._content = content

    def read(self) -> bytes:
        return self._content

    def getheader(self, name: str) -> None:
        """Return None: there is no checksum, since nothing was sent."""
        del name


def _boto(purpose: str) -> Any:
    """Return the package boto with its modules about DynamoDB."""
    boto2_compat.prepare()
    try:
        import boto
        import boto.dynamodb.layer2
        import boto.dynamodb2.layer1
        import boto.exception
        import boto.provider
        import boto.regioninfo
    except ModuleNotFoundError as error:
        if error.name != "boto":
            raise
        from ddbmock.extras import install_command

        raise ImportError(f"{purpose} needs boto: {install_command('boto')}") from None
    return boto


def _patch_of(boto: Any) -> _Patch | None:
    """Return the innermost patch, which is an attribute of boto's patched method."""
    patch: _Patch | None = getattr(boto.dynamodb.layer1.Layer1.make_request, _MARK, None)
    return patch


def _chosen(settings: dict[str, object]) -> Settings:
    return Settings.collect(settings, environment=os.environ)


def _opened(settings: dict[str, object]) -> DynamoDB:
    chosen = _chosen(settings)
    return DynamoDB(storage.open(chosen.storage), chosen)


def _credentials(boto: Any) -> tuple[str, str] | None:
    """Return the keys that the user has configured, or None.

    boto itself also asks the network, which can take a second to fail; this does not.
    """

    class Configured(boto.provider.Provider):  # type: ignore[misc]  # boto is untyped
        MetadataServiceSupport: Final = {"aws": False}

    try:
        provider = Configured("aws")
    except boto.provider.ProfileNotFoundError:
        # AWS_PROFILE may name a profile that only newer clients understand.
        return None
    if provider.access_key is None or provider.secret_key is None:
        return None
    return provider.access_key, provider.secret_key


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
