"""Changes to botocore's classes that direct all clients of the process to a database.

Existing clients are found when they make a call: ``BaseClient._make_api_call`` is wrapped, and
handlers are added to the client's events before the call continues. botocore's built-in handlers of
sessions, the official way, reach only sessions that are created later, and a search through all
objects of the process takes 30 ms or more. New clients are found in ``__init__``. Classes that
override one of the methods (aiobotocore's) are wrapped when their first client is found, so they
can be imported at any time.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit

try:
    from botocore.client import BaseClient
    from botocore.httpsession import URLLib3Session
    from botocore.session import Session
except ModuleNotFoundError as missing:
    from ddbmock.extras import missing_package

    raise missing_package(missing, "boto3") from None

from ddbmock.clients import direct_response
from ddbmock.clients.botocore_events import MARK, EventBinding, hinting
from ddbmock.clients.region import DEFAULT, configured
from ddbmock.clients.transport import SERVICES, Transport
from ddbmock.named_tuple import NamedTuple

_PATCHING: Final = threading.RLock()
UNGUARDED: Final = "_ddbmock_unguarded"
"""The attribute of an HTTP session that may reach AWS also inside ``mock()``: ddbmock's own."""


class RealAWSCallError(RuntimeError):
    """A call to AWS that ddbmock has prevented."""


class Layer(NamedTuple):
    """The options of one ``mock()``; the innermost one answers."""

    transport: Transport
    allow: tuple[str, ...]
    """The names of services and hosts that clients may reach."""
    region: str = DEFAULT
    """The region of clients without a region of their own."""


class Patch:
    """The changes to botocore, which last as long as there are layers."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.keepers = 0
        """The number of :func:`kept` blocks."""
        self._wrapped: list[_Wrapped] = []
        self._clients: weakref.WeakKeyDictionary[Any, EventBinding] = weakref.WeakKeyDictionary()
        self._services: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._environment: dict[str, str | None] = {}
        self._configured: str | None = None

    @property
    def waits(self) -> bool:
        return bool(self.layers) and self.layers[-1].transport.waits

    @property
    def blocks(self) -> bool:
        return bool(self.layers) and self.layers[-1].transport.blocks

    def before_call(self, **event: Any) -> direct_response.Answer | None:
        layers = self.layers
        return layers[-1].transport.before_call(**event) if layers else None

    def before_send(self, **event: Any) -> Any:
        layers = self.layers
        return layers[-1].transport.before_send(**event) if layers else None

    def install(self) -> None:
        """Change botocore's classes, and set the variables that the environment lacks."""
        self._wrap(BaseClient, "_make_api_call", self._reaching)
        self._wrap(BaseClient, "__init__", self._reach_on_creation)
        self._wrap(URLLib3Session, "send", self._guarding)
        asynchronous = sys.modules.get("aiobotocore.client")
        if asynchronous is not None:
            self._wrap(asynchronous.AioBaseClient, "_make_api_call", self._reaching)
        self._set_environment()

    def rest(self) -> None:
        """Undo all changes but those to botocore's own methods, which pass on every call."""
        self._release()
        self._wrapped = [one for one in self._wrapped if one.is_botocores or not one.unwrap()]

    def remove(self) -> bool:
        """Undo all changes; return False if another library has wrapped one of the wrappers.

        Such a wrapper remains below the other one, passes on every call, and serves the next layer.
        """
        self._release()
        self._wrapped = [one for one in self._wrapped if not one.unwrap()]
        return not self._wrapped

    def _release(self) -> None:
        """Release all clients and restore the environment."""
        for client, binding in list(self._clients.items()):
            # The client may have been bound to another database meanwhile.
            if client.__dict__.get(MARK) is binding:
                binding.release(client)
        self._clients.clear()
        self._services.clear()
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._environment.clear()

    def _wrap(self, owner: type, name: str, wrapping: Callable[[Any], Any]) -> None:
        for one in self._wrapped:
            if one.owner is owner and one.name == name:
                return
        original = vars(owner)[name]
        # A tracer may have put another object than a function there, so it is bound as in a call.
        wrapper = wrapping(getattr(owner, name))
        setattr(owner, name, wrapper)
        self._wrapped.append(_Wrapped(owner, name, original, wrapper))

    def _reaching(self, make_api_call: Callable[..., Any]) -> Callable[..., Any]:
        patch = self
        hinted = hinting(make_api_call)

        @wraps(make_api_call)
        def _make_api_call(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if not patch.layers:
                return make_api_call(self, *arguments, **keywords)
            if self not in patch._services:
                patch._reach(self)
            return hinted(self, *arguments, **keywords)

        return _make_api_call

    def _reach_on_creation(self, init: Callable[..., None]) -> Callable[..., None]:
        patch = self

        @wraps(init)
        def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807 (it is one)
            init(self, *arguments, **keywords)
            if patch.layers:
                patch._reach(self)

        return __init__

    def _reach(self, client: Any) -> None:
        """Bind a client to the patch, which answers or checks its next call."""
        with _PATCHING:
            if not self.layers or client in self._services:
                return
            session = client._endpoint.http_session
            self._wrap(_defining(type(client), "_make_api_call"), "_make_api_call", self._reaching)
            self._wrap(_defining(type(session), "send"), "send", self._guarding)
            service = client.meta.service_model.service_name
            if service in SERVICES and MARK not in client.__dict__:
                self._clients[client] = EventBinding(client, self)
            self._services[session] = service
            self._services[client] = service

    def _guarding(self, send: Callable[..., Any]) -> Callable[..., Any]:
        patch = self

        @wraps(send)
        def guarded(self: Any, request: Any, *arguments: Any, **keywords: Any) -> Any:
            if UNGUARDED not in vars(self):
                patch._check(patch._services.get(self), request.url)
            return send(self, request, *arguments, **keywords)

        return guarded

    def _check(self, service: str | None, url: str) -> None:
        """Raise if a request would reach AWS and is not allowed.

        :raises RealAWSCallError: the request is not allowed.
        """
        host = urlsplit(url).hostname or ""
        if not self.layers or not is_aws(host):
            return
        allowed = {name for layer in self.layers for name in layer.allow}
        if service in allowed or any(_is_within(host, name) for name in allowed):
            return
        what = f"A call of {service}" if service else "A request"
        raise RealAWSCallError(
            f"{what} would have reached AWS at {host}. Inside ddbmock.mock() nothing does, unless "
            f"it is allowed: ddbmock.mock(allow=[{service or host!r}])."
        )

    def _set_environment(self) -> None:
        """Set credentials, so that no client asks the network for some.

        The name of a profile that does not exist is removed, since with it no client can be
        created.
        """
        variables = {"AWS_EC2_METADATA_DISABLED": "true"}
        for name in PROFILE:
            if name in os.environ and os.environ[name] not in Session().available_profiles:
                self._environment[name] = os.environ.pop(name)
        if "AWS_ACCESS_KEY_ID" not in os.environ and not any(one.allow for one in self.layers):
            variables |= {"AWS_ACCESS_KEY_ID": "ddbmock", "AWS_SECRET_ACCESS_KEY": "ddbmock"}
        for name, value in variables.items():
            if name not in os.environ:
                os.environ[name] = value
                self._environment[name] = None

    def follow_region(self) -> None:
        """Set the region of the environment to that of the innermost layer."""
        if REGION not in self._environment:
            self._environment[REGION] = os.environ.get(REGION)
            self._configured = configured()
        region: str | None = self.layers[-1].region
        if region == self._configured:
            # The profile has the region, and sessions with other profiles have other regions.
            region = self._environment[REGION]
        if region is None:
            os.environ.pop(REGION, None)
        else:
            os.environ[REGION] = region


class _Wrapped(NamedTuple):
    """A method that was wrapped."""

    owner: type
    name: str
    original: Any
    wrapper: Any

    @property
    def is_botocores(self) -> bool:
        """Whether the original is the client library's own method, not another library's wrapper."""
        code = getattr(self.original, "__code__", None)
        library = sys.modules[self.owner.__module__.partition(".")[0]]
        folder = os.path.dirname(library.__file__ or "")
        return code is not None and code.co_filename.startswith(folder + os.sep)

    def unwrap(self) -> bool:
        """Restore the original; return False if another library has wrapped the wrapper."""
        if vars(self.owner)[self.name] is not self.wrapper:
            return False
        setattr(self.owner, self.name, self.original)
        return True


def _patch() -> Patch:
    patch: Patch | None = vars(BaseClient).get(_PATCH)
    if patch is None:
        patch = Patch()
        setattr(BaseClient, _PATCH, patch)
    return patch


def enter(layer: Layer) -> None:
    """Enter a layer, which answers from now on."""
    with _PATCHING:
        patch = _patch()
        patch.layers.append(layer)
        if len(patch.layers) == 1:
            patch.install()
        patch.follow_region()


def leave(layer: Layer) -> None:
    """Leave a layer, which need not be the innermost one."""
    with _PATCHING:
        patch: Patch = vars(BaseClient)[_PATCH]
        patch.layers.remove(layer)
        if patch.layers:
            patch.follow_region()
        elif patch.keepers:
            patch.rest()
        elif patch.remove():
            delattr(BaseClient, _PATCH)


@contextmanager
def kept() -> Iterator[None]:
    """Keep botocore's methods wrapped between layers: a shortcut for many tests, each with a layer.

    To wrap and unwrap them takes 0.1 ms. Without a layer the wrappers pass on every call, clients are
    released, and the environment is as before; tests/clients/test_mock.py shows that.
    """
    with _PATCHING:
        patch = _patch()
        patch.keepers += 1
    try:
        yield
    finally:
        with _PATCHING:
            patch.keepers -= 1
            if not patch.keepers and not patch.layers and patch.remove():
                delattr(BaseClient, _PATCH)


REGION: Final = "AWS_DEFAULT_REGION"
PROFILE: Final = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
"""Environment variables that name a profile of AWS's configuration files."""

_PATCH: Final = "_ddbmock_patch"
"""The attribute of the patched class that has the patch."""


def _defining(kind: type, name: str) -> type:
    """Return the class that defines a method."""
    return next(one for one in kind.__mro__ if name in vars(one))


SUFFIXES: Final = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "on.aws",
)
"""Domains of AWS. Source: the partitions of botocore's endpoints.json."""


def is_aws(host: str) -> bool:
    """Return whether a host belongs to AWS.

    >>> is_aws("s3.eu-west-1.amazonaws.com"), is_aws("localhost"), is_aws("myamazonaws.com")
    (True, False, False)
    """
    return any(_is_within(host, suffix) for suffix in SUFFIXES)


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)
