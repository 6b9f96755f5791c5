"""The requests that create a table again from its description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.archive.errors import ArchiveError

Json: TypeAlias = Mapping[str, Any]
Request: TypeAlias = tuple[str, dict[str, Any]]

MAX_DESCRIPTION: Final = 1 << 24
"""The size of a description in bytes at most."""
_KEPT: Final = ("AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled")
_KEPT_OF_INDEX: Final = ("IndexName", "KeySchema", "Projection")
_KEPT_OF_VECTOR_INDEX: Final = (
    "IndexName",
    "SearchSchema",
    "VectorAttribute",
    "Projection",
    "Dimensions",
    "DistanceFunction",
)
_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_TYPES: Final = ("S", "N", "B")


def create_table(description: Json, name: str) -> dict[str, Any]:
    """Return the CreateTable request for a table as DescribeTable describes it.

    :raises ArchiveError: the description is not of that form.
    """
    table = _table(description)
    request = {"TableName": name} | _only(table, *_KEPT)
    billing = _object(table, "BillingModeSummary").get("BillingMode")
    on_demand = billing == "PAY_PER_REQUEST"
    if on_demand:
        request["BillingMode"] = "PAY_PER_REQUEST"
    request |= _units(table, on_demand)
    local, many = (_objects(table, f"{kind}SecondaryIndexes") for kind in ("Local", "Global"))
    if local:
        request["LocalSecondaryIndexes"] = [_only(index, *_KEPT_OF_INDEX) for index in local]
    if many:
        request["GlobalSecondaryIndexes"] = [
            _only(index, *_KEPT_OF_INDEX) | _units(index, on_demand) for index in many
        ]
    vectors = _objects(table, "VectorIndexes")
    if vectors:
        request["VectorIndexes"] = [_only(index, *_KEPT_OF_VECTOR_INDEX) for index in vectors]
    table_class = _object(table, "TableClassSummary").get("TableClass")
    if table_class is not None:
        request["TableClass"] = table_class
    encryption = _object(table, "SSEDescription")
    if encryption.get("Status") == "ENABLED":
        key = encryption.get("KMSMasterKeyArn")
        request["SSESpecification"] = {"Enabled": True, "SSEType": encryption.get("SSEType")} | (
            {"KMSMasterKeyId": key} if key else {}
        )
    tags = _objects(description, "Tags")
    if tags:
        request["Tags"] = list(tags)
    return request


def after_items(description: Json, name: str) -> Iterator[Request]:
    """Yield the requests that must follow the loading of items, because they would affect it."""
    stream = _object(_table(description), "StreamSpecification")
    if stream.get("StreamEnabled"):
        yield "UpdateTable", {"TableName": name, "StreamSpecification": stream}
    time_to_live = _object(description, "TimeToLiveDescription")
    if time_to_live.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        specification = {"Enabled": True, "AttributeName": time_to_live.get("AttributeName")}
        yield "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": specification}


def of_keys(text: str) -> dict[str, Any]:
    """Return the description of an on-demand table with these keys: ``artist:S,year:N``.

    >>> of_keys("artist")["Table"]["KeySchema"]
    [{'AttributeName': 'artist', 'KeyType': 'HASH'}]
    """
    keys = [part.strip().rpartition(":") for part in text.split(",")]
    # Without a colon, the whole text is the name.
    typed = [(name, kind) if colon else (kind, "S") for name, colon, kind in keys]
    if len(typed) > 2 or any(not name or kind not in _TYPES for name, kind in typed):
        raise ArchiveError(
            f"--key must be like artist:S or artist:S,year:N (a hash key and optionally a range "
            f"key, each of type S, N or B), not {text}."
        )
    return {
        "Table": {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in typed
            ],
            "KeySchema": [
                {"AttributeName": name, "KeyType": role}
                for (name, _), role in zip(typed, ("HASH", "RANGE"), strict=False)
            ],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }
    }


def of_file(path: Path) -> dict[str, Any]:
    """Return the description in a file, as ``aws dynamodb describe-table`` prints it.

    :raises ArchiveError: the file cannot be read, or has no description.
    """
    try:
        with path.open("rb") as file:
            description = orjson.loads(file.read(MAX_DESCRIPTION))
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"{path} is not JSON: {error}.") from error
    if not isinstance(description, dict):
        raise ArchiveError(f"{path} does not describe a table.")
    return description


def keys_of(description: Json) -> Sequence[tuple[str, str, str]]:
    """Return ``(role, name, type)`` of each key attribute of a table.

    :raises ArchiveError: the description is not of the form of DescribeTable's output.
    """
    table, types = _table(description), key_types(description)
    keys = []
    for element in _objects(table, "KeySchema"):
        role, name = element.get("KeyType"), element.get("AttributeName")
        if not isinstance(role, str) or not isinstance(name, str) or name not in types:
            raise ArchiveError(f"{NOT_DESCRIBED}: the key attribute {name!r} has no type.")
        keys.append((role, name, types[name]))
    return sorted(keys)


def key_types(description: Json) -> dict[str, str]:
    """Return the types of the attributes that a description defines, by name."""
    return {
        definition["AttributeName"]: definition["AttributeType"]
        for definition in _objects(_table(description), "AttributeDefinitions")
        if isinstance(definition.get("AttributeName"), str)
        and isinstance(definition.get("AttributeType"), str)
    }


NOT_DESCRIBED: Final = "A description of a table must be the output of DescribeTable"


def _table(description: Json) -> Json:
    table = _object(description, "Table")
    for member in ("KeySchema", "AttributeDefinitions"):
        if not _objects(table, member):
            raise ArchiveError(f"{NOT_DESCRIBED}: {member} is missing.")
    return table


def _object(place: Json, member: str) -> Json:
    """Return a member that is an object; an empty one where it is missing."""
    value = place.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ArchiveError(f"{NOT_DESCRIBED}: {member} is not an object.")
    return value


def _objects(place: Json, member: str) -> Sequence[Json]:
    """Return a member that is a list of objects; an empty one where it is missing."""
    value = place.get(member)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ArchiveError(f"{NOT_DESCRIBED}: {member} is not a list of objects.")
    return value


def _units(place: Json, on_demand: bool) -> dict[str, Any]:
    """Return the throughput of a table or a global index."""
    if on_demand:
        return _only(place, "OnDemandThroughput")
    throughput = _object(place, "ProvisionedThroughput")
    if not throughput.keys() >= set(_UNITS):
        raise ArchiveError(f"{NOT_DESCRIBED}: ProvisionedThroughput is missing.")
    return {"ProvisionedThroughput": _only(throughput, *_UNITS)}


def _only(members: Json, *names: str) -> dict[str, Any]:
    return {name: members[name] for name in names if name in members}
