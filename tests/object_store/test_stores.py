"""Object stores: every adapter behaves as the port says."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ddbmock import object_store
from ddbmock.object_store import NoBuckets, ObjectStore, ObjectStoreError, Stored
from ddbmock.object_store.folder import FolderStore
from ddbmock.object_store.memory import MemoryStore
from ddbmock.object_store.s3 import S3Store

ACCOUNT = "123456789012"
KEYS = ["a", "a/b", "a/b/c", "a/../x", "/", "x//y", "./.", "50%", "é", "a\\b", "c/", ".partial-1"]


@pytest.fixture(params=["memory", "folder", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStore]:
    """A store with the bucket ``exports``."""
    if request.param == "memory":
        memory = MemoryStore(ACCOUNT)
        memory.create_bucket("exports")
        yield memory
    elif request.param == "folder":
        (tmp_path / "exports").mkdir()
        yield FolderStore(tmp_path, ACCOUNT)
    else:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            boto3.client("s3").create_bucket(Bucket="exports")
            yield S3Store(None)


def refusal(call: Any) -> tuple[str, int]:
    with pytest.raises(ObjectStoreError) as caught:
        call()
    return caught.value.code, caught.value.status


def test_an_object_is_read_as_it_was_stored(store: ObjectStore) -> None:
    bucket = store.bucket("exports", ACCOUNT)
    content = b"text" * 100_000
    etag = bucket.put("a/b.json", io.BytesIO(content))
    with bucket.open("a/b.json") as file:
        assert file.read() == content
    assert etag.endswith("-1")
    assert list(bucket.objects()) == [Stored("a/b.json", 400_000)]


def test_the_etag_is_that_of_one_part(store: ObjectStore) -> None:
    """Source: an empty data file of a real export."""
    empty = bytes.fromhex("1f8b08000000000000ff03000000000000000000")
    etag = store.bucket("exports").put("x", io.BytesIO(empty))
    assert etag == "7deb4078f238dd87d6af0538152c04e9-1"


def test_an_object_is_replaced(store: ObjectStore) -> None:
    bucket = store.bucket("exports")
    bucket.put("a", io.BytesIO(b"1"))
    bucket.put("a", io.BytesIO(b"22"))
    assert list(bucket.objects()) == [Stored("a", 2)]
    assert bucket.open("a").read() == b"22"


def test_keys_are_listed_in_the_order_of_their_bytes(store: ObjectStore) -> None:
    bucket = store.bucket("exports")
    for key in ("é", "b", "a-", "a/b", "a0", "z"):
        bucket.put(key, io.BytesIO(key.encode()))
    assert [one.key for one in bucket.objects()] == ["a-", "a/b", "a0", "b", "z", "é"]
    assert [one.key for one in bucket.objects("a")] == ["a-", "a/b", "a0"]
    assert list(bucket.objects("nothing")) == []


def test_what_does_not_exist(store: ObjectStore) -> None:
    assert refusal(lambda: store.bucket("missing")) == ("NoSuchBucket", 404)
    assert refusal(lambda: store.bucket("exports").open("missing")) == ("NoSuchKey", 404)


@pytest.mark.parametrize("name", ["..", "a/b", "", "a..b", "-a", "a\0b", "."])
def test_names_that_no_bucket_has(store: ObjectStore, name: str) -> None:
    assert refusal(lambda: store.bucket(name)) == ("NoSuchBucket", 404)


@pytest.mark.parametrize("key", ["", "a" * 1025, "\ud800"])
def test_keys_that_no_object_has(store: ObjectStore, key: str) -> None:
    bucket = store.bucket("exports")
    codes = ("KeyTooLongError", "InvalidURI")
    assert refusal(lambda: bucket.put(key, io.BytesIO()))[0] in codes
    assert list(bucket.objects()) == []


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_buckets_belong_to_the_account(kind: str, tmp_path: Path) -> None:
    memory = MemoryStore(ACCOUNT)
    memory.create_bucket("exports")
    (tmp_path / "exports").mkdir()
    store: ObjectStore = memory if kind == "memory" else FolderStore(tmp_path, ACCOUNT)
    assert refusal(lambda: store.bucket("exports", "0" * 12)) == ("AccessDenied", 403)


class TestFolder:
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        (tmp_path / "buckets" / "exports").mkdir(parents=True)
        return FolderStore(tmp_path / "buckets", ACCOUNT)

    def test_every_key_has_a_file_of_its_own_below_the_bucket(
        self, store: FolderStore, tmp_path: Path
    ) -> None:
        bucket = store.bucket("exports")
        for key in KEYS:
            bucket.put(key, io.BytesIO(key.encode()))
        for key in KEYS:
            assert bucket.open(key).read() == key.encode()
        assert [one.key for one in bucket.objects()] == sorted(KEYS, key=str.encode)
        inside = tmp_path / "buckets" / "exports"
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) == len(KEYS)
        assert all(path.is_relative_to(inside) for path in files)

    def test_a_file_that_was_dropped_in_is_an_object(
        self, store: FolderStore, tmp_path: Path
    ) -> None:
        (tmp_path / "buckets" / "exports" / "data").mkdir()
        (tmp_path / "buckets" / "exports" / "data" / "x.csv").write_text("a,b")
        bucket = store.bucket("exports")
        assert list(bucket.objects("data/")) == [Stored("data/x.csv", 3)]
        assert bucket.open("data/x.csv").read() == b"a,b"

    def test_symbolic_links_are_not_followed(self, store: FolderStore, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "file").write_text("secret")
        inside = tmp_path / "buckets" / "exports"
        (inside / "out").symlink_to(tmp_path / "secret")
        (inside / "file").symlink_to(tmp_path / "secret" / "file")
        (tmp_path / "buckets" / "linked").symlink_to(tmp_path / "secret")
        bucket = store.bucket("exports")
        assert list(bucket.objects()) == []
        for key in ("out/file", "file"):
            assert refusal(lambda key=key: bucket.open(key)) == ("AccessDenied", 403)
            assert refusal(lambda key=key: bucket.put(key, io.BytesIO(b"x"))) == (
                "AccessDenied",
                403,
            )
        assert refusal(lambda: store.bucket("linked")) == ("NoSuchBucket", 404)
        assert (tmp_path / "secret" / "file").read_text() == "secret"

    def test_an_unfinished_object_is_not_there(self, store: FolderStore, tmp_path: Path) -> None:
        class Failing(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise RuntimeError("the source breaks off")

        bucket = store.bucket("exports")
        with pytest.raises(RuntimeError):
            bucket.put("a/b", Failing())
        assert list(bucket.objects()) == []
        assert [path.name for path in (tmp_path / "buckets" / "exports" / "a").iterdir()] == []

    def test_a_name_that_is_too_long_is_an_error_of_the_store(self, store: FolderStore) -> None:
        bucket = store.bucket("exports")
        assert refusal(lambda: bucket.put("a" * 500, io.BytesIO())) == ("InternalError", 500)


class TestSetting:
    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("none", NoBuckets),
            ("memory:", MemoryStore),
            ("memory:one,two", MemoryStore),
            ("http://localhost:9000", S3Store),
            ("https:", S3Store),
        ],
    )
    def test_it_names_a_store(self, url: str, kind: type) -> None:
        assert type(object_store.open(url, ACCOUNT)) is kind

    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a b").mkdir()
        assert isinstance(object_store.open(f"file://{tmp_path}", ACCOUNT), FolderStore)
        store = object_store.open(f"file://{tmp_path}", ACCOUNT)
        assert refusal(lambda: store.bucket("missing")) == ("NoSuchBucket", 404)

    def test_without_it_no_bucket_exists(self) -> None:
        with pytest.raises(ObjectStoreError) as caught:
            NoBuckets().bucket("exports")
        assert caught.value.message == "The specified bucket does not exist"
        assert caught.value.hint.startswith("No buckets are configured: set ddbmock.s3 ")

    @pytest.mark.parametrize(
        "url", ["", "s3://bucket", "ftp://x", "/tmp", "file:///no/such/folder"]
    )
    def test_anything_else_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="must "):
            object_store.open(url, ACCOUNT)

    def test_buckets_in_memory_are_named_in_it(self) -> None:
        store = object_store.open("memory:one,two", ACCOUNT)
        store.bucket("two")
        assert refusal(lambda: store.bucket("three")) == ("NoSuchBucket", 404)


def test_an_endpoint_that_does_not_answer_is_an_error_of_the_store() -> None:
    store = S3Store("http://127.0.0.1:9")
    assert refusal(lambda: store.bucket("exports")) == ("ServiceUnavailable", 503)
