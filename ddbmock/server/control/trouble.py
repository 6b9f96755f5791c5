"""Trouble on the control path: faults, throttling, stale reads, small pages."""

from __future__ import annotations

from typing import Any, Final

from ddbmock.fault_injection import Fault, Trouble
from ddbmock.server.control.refused import RefusedError


def state(trouble: Trouble) -> dict[str, Any]:
    """Return all trouble that is switched on."""
    return {
        "faults": [_fault(fault) for fault in trouble.faults],
        "throughput": trouble.throughput,
        "stale": trouble.stale,
        "small_pages": trouble.small_pages,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    """Return a fault with its selection, and the number of requests that it will still affect."""
    operations, table, key, _ = fault.matcher
    selected = {
        "operation": None if operations is None else sorted(operations),
        "table": table,
        "key": key,
    }
    return {
        "id": fault.number,
        "fault": fault.name,
        "hits": fault.hits,
        "left": fault.left,
        "on": {name: value for name, value in selected.items() if value is not None},
    }


def end_fault(trouble: Trouble, number: str) -> dict[str, Any]:
    """End one fault."""
    for fault in trouble.faults:
        if str(fault.number) == number:
            fault.stop()
            return state(trouble)
    raise RefusedError(404, f"There is no fault with the id {number}.")


def gauges(trouble: Trouble) -> dict[str, Any]:
    """Return the levels of the throughput buckets that requests have used."""
    return {
        "throughput": trouble.throughput,
        "gauges": [gauge._asdict() for gauge in trouble.gauges()],
    }


def change(trouble: Trouble, body: dict[str, Any]) -> None:
    """Add a fault, or switch a kind of trouble on or off.

    :raises RefusedError: the body requests none of these.
    """
    ways = {name: value for name, value in body.items() if name in _WAYS}
    wrong = body.keys() - ways.keys() - {"fault", "on", *_DETAILS.values()}
    if wrong or not all(isinstance(value, bool) for value in ways.values()):
        raise RefusedError(400, _TROUBLE)
    if "fault" in body:
        _add_fault(trouble, body)
    for name, value in ways.items():
        setattr(trouble, name, value)


def _add_fault(trouble: Trouble, body: dict[str, Any]) -> None:
    name, on = body["fault"], body.get("on", {})
    if name not in _FAULTS or not isinstance(on, dict) or on.keys() - _ON:
        raise RefusedError(400, _TROUBLE)
    detail = _DETAILS.get(name)
    if detail == "seconds" and detail not in body:
        raise RefusedError(400, 'Say {"fault": "delay", "seconds": 0.5}.')
    arguments = [body[detail]] if detail in body else []
    getattr(trouble.on(**on), name)(*arguments)


_FAULTS: Final = ("throttle", "fail", "conflict", "unprocessed", "delay")
_DETAILS: Final = {"unprocessed": "count", "delay": "seconds"}
_ON: Final = frozenset({"operation", "table", "key", "times", "after", "chance"})
_WAYS: Final = ("throughput", "stale", "small_pages")
_TROUBLE: Final = (
    f'Say {{"fault": ...}} with one of {", ".join(_FAULTS)}, and {{"on": ...}} with any of '
    f"{', '.join(sorted(_ON))}; or one of {', '.join(_WAYS)} with true or false."
)
