"""Terraform creates, reads, changes and destroys tables; a second apply finds no difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import ddbmock
from tests.deployment.terraform import (
    Cloud,
    TerraformResourcePolicy,
    TerraformTable,
    TerraformVectorIndex,
)

READS = {
    "DescribeTable",
    "DescribeContinuousBackups",
    "DescribeTimeToLive",
    "ListTagsOfResource",
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/0b1e7a5a-2f4b-4e31-9a66-6f9f3f7d0a11"


@pytest.fixture(params=[0, 7], ids=["at-once", "with-delays"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    delay = float(request.param)
    with ddbmock.mock(
        delay_creating=delay,
        delay_updating=delay,
        delay_deleting=delay,
        delay_index=3 * delay,
        delay_search=delay,
    ) as database:
        yield Cloud(database)


def config(**attributes: Any) -> dict[str, Any]:
    """A configuration with every attribute that the provider compares."""
    return {
        "name": "orders",
        "hash_key": "id",
        "range_key": None,
        "attribute": {"id": "S"},
        "billing_mode": "PAY_PER_REQUEST",
        "capacity": (0, 0),
        "on_demand_throughput": None,
        "global_secondary_index": [],
        "stream_view_type": None,
        "kms_key_arn": None,
        "table_class": "STANDARD",
        "deletion_protection": False,
        "ttl": None,
        "point_in_time_recovery": False,
        "tags": {},
        "replica": [],
    } | attributes


def index(name: str, hash_key: str, *, capacity: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    return {
        "name": name,
        "hash_key": hash_key,
        "range_key": None,
        "projection_type": "ALL",
        "capacity": capacity,
    }


REPLICA = {
    "region": "eu-west-1",
    "point_in_time_recovery": True,
    "tags": {"place": "Dublin"},
    "deletion_protection": False,
}
PROVISIONED = {"billing_mode": "PROVISIONED", "capacity": (5, 6)}
STREAM = {"stream_view_type": "NEW_AND_OLD_IMAGES"}
CONFIGS = {
    "plain": config(),
    "range key": config(range_key="at", attribute={"id": "S", "at": "N"}),
    "provisioned": config(**PROVISIONED),
    "maxima": config(on_demand_throughput=(10, 20)),
    "one maximum": config(on_demand_throughput=(10, None)),
    "indexes": config(
        attribute={"id": "S", "a": "S", "b": "N"},
        global_secondary_index=[index("by-a", "a"), index("by-b", "b")],
    ),
    "provisioned index": config(
        **PROVISIONED,
        attribute={"id": "S", "a": "S"},
        global_secondary_index=[index("by-a", "a", capacity=(3, 4))],
    ),
    "stream": config(**STREAM),
    "encryption": config(kms_key_arn=KEY),
    "table class": config(table_class="STANDARD_INFREQUENT_ACCESS"),
    "protection": config(deletion_protection=True),
    "time to live": config(ttl="ends"),
    "recovery": config(point_in_time_recovery=True),
    "tags": config(tags={"team": "shop", "stage": "dev"}),
    "replica": config(**STREAM, replica=[REPLICA]),
}


@pytest.mark.parametrize("variables", CONFIGS.values(), ids=CONFIGS)
def test_a_second_apply_finds_no_difference(cloud: Cloud, variables: dict[str, Any]) -> None:
    terraform = TerraformTable(cloud)
    assert terraform.apply(variables) == ["everything"]
    cloud.called.clear()
    assert terraform.apply(variables) == []
    assert set(cloud.called) <= READS


@pytest.mark.parametrize("variables", CONFIGS.values(), ids=CONFIGS)
def test_a_table_becomes_what_another_configuration_says(
    cloud: Cloud, variables: dict[str, Any]
) -> None:
    """From the plain table, and back; a range key alone cannot be changed."""
    plain = config()
    if variables["range_key"]:
        return
    if variables["stream_view_type"] and variables["replica"]:
        plain |= STREAM
    terraform = TerraformTable(cloud)
    terraform.apply(plain)
    terraform.apply(variables)
    assert terraform.apply(variables) == []
    if variables["replica"]:
        # the stream of a former replica stays
        plain |= STREAM
    cloud.database.clock.advance(hours=25)
    terraform.apply(plain)
    if not variables["on_demand_throughput"]:
        assert terraform.apply(plain) == []


@pytest.mark.parametrize("name", ["plain", "indexes", "replica", "recovery"])
def test_a_table_is_destroyed(cloud: Cloud, name: str) -> None:
    terraform = TerraformTable(cloud)
    terraform.apply(CONFIGS[name])
    terraform.destroy("orders")
    assert terraform.read("orders") is None
    assert terraform.apply(CONFIGS[name]) == ["everything"]


def test_a_vector_index_is_created_once_and_destroyed(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())
    variables = {
        "IndexName": "near",
        "SearchSchema": [{"AttributeName": "genre", "SearchSchemaElementType": "HASH"}],
        "VectorAttribute": {"AttributeName": "sound"},
        "Projection": {"ProjectionType": "KEYS_ONLY"},
        "Dimensions": 3,
        "DistanceFunction": "COSINE",
    }
    terraform = TerraformVectorIndex(cloud, "orders")
    assert terraform.apply(variables, {"genre": "S"}) == ["everything"]
    assert terraform.apply(variables, {"genre": "S"}) == []
    terraform.destroy("near")
    assert TerraformTable(cloud).apply(config()) == []


def test_a_resource_policy_is_put_once_and_deleted(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())
    arn = cloud.call("DescribeTable", TableName="orders")["Table"]["TableArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "dynamodb:GetItem",
                "Resource": arn,
            }
        ],
    }
    terraform = TerraformResourcePolicy(cloud, arn)
    assert terraform.apply(policy)
    assert not terraform.apply(policy)
    terraform.destroy()
    assert terraform.apply(policy)
