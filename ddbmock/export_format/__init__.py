"""The format of AWS' exports and imports: manifests, data files, and the lines in them.

The one reader and the one writer of the project, used by the operations and by ``ddbmock dump`` and
``load``. Sources: Developer Guide, "DynamoDB table export output format", "Amazon S3 import formats
for DynamoDB"; three real exports of 2026-01-14.
"""

from __future__ import annotations

from typing import Any

from ddbmock.named_tuple import NamedTuple


class FormatError(Exception):
    """Content that does not have the expected format. The rest of the object is not read.

    ``index`` is the number of lines or values before it. The text is for people and does not name
    the object.
    """

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


class MissingExtraError(Exception):
    """A format that needs a package which is not installed; the text says how to install it."""


class Read(NamedTuple):
    """A line of an object, or a value of an Ion object."""

    number: int
    """The number of lines or values before it."""
    position: int
    """The number of decompressed bytes of the object that have been read so far."""
    content: dict[str, Any]
    """The content of a line: ``{"Item": …}``, or ``{"Keys": …}`` of an incremental export."""
    error: str | None = None
    """The reason why the line is not an item. The following lines can be items."""
