"""Descriptions of tables: stored and read back, and changed over time."""

from __future__ import annotations

import dataclasses

from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.life import Life, decode_life
from ddbmock.database.schema import (
    ContributorInsights,
    IndexDescription,
    Journal,
    KinesisDestination,
    Projection,
    Replica,
    Replication,
    SearchSchemaElement,
    StreamDescription,
    TableDescription,
    Throughput,
    TimeToLive,
    VectorIndexDescription,
)

PK = KeyAttribute("p", "S")
CK = KeyAttribute("c", "N")

PLAIN = TableDescription("plain", "id", 1.5, KeySchema((PK,)), (PK,))
FULL = TableDescription(
    name="full",
    table_id="id",
    created_at=1.5,
    key_schema=KeySchema((PK,), (CK,)),
    attributes=(PK, CK),
    prefix="key/region/",
    status="UPDATING",
    updating="stream",
    throughput=Throughput(1, 2, 3.0, 4.0, (4.0, 5.0)),
    billing_mode="PROVISIONED",
    billing_changed_at=1.5,
    billing_changes=(1.5, 2.5),
    indexes=(
        IndexDescription(
            "idx",
            KeySchema((PK, CK), (CK,)),
            Projection("INCLUDE", ("a", "b")),
            local=False,
            status="CREATING",
            backfilling=True,
            online=True,
            throughput=Throughput(1, 2),
            on_demand={"read": 1},
            warm={"write": 2},
        ),
    ),
    vector_indexes=(
        VectorIndexDescription(
            "vectors",
            "v",
            4,
            "COSINE",
            Projection("INCLUDE", ("a",)),
            (SearchSchemaElement("p", "S", "HASH"),),
            status="CREATING",
            backfilling=True,
            searchable_at=9.0,
        ),
    ),
    stream=StreamDescription(True, "KEYS_ONLY", "label"),
    time_to_live=TimeToLive("t", True, 6.0),
    deletion_protection=True,
    shares_settings=True,
    table_class="STANDARD",
    table_class_changes=(7.0,),
    sse_changes=(7.5,),
    sse={"Status": "ENABLED"},
    on_demand={"read": 1, "write": 2},
    warm={"read": 1},
    warming=True,
    tags={"a": "b"},
    tags_changing_until=8.0,
    restoring={"SourceTableArn": "arn"},
    importing=True,
    replication=Replication("us-east-1", (Replica("eu-west-1", "key/eu-west-1/"),)),
    insights={"": ContributorInsights(True, "THROTTLED_KEYS", 9.0)},
    journal=Journal(1, 2, 3.0, 4),
    kinesis=(KinesisDestination("arn", "ACTIVE", "MILLISECOND"),),
)


def test_the_full_description_leaves_no_member_at_its_default() -> None:
    for field in dataclasses.fields(TableDescription):
        assert getattr(FULL, field.name) not in (field.default, {}, ())


def test_a_life_is_read_back_as_it_was_stored() -> None:
    life = Life.of((0.0, PLAIN), (1.0, FULL), (2.0, None))
    # what was derived of a description must not get into its stored form
    assert FULL.kept_indexes
    assert FULL.key_schema.names == ("p", "c")
    assert decode_life.__wrapped__(life.encode()) == life
    assert decode_life(life.encode()) is life


def test_the_state_is_the_last_that_has_begun() -> None:
    life = Life.of((0.0, PLAIN), (10.0, FULL), (10.0, PLAIN), (20.0, None))
    assert life.at(9.9) is PLAIN
    assert life.at(10.0) is PLAIN
    assert life.at(20.0) is None
    assert (life.ended(19.9), life.ended(20.0)) == (False, True)


def test_a_change_changes_the_states_to_come_and_not_the_end() -> None:
    life = Life.of((0.0, PLAIN), (10.0, FULL), (20.0, None))
    changed = life.changed([(5.0, lambda state: dataclasses.replace(state, tags={"k": "v"}))])
    assert [(since, state and state.tags) for since, state in changed.states] == [
        (5.0, {"k": "v"}),
        (10.0, {"k": "v"}),
        (20.0, None),
    ]
