"""Objects with items, which imports and bulk operations read object by object and line by line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final

from ddbmock.database.control_plane.jobs import Slice
from ddbmock.errors import ValidationException
from ddbmock.export_format import FormatError, Read, data_file
from ddbmock.named_tuple import NamedTuple
from ddbmock.object_store import Bucket, ObjectStoreError
from ddbmock.values.canonical import WrongTypeError
from ddbmock.values.item import Item

UNREADABLE: Final = "The object cannot be read: "
AHEAD_LINES: Final = 200
AHEAD_BYTES: Final = 1024 * 1024
"""The most lines, and bytes of lines, that are read ahead of the last line put."""
SKIPPED: Final = 100
"""Lines that are skipped between two checks of the time."""


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
    """The reason why the line is not an item."""
    place: Place
    """The position at which reading continues after it."""
    is_line: bool = True
    """False at the end of an object."""


class Source:
    """The lines of all objects whose keys begin with a prefix, starting at a place.

    :meth:`ahead` returns the next lines; :meth:`go_to` moves past them when they are stored.
    """

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
        """The position after the last line that was stored."""
        self.ended = False
        """Whether the last line has been read."""
        self._prefix = prefix
        self._format = input_format
        self._compression = compression
        self._types = types
        self._options = options
        self._ahead: deque[Line] = deque()
        self._lines = self._read(place)

    def ahead(self, part: Slice) -> Sequence[Line]:
        """Return as many lines after the place as a slice has time to read.

        The result can be empty although more lines follow, while lines before the place are skipped.
        """
        most, size = min(part.left, AHEAD_LINES), sum(line.size for line in self._ahead)
        while len(self._ahead) < most and size < AHEAD_BYTES:
            try:
                line = next(self._lines)
            except StopIteration:
                self.ended = True
                break
            if line is not None and not self._is_past(line):
                self._ahead.append(line)
                size += line.size
            if part.is_over:
                break
        return self._ahead

    def go_to(self, place: Place) -> bool:
        """Move to a place; return False if the objects must be opened again.

        The place follows a line that :meth:`ahead` returned, or another server has stored it. If it is
        further on in the same object, the lines before it are skipped.
        """
        if any(line.place == place for line in self._ahead):
            while self.place != place:
                self.place = self._ahead.popleft().place
            return True
        if place.after != self.place.after or place.lines < self.place.lines:
            return False
        self.place = place
        while self._ahead and self._is_past(self._ahead[0]):
            self._ahead.popleft()
        return True

    def _is_past(self, line: Line) -> bool:
        """Return whether a line lies before the place."""
        return line.place.after == self.place.after and line.place.lines <= self.place.lines

    def _read(self, start: Place) -> Iterator[Line | None]:
        for key, _ in self.bucket.objects(self._prefix):
            if key.encode() <= start.after.encode() and start.after:
                continue
            yield from self._read_object(key, start)
            start = Place(key)

    def _read_object(self, key: str, start: Place) -> Iterator[Line | None]:
        """Yield the lines of an object, and None from time to time while lines are skipped."""
        number, position = start.lines, start.position
        done = Place(key)
        try:
            with self.bucket.open(key) as file:
                for read in self._reads(file):
                    if read.number < start.lines:
                        if read.number % SKIPPED == 0:
                            yield None
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

    def _reads(self, file: IO[bytes]) -> Iterator[Read]:
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

    :raises ValidationException: the line has no item, or one that is not DynamoDB JSON.
    """
    if line.error is not None:
        raise ValidationException(line.error)
    raw = line.content.get("Item")
    if not isinstance(raw, dict):
        raise ValidationException("The line has no Item.")
    try:
        return Item.of_json(raw)
    except (WrongTypeError, UnicodeEncodeError):
        raise ValidationException("The item is not DynamoDB JSON.") from None
