"""The first failure of a write block; after it, the block can only fail.

A database may roll back the transaction when a statement fails. A further statement would then run
outside of any transaction, and a commit would keep only the writes after the failure. Therefore
each later call and the end of the block raise the first failure again, even if the block has caught
it. The memory engine does not need this, since its calls cannot fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, final

from ddbmock.storage import StorageError

T = TypeVar("T")


@final
class FirstFailure:
    """The first failure of a write block, if there was one."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: StorageError | None = None
        """None until something has failed."""

    def check(self) -> None:
        """Raise if something has failed.

        :raises StorageError: the first failure.
        """
        if self.error is not None:
            raise self.error

    def note(self, error: StorageError) -> StorageError:
        """Keep an error, and return it."""
        self.error = error
        return error

    def run(self, execute: Callable[..., T], sql: str, values: tuple[Any, ...]) -> T:
        """Return the result of a statement, unless something has failed before.

        :raises StorageError: it has, or the statement fails.
        """
        if self.error is not None:
            raise self.error
        try:
            return execute(sql, *values)
        except StorageError as error:
            self.error = error
            raise
