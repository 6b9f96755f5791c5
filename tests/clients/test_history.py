"""Moments of a database: differences, histories and restorations, as tests use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.database.control_plane.history import NoHistoryError
from tests.behaviour.v20120810.requests import definitions, index, table

START = 1_790_000_000.0


@pytest.fixture(params=["memory://", "sqlite:///{}/content.db?durability=normal"])
def db(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[ddbmock.Database]:
    with ddbmock.Database(storage=request.param.format(tmp_path)) as db:
        db.clock.freeze(START)
        db.create_tables(
            table(
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[index("by-genre", "genre")],
            )
        )
        put(db, "Can", n={"N": "1"}, genre={"S": "krautrock"})
        put(db, "Faust")
        yield db


def put(db: ddbmock.Database, artist: str, **attributes: Any) -> None:
    db.client().put_item(TableName="Music", Item={"artist": {"S": artist}, **attributes})


def delete(db: ddbmock.Database, artist: str) -> None:
    db.client().delete_item(TableName="Music", Key={"artist": {"S": artist}})


def artists(db: ddbmock.Database, **members: Any) -> list[str]:
    items = db.client().scan(TableName="Music", **members)["Items"]
    return sorted(item["artist"]["S"] for item in items)


def change(db: ddbmock.Database) -> None:
    put(db, "Can", n={"N": "2"}, tags={"SS": ["a", "b"]}, raw={"B": b"\x00"})
    put(db, "Neu!", parts={"L": [{"BOOL": True}, {"NULL": True}, {"M": {"a": {"S": "é"}}}]})
    delete(db, "Faust")
    put(db, "Cluster")
    delete(db, "Cluster")


def test_a_difference_is_read_like_one(db: ddbmock.Database) -> None:
    before = db.moment()
    assert not db.diff(before)
    change(db)
    found = db.diff(before)
    assert sorted(repr(found).splitlines()) == [
        '+ Music {artist: "Neu!", parts: [true, null, {a: "é"}]}',
        '- Music {artist: "Faust"}',
        '~ Music {artist: "Can"}: genre "krautrock" -> (none), n 1 -> 2, '
        "raw (none) -> b'\\x00', tags (none) -> {a, b}",
    ]
    (gone,) = (one for one in found if one.after is None)
    assert (gone.key, gone.before) == ({"artist": {"S": "Faust"}},) * 2
    assert gone.time == datetime.fromtimestamp(START, timezone.utc)


def test_between_two_moments(db: ddbmock.Database) -> None:
    before = db.moment()
    put(db, "Faust", n={"N": "1"})
    between = db.moment()
    change(db)
    assert repr(db.diff(before, between)) == '~ Music {artist: "Faust"}: n (none) -> 1'
    assert len(db.diff(between)) == 3
    put(db, "Faust", n={"N": "1"})
    assert "Faust" not in repr(db.diff(between))


def test_times_of_the_clock_are_moments(db: ddbmock.Database) -> None:
    db.moment()
    db.clock.advance(10)
    put(db, "Faust", n={"N": "1"})
    db.clock.advance(10)
    later = datetime.fromtimestamp(START + 15, timezone.utc)
    assert len(db.diff(START + 5)) == len(db.diff(START, later)) == 1
    assert not db.diff(later)


def test_a_table_that_is_new_is_all_new(db: ddbmock.Database) -> None:
    before = db.moment()
    db.create_tables(table(TableName="Other"))
    db.client().put_item(TableName="Other", Item={"artist": {"S": "Can"}})
    assert repr(db.diff(before)) == '+ Other {artist: "Can"}'
    assert db.restore_to(before) == 1
    assert not db.diff(before)


def test_a_history_has_every_change_in_its_order(db: ddbmock.Database) -> None:
    before = db.moment()
    change(db)
    db.clock.advance(1)
    put(db, "Can")
    found = [str(one)[:2] + one.key["artist"]["S"] for one in db.history("Music")]
    assert sorted(found) == ["+ Cluster", "+ Neu!", "- Cluster", "- Faust", "~ Can", "~ Can"]
    assert found[-1] == "~ Can"
    last = db.history("Music", before)[-1]
    assert last.before is not None
    assert last.before["n"] == {"N": "2"}
    assert last.after == {"artist": {"S": "Can"}}
    assert len(db.history("Music", START, START)) == 0


def test_a_moment_is_restored_with_its_indexes(db: ddbmock.Database) -> None:
    before = db.moment()
    change(db)
    changed = db.moment()
    assert db.restore_to(before) == 3
    assert artists(db) == ["Can", "Faust"]
    assert artists(db, IndexName="by-genre") == ["Can"]
    assert not db.diff(before)
    assert db.restore_to(changed, "Music") == 3
    assert artists(db) == ["Can", "Neu!"]
    assert artists(db, IndexName="by-genre") == []
    assert db.restore_to(changed) == 0


def test_an_item_that_is_restored_has_changed_once(db: ddbmock.Database) -> None:
    before = db.moment()
    put(db, "Can", n={"N": "2"})
    changed = db.moment()
    db.restore_to(before)
    assert [str(one) for one in db.history("Music", changed)] == [
        '~ Music {artist: "Can"}: genre (none) -> "krautrock", n 2 -> 1'
    ]


def test_any_time_of_a_table_with_recovery_is_restored(db: ddbmock.Database) -> None:
    db.client().update_continuous_backups(
        TableName="Music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    db.clock.advance(1)
    change(db)
    db.restore_to(START)
    assert artists(db) == ["Can", "Faust"]


def test_what_is_not_recorded_is_told(db: ddbmock.Database) -> None:
    with pytest.raises(NoHistoryError, match=r"^Changes of table 'Music' are not recorded: call"):
        db.history("Music")
    with pytest.raises(NoHistoryError, match=r"^There is no table 'Nowhere'; there are: Music"):
        db.restore_to(START, "Nowhere")
    with pytest.raises(NoHistoryError, match=r"^No table's changes are recorded: call"):
        db.diff(START)
    with pytest.raises(NoHistoryError, match=r"^No table's changes are recorded: call"):
        db.restore_to(START)


def test_what_is_neither_a_moment_nor_a_name_is_told(db: ddbmock.Database) -> None:
    before = db.moment()
    assert repr(before) == "<moment at 2026-09-21T14:13:20Z>"
    names = r"^A moment must be .*, not 'Music'\. Names of tables follow the moments: db\.diff\("
    with pytest.raises(TypeError, match=names):
        db.diff(before, "Music")  # type: ignore[arg-type]  # the mistake in question
    resource: Any = db.resource().Table("Music")
    named = r"^The name of a table must be a string, not dynamodb\.Table\(name='Music'\)"
    for call in (
        lambda: db.history(resource),
        lambda: db.diff(before, None, resource),
        lambda: db.restore_to(before, resource),
    ):
        with pytest.raises(TypeError, match=named):
            call()


def test_a_clock_that_was_set_back_is_told(db: ddbmock.Database) -> None:
    db.clock.freeze(START - 10)
    with pytest.raises(ClientError, match=r"is CREATING, for the clock is at 2026-09-21T14:13:10Z"):
        put(db, "Can")


def test_a_time_before_the_record_is_refused(db: ddbmock.Database) -> None:
    db.clock.advance(10)
    change(db)
    db.moment()
    db.clock.advance(1)
    put(db, "Can")
    sentence = (
        r"^Changes of table 'Music' are recorded since 2026-09-21T14:13:30Z, not since "
        r"2026-09-21T14:13:25Z: call db\.moment\(\) before the changes"
    )
    for names in ((), ("Music",)):
        with pytest.raises(NoHistoryError, match=sentence):
            db.diff(START + 5, None, *names)
        with pytest.raises(NoHistoryError, match=sentence):
            db.restore_to(START + 5, *names)
    with pytest.raises(NoHistoryError, match=sentence):
        db.history("Music", START + 5)
    assert len(db.history("Music")) == len(db.diff(START + 10)) == 1


def test_the_record_begins_with_the_first_moment(db: ddbmock.Database) -> None:
    db.moment()
    db.clock.advance(10)
    put(db, "Faust", n={"N": "1"})
    db.moment()
    assert len(db.diff(START + 5)) == 1


def test_a_table_created_after_a_time_is_all_new(db: ddbmock.Database) -> None:
    db.moment()
    db.clock.advance(10)
    db.create_tables(table(TableName="Other"))
    db.client().put_item(TableName="Other", Item={"artist": {"S": "Can"}})
    assert repr(db.diff(START + 5)) == '+ Other {artist: "Can"}'


def test_a_time_before_the_window_of_recovery_is_refused(db: ddbmock.Database) -> None:
    db.client().update_continuous_backups(
        TableName="Music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    assert not db.diff(START)
    db.clock.advance(days=35, hours=1)
    with pytest.raises(NoHistoryError, match=r"^Changes of table 'Music' are recorded since"):
        db.diff(START)


def test_moments_outlive_the_end_of_recovery(db: ddbmock.Database) -> None:
    client = db.client()
    specification = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(
        TableName="Music", PointInTimeRecoverySpecification=specification
    )
    before = db.moment()
    change(db)
    client.update_continuous_backups(
        TableName="Music", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    put(db, "Can", n={"N": "3"})
    db.restore_to(before)
    assert artists(db) == ["Can", "Faust"]
