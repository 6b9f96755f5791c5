"""Compression of data files: none, gzip, Zstandard."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, Any, Final, cast

from ddbmock.export_format import MissingExtraError

NONE: Final = "NONE"
GZIP: Final = "GZIP"
ZSTD: Final = "ZSTD"
LEVEL: Final = 6
"""The level of gzip with which an empty data file has 20 bytes, like those of AWS."""
_READ_AHEAD: Final = 1 << 16
_PIECE: Final = 1 << 10
"""Bytes of Zstandard that are decompressed at once: at most 32 MB come out of so many."""
_GZIP_START: Final = b"\x1f\x8b"
_ZSTD_START: Final = b"\x28\xb5\x2f\xfd"


def check_available(kind: str) -> None:
    """Reject a compression whose package is not installed.

    :raises MissingExtraError: ``zstandard`` is not there.
    """
    if kind == ZSTD:
        _zstandard()


def decompressed(file: IO[bytes], kind: str) -> IO[bytes]:
    """Return the decompressed content of a file, to be read line by line.

    Reading raises one of :func:`errors` if the content is not compressed as `kind`.
    """
    if kind == GZIP:
        return cast("IO[bytes]", io.BufferedReader(_gzip(file), _READ_AHEAD))
    if kind == ZSTD:
        return cast("IO[bytes]", io.BufferedReader(_Zstandard(file), _READ_AHEAD))
    return cast("IO[bytes]", io.BufferedReader(cast("Any", file), _READ_AHEAD))


def guessed(start: bytes) -> str:
    """Return the compression of a file that begins with these bytes."""
    if start.startswith(_GZIP_START):
        return GZIP
    return ZSTD if start.startswith(_ZSTD_START) else NONE


def gzip_writer(file: IO[bytes]) -> gzip.GzipFile:
    """Return a file that compresses into another; equal content gives equal bytes."""
    return gzip.GzipFile("", "wb", LEVEL, file, 0)


def errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that :func:`decompressed` content raises when it is damaged."""
    known: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error)
    try:
        return (*known, _zstandard().ZstdError)
    except MissingExtraError:
        return known


class _Zstandard(io.RawIOBase):
    """The decompressed content of Zstandard frames, one after the other.

    zstandard's own reader takes a file that was cut off for one that has ended.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._new = _zstandard().ZstdDecompressor().decompressobj
        self._frame: Any = None
        self._rest = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._rest or self._file.read(_PIECE)
            if not piece:
                if self._frame is not None:
                    raise EOFError("it ends in the middle of a frame")
                return 0
            if self._frame is None:
                self._frame = self._new()
            self._ready = memoryview(self._frame.decompress(piece))
            self._rest = b""
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def _gzip(file: IO[bytes]) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb")


def _zstandard() -> Any:
    try:
        import zstandard
    except ModuleNotFoundError as missing:
        from ddbmock.extras import install_command

        raise MissingExtraError(
            f"Zstandard needs zstandard, which is not installed: {install_command('exports')}"
        ) from missing
    return zstandard
