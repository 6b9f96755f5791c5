"""The only view: it converts WSGI requests for the service, and the service's answers for WSGI."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import default_execution_policy

from ddbmock.server import body
from ddbmock.service import http
from ddbmock.service.router import Router

_STATUS_LINES: Final = {status: f"{status} {reason}" for status, reason in http.REASONS.items()}
_PLAIN: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Headers(Mapping[str, str]):
    """The request headers in a WSGI environment, by their names in lower case.

    This is no copy: a request has a dozen headers, of which few are used.
    """

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_variable(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(_variable(name), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _variable(name) in self._environ

    def __iter__(self) -> Iterator[str]:
        for name, variable in _PLAIN.items():
            if variable in self._environ:
                yield name
        for variable in self._environ:
            if variable.startswith("HTTP_"):
                yield variable[5:].replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _variable(name: str) -> str:
    return _PLAIN.get(name) or "HTTP_" + name.upper().replace("-", "_")


Answerer = Callable[[Mapping[str, Any]], http.WireResponse]
"""A function that answers a WSGI request."""


def answerer(router: Router) -> Answerer:
    """Return the function that answers the requests to one database, with any method and path."""
    limit = body.limit_of(router.dynamodb.settings)

    def answer(environ: Mapping[str, Any]) -> http.WireResponse:
        content = body.read(environ, limit)
        if content is None:
            return http.too_large(router.dynamodb.settings.max_body)
        return http.handle(
            router,
            http.WireRequest(
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ.get("QUERY_STRING", ""),
                Headers(environ),
                content,
            ),
        )

    return answer


def view(answer: Answerer) -> Callable[[Request], Response]:
    """Return the only view."""

    def answered(request: Request) -> Response:
        status, headers, content = answer(request.environ)
        return Response(status=_STATUS_LINES[status], headerlist=headers, app_iter=[content])

    return answered


def short_cut(answer: Answerer) -> Callable[[dict[str, Any], Any], Any]:
    """Return an execution policy that answers POST at once and leaves the rest to Pyramid.

    Pyramid's request object, routes and threadlocals would take a third of the time of a GetItem,
    and are not needed: all POST requests go to the same view.
    """

    def policy(environ: dict[str, Any], application: Any) -> Any:
        if environ["REQUEST_METHOD"] != "POST":
            return default_execution_policy(environ, application)
        status, headers, content = answer(environ)

        def respond(_: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            start_response(_STATUS_LINES[status], headers)
            return [content]

        return respond

    return policy
