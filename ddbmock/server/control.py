"""The control path: a server's database steered over HTTP, beside DynamoDB's own requests.

Below :data:`PATH` are its clock, snapshots, forks, requests and trouble, as JSON. It is there only
when the setting ``control`` is ``on``. Pages of other sites cannot use it: see
:mod:`ddbmock.service.origins`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from ddbmock import forking
from ddbmock.service import http, origins
from ddbmock.service.http import WireRequest, WireResponse
from ddbmock.service.instance import Instance, Snapshot
from ddbmock.storage import UnsupportedError

PATH: Final = "/_ddbmock"
"""What the paths of control begin with; tables and items are at ``/``, as ever."""

MAX_DEPTH: Final = 16
"""How deep forks can be nested: each level of a path is a call within the call of the one above."""


class RefusedError(Exception):
    """A request that is not understood, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Fork(NamedTuple):
    instance: Instance
    control: Control


class Control:
    """Steers one database, and has its forks and snapshots in its keeping."""

    def __init__(self, instance: Instance, depth: int = 0) -> None:
        self._instance = instance
        self._depth = depth
        self._snapshots: dict[str, Snapshot] = {}
        self._forks: dict[str, _Fork] = {}
        self._keeping = forking.lock()
        self._routes: Mapping[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", ""): self._overview,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget_requests,
            ("POST", "snapshots"): self._snapshot,
            ("POST", "forks"): self._fork,
            ("GET", "trouble"): self._troubles,
            ("POST", "trouble"): self._trouble,
            ("DELETE", "trouble"): self._end_trouble,
            ("POST", "settle"): self._settle,
        }
        instance.router.control = self.handle

    def close(self) -> None:
        """Let the forks go."""
        for fork in self._forks.values():
            fork.control.close()
            fork.instance.close()
        self._forks.clear()

    def handle(self, request: WireRequest) -> WireResponse | None:
        """The answer to a request below :data:`PATH`; None: it is none."""
        if request.path != PATH and not request.path.startswith(f"{PATH}/"):
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
            return _answer(200, self._perform(request, words))
        except RefusedError as error:
            return _answer(error.status, {"message": str(error)})
        except (UnsupportedError, TypeError, ValueError, OverflowError) as error:
            return _answer(400, {"message": str(error)})

    def _perform(self, request: WireRequest, words: list[str]) -> Any:
        match request.method, words:
            case "POST", ["snapshots", name, "restore"]:
                self._instance.restore(_kept(self._snapshots, name))
                return {}
            case "DELETE", ["snapshots", name]:
                _kept(self._snapshots, name)
                del self._snapshots[name]
                return {}
            case "DELETE", ["forks", name]:
                return self._end_fork(name)
        if len(words) == 1:
            route = self._routes.get((request.method, words[0]))
            if route is not None:
                return route(_body(request))
            if any(word == words[0] for _, word in self._routes):
                raise RefusedError(405, f"{request.method} is not for {request.path}.")
        raise RefusedError(404, f"There is nothing at {request.path}.")

    def _overview(self, _: dict[str, Any]) -> Any:
        return {
            "clock": self._clock({}),
            "snapshots": list(self._snapshots),
            "forks": list(self._forks),
            "requests": self._instance.requests.totals.requests,
            "trouble": self._troubles({}),
        }

    # Clock

    def _clock(self, _: dict[str, Any]) -> Any:
        clock = self._instance.clock
        return {"now": clock.now(), "frozen": clock.frozen}

    def _move_clock(self, body: dict[str, Any]) -> Any:
        clock = self._instance.clock
        match body:
            case {"advance": bool()} | {"freeze": False}:
                raise RefusedError(400, _CLOCK)
            case {"advance": int() | float() as seconds}:
                clock.advance(seconds)
            case {"advance": dict() as units} if units.keys() <= _UNITS:
                clock.advance(**units)
            case {"freeze": True}:
                clock.freeze()
            case {"freeze": int() | float() as at}:
                clock.freeze(at)
            case {"resume": True}:
                clock.resume()
            case _:
                raise RefusedError(400, _CLOCK)
        return self._clock({})

    # Content

    def _snapshot(self, _: dict[str, Any]) -> Any:
        name = uuid.uuid4().hex
        self._snapshots[name] = self._instance.snapshot()
        return {"id": name}

    def _fork(self, _: dict[str, Any]) -> Any:
        if self._depth >= MAX_DEPTH:
            raise RefusedError(400, f"Forks of forks can be nested {MAX_DEPTH} deep, not deeper.")
        name = uuid.uuid4().hex
        instance = self._instance.fork()
        with self._keeping:
            self._forks[name] = _Fork(instance, Control(instance, self._depth + 1))
        return {"id": name, "path": f"{PATH}/forks/{name}"}

    def _end_fork(self, name: str) -> Any:
        with self._keeping:
            fork = _kept(self._forks, name)
            del self._forks[name]
        fork.control.close()
        fork.instance.close()
        return {}

    def _of_fork(self, name: str, request: WireRequest) -> WireResponse | None:
        """What a fork answers; None: the request is about the fork itself."""
        path = request.path.removeprefix(f"{PATH}/forks/{name}")
        if request.method == "DELETE" and path in ("", "/"):
            return None
        fork = _kept(self._forks, name)
        return http.handle(fork.instance.router, request._replace(path=path or "/"))

    # Requests

    def _requests(self, _: dict[str, Any]) -> Any:
        requests = self._instance.requests
        return {
            "totals": requests.totals._asdict(),
            "requests": [request._asdict() for request in requests],
        }

    def _forget_requests(self, _: dict[str, Any]) -> Any:
        self._instance.requests.clear()
        return {}

    # Trouble

    def _troubles(self, _: dict[str, Any]) -> Any:
        trouble = self._instance.trouble
        return {
            "faults": [{"fault": fault.name, "hits": fault.hits} for fault in trouble.faults],
            "throughput": trouble.throughput,
            "stale": trouble.stale,
            "small_pages": trouble.small_pages,
        }

    def _trouble(self, body: dict[str, Any]) -> Any:
        trouble = self._instance.trouble
        ways = {name: value for name, value in body.items() if name in _WAYS}
        wrong = body.keys() - ways.keys() - {"fault", "on", *_DETAILS.values()}
        if wrong or not all(isinstance(value, bool) for value in ways.values()):
            raise RefusedError(400, _TROUBLE)
        if "fault" in body:
            self._add_fault(body)
        for name, value in ways.items():
            setattr(trouble, name, value)
        return self._troubles({})

    def _add_fault(self, body: dict[str, Any]) -> None:
        name, on = body["fault"], body.get("on", {})
        if name not in _FAULTS or not isinstance(on, dict) or on.keys() - _ON:
            raise RefusedError(400, _TROUBLE)
        detail = _DETAILS.get(name)
        if detail == "seconds" and detail not in body:
            raise RefusedError(400, 'Say {"fault": "delay", "seconds": 0.5}.')
        arguments = [body[detail]] if detail in body else []
        getattr(self._instance.trouble.on(**on), name)(*arguments)

    def _end_trouble(self, _: dict[str, Any]) -> Any:
        self._instance.trouble.clear()
        return {}

    def _settle(self, _: dict[str, Any]) -> Any:
        self._instance.trouble.settle()
        return {}


_UNITS: Final = frozenset({"seconds", "minutes", "hours", "days"})
_CLOCK: Final = (
    'Say {"advance": 60}, {"advance": {"hours": 49}}, {"freeze": true}, {"freeze": 1790000000} or '
    '{"resume": true}.'
)
_FAULTS: Final = ("throttle", "fail", "conflict", "unprocessed", "delay")
_DETAILS: Final = {"unprocessed": "count", "delay": "seconds"}
_ON: Final = frozenset({"operation", "table", "key", "times", "after", "chance"})
_WAYS: Final = ("throughput", "stale", "small_pages")
_TROUBLE: Final = (
    f'Say {{"fault": ...}} with one of {", ".join(_FAULTS)}, and {{"on": ...}} with any of '
    f"{', '.join(sorted(_ON))}; or one of {', '.join(_WAYS)} with true or false."
)


def _kept(kept: Mapping[str, Any], name: str) -> Any:
    found = kept.get(name)
    if found is None:
        raise RefusedError(404, f"There is none with the id {name}.")
    return found


def _body(request: WireRequest) -> dict[str, Any]:
    """The members of a request's JSON; none when it has no body."""
    if request.method != "POST":
        return {}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != "application/json":
        raise RefusedError(415, "Send JSON, with Content-Type: application/json.")
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise RefusedError(400, "The body is to be a JSON object.")
    return body


def _answer(status: int, body: Any) -> WireResponse:
    content = orjson.dumps(body)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    return WireResponse(status, headers, content)
