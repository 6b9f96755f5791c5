"""Loading: items of any origin into a table, through the operations, so that indexes are built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
from ddbmock.service.http import encode

Perform: TypeAlias = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Performs an operation of this name on the database."""

BATCH_ITEMS: Final = 2_000
BATCH_BYTES: Final = 4 * 1024 * 1024
"""One transaction takes items up to either; more than AWS would allow."""

WRONG: Final = (SerializationException, ValidationException)
"""What is said of an item that no table, or not this one, can hold."""


def load(
    perform: Perform,
    name: str,
    description: Mapping[str, Any] | None,
    items: Iterable[Read],
    progress: Callable[[int], None],
) -> int:
    """Put items into a table, which is created if it is not there; returns how many.

    What is under an item's key already is replaced, so loading again completes what was broken off.

    :raises ArchiveError: the table or an item does not fit; the text tells what was done until then.
    """
    _prepare(perform, name, description)
    done = 0
    try:
        for batch in _batches(items):
            _put(perform, name, batch)
            done += len(batch)
            progress(len(batch))
        for operation, request in recreate.after_items(description, name) if description else ():
            _finish(perform, operation, request)
    except (ArchiveError, DynamoDBError, KeyboardInterrupt) as error:
        raise ArchiveError(
            f"{_said(error)} {done} items were put into table {name} until then and stay there; "
            "loading again begins anew and replaces them."
        ) from error
    return done


def _prepare(perform: Perform, name: str, description: Mapping[str, Any] | None) -> None:
    """See to it that there is a table with the keys described."""
    try:
        there = orjson.loads(encode(perform("DescribeTable", {"TableName": name})))
    except ResourceNotFoundException:
        if description is None:
            raise ArchiveError(
                f"There is no table {name}, and nothing tells its keys: create it before, or say "
                "--key 'artist:S,year:N' or --description FILE (what DescribeTable answers)."
            ) from None
        request = recreate.create_table(description, name)
        try:
            perform("CreateTable", request)
        except DynamoDBError as error:
            raise ArchiveError(f"Table {name} cannot be created. {_said(error)}") from error
        return
    if description is not None:
        keys, wanted = recreate.keys_of(there), recreate.keys_of(description)
        if keys != wanted:
            raise ArchiveError(
                f"Table {name} is there with the keys {_shown(keys)}, not {_shown(wanted)}."
            )


def _batches(items: Iterable[Read]) -> Iterable[list[Read]]:
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


def _put(perform: Perform, name: str, batch: list[Read]) -> None:
    writes = [{"PutRequest": {"Item": read.item}} for read in batch]
    try:
        perform("BatchWriteItem", {"RequestItems": {name: writes}})
    except WRONG:
        # one of them is wrong, or two have the same key: the later one is to stay
        for read in batch:
            try:
                perform("PutItem", {"TableName": name, "Item": read.item})
            except WRONG as error:
                raise ArchiveError(
                    f"The item in {read.place} does not fit. {_said(error)}"
                ) from error


def _finish(perform: Perform, operation: str, request: dict[str, Any]) -> None:
    """Set a stream or a time to live, unless the table that was there has one already."""
    asked = {"TableName": request["TableName"]}
    if operation == "UpdateTable":
        has_it = "StreamSpecification" in perform("DescribeTable", asked)["Table"]
    else:
        described = perform("DescribeTimeToLive", asked)["TimeToLiveDescription"]
        has_it = described["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    if not has_it:
        perform(operation, request)


def _said(error: BaseException) -> str:
    if isinstance(error, DynamoDBError):
        sentence = f"{(error.message or type(error).__name__).rstrip('.')}."
        return f"{sentence} {error.hint}" if error.hint else sentence
    return str(error) or "Interrupted."


def _shown(keys: Iterable[tuple[str, str, str]]) -> str:
    return ",".join(f"{name}:{kind}" for _, name, kind in keys)
