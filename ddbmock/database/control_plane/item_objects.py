"""Objects of items: what imports and bulk operations read, object by object, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ddbmock.errors import ValidationException
from ddbmock.export_format import FormatError, Read, data_file
from ddbmock.object_store import Bucket, ObjectStoreError
from ddbmock.values.canonical import WrongTypeError
from ddbmock.values.item import Item

UNREADABLE: Final = "The object cannot be read: "


class Place(NamedTuple):
    """The position up to which a source has been read."""

    after: str = ""
    """The key of the last object that was read to its end."""
    lines: int = 0
    """Lines of the next object that have been read already."""
    position: int = 0
    """Bytes of them."""


class Line(NamedTuple):
    """A line of an object, or the end of an object."""

    key: str
    number: int
    """The number of lines before it in its object."""
    size: int
    """Bytes, decompressed."""
    content: Mapping[str, Any]
    error: str | None
    """Why the line is not an item."""
    place: Place
    """The position at which reading continues after it."""
    is_line: bool = True
    """False at the end of an object."""


class Source:
    """The lines of all objects whose keys begin with a prefix, beginning at a place."""

    def __init__(
        self,
        bucket: Bucket,
        prefix: str,
        input_format: str,
        compression: str,
        types: Mapping[str, str],
        options: Mapping[str, Any],
        place: Place,
    ) -> None:
        self.bucket: Final = bucket
        self.place = place
        self._prefix = prefix
        self._format = input_format
        self._compression = compression
        self._types = types
        self._options = options
        self._lines = self._read(place)

    def __iter__(self) -> Iterator[Line]:
        """Go on reading. The place is that after the last line that was taken."""
        for line in self._lines:
            self.place = line.place
            yield line

    def _read(self, start: Place) -> Iterator[Line]:
        for key, _ in self.bucket.objects(self._prefix):
            if key.encode() <= start.after.encode() and start.after:
                continue
            yield from self._read_object(key, start)
            start = Place(key)

    def _read_object(self, key: str, start: Place) -> Iterator[Line]:
        number, position = start.lines, start.position
        done = Place(key)
        try:
            with self.bucket.open(key) as file:
                for read in self._reads(file):
                    if read.number < start.lines:
                        continue
                    number, size = read.number + 1, read.position - position
                    position = read.position
                    place = Place(start.after, number, position)
                    yield Line(key, read.number, size, read.content, read.error, place)
        except FormatError as error:
            # what follows in the object is not read
            yield Line(key, max(error.index, number), 0, {}, str(error), done)
        except ObjectStoreError as error:
            yield Line(key, number, 0, {}, UNREADABLE + error.message, done)
        else:
            yield Line(key, number, 0, {}, None, done, is_line=False)

    def _reads(self, file: Any) -> Iterator[Read]:
        return data_file.read(
            file,
            self._format,
            self._compression,
            types=self._types,
            delimiter=self._options.get("Delimiter"),
            header=self._options.get("HeaderList"),
        )


def item_of(line: Line) -> Item:
    """Return the item of a line.

    :raises ValidationException: the line has none, or not of DynamoDB's form.
    """
    if line.error is not None:
        raise ValidationException(line.error)
    raw = line.content.get("Item")
    if not isinstance(raw, dict):
        raise ValidationException("The line has no Item.")
    try:
        return Item.of_json(raw)
    except WrongTypeError:
        raise ValidationException("The item is not DynamoDB JSON.") from None
