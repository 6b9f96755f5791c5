"""An API of the service: the prefix of its targets, its operations and its error namespace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, Final, Protocol, TypeAlias

from ddbmock.database import Call
from ddbmock.errors import DynamoDBError
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Operation

Reword: TypeAlias = Callable[[DynamoDBError, Call, Mapping[str, Any]], None]
"""Changes the text of an error to that of an API; receives the call and the request's body."""


def keep_text(error: DynamoDBError, call: Call, body: Mapping[str, Any]) -> None:
    """Keep the text of an error."""


class OperationModule(Protocol):
    """A package such as :mod:`ddbmock.operations.v20120810`."""

    @property
    def OPERATIONS(self) -> Mapping[str, Operation]:  # noqa: N802 (a module's constant)
        """The operations by name."""

    @property
    def NOT_SERVED(self) -> Collection[str]:  # noqa: N802 (a module's constant)
        """Names of operations that AWS has and ddbmock does not."""


class Api:
    """One of the service's APIs. :data:`ddbmock.service.apis.APIS` lists all of them."""

    def __init__(
        self,
        name: str,
        error_namespace: str,
        load: Callable[[], OperationModule],
        *,
        reword: Reword = keep_text,
    ) -> None:
        """Create an API. `load` imports its operations when the first of them is needed."""
        self.name: Final = name
        """The part of a target before the dot, such as ``DynamoDB_20120810``."""
        self.error_namespace: Final = error_namespace
        """Namespace of the errors that the API's model lists."""
        self.reword: Final = reword
        self._load: Final = load

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """The operations by name."""
        return self._load().OPERATIONS

    @property
    def not_served(self) -> Collection[str]:
        """Names of operations that AWS has and ddbmock does not."""
        return self._load().NOT_SERVED

    def target(self, name: str) -> Target | None:
        """Return the target of an operation, or None if the API has no such operation."""
        operation = self.operations.get(name)
        return None if operation is None else Target(self, name, operation)

    @property
    def targets(self) -> list[str]:
        """The values of the target header, such as ``DynamoDB_20120810.PutItem``."""
        return [f"{self.name}.{name}" for name in self.operations]

    def __repr__(self) -> str:
        return f"<API {self.name}>"


class Target(NamedTuple):
    """An operation of an API: the meaning of a target header."""

    api: Api
    name: str
    operation: Operation
