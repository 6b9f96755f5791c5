"""DynamoDB's first API, version 2011-12-05."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Operation

OPERATIONS: Final[Mapping[str, Operation]] = {}
