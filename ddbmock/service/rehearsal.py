"""Rehearsals: operations in a transaction that is rolled back, to show their effect.

A rehearsal is neither logged nor counted, and no fault affects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final

from ddbmock.database import Call, DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Output
from ddbmock.storage import Reader, Storage, Writer


def perform(
    dynamodb: DynamoDB,
    target: Target,
    body: Mapping[str, Any],
    *,
    region: str = "us-east-1",
    access_key: str = "",
) -> tuple[Call, Output]:
    """Perform an operation and roll it back; return its call, which has the units, and its output.

    :raises DynamoDBError: the operation fails; the error has the wording of its API.
    """
    scratch = DynamoDB(_RolledBack(dynamodb.storage), dynamodb.settings, dynamodb.clock)
    scratch.object_store = dynamodb.object_store
    call = scratch.call(target.name, region, access_key)
    operation = target.operation
    try:
        return call, operation.perform(call, operation.input.parse(body, limited=call.limited))
    except DynamoDBError as error:
        target.api.reword(error, call, body)
        raise


class _RolledBackError(Exception):
    """An exception that ends a write block without its changes."""


class _RolledBack:
    """A storage whose write blocks never change anything."""

    def __init__(self, storage: Storage) -> None:
        self._storage: Final = storage

    def read(self) -> AbstractContextManager[Reader]:
        return self._storage.read()

    def write(self) -> AbstractContextManager[Writer]:
        return _Block(self._storage.write())

    def abandon(self) -> None:
        self._storage.abandon()

    def fork(self) -> Storage:
        return self._storage.fork()

    def close(self) -> None:
        """Do nothing: the storage belongs to the database."""


class _Block:
    """A write block that is rolled back at its end."""

    def __init__(self, block: AbstractContextManager[Writer]) -> None:
        self._block: Final = block

    def __enter__(self) -> Writer:
        return self._block.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            error = _RolledBackError()
            kind = _RolledBackError
        self._block.__exit__(kind, error, traceback)
