"""A shortcut of waitress: most requests are answered without WSGI between server and view.

WSGI's environment, its callbacks, and the two writes of an answer cost 40 µs of CPU time, about as much as
GetItem itself. Where ddbmock's own application is alone behind the server, they decide nothing: its
execution policy gives each POST request to one function (:func:`ddbmock.server.views.short_cut`). This
module calls it with the parsed request. Everything else goes through WSGI. ``tests/shortcuts`` compares
both ways byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, Final, TypeAlias

from waitress.task import WSGITask
from waitress.utilities import build_http_date

from ddbmock.server.body import answers_directly, router_of_application
from ddbmock.server.waitress_head import KEPT, keeps
from ddbmock.service import http
from ddbmock.service.http import WireRequest, WireResponse

_STATUS: Final = {
    status: f"HTTP/1.1 {status} {reason}\r\n" for status, reason in http.REASONS.items()
}

Answerer: TypeAlias = Callable[[WireRequest], WireResponse]


def direct(application: Callable[..., Iterable[bytes]], adjustments: Any) -> Answerer | None:
    """Return the function that answers an application's POST requests; None if WSGI must be used."""
    router = router_of_application(application)
    changed = adjustments.trusted_proxy or adjustments.url_prefix
    if router is None or changed or not answers_directly(application):
        return None
    return partial(http.handle, router)


class Headers(Mapping[str, str]):
    """The request headers as waitress' parser has them, by their names in lower case."""

    __slots__ = ("_parsed",)

    def __init__(self, parsed: Mapping[str, str]) -> None:
        self._parsed = parsed

    def __getitem__(self, name: str) -> str:
        return self._parsed[_parsed_name(name)].strip()

    def get(self, name: str, default: Any = None) -> Any:
        value = self._parsed.get(_parsed_name(name))
        return default if value is None else value.strip()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _parsed_name(name) in self._parsed

    def __iter__(self) -> Iterator[str]:
        return (name.replace("_", "-").lower() for name in self._parsed)

    def __len__(self) -> int:
        return len(self._parsed)


@lru_cache(maxsize=256)
def _parsed_name(name: str) -> str:
    return name.upper().replace("-", "_")


def _shown_name(name: str) -> str:
    """Return a header's name as waitress writes it."""
    return "-".join([word.capitalize() for word in name.split("-")])


def direct_request(channel: Any) -> WireRequest | None:
    """Return the next request of a channel, if it is answered directly."""
    if channel.server.direct is None or not channel.requests:
        return None
    request = channel.requests[0]
    if (
        request.error is not None
        or request.command != "POST"
        or request.version != "1.1"
        or request.path != "/"
        or not keeps(request.headers)
    ):
        return None
    content = request.get_body_stream().read()
    return WireRequest("POST", "/", request.query, Headers(request.headers), content)


class DirectTask(WSGITask):  # type: ignore[misc]  # waitress is untyped
    """Answers a POST request of HTTP/1.1 directly, and all others by WSGI."""

    def execute(self) -> None:
        channel = self.channel
        response: WireResponse | None = channel.prepared
        channel.prepared = None
        if response is None:
            request = direct_request(channel)
            if request is None:
                super().execute()
                return
            answer: Answerer = channel.server.direct
            response = answer(request)
        self.complete = self.wrote_header = True
        self.channel.send_answer(self._head(response), response.body)

    def build_response_header(self) -> bytes:
        """Return the head of an answer by WSGI, with names and ``Connection`` as DynamoDB sends them.

        waitress capitalizes the words of names, and does not mention that a connection is kept.
        """
        names = {_shown_name(name): name for name, _ in self.response_headers}
        head: str = super().build_response_header().decode("latin-1")
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        fields = [line.partition(": ") for line in lines]
        if self.version == "1.1" and not self.close_on_finish:
            fields.append(("Connection", ": ", KEPT))
        fields.sort(key=itemgetter(0))
        lines = [f"{names.get(name, name)}: {value}" for name, _, value in fields]
        return "\r\n".join([first, *lines, "", ""]).encode("latin-1")

    def _head(self, response: WireResponse) -> bytes:
        names, values = zip(*response.headers, strict=True)
        template, ordered = _template(names)
        ident = self.channel.server.adj.ident
        lines = template % ordered((*values, KEPT, _date(int(self.start_time)), ident))
        return f"{_STATUS[response.status]}{lines}\r\n".encode("latin-1")


@lru_cache(maxsize=64)
def _template(names: tuple[str, ...]) -> tuple[str, Callable[[Sequence[str]], tuple[str, ...]]]:
    """Return the lines of an answer's head in waitress's order, by name, and what puts values in that order.

    The values are those of `names`, then Connection, Date and Server.
    """
    all_names = [*names, "Connection", "Date", "Server"]
    order = sorted(range(len(all_names)), key=lambda place: _shown_name(all_names[place]))
    return "".join([f"{all_names[place]}: %s\r\n" for place in order]), itemgetter(*order)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    text: str = build_http_date(second)
    return text
