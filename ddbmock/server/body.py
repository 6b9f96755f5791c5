"""Reading of request bodies, up to their announced length and the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ddbmock.service.router import Router
from ddbmock.settings import Settings

SETTINGS_KEY: Final = "ddbmock.settings"
"""The registry key of the settings, for the server of the application."""
ROUTER_KEY: Final = "ddbmock.router"
"""The registry key of the router, for a server without WSGI."""
END_KEY: Final = "ddbmock.end"
"""And the function that ends the threads of the application."""
DIRECT_KEY: Final = "ddbmock.direct"
"""The registry key of whether the application only passes POST requests to the router."""
START_KEY: Final = "ddbmock.start"
"""The registry key of the function that starts, in each of several workers, the parts with threads."""


def limit_of(settings: Settings) -> int | None:
    """Return the bytes that a body may have, or None for no limit."""
    return settings.max_body if settings.limits == "aws" else None


def settings_of_application(application: Callable[..., Iterable[bytes]]) -> Settings:
    """Return the settings of a server's application, or the defaults if the application is
    wrapped."""
    settings: Settings = _registry(application).get(SETTINGS_KEY) or Settings()
    return settings


def router_of_application(application: Callable[..., Iterable[bytes]]) -> Router | None:
    """Return the router of a server's application, or None if the application is wrapped."""
    router: Router | None = _registry(application).get(ROUTER_KEY)
    return router


def end_threads(application: Callable[..., Iterable[bytes]]) -> None:
    """End the threads of an application that is served no more, while Python can still wait for them."""
    end = _registry(application).get(END_KEY)
    if end is not None:
        end()


def answers_directly(application: Callable[..., Iterable[bytes]]) -> bool:
    """Return whether an application only hands POST requests to its router."""
    return DIRECT_KEY in _registry(application)


def start_worker(application: Callable[..., Iterable[bytes]]) -> None:
    """Start, in one of several workers, what the application does beside answering requests."""
    start = _registry(application).get(START_KEY)
    if start is not None:
        start()


def _registry(application: Callable[..., Iterable[bytes]]) -> Mapping[str, Any]:
    return getattr(application, "registry", None) or {}


def read(environ: Mapping[str, Any], limit: int | None) -> bytes | None:
    """Return the body of a WSGI request, or None if it is over the limit.

    An announced length is checked before anything is read. Without one (a chunked body under a
    server that passes it on), at most one byte over the limit is read.
    """
    announced = environ.get("CONTENT_LENGTH")
    if announced:
        length = int(announced) if announced.isdecimal() else 0
        if limit is not None and length > limit:
            return None
        return _read_exactly(environ["wsgi.input"], length) if length else b""
    if environ.get("wsgi.input_terminated"):
        body: bytes = environ["wsgi.input"].read(-1 if limit is None else limit + 1)
        return None if limit is not None and len(body) > limit else body
    return b""


def _read_exactly(source: Any, length: int) -> bytes:
    """Return `length` bytes; fewer if the client disconnects. A server may provide them in
    pieces."""
    body: bytes = source.read(length)
    while len(body) < length and (piece := source.read(length - len(body))):
        body += piece
    return body
