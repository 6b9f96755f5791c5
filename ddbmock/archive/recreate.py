"""From the description of a table to the requests that make it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.archive.errors import ArchiveError

Json: TypeAlias = Mapping[str, Any]
Request: TypeAlias = tuple[str, dict[str, Any]]

_KEPT: Final = ("AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled")
_KEPT_OF_INDEX: Final = ("IndexName", "KeySchema", "Projection")
_TYPES: Final = ("S", "N", "B")


def create_table(description: Json, name: str) -> dict[str, Any]:
    """The CreateTable request for a table as DescribeTable describes it."""
    table = _table(description)
    request = {"TableName": name} | _only(table, *_KEPT)
    on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand:
        request["BillingMode"] = "PAY_PER_REQUEST"
    request |= _units(table, on_demand)
    if table.get("LocalSecondaryIndexes"):
        request["LocalSecondaryIndexes"] = [
            _only(index, *_KEPT_OF_INDEX) for index in table["LocalSecondaryIndexes"]
        ]
    if table.get("GlobalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = [
            _only(index, *_KEPT_OF_INDEX) | _units(index, on_demand)
            for index in table["GlobalSecondaryIndexes"]
        ]
    if "TableClassSummary" in table:
        request["TableClass"] = table["TableClassSummary"]["TableClass"]
    encryption = table.get("SSEDescription", {})
    if encryption.get("Status") == "ENABLED":
        key = encryption.get("KMSMasterKeyArn")
        request["SSESpecification"] = {"Enabled": True, "SSEType": encryption["SSEType"]} | (
            {"KMSMasterKeyId": key} if key else {}
        )
    if description.get("Tags"):
        request["Tags"] = list(description["Tags"])
    return request


def after_items(description: Json, name: str) -> Iterator[Request]:
    """What is to be done when the items are there: it would be at work on them before."""
    stream = _table(description).get("StreamSpecification", {})
    if stream.get("StreamEnabled"):
        yield "UpdateTable", {"TableName": name, "StreamSpecification": stream}
    time_to_live = description.get("TimeToLiveDescription", {})
    if time_to_live.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        specification = {"Enabled": True, "AttributeName": time_to_live["AttributeName"]}
        yield "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": specification}


def of_keys(text: str) -> dict[str, Any]:
    """The description of a table of which only the keys are known: ``artist:S,year:N``.

    >>> of_keys("artist")["Table"]["KeySchema"]
    [{'AttributeName': 'artist', 'KeyType': 'HASH'}]
    """
    keys = [part.strip().rpartition(":") for part in text.split(",")]
    # without a colon all of it is the name
    typed = [(name, kind) if colon else (kind, "S") for name, colon, kind in keys]
    if len(typed) > 2 or any(not name or kind not in _TYPES for name, kind in typed):
        raise ArchiveError(
            f"Keys are like artist:S or artist:S,year:N (S, N or B; a hash key and perhaps a "
            f"range key), not like {text}."
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
    """The description in a file, as ``aws dynamodb describe-table`` prints it."""
    try:
        description = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"There is no JSON in {path}: {error}.") from error
    if not isinstance(description, dict):
        raise ArchiveError(f"There is no description of a table in {path}.")
    return description


def keys_of(description: Json) -> Sequence[tuple[str, str, str]]:
    """``(role, name, type)`` of each key attribute of a table."""
    table = _table(description)
    types = {
        definition["AttributeName"]: definition["AttributeType"]
        for definition in table["AttributeDefinitions"]
    }
    return sorted(
        (key["KeyType"], key["AttributeName"], types[key["AttributeName"]])
        for key in table["KeySchema"]
    )


def _table(description: Json) -> Json:
    table: Json | None = description.get("Table")
    if table is None or "KeySchema" not in table or "AttributeDefinitions" not in table:
        raise ArchiveError("A description of a table is what DescribeTable answers.")
    return table


def _units(place: Json, on_demand: bool) -> dict[str, Any]:
    """The throughput of a table or a global index."""
    if on_demand:
        return _only(place, "OnDemandThroughput")
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    return {"ProvisionedThroughput": _only(place["ProvisionedThroughput"], *units)}


def _only(members: Json, *names: str) -> dict[str, Any]:
    return {name: members[name] for name in names if name in members}
