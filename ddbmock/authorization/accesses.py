"""The actions and resources of a request, with the condition keys that policies can test.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon
DynamoDB"; Developer Guide, "Using IAM policy conditions for fine-grained access control".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ddbmock.database import Call
from ddbmock.database.arn import partition
from ddbmock.database.data_plane.statement_keys import keys_of
from ddbmock.database.schema import TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind
from ddbmock.operations.request_content import attribute_names, equal_values
from ddbmock.operations.request_entries import Entry, requests_of, sequence, table_name
from ddbmock.operations.statement_content import attribute_names as attribute_names_of
from ddbmock.operations.statement_content import parsed, value_of
from ddbmock.operations.statement_entries import statement_entries
from ddbmock.partiql.key_plan import read_plan
from ddbmock.partiql.statements import Delete, Insert, Select, Update

Describe = Callable[[str], "TableDescription | None"]
"""A function that returns the table of a name."""

IN_TRANSACTION: Final[Mapping[str, str]] = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
"""The actions for which the parts of a transaction are checked."""

WITH_RETURN_VALUES: Final = ("DeleteItem", "PutItem", "UpdateItem")
WITH_SELECT: Final = ("BatchGetItem", "GetItem", "Query", "Scan")

ARN_MEMBERS: Final = (
    "ResourceArn",
    "StreamArn",
    "BackupArn",
    "ExportArn",
    "ImportArn",
    "TableArn",
    "SourceTableArn",
)
"""Members that name the resource by its ARN."""

ALL_TABLES: Final = ("ListBackups", "ListStreams", "ListTables")
"""Operations whose resource is every table."""


class Access(NamedTuple):
    """One action on one resource."""

    action: str
    resource: str
    table: str | None
    """The name of the resource's table."""
    context: Mapping[str, tuple[str, ...]]
    """The condition keys of DynamoDB by name in lower case."""


def accesses(
    target: Target, body: Mapping[str, Any], call: Call, describe: Describe
) -> Iterator[Access]:
    """Yield the accesses of a request that may be malformed; the operation rejects it later."""
    operation, name = target.operation, target.name
    if operation.entries.transaction and "TransactItems" in body:
        for action in sequence(body, "TransactItems"):
            for kind, part in action.items() if isinstance(action, dict) else ():
                if kind in IN_TRANSACTION and isinstance(part, dict):
                    enclosed = {"dynamodb:enclosingoperation": (name,)}
                    yield from _item(IN_TRANSACTION[kind], part, call, describe, enclosed)
    elif operation.entries.batch and isinstance(body.get("RequestItems"), dict):
        for reference, part in body["RequestItems"].items():
            yield _batch(name, reference, part, call, describe)
    elif any(member in body for member in ("Statement", "Statements", "TransactStatements")):
        enclosed = {}
        if "TransactStatements" in body:
            enclosed = {"dynamodb:enclosingoperation": (name,)}
        parts = [body, *sequence(body, "Statements"), *sequence(body, "TransactStatements")]
        for part in parts:
            if isinstance(part, dict):
                yield from _statement(part, call, describe, enclosed)
    elif isinstance(body.get("TableName"), str):
        if operation.kind is Kind.CONTROL:
            table = table_name(body["TableName"])
            yield Access(f"dynamodb:{name}", call.table_arn(table), table, {})
        else:
            yield from _item(name, body, call, describe, {})
    else:
        yield _without_table(name, body, call)


def table_names(target: Target, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables of a request as it names them: by name or by ARN.

    The table of CreateTable does not exist yet.
    """
    if target.name == "CreateTable":
        return
    for action in sequence(body, "TransactItems"):
        for part in action.values() if isinstance(action, dict) else ():
            if isinstance(part, dict) and isinstance(part.get("TableName"), str):
                yield part["TableName"]
    if isinstance(body.get("RequestItems"), dict):
        yield from body["RequestItems"]
    for part in [body, *sequence(body, "Statements"), *sequence(body, "TransactStatements")]:
        found = parsed(part) if isinstance(part, dict) and "Statement" in part else None
        if found is not None:
            yield found.table
    if isinstance(body.get("TableName"), str):
        yield body["TableName"]


def _item(
    name: str,
    part: Mapping[str, Any],
    call: Call,
    describe: Describe,
    enclosed: Mapping[str, tuple[str, ...]],
) -> Iterator[Access]:
    """Yield the access of a request, or part of one, that reads or writes items of a table."""
    if not isinstance(part.get("TableName"), str):
        return
    table = table_name(part["TableName"])
    resource = call.table_arn(table)
    index = part.get("IndexName")
    description = describe(table)
    hash_names = _hash_names(description, index)
    if isinstance(index, str):
        resource += f"/index/{index}"
    context = dict(enclosed)
    if name == "Query":
        leading = [value for one in hash_names for value in equal_values(part, one)]
    else:
        attributes = part.get("Key") or part.get("Item")
        leading = _leading(hash_names, attributes if isinstance(attributes, dict) else {})
    if leading:
        context["dynamodb:leadingkeys"] = tuple(map(_text, leading))
    # the context of a vector search has neither leading keys nor attributes
    names = set() if name == "SearchVectors" else attribute_names(part)
    context |= _common(name, part, names)
    yield Access(f"dynamodb:{name}", resource, table, context)


def _batch(name: str, reference: str, part: Any, call: Call, describe: Describe) -> Access:
    """Return the access of a batch to one table: every key has to be allowed."""
    table = table_name(reference)
    hash_names = _hash_names(describe(table), None)
    names = attribute_names(part) if isinstance(part, dict) else set()
    leading: list[Any] = []
    for entry in requests_of(part):
        requests = [entry] if isinstance(part, dict) else _parts(entry)
        for one in requests:
            attributes = one if isinstance(part, dict) else one.get("Key") or one.get("Item")
            if isinstance(attributes, dict):
                names |= set(attributes)
                leading += _leading(hash_names, attributes)
    context = _common(name, part if isinstance(part, dict) else {}, names)
    if leading:
        context["dynamodb:leadingkeys"] = tuple(map(_text, leading))
    return Access(f"dynamodb:{name}", call.table_arn(table), table, context)


def _parts(entry: Any) -> list[Mapping[str, Any]]:
    values = entry.values() if isinstance(entry, dict) else ()
    return [value for value in values if isinstance(value, dict)]


def _statement(
    part: Mapping[str, Any],
    call: Call,
    describe: Describe,
    enclosed: Mapping[str, tuple[str, ...]],
) -> Iterator[Access]:
    """Yield the access of a PartiQL statement."""
    found = parsed(part)
    if found is None:
        return
    index = found.index if isinstance(found, Select) else None
    description = describe(found.table)
    context = dict(enclosed)
    leading: Sequence[Any] | None = None
    match found:
        case Insert():
            action = "PartiQLInsert"
        case Update(returning=returning):
            action = "PartiQLUpdate"
            context["dynamodb:returnvalues"] = (_return_values(returning),)
        case Delete(returning=returning):
            action = "PartiQLDelete"
            context["dynamodb:returnvalues"] = (_return_values(returning),)
        case Select():
            action = "PartiQLSelect"
            leading = _hash_keys(found, part, description)
            context["dynamodb:fulltablescan"] = ("true" if leading is None else "false",)
            context["dynamodb:select"] = (_selected(found),)
        case _:
            action = "PartiQLSelect"
            context["dynamodb:fulltablescan"] = ("false",)
    if not isinstance(found, Select):
        entries: Sequence[Entry] = [*statement_entries(part)]
        hash_names = _hash_names(description, None)
        leading = [value for one in entries for value in _leading(hash_names, one.attributes)]
    if leading:
        context["dynamodb:leadingkeys"] = tuple(map(_text, leading))
    names = attribute_names_of(found)
    if names:
        context["dynamodb:attributes"] = tuple(sorted(names))
    resource = call.table_arn(found.table) + (f"/index/{index}" if index else "")
    yield Access(f"dynamodb:{action}", resource, found.table, context)


def _hash_keys(
    select: Select, part: Mapping[str, Any], table: TableDescription | None
) -> list[Any] | None:
    """Return the hash keys that a SELECT reads; None if it reads a whole table or index."""
    described = None if table is None else table.index(select.index or "") or table
    if described is None:
        return None
    plan = read_plan(select, keys_of(described.key_schema))
    if not plan.reads:
        return None
    parameters = sequence(part, "Parameters")
    found = []
    for branch in plan.branches:
        first, *others = [value_of(constant, parameters) for constant in branch.hash_values]
        if any(other != first for other in others):
            return None
        found.append(first)
    return found


def _selected(select: Select) -> str:
    if select.columns is not None:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if select.index else "ALL_ATTRIBUTES"


def _return_values(returning: str | None) -> str:
    """Return the ReturnValues that a RETURNING stands for: assumed, as AWS does not document it."""
    return (returning or "NONE").replace("MODIFIED", "UPDATED").replace(" ", "_")


def _without_table(name: str, body: Mapping[str, Any], call: Call) -> Access:
    for member in ARN_MEMBERS:
        arn = body.get(member)
        if isinstance(arn, str):
            table = table_name(arn) if ":table/" in arn else None
            return Access(f"dynamodb:{name}", arn, table, {})
    if isinstance(body.get("GlobalTableName"), str):
        start = f"arn:{partition(call.region)}:dynamodb::{call.account_id}:global-table"
        return Access(f"dynamodb:{name}", f"{start}/{body['GlobalTableName']}", None, {})
    resource = call.table_arn("*") if name in ALL_TABLES else "*"
    return Access(f"dynamodb:{name}", resource, None, {})


def _common(name: str, part: Mapping[str, Any], attributes: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that most requests for items have."""
    context: dict[str, tuple[str, ...]] = {}
    if attributes:
        context["dynamodb:attributes"] = tuple(sorted(attributes))
    if name in WITH_SELECT:
        context["dynamodb:select"] = (_select(part),)
    if name in WITH_RETURN_VALUES:
        context["dynamodb:returnvalues"] = (str(part.get("ReturnValues") or "NONE"),)
    if part.get("ReturnConsumedCapacity"):
        context["dynamodb:returnconsumedcapacity"] = (str(part["ReturnConsumedCapacity"]),)
    return context


def _select(part: Mapping[str, Any]) -> str:
    """Return what a read selects, by its parameter or by default."""
    if isinstance(part.get("Select"), str):
        return str(part["Select"])
    if part.get("ProjectionExpression") or part.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if part.get("IndexName") else "ALL_ATTRIBUTES"


def _hash_names(table: TableDescription | None, index: Any) -> list[str]:
    described = None if table is None or not isinstance(index, str) else table.index(index)
    if table is None:
        return []
    schema = table.key_schema if described is None else described.key_schema
    return [attribute.name for attribute in schema.hash_key]


def _leading(names: Sequence[str], attributes: Mapping[str, Any]) -> list[Any]:
    """Return the hash key in a key or item, also in a key of the first API."""
    if "HashKeyElement" in attributes:
        return [attributes["HashKeyElement"]]
    return [attributes[name] for name in names if name in attributes]


def _text(value: Any) -> str:
    """Return a key attribute in the form that policies compare: the text of its value.

    >>> _text({"N": "1"})
    '1'
    """
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)
