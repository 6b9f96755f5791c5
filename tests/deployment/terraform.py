"""The call sequence of Terraform's AWS provider for a DynamoDB table.

Source: the provider's own code, ``internal/service/dynamodb`` (table, vector index and resource
policy), as of 2026: the order of calls, what each wait looks at, which errors are retried, and the
values that a missing member stands for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ddbmock import Database

POLL = 5
"""Seconds between two looks at a table."""
ATTEMPTS = 200

RETRIED = (
    "can be created, updated, or deleted simultaneously",
    "indexed tables that can be created simultaneously",
)
Config = Mapping[str, Any]


class Cloud:
    """Clients of all regions, which note the operations that are called."""

    def __init__(self, database: Database, region: str = "us-east-1") -> None:
        self.database = database
        self.region = region
        self.called: list[str] = []

    def call(self, operation: str, region: str | None = None, /, **members: Any) -> dict[str, Any]:
        self.called.append(operation)
        client = self.database.client(region_name=region or self.region)
        method = "".join(
            f"_{letter.lower()}" if letter.isupper() else letter for letter in operation
        ).lstrip("_")
        output: dict[str, Any] = getattr(client, method)(**members)
        output.pop("ResponseMetadata")
        return output

    def until(self, holds: Callable[[], bool], times: int = 1) -> None:
        """Look again and again until something holds, `times` looks in a row."""
        in_a_row = 0
        for _ in range(ATTEMPTS):
            in_a_row = in_a_row + 1 if holds() else 0
            if in_a_row == times:
                return
            self.database.clock.advance(seconds=POLL)
        raise AssertionError("it never holds")


class TerraformTable:
    """The resource ``aws_dynamodb_table``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    # what Terraform does with a configuration

    def apply(self, config: Config) -> list[str]:
        """Make a table what its configuration says; return the attributes that differed."""
        state = self.read(config["name"])
        if state is None:
            self.create(config)
            return ["everything"]
        differences = [name for name in config if state.get(name) != config[name]]
        if differences:
            self.update(config, state, differences)
        return differences

    def create(self, config: Config) -> None:
        name = config["name"]
        self._retried("CreateTable", **_create_request(config))
        self.wait(name)
        if config.get("ttl"):
            self._time_to_live(name, config["ttl"])
        if config.get("point_in_time_recovery"):
            self._point_in_time_recovery(name, None, config["point_in_time_recovery"])
        for replica in config.get("replica", ()):
            self._add_replica(config, replica)

    def read(self, name: str) -> dict[str, Any] | None:
        """Return the attributes of the table as the provider sees them."""
        try:
            table = self.cloud.call("DescribeTable", TableName=name)["Table"]
        except ClientError as error:
            if _not_found(error):
                return None
            raise
        backups = self.cloud.call("DescribeContinuousBackups", TableName=name)
        ttl = self.cloud.call("DescribeTimeToLive", TableName=name)["TimeToLiveDescription"]
        tags = self.cloud.call("ListTagsOfResource", ResourceArn=table["TableArn"])["Tags"]
        return _flattened(table, backups, ttl, tags, self._replicas(name, table))

    def update(self, config: Config, state: Config, differences: list[str]) -> None:
        """Change one thing a request, in the provider's order."""
        name = config["name"]
        if "global_secondary_index" in differences:
            for index in state["global_secondary_index"]:
                if index not in config["global_secondary_index"]:
                    self._index(config, {"Delete": {"IndexName": index["name"]}})
        settings = [
            one
            for one in ("billing_mode", "capacity", "on_demand_throughput", "stream_view_type")
            if one in differences
        ]
        if "billing_mode" in settings or "capacity" in settings:
            members: dict[str, Any] = {"BillingMode": config["billing_mode"]}
            if config["billing_mode"] == "PROVISIONED":
                members["ProvisionedThroughput"] = _units(config["capacity"])
            self._update(name, **members)
        if "on_demand_throughput" in settings:
            read, write = config["on_demand_throughput"] or (None, None)
            maxima = {"MaxReadRequestUnits": read or -1, "MaxWriteRequestUnits": write or -1}
            self._update(name, OnDemandThroughput=maxima)
        if "stream_view_type" in settings:
            view = config["stream_view_type"]
            specification: dict[str, Any] = {"StreamEnabled": view is not None}
            if view is not None:
                specification["StreamViewType"] = view
            self._update(name, StreamSpecification=specification)
        for member, attribute in (
            ("DeletionProtectionEnabled", "deletion_protection"),
            ("TableClass", "table_class"),
        ):
            if attribute in differences:
                self._update(name, **{member: config[attribute]})
        if "global_secondary_index" in differences:
            for index in config["global_secondary_index"]:
                if index not in state["global_secondary_index"]:
                    self._index(config, {"Create": _index_request(index, config)})
        if "kms_key_arn" in differences:
            self._update(name, SSESpecification=_encryption(config["kms_key_arn"]))
            self.cloud.until(lambda: self._encryption_status(name) in (None, "ENABLED"))
        if "ttl" in differences:
            self._time_to_live(name, config["ttl"], state["ttl"])
        if "replica" in differences:
            for replica in state["replica"]:
                if replica not in config["replica"]:
                    self._remove_replica(name, replica["region"])
            for replica in config["replica"]:
                if replica not in state["replica"]:
                    self._add_replica(config, replica)
        if "point_in_time_recovery" in differences:
            self._point_in_time_recovery(name, None, config["point_in_time_recovery"])
        if "tags" in differences:
            self._tags(self._arn(name), state["tags"], config["tags"])

    def destroy(self, name: str) -> None:
        """Delete the replicas, then the table, and wait until it is gone."""
        state = self.read(name)
        assert state is not None
        for replica in state["replica"]:
            self._remove_replica(name, replica["region"])
        self._retried("DeleteTable", TableName=name)

        def gone() -> bool:
            try:
                self.cloud.call("DescribeTable", TableName=name)
            except ClientError as error:
                return _not_found(error)
            return False

        self.cloud.until(gone)

    # waits

    def _encryption_status(self, name: str) -> str | None:
        table = self.cloud.call("DescribeTable", TableName=name)["Table"]
        status: str | None = table.get("SSEDescription", {}).get("Status")
        return status

    def wait(self, name: str, region: str | None = None) -> None:
        """Wait until a table is ACTIVE twice, and warm, and so are its global indexes."""

        def active() -> bool:
            table = self.cloud.call("DescribeTable", region, TableName=name)["Table"]
            places = [table, *table.get("GlobalSecondaryIndexes", ())]
            states = [table["TableStatus"], *(one["IndexStatus"] for one in places[1:])]
            warm = [one.get("WarmThroughput", {}).get("Status") for one in places]
            return set(states) == set(warm) == {"ACTIVE"}

        self.cloud.until(active, times=2)

    def _retried(self, operation: str, region: str | None = None, /, **members: Any) -> None:
        def done() -> bool:
            try:
                self.cloud.call(operation, region, **members)
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
                limited = code == "LimitExceededException" and any(
                    one in message for one in RETRIED
                )
                in_use = code == "ResourceInUseException" and (
                    operation == "DeleteTable" or "ReplicaUpdates" in members
                )
                unavailable = "Backups are being enabled" in message
                if not (limited or in_use or unavailable):
                    raise
                return False
            return True

        self.cloud.until(done)

    def _update(self, name: str, **members: Any) -> None:
        self._retried("UpdateTable", TableName=name, **members)
        self.wait(name)

    def _index(self, config: Config, action: dict[str, Any]) -> None:
        name = config["name"]
        self._retried(
            "UpdateTable",
            TableName=name,
            AttributeDefinitions=_definitions(config),
            GlobalSecondaryIndexUpdates=[action],
        )
        self.wait(name)

    def _time_to_live(self, name: str, attribute: str | None, old: str | None = None) -> None:
        specification = {"Enabled": attribute is not None, "AttributeName": attribute or old}
        self.cloud.call("UpdateTimeToLive", TableName=name, TimeToLiveSpecification=specification)
        expected = "DISABLED" if attribute is None else "ENABLED"

        def changed() -> bool:
            found = self.cloud.call("DescribeTimeToLive", TableName=name)["TimeToLiveDescription"]
            return bool(found["TimeToLiveStatus"] == expected)

        self.cloud.until(changed)

    def _point_in_time_recovery(self, name: str, region: str | None, enabled: bool) -> None:
        specification = {"PointInTimeRecoveryEnabled": enabled}
        self._retried(
            "UpdateContinuousBackups",
            region,
            TableName=name,
            PointInTimeRecoverySpecification=specification,
        )
        expected = "ENABLED" if enabled else "DISABLED"
        self.cloud.until(lambda: self._recovery(name, region) == expected)

    def _recovery(self, name: str, region: str | None) -> str:
        output = self.cloud.call("DescribeContinuousBackups", region, TableName=name)
        description = output["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        status: str = description["PointInTimeRecoveryStatus"]
        return status

    def _tags(self, arn: str, old: Config, new: Config, region: str | None = None) -> None:
        removed = [key for key in old if key not in new]
        added = [{"Key": key, "Value": new[key]} for key in new if old.get(key) != new[key]]
        if removed:
            self.cloud.call("UntagResource", region, ResourceArn=arn, TagKeys=removed)
        if added:
            self.cloud.call("TagResource", region, ResourceArn=arn, Tags=added)

    def _arn(self, name: str, region: str | None = None) -> str:
        table = self.cloud.call("DescribeTable", region, TableName=name)["Table"]
        arn: str = table["TableArn"]
        return arn

    # replicas

    def _add_replica(self, config: Config, replica: Config) -> None:
        name, region = config["name"], replica["region"]
        self._retried(
            "UpdateTable", TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}]
        )
        self.cloud.until(lambda: self._replica_status(name, region) == "ACTIVE")
        self.wait(name)
        table = self.cloud.call("DescribeTable", region, TableName=name)["Table"]
        assert table["LatestStreamArn"].startswith(table["TableArn"])
        assert table["LatestStreamLabel"]
        if replica["point_in_time_recovery"]:
            self._point_in_time_recovery(name, region, True)
        if replica["tags"]:
            self._tags(table["TableArn"], {}, replica["tags"], region)
        if table.get("DeletionProtectionEnabled") != replica["deletion_protection"]:
            protection = {"DeletionProtectionEnabled": replica["deletion_protection"]}
            self.cloud.call("UpdateTable", region, TableName=name, **protection)
            self.wait(name, region)

    def _remove_replica(self, name: str, region: str) -> None:
        self._retried(
            "UpdateTable", TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": region}}]
        )
        self.cloud.until(lambda: self._replica_status(name, region) is None)

    def _replica_status(self, name: str, region: str) -> str | None:
        table = self.cloud.call("DescribeTable", TableName=name)["Table"]
        states = {one["RegionName"]: one["ReplicaStatus"] for one in table.get("Replicas", ())}
        return states.get(region)

    def _replicas(self, name: str, table: Config) -> Iterator[dict[str, Any]]:
        """Yield what the provider reads of each replica, with clients of its region."""
        for one in sorted(table.get("Replicas", ()), key=lambda one: str(one["RegionName"])):
            region = one["RegionName"]
            described = self.cloud.call("DescribeTable", region, TableName=name)["Table"]
            arn = described["TableArn"]
            tags = self.cloud.call("ListTagsOfResource", region, ResourceArn=arn)["Tags"]
            yield {
                "region": region,
                "point_in_time_recovery": self._recovery(name, region) == "ENABLED",
                "tags": {tag["Key"]: tag["Value"] for tag in tags},
                "deletion_protection": described.get("DeletionProtectionEnabled", False),
            }


class TerraformVectorIndex:
    """The resource ``aws_dynamodb_vector_index``."""

    def __init__(self, cloud: Cloud, table: str) -> None:
        self.cloud = cloud
        self.table = table

    def _indexes(self) -> list[dict[str, Any]]:
        table = self.cloud.call("DescribeTable", TableName=self.table)["Table"]
        indexes: list[dict[str, Any]] = table.get("VectorIndexes", [])
        return indexes

    def _wait(self) -> None:
        def active() -> bool:
            table = self.cloud.call("DescribeTable", TableName=self.table)["Table"]
            states = [one["IndexStatus"] for one in table.get("VectorIndexes", ())]
            return {table["TableStatus"], *states} == {"ACTIVE"}

        self.cloud.until(active)

    def apply(self, index: Config, types: Mapping[str, str]) -> list[str]:
        """Create the index unless it is there; return the members that differ."""
        found = next(
            (one for one in self._indexes() if one["IndexName"] == index["IndexName"]), None
        )
        if found is not None:
            return [name for name in index if found.get(name) != index[name]]
        self._wait()
        table = self.cloud.call("DescribeTable", TableName=self.table)["Table"]
        definitions = {
            one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
        }
        self.cloud.call(
            "UpdateTable",
            TableName=self.table,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in {**definitions, **types}.items()
            ],
            VectorIndexUpdates=[{"Create": dict(index)}],
        )
        self._wait()
        return ["everything"]

    def destroy(self, name: str) -> None:
        self.cloud.call(
            "UpdateTable",
            TableName=self.table,
            VectorIndexUpdates=[{"Delete": {"IndexName": name}}],
        )
        self.cloud.until(lambda: all(one["IndexName"] != name for one in self._indexes()))


class TerraformResourcePolicy:
    """The resource ``aws_dynamodb_resource_policy``."""

    def __init__(self, cloud: Cloud, arn: str) -> None:
        self.cloud = cloud
        self.arn = arn

    def read(self) -> dict[str, Any] | None:
        try:
            return self.cloud.call("GetResourcePolicy", ResourceArn=self.arn)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PolicyNotFoundException":
                raise
            return None

    def apply(self, policy: Config) -> bool:
        """Put the policy unless it is there; return whether it was put."""
        found = self.read()
        if found is not None and json.loads(found["Policy"]) == policy:
            return False
        self.cloud.call("PutResourcePolicy", ResourceArn=self.arn, Policy=json.dumps(policy))
        self.cloud.until(lambda: self.read() is not None)
        found = self.read()
        assert found is not None
        assert found["RevisionId"]
        return True

    def destroy(self) -> None:
        self.cloud.call("DeleteResourcePolicy", ResourceArn=self.arn)
        self.cloud.until(lambda: self.read() is None)


def _not_found(error: ClientError) -> bool:
    found = error.response["Error"]
    return bool(
        found["Code"] == "ResourceNotFoundException"
        and found["Message"].startswith("Requested resource not found: Table: ")
    )


def _units(capacity: tuple[int, int]) -> dict[str, int]:
    return {"ReadCapacityUnits": capacity[0], "WriteCapacityUnits": capacity[1]}


def _definitions(config: Config) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "AttributeType": kind} for name, kind in config["attribute"].items()
    ]


def _index_request(index: Config, config: Config) -> dict[str, Any]:
    schema = [{"AttributeName": index["hash_key"], "KeyType": "HASH"}]
    if index.get("range_key"):
        schema.append({"AttributeName": index["range_key"], "KeyType": "RANGE"})
    request: dict[str, Any] = {
        "IndexName": index["name"],
        "KeySchema": schema,
        "Projection": {"ProjectionType": index["projection_type"]},
    }
    if config["billing_mode"] == "PROVISIONED":
        request["ProvisionedThroughput"] = _units(index["capacity"])
    return request


def _encryption(key: str | None) -> dict[str, Any]:
    if key is None:
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}


def _create_request(config: Config) -> dict[str, Any]:
    schema = [{"AttributeName": config["hash_key"], "KeyType": "HASH"}]
    if config.get("range_key"):
        schema.append({"AttributeName": config["range_key"], "KeyType": "RANGE"})
    request: dict[str, Any] = {
        "TableName": config["name"],
        "KeySchema": schema,
        "AttributeDefinitions": _definitions(config),
        "BillingMode": config["billing_mode"],
        "TableClass": config["table_class"],
        "DeletionProtectionEnabled": config["deletion_protection"],
        "Tags": [{"Key": key, "Value": value} for key, value in config["tags"].items()],
    }
    if config["billing_mode"] == "PROVISIONED":
        request["ProvisionedThroughput"] = _units(config["capacity"])
    elif config["on_demand_throughput"]:
        read, write = config["on_demand_throughput"]
        maxima = {"MaxReadRequestUnits": read, "MaxWriteRequestUnits": write}
        given = {name: units for name, units in maxima.items() if units is not None}
        request["OnDemandThroughput"] = given
    indexes = [_index_request(index, config) for index in config["global_secondary_index"]]
    if indexes:
        request["GlobalSecondaryIndexes"] = indexes
    if config["stream_view_type"]:
        view = config["stream_view_type"]
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    if config["kms_key_arn"]:
        request["SSESpecification"] = _encryption(config["kms_key_arn"])
    return request


def _flattened(
    table: Config,
    backups: Config,
    ttl: Config,
    tags: list[dict[str, str]],
    replicas: Iterator[dict[str, Any]],
) -> dict[str, Any]:
    """Return a table's attributes; a missing member stands for the default that is written here."""
    billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    units = table["ProvisionedThroughput"]
    maxima = table.get("OnDemandThroughput")
    stream = table.get("StreamSpecification") or {}
    encryption = table.get("SSEDescription")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    keys = {one["KeyType"]: one["AttributeName"] for one in table["KeySchema"]}
    return {
        "name": table["TableName"],
        "hash_key": keys["HASH"],
        "range_key": keys.get("RANGE"),
        "attribute": {
            one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
        },
        "billing_mode": billing,
        "capacity": (units["ReadCapacityUnits"], units["WriteCapacityUnits"]),
        "on_demand_throughput": maxima
        and (maxima.get("MaxReadRequestUnits"), maxima.get("MaxWriteRequestUnits")),
        "global_secondary_index": [
            _flattened_index(one) for one in table.get("GlobalSecondaryIndexes", ())
        ],
        "stream_view_type": stream.get("StreamViewType"),
        "kms_key_arn": encryption and encryption["KMSMasterKeyArn"],
        "table_class": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "deletion_protection": table.get("DeletionProtectionEnabled", False),
        "ttl": ttl.get("AttributeName") if ttl["TimeToLiveStatus"] == "ENABLED" else None,
        "point_in_time_recovery": recovery["PointInTimeRecoveryStatus"] == "ENABLED",
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "replica": list(replicas),
    }


def _flattened_index(index: Config) -> dict[str, Any]:
    keys = {one["KeyType"]: one["AttributeName"] for one in index["KeySchema"]}
    # the provider reads the units of on-demand indexes, too, without a look whether they are there
    units = index["ProvisionedThroughput"]
    return {
        "name": index["IndexName"],
        "hash_key": keys["HASH"],
        "range_key": keys.get("RANGE"),
        "projection_type": index["Projection"]["ProjectionType"],
        "capacity": (units["ReadCapacityUnits"], units["WriteCapacityUnits"]),
    }
