"""The object-store port: S3's place for exports, imports and bulk operations.

A store has buckets, a bucket has objects under keys. Three adapters implement it: a folder for each
bucket, an S3 endpoint through boto3, and memory. Bucket names and keys come from requests and are
data only: each adapter checks them with :func:`check_bucket_name` and :func:`check_key`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import IO, Final, Protocol

from ddbmock.later import pattern
from ddbmock.named_tuple import NamedTuple

MAX_KEY_BYTES: Final = 1024
"""Source: Amazon S3 User Guide, "Naming Amazon S3 objects"."""
_BUCKET: Final = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?", re.ASCII)
COPIED: Final = 1 << 20
"""The number of bytes that adapters and readers move at a time."""


class ObjectStoreError(Exception):
    """An error answer of the object store, in S3's terms.

    ``code`` is S3's error code (``NoSuchBucket``), ``status`` its HTTP status, and the text is S3's
    own. ``hint`` is that of ddbmock, such as the setting to check.
    """

    def __init__(self, code: str, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code: Final = code
        self.status: Final = status
        self.message: Final = message
        self.hint: Final = hint


class Stored(NamedTuple):
    """An object as a listing shows it."""

    key: str
    size: int


class Bucket(Protocol):
    """An existing bucket that the caller may use."""

    def put(self, key: str, content: IO[bytes]) -> str:
        """Store an object, which replaces an existing one, and return its ETag without quotes.

        `content` is read from its current position to its end. The ETag is that of an upload in one
        part: the MD5 of the content's MD5 in hexadecimal, and ``-1``. Readers see the whole object
        or no object.

        :raises ObjectStoreError: it cannot be stored.
        """

    def open(self, key: str) -> IO[bytes]:
        """Open an object for reading. The caller closes it.

        :raises ObjectStoreError: it does not exist (``NoSuchKey``), or cannot be read.
        """

    def objects(self, prefix: str = "") -> Iterator[Stored]:
        """List the objects whose keys begin with a string, in the order of the keys' UTF-8 bytes.

        :raises ObjectStoreError: they cannot be listed.
        """


class ObjectStore(Protocol):
    """A set of buckets."""

    def bucket(self, name: str, owner: str | None = None) -> Bucket:
        """Return a bucket. `owner` is the account that it must belong to, if any.

        :raises ObjectStoreError: it does not exist (``NoSuchBucket``), or belongs to another
            account or rejects the caller (``AccessDenied``).
        """


class NoBuckets:
    """The store of a database without the setting: no bucket exists in it."""

    def bucket(self, name: str, owner: str | None = None) -> Bucket:
        raise no_such_bucket(
            "No buckets are configured: set ddbmock.s3 to memory:, a folder (file:///path) or the "
            "URL of an S3 endpoint."
        )


def no_such_bucket(hint: str = "") -> ObjectStoreError:
    """Return S3's answer for a bucket that does not exist."""
    return ObjectStoreError("NoSuchBucket", 404, "The specified bucket does not exist", hint)


def no_such_key(key: str) -> ObjectStoreError:
    """Return S3's answer for an object that does not exist."""
    return ObjectStoreError("NoSuchKey", 404, "The specified key does not exist.", f"key {key!r}")


def access_denied(hint: str = "") -> ObjectStoreError:
    """Return S3's answer for a bucket or an object that the caller may not use."""
    return ObjectStoreError("AccessDenied", 403, "Access Denied", hint)


def check_bucket_name(name: str) -> None:
    """Reject a name that no bucket can have; ``..`` and separators are among these.

    :raises ObjectStoreError: ``NoSuchBucket``.
    """
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise no_such_bucket(f"No bucket can be called {name!r}.")


def check_key(key: str) -> None:
    """Reject a key that no object can have.

    :raises ObjectStoreError: it is empty or too long, or no UTF-8 text.
    """
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise ObjectStoreError("InvalidURI", 400, "Couldn't parse the specified URI.") from None
    if not 1 <= length <= MAX_KEY_BYTES:
        raise ObjectStoreError("KeyTooLongError", 400, "Your key is too long", f"{length} bytes")


ADAPTERS: Final = {
    "memory": "ddbmock.object_store.memory:open_url",
    "file": "ddbmock.object_store.folder:open_url",
    "http": "ddbmock.object_store.s3:open_url",
    "https": "ddbmock.object_store.s3:open_url",
}
"""The module behind each form of the setting ``ddbmock.s3``. It is imported when it is used."""


def open(url: str, account_id: str) -> ObjectStore:
    """Return the store of a setting; folders and memory belong to the account of this id.

    ``none``, ``memory:``, ``file:///absolute/folder``, ``https://endpoint``, or ``https:`` for AWS.

    :raises ValueError: the text is none of these; the message is for people.
    """
    if url == "none":
        return NoBuckets()
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in ADAPTERS:
        raise ValueError(
            "must be none, memory:, a folder such as file:///srv/buckets, or an S3 endpoint such as "
            "http://localhost:9000"
        )
    module, _, name = ADAPTERS[scheme].partition(":")
    store: ObjectStore = getattr(import_module(module), name)(url, account_id)
    return store
