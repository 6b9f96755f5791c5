"""The settings tables and load: what servers and in-process databases begin with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

import ddbmock
from ddbmock.cli import main
from ddbmock.settings import SettingsError
from tests.servers import ddbmock_serve

TABLE: Any = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps([TABLE, {**TABLE, "TableName": "other"}]))
    return path


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A dump of a table with two items."""
    url = f"sqlite:///{tmp_path}/source.db"
    with ddbmock.Database(storage=url) as db:
        db.create_tables(TABLE)
        for key in "ab":
            db.client().put_item(TableName="music", Item={"pk": {"S": key}})
    result = CliRunner().invoke(main, ["dump", "--storage", url, str(tmp_path / "backup")])
    assert result.exit_code == 0, result.output
    return tmp_path / "backup"


def test_a_mock_begins_with_tables_and_items(tables: Path, backup: Path) -> None:
    with ddbmock.mock(tables=str(tables), load=str(backup), delay_creating=5) as db:
        client = boto3.client("dynamodb")
        assert client.list_tables()["TableNames"] == ["music", "other"]
        assert client.scan(TableName="music")["Count"] == 2
        assert client.describe_table(TableName="other")["Table"]["TableStatus"] == "ACTIVE"
        assert [one.operation for one in db.requests] == ["ListTables", "Scan", "DescribeTable"]


def test_nothing_is_logged_of_tables_that_are_not_there_yet(
    tables: Path, backup: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ddbmock")
    with ddbmock.Database(tables=str(tables), load=str(backup)):
        pass
    assert [
        record.getMessage() for record in caplog.records if record.name != "ddbmock.server"
    ] == []


def test_more_tables_than_a_page_of_names_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps([{**TABLE, "TableName": f"t{number:03}"} for number in range(101)]))
    storage = f"sqlite:///{tmp_path}/content.db"
    for _ in range(2):  # created at first, there already at last
        with ddbmock.Database(storage=storage, tables=str(path)) as db:
            described = db.client().describe_table(TableName="t100")
            assert described["Table"]["TableStatus"] == "ACTIVE"


def test_a_server_begins_with_them_and_keeps_what_is_there(
    tables: Path, backup: Path, tmp_path: Path
) -> None:
    arguments = ["--storage", "sqlite:///content.db"]
    arguments += ["--tables", str(tables), "--load", str(backup)]
    for expected in (2, 3):
        with ddbmock_serve(tmp_path, *arguments) as server:
            client = boto3.client(
                "dynamodb",
                region_name="us-east-1",
                endpoint_url=f"http://127.0.0.1:{server.port}",
                aws_access_key_id="any",
                aws_secret_access_key="any",
            )
            assert client.scan(TableName="music")["Count"] == expected
            client.put_item(TableName="music", Item={"pk": {"S": "later"}})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"tables": "missing.yaml"}, "missing.yaml: there is no such file or folder."),
        ({"load": "missing"}, "The folder missing does not exist."),
        (
            {"load": __file__},
            f"{__file__} is a file, and not a folder with exports: use ddbmock load.",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_one_sentence(settings: Any, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ddbmock.Database(**settings)
    assert str(caught.value) == sentence


def test_a_definition_that_is_rejected_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps({**TABLE, "TableName": "a"}))
    with pytest.raises(SettingsError, match="at least 3 "):
        ddbmock.Database(tables=path)  # type: ignore[arg-type]  # a path will do, too
