"""The control path: control of a server's database over HTTP, beside DynamoDB's requests.

Below :data:`PATH` are the clock, snapshots, forks, requests, trouble, replication and access
policies as JSON, and the console for browsers. The settings ``control`` and ``console`` determine
which servers have them. Pages of other sites cannot use it: see :mod:`ddbmock.service.origins`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qs

import orjson

from ddbmock.later import later
from ddbmock.server.control.content import Forks, Snapshots
from ddbmock.server.control.refused import RefusedError, check_workers
from ddbmock.service import http, json, origins
from ddbmock.service.http import WireRequest, WireResponse
from ddbmock.service.instance import Instance
from ddbmock.storage import UnsupportedError

if TYPE_CHECKING:
    from ddbmock.server.control import (
        access,
        clock,
        replication,
        requests,
        streams,
        tables,
        trouble,
    )
else:
    access, clock, replication, requests, streams, tables, trouble = later(
        "ddbmock.server.control",
        "access",
        "clock",
        "replication",
        "requests",
        "streams",
        "tables",
        "trouble",
    )

if TYPE_CHECKING:
    from ddbmock.server.console import Console
    from ddbmock.triggers import Triggers

__all__ = ["PATH", "Control", "RefusedError"]

PATH: Final = "/_ddbmock"
"""The beginning of the control path; DynamoDB's operations are at ``/``."""

TOKEN_HEADER: Final = "x-ddbmock-token"

Route: TypeAlias = Callable[[dict[str, Any]], Any]
"""A function that returns a value for JSON; it receives the members of the body, or of the query of
a GET request."""


class Control:
    """The control path of one database, with its forks and snapshots."""

    def __init__(self, instance: Instance, depth: int = 0) -> None:
        self.triggers: Triggers | None = None
        """The triggers that are listed: those of the server, or of the program that serves."""
        self._instance = instance
        self._active = depth > 0 or instance.settings.control == "on"
        self._token: str | None = None
        self._snapshots = Snapshots(instance)
        self._forks = Forks(instance, lambda fork: Control(fork, depth + 1), depth)
        self._routes: Mapping[tuple[str, str], Route] = {
            ("GET", ""): self._overview,
            ("GET", "clock"): lambda _: clock.state(instance.clock),
            ("POST", "clock"): self._move_clock,
            ("GET", "requests"): lambda _: requests.state(instance.requests),
            ("DELETE", "requests"): self._forget_requests,
            ("GET", "snapshots"): lambda _: {"snapshots": self._snapshots.state()},
            ("POST", "snapshots"): self._snapshots.take,
            ("POST", "forks"): self._fork,
            ("GET", "settings"): self._settings,
            ("GET", "trouble"): lambda _: trouble.state(instance.trouble),
            ("POST", "trouble"): self._change_trouble,
            ("DELETE", "trouble"): self._end_trouble,
            ("POST", "settle"): self._settle,
            ("POST", "streams"): lambda body: streams.change(instance, body),
            ("GET", "regions"): lambda query: tables.places(instance, query),
            ("GET", "tables"): lambda query: tables.described(instance, query),
            ("GET", "expiring"): lambda _: tables.soon_expired(instance),
            ("GET", "throttling"): lambda _: trouble.gauges(instance.trouble),
            ("POST", "definitions"): lambda body: tables.defined(body),
            ("POST", "rehearse"): lambda body: tables.rehearse(instance, body),
            ("GET", "replication"): self._replication,
            ("POST", "replication"): self._change_replication,
            ("DELETE", "replication"): self._end_replication,
            ("GET", "access"): lambda _: access.state(instance.access),
            ("POST", "access"): self._change_access,
            ("DELETE", "access"): self._end_access,
        }
        instance.router.control = self

    def started(self, *, beyond: bool) -> str | None:
        """Note that a server listens; return the console's path, or None if there is no console.

        If other machines can reach the server (`beyond`), the path contains the token that requests
        then need.
        """
        settings = self._instance.settings
        if settings.control == "auto":
            self._active = True
            if beyond:
                self._token = settings.control_token or secrets.token_urlsafe(16)
        if not self._active or settings.console == "off":
            return None
        return f"{PATH}/" + (f"?token={self._token}" if self._token else "")

    def close(self) -> None:
        """Close the forks."""
        self._forks.close()

    def handle(self, request: WireRequest) -> WireResponse | None:
        """Return the answer to a request below :data:`PATH`, or None for any other request."""
        if not self._active or not (request.path == PATH or request.path.startswith(f"{PATH}/")):
            return None
        words = request.path.removeprefix(PATH).strip("/").split("/")
        try:
            if words[0] == "forks" and len(words) > 1:
                forwarded = self._of_fork(words[1], request)
                if forwarded is not None:
                    return forwarded
            refused = origins.strict_refusal(request.headers, self._instance.settings.origins)
            if refused is not None:
                return http.forbidden(refused)
            return self._page(request, words) or self._guarded(request, words)
        except RefusedError as error:
            return _answer(error.status, {"message": str(error)})
        except (UnsupportedError, TypeError, ValueError, OverflowError) as error:
            return _answer(400, {"message": str(error)})

    @cached_property
    def _console(self) -> Console | None:
        if self._instance.settings.console == "off":
            return None
        # A server without a console does not read its files.
        from ddbmock.server.console import Console

        return Console()

    def _page(self, request: WireRequest, words: list[str]) -> WireResponse | None:
        """Return a page of the console or an asset; these contain no data."""
        if request.method != "GET" or self._console is None:
            return None
        if request.path == f"{PATH}/":
            return self._console.page(request)
        if words[0] == "assets" and len(words) == 2:
            return self._console.asset(request, words[1])
        return None

    def _guarded(self, request: WireRequest, words: list[str]) -> WireResponse:
        """Return the answer to a request for data; reject it if it lacks a token that the server
        needs."""
        query = parse_qs(request.query)
        if self._token is not None:
            token = request.headers.get(TOKEN_HEADER) or query.get("token", [""])[0]
            if not hmac.compare_digest(token.encode(), self._token.encode()):
                raise RefusedError(
                    401,
                    "This server listens beyond its machine, so its control path needs the token "
                    "that it logged when it started.",
                )
        workers = self._instance.settings.workers
        if workers > 1:
            check_workers(request.method, words[0], workers)
        if request.method == "GET" and words == ["requests", "events"]:
            return requests.events(request, query, self._instance.requests)
        return _answer(200, self._perform(request, words))

    def _perform(self, request: WireRequest, words: list[str]) -> Any:
        match request.method, words:
            case "GET", ["snapshots", name, "difference"]:
                return tables.compared(
                    self._instance, self._snapshots.kept(name), _members(request)
                )
            case "DELETE", ["trouble", number]:
                return trouble.end_fault(self._instance.trouble, number)
            case "POST", ["snapshots", name, "restore"]:
                return self._snapshots.restore(name)
            case "DELETE", ["snapshots", name]:
                return self._snapshots.delete(name)
            case "DELETE", ["forks", name]:
                return self._forks.end(name)
        if len(words) == 1:
            route = self._routes.get((request.method, words[0]))
            if route is not None:
                return route(_members(request))
            if any(word == words[0] for _, word in self._routes):
                raise RefusedError(405, f"{request.method} is not for {request.path}.")
        raise RefusedError(404, f"There is nothing at {request.path}.")

    def _of_fork(self, name: str, request: WireRequest) -> WireResponse | None:
        """Return the answer of a fork, or None for a request about the fork itself."""
        path = request.path.removeprefix(f"{PATH}/forks/{name}")
        if request.method == "DELETE" and path in ("", "/"):
            return None
        return http.handle(self._forks.router(name), request._replace(path=path or "/"))

    def _overview(self, _: dict[str, Any]) -> Any:
        instance = self._instance
        return {
            "clock": clock.state(instance.clock),
            "snapshots": self._snapshots.state(),
            "forks": self._forks.names(),
            "requests": instance.requests.totals.requests,
            "trouble": trouble.state(instance.trouble),
            "triggers": [] if self.triggers is None else self.triggers.state(),
        }

    def _move_clock(self, body: dict[str, Any]) -> Any:
        clock.move(self._instance.clock, body)
        return clock.state(self._instance.clock)

    def _fork(self, _: dict[str, Any]) -> Any:
        name = self._forks.fork()
        return {"id": name, "path": f"{PATH}/forks/{name}"}

    def _settings(self, _: dict[str, Any]) -> Any:
        settings = self._instance.settings
        return {row.name: getattr(settings, row.name) for row in fields(settings) if row.repr}

    def _forget_requests(self, _: dict[str, Any]) -> Any:
        self._instance.requests.clear()
        return {}

    def _change_trouble(self, body: dict[str, Any]) -> Any:
        trouble.change(self._instance.trouble, body)
        return trouble.state(self._instance.trouble)

    def _end_trouble(self, _: dict[str, Any]) -> Any:
        self._instance.trouble.clear()
        return {}

    def _settle(self, _: dict[str, Any]) -> Any:
        self._instance.trouble.settle()
        return {}

    def _replication(self, query: dict[str, Any]) -> Any:
        return replication.state(self._instance.replication, query.get("access_key", ""))

    def _change_replication(self, body: dict[str, Any]) -> Any:
        replication.change(self._instance.replication, body)
        return replication.state(self._instance.replication)

    def _end_replication(self, _: dict[str, Any]) -> Any:
        self._instance.replication.clear()
        return {}

    def _change_access(self, body: dict[str, Any]) -> Any:
        access.change(self._instance.access, body)
        return access.state(self._instance.access)

    def _end_access(self, _: dict[str, Any]) -> Any:
        self._instance.access.clear()
        return {}


def _members(request: WireRequest) -> dict[str, Any]:
    """Return the members of a request's JSON, or of its query if it has no body."""
    if request.method != "POST":
        return {name: values[-1] for name, values in parse_qs(request.query).items()}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != "application/json":
        raise RefusedError(415, "Send JSON, with Content-Type: application/json.")
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise RefusedError(400, "The body must be a JSON object.")
    return body


def _answer(status: int, body: Any) -> WireResponse:
    content = json.encode(body)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    return WireResponse(status, headers, content)
