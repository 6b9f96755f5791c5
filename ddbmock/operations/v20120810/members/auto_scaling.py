"""Members about auto scaling."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from ddbmock.database.control_plane.auto_scaling import ScalingUpdate
from ddbmock.operations.v20120810.members.inputs import IndexName
from ddbmock.shapes import Double, Integer, Length, Long, Pattern, Range, Structure

PositiveLong: TypeAlias = Annotated[Long, Range(1)]
RoleArn: TypeAlias = Annotated[
    str,
    Length(1, 1600),
    Pattern(
        r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
        "[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\r\n\t]*",
    ),
]
PolicyName: TypeAlias = Annotated[str, Length(1, 256), Pattern(r"\p{Print}+", "[ -~]+")]


class AutoScalingTargetTrackingScalingPolicyConfigurationUpdate(Structure):
    disable_scale_in: bool | None = None
    scale_in_cooldown: Integer | None = None
    scale_out_cooldown: Integer | None = None
    target_value: Double


class AutoScalingPolicyUpdate(Structure):
    policy_name: PolicyName | None = None
    target_tracking_scaling_policy_configuration: (
        AutoScalingTargetTrackingScalingPolicyConfigurationUpdate
    )


class AutoScalingSettingsUpdate(Structure):
    minimum_units: PositiveLong | None = None
    maximum_units: PositiveLong | None = None
    auto_scaling_disabled: bool | None = None
    auto_scaling_role_arn: RoleArn | None = None
    scaling_policy_update: AutoScalingPolicyUpdate | None = None


class GlobalSecondaryIndexAutoScalingUpdate(Structure):
    index_name: IndexName | None = None
    provisioned_write_capacity_auto_scaling_update: AutoScalingSettingsUpdate | None = None


class ReplicaGlobalSecondaryIndexAutoScalingUpdate(Structure):
    index_name: IndexName | None = None
    provisioned_read_capacity_auto_scaling_update: AutoScalingSettingsUpdate | None = None


class ReplicaAutoScalingUpdate(Structure):
    region_name: str
    replica_global_secondary_index_updates: (
        list[ReplicaGlobalSecondaryIndexAutoScalingUpdate] | None
    ) = None
    replica_provisioned_read_capacity_auto_scaling_update: AutoScalingSettingsUpdate | None = None


def scaling_update(member: AutoScalingSettingsUpdate) -> ScalingUpdate:
    """Return the change of auto scaling that a member specifies."""
    policy = member.scaling_policy_update
    described = None
    if policy is not None:
        tracking = policy.target_tracking_scaling_policy_configuration
        configuration = {
            "DisableScaleIn": tracking.disable_scale_in,
            "ScaleInCooldown": tracking.scale_in_cooldown,
            "ScaleOutCooldown": tracking.scale_out_cooldown,
            "TargetValue": tracking.target_value,
        }
        described = {
            "PolicyName": policy.policy_name,
            "TargetTrackingScalingPolicyConfiguration": {
                name: value for name, value in configuration.items() if value is not None
            },
        }
    return ScalingUpdate(
        member.minimum_units,
        member.maximum_units,
        member.auto_scaling_disabled,
        member.auto_scaling_role_arn,
        described,
    )
