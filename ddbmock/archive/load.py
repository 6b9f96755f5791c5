"""Loading of items into a table through the operations, which also update indexes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.archive import recreate
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.lines import Read
from ddbmock.errors import (
    DynamoDBError,
    ResourceNotFoundException,
    SerializationException,
    ValidationException,
)
from ddbmock.service.json import encode

Perform: TypeAlias = Callable[[str, dict[str, Any]], dict[str, Any]]
"""A function that performs an operation by name on the database."""

BATCH_ITEMS: Final = 2_000
BATCH_BYTES: Final = 4 * 1024 * 1024
"""The limits of one transaction, which are larger than those of AWS."""

WRONG: Final = (SerializationException, ValidationException)
"""The errors of an item that is invalid, or does not fit the table."""


def load(
    perform: Perform,
    name: str,
    description: Mapping[str, Any] | None,
    items: Iterable[Read],
    progress: Callable[[int], None],
) -> int:
    """Put items into a table and return their number. The table is created if it does not exist.

    Existing items with the same keys are replaced, so loading again completes an interrupted load.
    The table is created when the first items have been read, so that a source which cannot be read
    changes nothing. If no item fits a table that was created for them, the table is deleted again.

    :raises ArchiveError: the table or an item does not fit; the text says what was done before.
    """
    batches = _batches(items)
    first = next(batches, [])
    created = _prepare(perform, name, description)
    done = 0
    try:
        for batch in itertools.chain([first], batches):
            for count in _put(perform, name, batch):
                done += count
                progress(count)
        for operation, request in recreate.after_items(description, name) if description else ():
            _finish(perform, operation, request)
    except (ArchiveError, DynamoDBError, KeyboardInterrupt) as error:
        left = _left_behind(perform, name, done, created=created)
        raise ArchiveError(f"{_message(error)} {left}") from error
    return done


def _left_behind(perform: Perform, name: str, done: int, *, created: bool) -> str:
    """Delete a table that was created for a failed load without items; return a sentence about the
    result."""
    if done:
        put = "1 item was" if done == 1 else f"{done} items were"
        return (
            f"{put} put into table {name} before that; loading again starts over and replaces what "
            "was put."
        )
    if not created:
        return f"Nothing was put into table {name}."
    try:
        perform("DeleteTable", {"TableName": name})
    except DynamoDBError as error:
        return f"Table {name} was created for it, and cannot be deleted: {_message(error)}"
    return f"Table {name}, which was created for it, is deleted again."


def _prepare(perform: Perform, name: str, description: Mapping[str, Any] | None) -> bool:
    """Create the table unless it exists; an existing one must have the keys of the description.

    Returns whether it was created.
    """
    try:
        existing = orjson.loads(encode(perform("DescribeTable", {"TableName": name})))
    except ResourceNotFoundException:
        if description is None:
            raise ArchiveError(
                f"Table {name} does not exist, and the source does not describe its keys: create "
                "the table first, or add --key 'artist:S,year:N' or --description FILE (the output "
                "of describe-table)."
            ) from None
        request = recreate.create_table(description, name)
        try:
            perform("CreateTable", request)
        except DynamoDBError as error:
            raise ArchiveError(f"Table {name} cannot be created. {_message(error)}") from error
        return True
    except DynamoDBError as error:
        raise ArchiveError(f"Table {name} cannot be loaded. {_message(error)}") from error
    if description is not None:
        keys, expected = recreate.keys_of(existing), recreate.keys_of(description)
        if keys != expected:
            raise ArchiveError(
                f"Table {name} exists with the keys {_shown(keys)}, not {_shown(expected)}."
            )
    return False


def _batches(items: Iterable[Read]) -> Iterator[list[Read]]:
    batch: list[Read] = []
    size = 0
    for read in items:
        batch.append(read)
        size += read.size
        if len(batch) == BATCH_ITEMS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _put(perform: Perform, name: str, batch: list[Read]) -> Iterator[int]:
    """Perform the writes of a batch, and yield the numbers of completed ones."""
    if not batch:
        return
    try:
        perform("BatchWriteItem", {"RequestItems": {name: [read.request for read in batch]}})
        yield len(batch)
    except WRONG:
        # One of them is invalid, or two have the same key, of which the later one must win.
        for read in batch:
            operation = "PutItem" if read.is_put else "DeleteItem"
            (members,) = read.request.values()
            try:
                perform(operation, {"TableName": name, **members})
            except WRONG as error:
                raise ArchiveError(
                    f"The item in {read.place} does not fit. {_message(error)}"
                ) from error
            yield 1


def _finish(perform: Perform, operation: str, request: dict[str, Any]) -> None:
    """Set the stream or time to live, unless the table already has one."""
    name_alone = {"TableName": request["TableName"]}
    if operation == "UpdateTable":
        has_it = "StreamSpecification" in perform("DescribeTable", name_alone)["Table"]
    else:
        described = perform("DescribeTimeToLive", name_alone)["TimeToLiveDescription"]
        has_it = described["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    if not has_it:
        perform(operation, request)


def _message(error: BaseException) -> str:
    if isinstance(error, DynamoDBError):
        sentence = f"{(error.message or type(error).__name__).rstrip('.')}."
        return f"{sentence} {error.hint}" if error.hint else sentence
    return str(error) or "Interrupted."


def _shown(keys: Iterable[tuple[str, str, str]]) -> str:
    return ",".join(f"{name}:{kind}" for _, name, kind in keys)
