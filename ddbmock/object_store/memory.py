"""The object store in memory: for tests, and for programs that have no S3."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Final, final

from ddbmock.object_store import (
    Stored,
    access_denied,
    check_bucket_name,
    check_key,
    no_such_bucket,
    no_such_key,
)
from ddbmock.object_store.etag import one_part_etag


@final
class MemoryBucket:
    """A bucket; ``content`` has its objects by key."""

    def __init__(self) -> None:
        self.content: Final[dict[str, bytes]] = {}

    def put(self, key: str, content: IO[bytes]) -> str:
        check_key(key)
        self.content[key] = content.read()
        return one_part_etag([self.content[key]])

    def open(self, key: str) -> IO[bytes]:
        if key not in self.content:
            raise no_such_key(key)
        return io.BytesIO(self.content[key])

    def objects(self, prefix: str = "") -> Iterator[Stored]:
        for key in sorted(self.content, key=str.encode):
            if key.startswith(prefix):
                yield Stored(key, len(self.content[key]))


@final
class MemoryStore:
    """A set of buckets, each made by :meth:`create_bucket`.

    >>> store = MemoryStore("123456789012")
    >>> store.create_bucket("exports").put("a", io.BytesIO(b"text"))
    '344e466ef37782ba490ea4ec8b2b5f68-1'
    >>> list(store.bucket("exports").objects())
    [Stored(key='a', size=4)]
    """

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._buckets: dict[str, MemoryBucket] = {}

    def create_bucket(self, name: str) -> MemoryBucket:
        """Return the bucket of a name, new if there is none."""
        check_bucket_name(name)
        return self._buckets.setdefault(name, MemoryBucket())

    def bucket(self, name: str, owner: str | None = None) -> MemoryBucket:
        if name not in self._buckets:
            raise no_such_bucket()
        if owner not in (None, self._account_id):
            raise access_denied(f"The buckets belong to account {self._account_id}.")
        return self._buckets[name]


def open_url(url: str, account_id: str) -> MemoryStore:
    """Return a new store; ``memory:one,two`` has two buckets.

    :raises ValueError: a bucket's name is not one.
    """
    store = MemoryStore(account_id)
    for name in filter(None, url.removeprefix("memory:").strip("/").split(",")):
        store.create_bucket(name)
    return store
