"""The object store in the file system: one folder for each bucket, one file for each object.

A bucket exists when its folder does. A key's parts between slashes are the names of folders and
file. What cannot be such a name is escaped: control characters, backslash and ``%`` as ``%XX``, the
names ``.`` and ``..`` too, an empty part as ``%``. An object ``a`` beside an object ``a/b`` has the
file ``a%``. Symbolic links are neither followed nor listed.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, final
from urllib.parse import unquote, urlsplit

from ddbmock.object_store import (
    COPIED,
    ObjectStoreError,
    Stored,
    access_denied,
    check_bucket_name,
    check_key,
    no_such_bucket,
    no_such_key,
)
from ddbmock.object_store.etag import one_part_etag

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f%\\]")
_PARTIAL: Final = ".partial-"
_BESIDE: Final = "%"
"""The suffix of a file whose plain name is that of a folder; also the name of an empty part."""


@final
class FolderBucket:
    """A folder whose files are objects."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def put(self, key: str, content: IO[bytes]) -> str:
        check_key(key)
        with _errors(key):
            path = self._make_place(key)
            handle, name = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
            partial = Path(name)
            try:
                with open(handle, "wb") as file:
                    etag = one_part_etag(_copied(content, file))
                partial.chmod(0o644)
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return etag

    def open(self, key: str) -> IO[bytes]:
        check_key(key)
        with _errors(key):
            path = self._root.joinpath(*_names(key))
            for candidate in (path, path.with_name(path.name + _BESIDE)):
                self._check_no_links(candidate, key)
                if candidate.is_file():
                    return candidate.open("rb")
        raise no_such_key(key)

    def objects(self, prefix: str = "") -> Iterator[Stored]:
        # The order of keys differs from that of names, so all are collected first.
        yield from sorted(
            (stored for stored in _listed(self._root, "") if stored.key.startswith(prefix)),
            key=lambda stored: stored.key.encode(),
        )

    def _make_place(self, key: str) -> Path:
        """Return the path of a key's file, and create its folders."""
        *folders, name = _names(key)
        path = self._root
        for folder in folders:
            path = path / folder
            self._check_no_links(path, key)
            if path.is_file():
                path.rename(path.with_name(path.name + _BESIDE))
            path.mkdir(exist_ok=True)
        path = path / name
        self._check_no_links(path, key)
        return path.with_name(name + _BESIDE) if path.is_dir() else path

    def _check_no_links(self, path: Path, key: str) -> None:
        while path != self._root:
            if path.is_symlink():
                raise access_denied(f"{path} is a symbolic link, which ddbmock does not follow.")
            path = path.parent


@final
class FolderStore:
    """The folders in a folder, as buckets of one account."""

    def __init__(self, root: Path, account_id: str) -> None:
        self._root: Final = root
        self._account_id = account_id

    def bucket(self, name: str, owner: str | None = None) -> FolderBucket:
        check_bucket_name(name)
        path = self._root / name
        if path.is_symlink() or not path.is_dir():
            raise no_such_bucket(f"The folder {path} does not exist: create it, it is the bucket.")
        if owner not in (None, self._account_id):
            raise access_denied(f"The buckets belong to account {self._account_id}.")
        return FolderBucket(path)


def open_url(url: str, account_id: str) -> FolderStore:
    """Return the store of ``file:///absolute/folder`` or ``file:relative``.

    :raises ValueError: the folder does not exist.
    """
    path = Path(unquote(urlsplit(url).path))
    if not path.is_dir():
        raise ValueError(f"must name a folder that exists; {path} does not")
    return FolderStore(path, account_id)


def _names(key: str) -> list[str]:
    """Return the names of the folders and the file of a key.

    >>> _names("a/../50% off//b")
    ['a', '%2E%2E', '50%25 off', '%', 'b']
    """
    return [_name(part) for part in key.split("/")]


def _name(part: str) -> str:
    if part == "":
        return _BESIDE
    # A name that begins like those of unfinished files would not be listed.
    if part in (".", "..") or part.startswith(_PARTIAL):
        return part.replace(".", "%2E")
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", part)


def _part(name: str) -> str:
    return unquote(name, errors="replace")


def _listed(folder: Path, key: str) -> Iterator[Stored]:
    """Yield the objects below a folder; `key` is its own, with a slash."""
    with _errors(key):
        entries = list(os.scandir(folder))
    for entry in entries:
        if entry.is_symlink() or entry.name.startswith(_PARTIAL):
            continue
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            continue  # A name that is not UTF-8 is not a key.
        if entry.is_dir():
            inner = "" if entry.name == _BESIDE else _part(entry.name)
            yield from _listed(Path(entry.path), f"{key}{inner}/")
        else:
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat()
                if stat.S_ISREG(found.st_mode):
                    yield Stored(key + _part(entry.name.removesuffix(_BESIDE)), found.st_size)


def _copied(content: IO[bytes], file: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(COPIED):
        file.write(piece)
        yield piece


@contextlib.contextmanager
def _errors(key: str) -> Iterator[None]:
    """Turn errors of the file system into those of the port."""
    try:
        yield
    except PermissionError as error:
        raise access_denied(f"{error.filename}: {error.strerror}.") from error
    except OSError as error:
        raise ObjectStoreError(
            "InternalError",
            500,
            "We encountered an internal error. Please try again.",
            f"{error.filename or key}: {error.strerror}.",
        ) from error
