"""Dump and load with a server that runs, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import ddbmock
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.remote import Remote
from ddbmock.cli import main
from ddbmock.errors import DynamoDBError

TABLE: Any = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


@pytest.fixture
def served() -> Iterator[ddbmock.Database]:
    with ddbmock.Database(region="us-east-1") as db:
        db.serve()
        yield db


def fill(db: ddbmock.Database, count: int) -> None:
    db.create_tables(TABLE)
    with db.resource().Table("music").batch_writer() as batch:
        for number in range(count):
            batch.put_item(Item={"pk": str(number), "blob": bytes([number % 256])})


def items(db: ddbmock.Database) -> list[Any]:
    found: list[Any] = db.client().scan(TableName="music")["Items"]
    return found


def test_a_server_in_memory_is_saved_and_filled_again(
    served: ddbmock.Database, tmp_path: Path
) -> None:
    assert served.server is not None
    fill(served, 60)
    dumped = run("dump", served.server.url, tmp_path / "backup")
    assert dumped.exit_code == 0, dumped.output
    with ddbmock.Database(region="us-east-1") as other:
        loaded = run("load", other.serve().url, tmp_path / "backup")
        assert (loaded.exit_code, loaded.stderr) == (0, "music: 60 items\n")
        assert items(other) == items(served)


def test_lines_go_both_ways(served: ddbmock.Database, tmp_path: Path) -> None:
    assert served.server is not None
    fill(served, 3)
    path = tmp_path / "music.jsonl"
    assert run("dump", served.server.url, "--table", "music", path).exit_code == 0
    assert len(path.read_text().splitlines()) == 3
    loaded = run(
        "load", served.server.url, "--table", "music", "--as", "copy", "--key", "pk:S", path
    )
    assert loaded.exit_code == 0, loaded.output
    assert served.client().scan(TableName="copy")["Count"] == 3


def test_items_that_a_batch_cannot_have_are_put_alone(
    served: ddbmock.Database, tmp_path: Path
) -> None:
    """Such as an item of a full export, and its change in an incremental one."""
    assert served.server is not None
    path = tmp_path / "music.jsonl"
    line = '{{"Item":{{"pk":{{"S":"1"}},"n":{{"S":"{}"}}}}}}\n'.format
    path.write_text(line("old") + line("new"))
    arguments = ("load", served.server.url, "--table", "music", "--key", "pk:S", path)
    assert run(*arguments).exit_code == 0
    assert items(served) == [{"pk": {"S": "1"}, "n": {"S": "new"}}]
    path.write_text(line("newer") + '{"Item":{"pk":{"N":"1"}}}\n')
    refused = run(*arguments).stderr
    assert refused.startswith(f"Error: The item in line 2 of {path} does not fit. ")
    assert "1 item was put into table music before that" in refused


def test_what_is_throttled_or_unprocessed_is_sent_again(served: ddbmock.Database) -> None:
    assert served.server is not None
    served.create_tables(TABLE)
    fault = served.trouble.on("BatchWriteItem", times=2).throttle()
    unprocessed = served.trouble.on("BatchWriteItem", times=1, after=2).unprocessed(5)
    waits: list[float] = []
    remote = Remote(served.server.url, "us-east-1", waits.append)
    requests = [{"PutRequest": {"Item": {"pk": {"S": str(number)}}}} for number in range(60)]
    remote.perform("BatchWriteItem", {"RequestItems": {"music": requests}})
    assert (fault.hits, unprocessed.hits, len(waits)) == (2, 1, 3)
    assert len(items(served)) == 60


def test_regions_are_asked_for(served: ddbmock.Database, tmp_path: Path) -> None:
    assert served.server is not None
    served.create_tables(TABLE, region="eu-west-1")
    result = run("dump", served.server.url, "--region", "eu-west-1", tmp_path / "backup")
    assert result.exit_code == 0, result.output
    result = run("dump", served.server.url, tmp_path / "backup")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: There are no tables in us-east-1 at {served.server.url}.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("http://127.0.0.1:1", "out"), 1, "Error: http://127.0.0.1:1 cannot be reached: "),
        (
            ("https://dynamodb.eu-west-1.amazonaws.com", "out"),
            1,
            "Error: There are no AWS credentials",
        ),
        (("out",), 2, "Error: Give either --storage URL DESTINATION or the address of a server: "),
        (
            ("a", "b"),
            2,
            "Error: Give either --storage URL DESTINATION or the address of a server: ",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: tuple[str, ...], status: int, sentence: str, tmp_path: Path
) -> None:
    result = run("dump", *arguments)
    assert (result.exit_code, sentence in result.stderr) == (status, True), result.output


def test_errors_of_the_server_are_its_own(served: ddbmock.Database) -> None:
    assert served.server is not None
    remote = Remote(served.server.url, "us-east-1")
    with pytest.raises(ArchiveError, match="Table nothing does not exist at http"):
        remote.tables(["nothing"])
    with pytest.raises(DynamoDBError, match="validation error"):
        remote.perform("CreateTable", {"TableName": "a"})
