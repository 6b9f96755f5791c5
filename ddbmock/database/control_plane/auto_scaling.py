"""Auto scaling settings of a table, its global indexes and its replicas.

The settings are stored and described; they change no throughput.
Source: API reference, "UpdateTableReplicaAutoScaling".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.database.arn import partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.schema import TableDescription
from ddbmock.frozen import dataclass

AUTO_SCALING: Final = "auto_scaling"

Capacity: TypeAlias = tuple[str, str]
"""The name of an index, empty for the table, and ``Read`` or ``Write``."""


@dataclass(frozen=True)
class ScalingUpdate:
    """A change of the auto scaling of one capacity; None leaves a member unchanged."""

    minimum: int | None = None
    maximum: int | None = None
    disabled: bool | None = None
    role_arn: str | None = None
    policy: Mapping[str, Any] | None = None
    """A policy as descriptions have it; its ``PolicyName`` may be None."""


def settings_of(tables: Tables, table: TableDescription, capacity: Capacity) -> dict[str, Any]:
    """Return the auto scaling settings of a capacity, as descriptions have them."""
    stored = tables.reader.get(table.settings_space(AUTO_SCALING), _key(capacity))
    if stored is None:
        return {"AutoScalingDisabled": True, "ScalingPolicies": []}
    found: dict[str, Any] = orjson.loads(stored)
    return found


def update(
    tables: Tables, table: TableDescription, capacity: Capacity, change: ScalingUpdate
) -> None:
    """Change the auto scaling settings of a capacity.

    :raises ValidationException: the minimum is greater than the maximum.
    """
    settings = settings_of(tables, table, capacity)
    if change.disabled:
        settings = {"AutoScalingDisabled": True, "ScalingPolicies": []}
    else:
        settings["AutoScalingDisabled"] = False
        settings.setdefault("AutoScalingRoleArn", _default_role(tables))
        members = {
            "MinimumUnits": change.minimum,
            "MaximumUnits": change.maximum,
            "AutoScalingRoleArn": change.role_arn,
        }
        settings |= {name: value for name, value in members.items() if value is not None}
        if change.policy is not None:
            name = change.policy["PolicyName"] or _default_name(table, capacity)
            settings["ScalingPolicies"] = [{**change.policy, "PolicyName": name}]
    least, most = settings.get("MinimumUnits"), settings.get("MaximumUnits")
    if least is not None and most is not None and least > most:
        raise invalid(  # assumed: the text is not known
            "MinimumUnits must not be greater than MaximumUnits",
            hint=f"MinimumUnits is {least} and MaximumUnits is {most}; lower MinimumUnits or raise MaximumUnits.",
        )
    content = orjson.dumps(settings)
    tables.writer.put(table.settings_space(AUTO_SCALING), _key(capacity), content)


def _key(capacity: Capacity) -> bytes:
    return "/".join(capacity).encode()


def _default_role(tables: Tables) -> str:
    call = tables.call
    return (
        f"arn:{partition(call.region)}:iam::{call.account_id}:role/aws-service-role/"
        "dynamodb.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    )


def _default_name(table: TableDescription, capacity: Capacity) -> str:
    index, kind = capacity
    resource = f"table/{table.name}" + (f"/index/{index}" if index else "")
    return f"DynamoDB{kind}CapacityUtilization:{resource}"
