"""Regions, tables and rehearsals on the control path: a caller's tables, and the effects that a
request would have.

Nothing here is logged, counted or affected by faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ddbmock.errors import DynamoDBError
from ddbmock.operations.operation import Kind
from ddbmock.server.control.refused import RefusedError
from ddbmock.service import comparison, expiring, rehearsal
from ddbmock.service.instance import Instance, Restorable, Snapshot
from ddbmock.service.tables_by_region import catalogues, regions, tables_of
from ddbmock.storage import Storage

_API: Final = "DynamoDB_20120810"


def places(instance: Instance, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the regions with the number of a caller's tables in each."""
    settings = instance.settings
    return {
        "databases": settings.databases,
        "region": settings.region or getattr(instance, "region", "us-east-1"),
        "regions": regions(instance.dynamodb, query.get("access_key", "")),
    }


def described(instance: Instance, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the descriptions of all tables of a caller, in the form of DescribeTable and similar
    operations."""
    caller = {
        "region": query.get("region", "us-east-1"),
        "access_key": query.get("access_key", ""),
    }
    names = tables_of(instance.dynamodb, **caller)
    found = []
    for name in names:
        description: dict[str, Any] = {}
        for operation, member in _DESCRIPTIONS:
            target = instance.router.target(f"{_API}.{operation}")
            try:
                _, output = rehearsal.perform(
                    instance.dynamodb, target, {"TableName": name}, **caller
                )
            except DynamoDBError:
                break  # The table has been deleted meanwhile.
            description |= {member: output[member]}
        else:
            found.append(description)
    return {"tables": found}


_DESCRIPTIONS: Final = (
    ("DescribeTable", "Table"),
    ("DescribeTimeToLive", "TimeToLiveDescription"),
    ("DescribeContinuousBackups", "ContinuousBackupsDescription"),
)
"""Operations that describe a table, with the member of their output."""


def rehearse(instance: Instance, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request would cost: its plan, units and counts, or its error.

    :raises RefusedError: the body has no request that reads or writes items.
    """
    operation, request = body.get("operation"), body.get("request")
    caller = {name: body.get(name, default) for name, default in _CALLER.items()}
    wrong = body.keys() - {"operation", "request", *_CALLER}
    known = instance.router.apis[_API].operations
    if (
        wrong
        or not isinstance(operation, str)
        or not isinstance(request, dict)
        or not all(isinstance(value, str) for value in caller.values())
        or operation not in known
        or known[operation].kind_of(request) not in (Kind.READ, Kind.WRITE)
    ):
        raise RefusedError(400, _REHEARSE)
    target = instance.router.target(f"{_API}.{operation}")
    try:
        call, output = rehearsal.perform(instance.dynamodb, target, request, **caller)
    except DynamoDBError as error:
        return {
            "error": type(error).__name__,
            "message": error.message or "",
            "hint": error.hint,
        }
    return {
        "plan": call.plan or operation,
        "scan": call.scan,
        "readUnits": sum(one.read_units for one in call.consumed),
        "writeUnits": sum(one.write_units for one in call.consumed),
        "scanned": call.scanned,
        "returned": call.returned,
        "more": any(output.get(member) is not None for member in ("NextToken", "LastEvaluatedKey")),
        "hint": call.hint,
    }


def defined(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CreateTable requests of a text with table descriptions or a template.

    The text is not evaluated or used as a path, and environment variables are not read.

    :raises RefusedError: the text defines no table.
    """
    # Most servers do not need this import.
    from ddbmock.table_sources import TableSourceError, parse, tables_in

    text = body.get("text")
    if body.keys() != {"text"} or not isinstance(text, str):
        raise RefusedError(400, 'Say {"text": "..."} with a template or descriptions of tables.')
    if _ENVIRONMENT.search(text):
        raise RefusedError(400, "${env:...} is not read here: write the value in its place.")
    try:
        document = parse(text)
        if not isinstance(document, dict | list):
            raise TableSourceError("Neither a table nor a template.")
        found = list(tables_in(document))
    except TableSourceError as error:
        raise RefusedError(400, str(error)) from error
    return {
        "tables": [
            {"CreateTable": one.create_table, "TimeToLive": one.time_to_live} for one in found
        ]
    }


_ENVIRONMENT: Final = re.compile(r"\$\{\s*env:")
_CALLER: Final = {"region": "us-east-1", "access_key": ""}
_REHEARSE: Final = (
    'Say {"operation": "ExecuteStatement", "request": {"Statement": "..."}} with an operation that '
    "reads or writes items, and its request; region and access_key if not all callers have the same "
    "tables."
)


def soon_expired(instance: Instance) -> dict[str, Any]:
    """Return the items that expire next."""
    found = expiring.next_to_expire(instance.dynamodb)
    return {"items": [one._asdict() for one in found], "more": len(found) == expiring.SHOWN}


def compared(instance: Instance, snapshot: Snapshot, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables that differ between a snapshot and now, region by region."""
    old = instance.dynamodb.storage.fork()
    assert isinstance(old, Restorable), "a snapshot of an engine that has none"
    old.restore(snapshot.content)
    access_key = query.get("access_key", "")
    return {"tables": list(_differences(instance, old, access_key))}


def _differences(instance: Instance, old: Storage, access_key: str) -> Iterator[dict[str, Any]]:
    dynamodb = instance.dynamodb
    databases = dynamodb.settings.databases
    with old.read() as before, dynamodb.storage.read() as after:
        for region, prefix in catalogues(databases, access_key):
            for change in comparison.difference(before, after, prefix, dynamodb.clock.now()):
                items = [one._asdict() for one in change.items]
                yield {"region": region, **change._asdict(), "items": items}
