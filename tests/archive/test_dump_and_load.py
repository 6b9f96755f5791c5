"""Tables go into files and come out of them as they were, in any database."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ddbmock.archive import content, export, lines, load
from ddbmock.cli import main
from tests.archive.databases import Database, complaint, json_of, music, run, song
from tests.postgresql import Cluster
from tests.servers import ROOT

if TYPE_CHECKING:
    from ddbmock.storage.postgresql import PostgreSQLStorage


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return music(f"sqlite:///{tmp_path}/music.db?durability=normal")


@pytest.fixture
def other(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/other.db?durability=normal")


def dumped(database: Database, destination: Path, *arguments: object) -> Path:
    result = run("dump", "--storage", database.url, *arguments, destination)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    return destination


def loaded(database: Database, source: object, *arguments: object) -> str:
    result = run("load", "--storage", database.url, *arguments, source)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    return result.stderr


def check_same(one: Database, another: Database) -> None:
    names = one("ListTables")["TableNames"]
    assert another("ListTables")["TableNames"] == names == ["Music", "plain"]
    for name in names:
        assert one.described(name) == another.described(name)
        assert one.scanned(name) == another.scanned(name)
    for index in ("by-genre", "local"):
        entries = [items.scanned("Music", IndexName=index) for items in (one, another)]
        assert entries[0] == entries[1] != []


class TestBothWays:
    def test_tables_come_back_as_they_were(
        self, database: Database, other: Database, tmp_path: Path
    ) -> None:
        dumped(database, tmp_path / "out")
        assert loaded(other, tmp_path / "out") == "Music: 60 items\nplain: 1 items\n"
        check_same(database, other)

    def test_and_from_one_database_to_another(self, database: Database, other: Database) -> None:
        loaded(other, database.url)
        check_same(database, other)

    def test_and_through_postgresql(
        self,
        database: Database,
        other: Database,
        postgresql: Cluster,
        shared_postgresql: PostgreSQLStorage,
        tmp_path: Path,
    ) -> None:
        between = Database(postgresql.create_database())
        loaded(between, database.url)
        loaded(other, dumped(between, tmp_path / "out"))
        check_same(database, between)
        check_same(database, other)

    def test_loading_again_changes_nothing(self, database: Database, other: Database) -> None:
        loaded(other, database.url)
        loaded(other, database.url)
        check_same(database, other)

    def test_the_items_of_large_tables_are_in_several_files(
        self,
        database: Database,
        other: Database,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(content, "PAGE_ITEMS", 8)
        monkeypatch.setattr(export, "FILE_ITEMS", 25)
        monkeypatch.setattr(load, "BATCH_ITEMS", 7)
        monkeypatch.setattr(load, "BATCH_BYTES", 1000)
        dumped(database, tmp_path / "out", "--table", "Music")
        counts = [
            json.loads(line)["itemCount"]
            for path in tmp_path.glob("out/AWSDynamoDB/*/manifest-files.json")
            for line in path.read_text().splitlines()
        ]
        assert counts == [25, 25, 10]
        loaded(other, tmp_path / "out")
        assert other.scanned("Music") == database.scanned("Music")

    def test_one_table_of_several_under_another_name(
        self, database: Database, other: Database, tmp_path: Path
    ) -> None:
        dumped(database, tmp_path / "out")
        loaded(other, tmp_path / "out", "--table", "Music", "--as", "Songs")
        assert other("ListTables")["TableNames"] == ["Songs"]
        assert other.scanned("Songs") == database.scanned("Music")

    def test_the_newest_of_two_dumps_in_one_folder(
        self, database: Database, other: Database, tmp_path: Path
    ) -> None:
        dumped(database, tmp_path / "out")
        database.fill("plain", {"id": {"B": "AQ=="}})
        dumped(database, tmp_path / "out")
        loaded(other, tmp_path / "out")
        check_same(database, other)

    def test_an_empty_table(self, other: Database, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/empty.db")
        database("CreateTable", **{**_keys("id:S"), "TableName": "empty"})
        dumped(database, tmp_path / "out")
        loaded(other, tmp_path / "out")
        assert other.described("empty") == database.described("empty")

    def test_items_that_are_over_a_limit(self, other: Database, tmp_path: Path) -> None:
        """They were allowed with limits = none, and nothing is lost."""
        database = Database(f"sqlite:///{tmp_path}/large.db", limits="none")
        database("CreateTable", **{**_keys("id:S"), "TableName": "large"})
        database.fill("large", {"id": {"S": "a"}, "text": {"S": "x" * 500_000}})
        loaded(other, database.url)
        other.settings["limits"] = "none"
        assert other.scanned("large") == database.scanned("large")

    def test_tables_of_a_caller_of_its_own(self, other: Database, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/each.db", databases="each")
        database("CreateTable", **{**_keys("id:S"), "TableName": "mine"})
        database.fill("mine", {"id": {"S": "a"}})
        caller = ("--caller", "AKID/eu-west-1")
        dumped(database, tmp_path / "out", *caller)
        loaded(other, tmp_path / "out")
        assert other.scanned("mine") == database.scanned("mine")
        loaded(database, tmp_path / "out", *caller, "--as", "also-mine")
        assert database("ListTables")["TableNames"] == ["also-mine", "mine"]
        assert complaint(run("dump", "--storage", database.url, tmp_path / "no")) == (
            "There are no tables; if the database was served with databases = region or each, add "
            "--region or --caller."
        )

    def test_tables_of_a_region_of_its_own(self, other: Database, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/region.db", databases="region")
        database("CreateTable", **{**_keys("id:S"), "TableName": "mine"})
        database.fill("mine", {"id": {"S": "a"}})
        dumped(database, tmp_path / "out", "--region", "eu-west-1")
        loaded(other, tmp_path / "out")
        assert other.scanned("mine") == database.scanned("mine")
        loaded(database, tmp_path / "out", "--region", "eu-west-1", "--as", "also-mine")
        assert database("ListTables")["TableNames"] == ["also-mine", "mine"]
        arguments = ("dump", "--storage", other.url, "--region", "eu-west-1", tmp_path / "no")
        assert complaint(run(*arguments)) == (
            "There are no tables of eu-west-1; if the database was served with databases = one, name "
            "no region."
        )

    def test_a_server_overrides_the_storage_of_the_environment(self, tmp_path: Path) -> None:
        result = CliRunner(env={"DDBMOCK_STORAGE": "sqlite:///no.db"}).invoke(
            main, ["dump", "http://127.0.0.1:1", str(tmp_path / "out")]
        )
        assert complaint(result).startswith("http://127.0.0.1:1 cannot be reached")


PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}


def _keys(*typed: str) -> dict[str, Any]:
    keys = [key.split(":") for key in typed]
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in keys
        ],
        "KeySchema": [
            {"AttributeName": name, "KeyType": role}
            for (name, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


class TestTheExport:
    """Is laid out as AWS' are."""

    @pytest.fixture
    def folder(self, database: Database, tmp_path: Path) -> Path:
        (folder,) = (
            dumped(database, tmp_path / "out", "--table", "Music") / "AWSDynamoDB"
        ).iterdir()
        return folder

    def test_the_files_manifest_tells_each_file_and_its_checksum(self, folder: Path) -> None:
        entry = json_of(folder / "manifest-files.json")
        path = folder.parent.parent / entry["dataFileS3Key"]
        md5 = hashlib.md5(path.read_bytes())
        assert entry == {
            "itemCount": 60,
            "md5Checksum": base64.b64encode(md5.digest()).decode(),
            "etag": hashlib.md5(md5.digest()).hexdigest() + "-1",
            "dataFileS3Key": f"AWSDynamoDB/{folder.name}/data/{path.name}",
        }
        lines = gzip.decompress(path.read_bytes()).splitlines()
        assert json.loads(lines[0]).keys() == {"Item"}
        assert len(lines) == 60

    def test_the_summary_tells_the_table(self, folder: Path, database: Database) -> None:
        summary = json_of(folder / "manifest-summary.json")
        table = database("DescribeTable", TableName="Music")["Table"]
        for name in ("startTime", "endTime", "exportTime"):
            assert summary.pop(name).endswith("Z")
        assert summary == {
            "version": "2020-06-30",
            "exportArn": f"{table['TableArn'].replace('eu-west-1', 'us-east-1')}/export/{folder.name}",
            "tableArn": table["TableArn"].replace("eu-west-1", "us-east-1"),
            "tableId": table["TableId"],
            "s3Bucket": "local",
            "s3Prefix": None,
            "s3SseAlgorithm": "AES256",
            "s3SseKmsKeyId": None,
            "manifestFilesS3Key": f"AWSDynamoDB/{folder.name}/manifest-files.json",
            "billedSizeBytes": table["TableSizeBytes"],
            "itemCount": 60,
            "outputFormat": "DYNAMODB_JSON",
        }

    @pytest.mark.parametrize("name", ["manifest-files", "manifest-summary"])
    def test_manifests_have_checksums(self, folder: Path, name: str) -> None:
        md5 = hashlib.md5((folder / f"{name}.json").read_bytes())
        complaintten = (folder / f"{name}.md5").read_bytes()
        assert complaintten == base64.b64encode(md5.digest())


class TestAnExportOfAws:
    """It has no description of its table, and a prefix of the bucket's before its keys."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "AWSDynamoDB" / "01693685827463-2d8752fd"
        (folder / "data").mkdir(parents=True)
        (folder / "_started").touch()
        entries = []
        for number, name in enumerate(("asdl123", "sgmq4ns", "empty")):
            songs = [song("Can", 1970 + number)] if name != "empty" else []
            lines = "".join(json.dumps({"Item": item}) + "\n" for item in songs)
            content = gzip.compress(lines.encode())
            (folder / "data" / f"{name}.json.gz").write_bytes(content)
            md5 = hashlib.md5(content)
            entries.append(
                {
                    "itemCount": len(songs),
                    "md5Checksum": base64.b64encode(md5.digest()).decode(),
                    "etag": f"{md5.hexdigest()}-1",
                    "dataFileS3Key": f"2020-Nov/AWSDynamoDB/{folder.name}/data/{name}.json.gz",
                }
            )
        (folder / "manifest-files.json").write_text("\n".join(map(json.dumps, entries)))
        self.summarise(folder)
        return folder

    @staticmethod
    def summarise(folder: Path, **others: Any) -> None:
        arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Music"
        summary = {
            "version": "2020-06-30",
            "exportArn": f"{arn}/export/{folder.name}",
            "tableArn": arn,
            "s3Prefix": "2020-Nov",
            "manifestFilesS3Key": f"2020-Nov/AWSDynamoDB/{folder.name}/manifest-files.json",
            "itemCount": 2,
            "outputFormat": "DYNAMODB_JSON",
        }
        (folder / "manifest-summary.json").write_text(json.dumps(summary | others))

    def test_it_is_loaded_into_a_new_table_of_these_keys(
        self, folder: Path, other: Database
    ) -> None:
        output = loaded(other, folder.parent.parent, "--key", "artist:S,year:N")
        assert output == "Music: 2 items\n"
        assert other.scanned("Music") == [song("Can", 1970), song("Can", 1971)]

    def test_it_is_loaded_into_a_table_that_is_there(self, folder: Path, other: Database) -> None:
        other("CreateTable", **{**_keys("artist:S", "year:N"), "TableName": "Songs"})
        other.fill("Songs", song("Can", 1970, old={"BOOL": True}), song("Faust", 1971))
        loaded(other, folder, "--as", "Songs")
        assert sorted(other.scanned("Songs"), key=str) == [
            song("Can", 1970),
            song("Can", 1971),
            song("Faust", 1971),
        ]

    def test_it_is_loaded_into_a_table_of_a_description(
        self, folder: Path, database: Database, other: Database, tmp_path: Path
    ) -> None:
        description = tmp_path / "described.json"
        description.write_text(json.dumps(database("DescribeTable", TableName="Music")))
        loaded(other, folder, "--description", description)
        assert len(other.scanned("Music")) == 2
        theirs, ours = (one.described("Music")[0] for one in (database, other))
        counts = ("ItemCount", "TableSizeBytes", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        assert {k: v for k, v in theirs.items() if k not in counts} == {
            k: v for k, v in ours.items() if k not in counts
        }

    def test_without_keys_it_is_not_loaded(self, folder: Path, other: Database) -> None:
        assert complaint(run("load", "--storage", other.url, folder)) == (
            "Table Music does not exist, and the source does not describe its keys: create the table "
            "first, or add --key 'artist:S,year:N' or --description FILE (the output of "
            "describe-table)."
        )

    def test_changes_alone_are_refused(self, folder: Path, other: Database) -> None:
        self.summarise(folder, exportType="INCREMENTAL_EXPORT")
        refused = complaint(run("load", "--storage", other.url, "--key", "a:S", folder))
        assert refused == (
            f"The exports of table Music in {folder} are incremental: changes, not the table. "
            "Put the full export that they follow beside them."
        )

    def test_an_export_in_ion_is_loaded(self, folder: Path, other: Database) -> None:
        manifest = folder / "manifest-files.json"
        line = '$ion_1_0 {Item:{artist:"Can",year:197d1,tags:$dynamodb_SS::["a","b"]}}\n'
        (folder / "data" / "x.ion.gz").write_bytes(gzip.compress(line.encode()))
        manifest.write_text(json.dumps({"itemCount": 1, "dataFileS3Key": "p/data/x.ion.gz"}))
        self.summarise(folder, outputFormat="ION")
        loaded(other, folder, "--key", "artist:S,year:N")
        assert other.scanned("Music") == [song("Can", 1970, tags={"SS": ["a", "b"]})]

    def test_the_newest_full_export_counts_and_the_changes_after_it(
        self, folder: Path, other: Database
    ) -> None:
        """Incremental exports share one folder for their data."""
        day = "2026-01-{:02}T00:00:00.000Z".format
        self.summarise(folder, exportTime=day(2))
        old = self._beside(folder, "01-old", [], exportTime=day(1))
        assert old.exists()
        shared = folder.parent / "data"
        shared.mkdir()
        self._changes(folder, "02-changes", day(1), day(3), [self._delete(song("Can", 1970))])
        self._changes(folder, "03-changes", day(3), day(4), [self._put(song("Faust", 1971))])
        loaded(other, folder.parent.parent, "--key", "artist:S,year:N")
        assert sorted(other.scanned("Music"), key=str) == [song("Can", 1971), song("Faust", 1971)]

    def test_missing_changes_are_told(self, folder: Path, other: Database) -> None:
        day = "2026-01-{:02}T00:00:00.000Z".format
        self.summarise(folder, exportTime=day(2))
        self._changes(folder, "03-changes", day(3), day(4), [])
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder.parent))
        assert refused == (f"Changes of table Music are missing between {day(2)} and {day(3)}.")

    def _beside(self, folder: Path, name: str, entries: list[Any], **summary: Any) -> Path:
        path = folder.with_name(name)
        path.mkdir()
        (path / "manifest-files.json").write_text("\n".join(map(json.dumps, entries)))
        self.summarise(path, **summary)
        return path

    def _changes(
        self, folder: Path, name: str, since: str, until: str, lines: list[dict[str, Any]]
    ) -> None:
        content = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
        (folder.parent / "data").mkdir(exist_ok=True)
        (folder.parent / "data" / f"{name}.json.gz").write_bytes(content)
        self._beside(
            folder,
            name,
            [{"itemCount": len(lines), "dataFileS3Key": f"AWSDynamoDB/data/{name}.json.gz"}],
            exportType="INCREMENTAL_EXPORT",
            exportFromTime=since,
            exportToTime=until,
        )

    @staticmethod
    def _put(item: dict[str, Any]) -> dict[str, Any]:
        return {"Metadata": {}, "Keys": item, "NewImage": item}

    @staticmethod
    def _delete(item: dict[str, Any]) -> dict[str, Any]:
        return {"Metadata": {}, "Keys": item, "OldImage": item}

    @pytest.mark.parametrize("name", ["manifest-summary", "manifest-files"])
    def test_a_manifest_of_another_checksum_is_refused(
        self, folder: Path, other: Database, name: str
    ) -> None:
        (folder / f"{name}.md5").write_text("AAAAAAAAAAAAAAAAAAAAAA==")
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder))
        assert refused == (
            f"{folder / name}.json is damaged: its checksum is not that of {name}.md5."
        )

    @pytest.mark.parametrize("name", ["manifest-summary.json", "data/sgmq4ns.json.gz", "data"])
    def test_symbolic_links_are_refused(
        self, folder: Path, other: Database, tmp_path: Path, name: str
    ) -> None:
        (folder / name).rename(tmp_path / "elsewhere")
        (folder / name).symlink_to(tmp_path / "elsewhere")
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder))
        assert refused == (f"{folder / name} is a symbolic link, which ddbmock does not follow.")

    def test_one_that_was_broken_off_is_refused(self, folder: Path, other: Database) -> None:
        (folder / "manifest-summary.json").unlink()
        refused = complaint(run("load", "--storage", other.url, "--key", "a:S", folder.parent))
        assert refused == (f"The export in {folder} is incomplete: no manifest-summary.json.")

    def test_a_damaged_file_is_refused_before_anything_is_loaded(
        self, folder: Path, other: Database
    ) -> None:
        path = folder / "data" / "sgmq4ns.json.gz"
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder))
        assert refused == f"{path} is damaged: its checksum is not that of the manifest."
        assert other("ListTables")["TableNames"] == []

    def test_a_missing_file_is_refused(self, folder: Path, other: Database) -> None:
        path = folder / "data" / "asdl123.json.gz"
        path.unlink()
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder))
        assert refused == f"{path} cannot be read: No such file or directory."

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("manifest-summary.json", "{", "{} cannot be used: it is not JSON: "),
            ("manifest-summary.json", "[]", "{} cannot be used: it is not a JSON object."),
            (
                "manifest-summary.json",
                '{"itemCount": null}',
                "{} cannot be used: itemCount must be a whole number from 0 on, not null.",
            ),
            (
                "manifest-summary.json",
                '{"outputFormat": "PARQUET"}',
                "{} cannot be used: outputFormat must be DYNAMODB_JSON or ION, not 'PARQUET'.",
            ),
            (
                "manifest-summary.json",
                '{"exportTime": "yesterday"}',
                "{} cannot be used: exportTime must be a time like 2026-01-14T10:18:50.622Z, not ",
            ),
            ("manifest-summary.json", '{"tableArn": 5}', "{} cannot be used: tableArn must be a"),
            (
                "manifest-files.json",
                '{"itemCount": 1}',
                "{} cannot be used: line 1: dataFileS3Key must be a string.",
            ),
            (
                "manifest-files.json",
                '{"dataFileS3Key": "p/x", "itemCount": "abc"}',
                "{} cannot be used: line 1: itemCount must be a whole number from 0 on, not 'abc'.",
            ),
            (
                "manifest-files.json",
                '{"dataFileS3Key": "p/a\\u0000b", "itemCount": 1}',
                "{} cannot be used: 'p/a\\x00b' is not the key of a file.",
            ),
            ("manifest-files.json", '{"a":' * 5000, "{} cannot be used: line 1: it is not JSON: "),
            ("table.json", "5", "{} cannot be used: it is not a JSON object."),
            ("table.json", "{", "{} cannot be used: it is not JSON: "),
            (
                "table.json",
                json.dumps({"Table": {**_keys("artist:S"), "BillingMode": None}}),
                "A description of a table must be the output of DescribeTable: "
                "ProvisionedThroughput is missing.",
            ),
            (
                "table.json",
                json.dumps(
                    {"Table": {**_keys("a:S"), **PROVISIONED, "GlobalSecondaryIndexes": [5]}}
                ),
                "A description of a table must be the output of DescribeTable: "
                "GlobalSecondaryIndexes is not a list of objects.",
            ),
        ],
    )
    def test_a_damaged_manifest_is_refused(
        self, folder: Path, other: Database, name: str, content: str, sentence: str
    ) -> None:
        (folder / name).write_text(content)
        key = () if name == "table.json" else ("--key", "artist:S")
        refused = complaint(run("load", "--storage", other.url, *key, folder))
        assert refused.startswith(sentence.format(folder / name))
        assert not other.file.exists()

    def test_a_missing_manifest_is_refused(self, folder: Path, other: Database) -> None:
        (folder / "manifest-files.json").unlink()
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S", folder))
        assert refused == f"{folder}/manifest-files.json cannot be read: No such file or directory."

    def test_fewer_items_than_the_manifest_says_are_told(
        self, folder: Path, other: Database
    ) -> None:
        manifest = folder / "manifest-files.json"
        manifest.write_text(manifest.read_text().replace('"itemCount": 0', '"itemCount": 5'))
        refused = complaint(run("load", "--storage", other.url, "--key", "artist:S,year:N", folder))
        assert refused == (f"{folder / 'data' / 'empty.json.gz'} has 0 items; 5 in the manifest.")

    def test_a_folder_without_exports_is_refused(self, other: Database, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        refused = complaint(run("load", "--storage", other.url, tmp_path / "empty"))
        assert refused == (
            f"There is no export in {tmp_path}/empty: no folder with a manifest-summary.json."
        )

    def test_the_folder_that_was_meant_is_named(
        self, folder: Path, other: Database, tmp_path: Path
    ) -> None:
        (tmp_path / "buckets" / "exports" / "AWSDynamoDB").mkdir(parents=True)
        export = folder.rename(tmp_path / "buckets" / "exports" / "AWSDynamoDB" / "01-a")
        for location, sentence in (
            (tmp_path / "buckets", f" There is one in {tmp_path}/buckets/exports."),
            (export / "data", f" There is one in {export}."),
            (
                export / "manifest-summary.json",
                f" is the manifest of an export: give the folder that it is in, {export}.",
            ),
        ):
            assert complaint(run("load", "--storage", other.url, location)).endswith(sentence)


class TestLines:
    @pytest.mark.parametrize("name", ["music.jsonl", "music.jsonl.gz", "music.json"])
    def test_a_table_in_one_file(
        self, database: Database, other: Database, tmp_path: Path, name: str
    ) -> None:
        path = dumped(database, tmp_path / name, "--table", "Music")
        assert (path.read_bytes()[:2] == b"\x1f\x8b") is name.endswith("gz")
        loaded(other, path, "--table", "Music", "--key", "artist:S,year:N")
        assert other.scanned("Music") == database.scanned("Music")
        assert sorted(entry.name for entry in tmp_path.glob("music.js*")) == [name]

    def test_from_process_to_process(
        self, database: Database, other: Database, tmp_path: Path
    ) -> None:
        """Real processes, as in: ddbmock dump … - | ddbmock load … -"""
        command = [sys.executable, "-m", "ddbmock.cli"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        dump = subprocess.Popen(
            [*command, "dump", "--table", "Music", "-"],
            env={**environment, "DDBMOCK_STORAGE": database.url},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
        )
        load = subprocess.run(
            [*command, "load", "--table", "Music", "--key", "artist,year:N", "-"],
            env={**environment, "DDBMOCK_STORAGE": other.url},
            cwd=tmp_path,
            stdin=dump.stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert (dump.wait(), load.returncode, load.stderr) == (0, 0, "Music: 60 items\n")
        assert other.scanned("Music") == database.scanned("Music")

    def test_the_last_of_equal_keys_stays(self, other: Database, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        items = [{"id": {"S": "a"}, "n": {"N": str(number)}} for number in range(3)]
        path.write_text("\n".join(json.dumps({"Item": item}) for item in items))
        loaded(other, path, "--table", "things", "--key", "id")
        assert other.scanned("things") == items[-1:]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b'{"Item":{"id":{"S":"a"}}}\n{"Item":', "Line 2 of {}: The line is not JSON: "),
            (b'\n\n{"id":{"S":"a"}}', "Line 3 of {}: The line is not an item: it must be like"),
            (b'{"Item":{"id":{"S":"a"}}}\n[]', "Line 2 of {}: The line is not an item: "),
            (b'{"Item":{"id":{"N":"1"}}}', "The item in line 1 of {} does not fit. One or more "),
            (b'{"Item":{"id":{"X":"1"}}}', "The item in line 1 of {} does not fit. "),
            (
                gzip.compress(b'{"Item":{"id":{"S":"a"}}}\n' * 9, mtime=0)[:-9],
                "Line 1 of {}: The content is damaged, or not GZIP: ",
            ),
            (b"\x1f\x8b not gzip", "Line 1 of {}: The content is damaged, or not GZIP: "),
        ],
    )
    def test_what_cannot_be_loaded_is_told(
        self, other: Database, tmp_path: Path, content: bytes, sentence: str
    ) -> None:
        path = tmp_path / "a.jsonl"
        path.write_bytes(content)
        refused = complaint(
            run("load", "--storage", other.url, "--table", "things", "--key", "id", path)
        )
        assert refused.startswith(sentence.format(path))

    @pytest.mark.parametrize("content", [b'{\n  "Items": [', b'{"Items": []}', b'[{"id": 1}]'])
    def test_other_json_is_told_how_it_becomes_lines(
        self, other: Database, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "a.json").write_bytes(content)
        arguments = ("load", "--storage", other.url, "--table", "things", "--key", "id")
        refused = complaint(run(*arguments, tmp_path / "a.json"))
        assert lines.OF_A_SCAN in refused

    def test_items_before_the_fault_stay(
        self, other: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(load, "BATCH_ITEMS", 10)
        lines = [json.dumps({"Item": {"id": {"S": str(n)}}}) for n in range(25)]
        (tmp_path / "a.jsonl").write_text("\n".join([*lines, "nonsense"]))
        arguments = ("load", "--storage", other.url, "--table", "things", "--key", "id")
        refused = complaint(run(*arguments, tmp_path / "a.jsonl"))
        assert "20 items were put into table things before that" in refused
        assert len(other.scanned("things")) == 20

    def test_what_was_put_of_a_batch_with_a_fault_is_counted(
        self, other: Database, tmp_path: Path
    ) -> None:
        items: list[Any] = [{"id": {"S": "a"}}, {"id": {"S": "b"}}, {"id": {"N": "1"}}]
        (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"Item": one}) for one in items))
        arguments = ("load", "--storage", other.url, "--table", "things", "--key", "id")
        refused = complaint(run(*arguments, tmp_path / "a.jsonl"))
        assert "2 items were put into table things before that" in refused
        assert len(other.scanned("things")) == 2

    def test_a_table_of_which_no_item_fits_does_not_stay(
        self, other: Database, tmp_path: Path
    ) -> None:
        """So the load with the right keys does not find one with the wrong ones."""
        (tmp_path / "a.jsonl").write_text('{"Item":{"id":{"S":"1"}}}')
        arguments = ("load", "--storage", other.url, "--table", "things", "--key")
        refused = complaint(run(*arguments, "ids", tmp_path / "a.jsonl"))
        assert refused.endswith("Table things, which was created for it, is deleted again.")
        assert not (tmp_path / "other.db").exists()
        assert run(*arguments, "id", tmp_path / "a.jsonl").exit_code == 0
        (tmp_path / "a.jsonl").write_text('{"Item":{"ids":{"S":"1"}}}')
        refused = complaint(run(*arguments, "id", tmp_path / "a.jsonl"))
        assert refused.endswith("Nothing was put into table things.")

    def test_an_interrupted_load_tells_how_far_it_came(
        self, other: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(path: Path, **_: object) -> Iterator[lines.Read]:
            yield from list(read(path))[:2]
            raise KeyboardInterrupt

        read = lines.read
        monkeypatch.setattr(lines, "read", interrupted)
        monkeypatch.setattr(load, "BATCH_ITEMS", 1)
        text = "\n".join(json.dumps({"Item": {"id": {"S": str(n)}}}) for n in range(5))
        (tmp_path / "a.jsonl").write_text(text)
        arguments = ("load", "--storage", other.url, "--table", "things", "--key", "id")
        assert complaint(run(*arguments, tmp_path / "a.jsonl")).startswith(
            "Interrupted. 2 items were put into table things before that; "
        )

    def test_nothing_is_written_over_a_file(self, database: Database, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text("precious")
        arguments = ("dump", "--storage", database.url, "--table", "Music")
        assert complaint(run(*arguments, tmp_path / "a.jsonl")) == (
            f"{tmp_path}/a.jsonl exists; ddbmock does not overwrite it."
        )
        assert (tmp_path / "a.jsonl").read_text() == "precious"

    def test_csv_is_loaded(self, other: Database, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(
            'artist,year,title\n"Can, the",1970,"x ""y"""\nFaust,1971,\n'
        )
        loaded(other, tmp_path / "a.csv", "--table", "Music", "--key", "artist:S,year:N")
        assert sorted(other.scanned("Music"), key=str) == [
            song("Can, the", 1970, title={"S": 'x "y"'}),
            song("Faust", 1971),
        ]

    def test_a_line_of_too_many_fields_is_told(self, other: Database, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("artist,year\nCan,1970,more\n")
        arguments = ("load", "--storage", other.url, "--table", "Music", "--key", "artist")
        assert complaint(run(*arguments, tmp_path / "a.csv")) == (
            f"Line 2 of {tmp_path}/a.csv does not fit. The line has 3 fields; the header has 2."
        )

    @pytest.mark.parametrize("name", ["out.csv", "out.db", "out.ion.gz"])
    def test_other_kinds_of_files_are_not_written(
        self, database: Database, tmp_path: Path, name: str
    ) -> None:
        arguments = ("dump", "--storage", database.url, "--table", "Music")
        assert complaint(run(*arguments, tmp_path / name)) == (
            f"Files like {name} cannot be written: give a name that ends in .jsonl or "
            ".jsonl.gz, or the name of a folder."
        )
        assert not (tmp_path / name).exists()

    def test_the_end_of_a_pipe_is_silent(self, database: Database) -> None:
        """As in: ddbmock dump … - | head -1"""
        dump = subprocess.Popen(
            [sys.executable, "-m", "ddbmock.cli", "dump", "--table", "Music", "-"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "DDBMOCK_STORAGE": database.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert dump.stdout is not None
        dump.stdout.close()
        assert dump.communicate()[1] == b""

    @pytest.mark.parametrize(
        ("arguments", "content"),
        [
            (("--key", "id"), "nonsense"),
            (("--key", "id:X"), '{"Item":{"id":{"S":"a"}}}'),
            ((), '{"Item":{"id":{"S":"a"}}}'),
        ],
    )
    def test_a_load_that_fails_at_once_leaves_no_database(
        self, other: Database, tmp_path: Path, arguments: tuple[str, ...], content: str
    ) -> None:
        (tmp_path / "a.jsonl").write_text(content)
        load = ("load", "--storage", other.url, "--table", "things", *arguments)
        complaint(run(*load, tmp_path / "a.jsonl"))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl"]


class TestRefusals:
    """One sentence each, and nothing is done."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                ("dump", "--table", "Nowhere", "out"),
                "Table Nowhere does not exist; there are: Music, ",
            ),
            (("dump", "--storage", "memory://", "out"), "memory:// is empty at its start and gone"),
            (("dump", "--storage", "sqlite:///no.db", "out"), "The file no.db does not exist."),
            (("dump", "--storage", "nothing", "out"), "A storage is named by a URL such as"),
            (("load", "nowhere"), "The file or folder nowhere does not exist."),
            (
                ("load", "a file.db"),
                "The file a file.db is a SQLite database: write its URL, sqlite:///a%20file.db.",
            ),
            (
                ("load", "--table", "new", "--key", "a:S", "a file.db"),
                "The file a file.db is a SQLite database: write its URL, sqlite:///a%20file.db.",
            ),
            (
                ("load", "--key", "a:X", "--table", "t", "-"),
                "--key must be like artist:S or artist:S,",
            ),
            (("load", "--key", "a,b,c", "--table", "t", "-"), "--key must be like artist:S or "),
            (("load", "--description", "no.json", "-"), "no.json cannot be read: No such file "),
            (("load", "--description", "bad.json", "-"), "bad.json is not JSON: "),
            (("load", "--description", "list.json", "-"), "list.json does not describe a table."),
            (
                ("load", "--description", "other.json", "--table", "new", "-"),
                "A description of a table must be the output of DescribeTable: KeySchema is missing.",
            ),
            (
                ("load", "--key", "artist:S", "--table", "Music", "-"),
                "Table Music exists with the keys artist:S,year:N, not artist:S.",
            ),
            (
                ("load", "--key", "a,a", "--table", "new", "-"),
                "Table new cannot be created. ",
            ),
        ],
    )
    def test_in_a_sentence(
        self,
        database: Database,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arguments: tuple[str, ...],
        sentence: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "bad.json").write_text("{")
        (tmp_path / "list.json").write_text("[]")
        (tmp_path / "other.json").write_text('{"Table": {}}')
        with closing(sqlite3.connect(tmp_path / "a file.db")) as connection:
            connection.execute("CREATE TABLE things (key)")
        if "--storage" not in arguments:
            arguments = (arguments[0], "--storage", database.url, *arguments[1:])
        before = sorted(path.name for path in tmp_path.iterdir())
        assert complaint(run(*arguments, input="")).startswith(sentence)
        assert sorted(path.name for path in tmp_path.iterdir()) == before

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("dump", "out.jsonl"), "Lines are of one table: say which with --table."),
            (("load", "--key", "a:S", "-"), "Lines are of one table: say which with --table."),
            (("load", "--as", "one", "{url}"), "--as, --key and --description are for one table"),
            (
                ("load", "--key", "a", "--description", "b", "-"),
                "Give --key or --description, not both",
            ),
            (("dump", "--caller", "AKID", "out"), "--caller is an access key and a region"),
            (
                ("dump", "--caller", "AKID/eu-west-1", "--region", "eu-west-1", "out"),
                "Give --caller or --region, not both: --caller has the region.",
            ),
        ],
    )
    def test_as_wrong_usage(
        self,
        database: Database,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arguments: tuple[str, ...],
        sentence: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        command, *others = (argument.format(url=database.url) for argument in arguments)
        result = run(command, "--storage", database.url, *others)
        assert result.exit_code == 2
        assert f"Error: {sentence}" in " ".join(result.stderr.split())

    def test_a_full_disk_while_dumping(self, database: Database) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full here")
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "ddbmock.cli", "dump", "--table", "Music", "-"],
                env={**os.environ, "PYTHONPATH": str(ROOT), "DDBMOCK_STORAGE": database.url},
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr.startswith("Error: No space left on device.")
