"""Every error that DynamoDB answers, one class for each exception name of the service.

::

    DynamoDBError
    ├── (com.amazon.coral.service)
    │   ├── SerializationException
    │   ├── UnknownOperationException
    │   ├── AccessDeniedException
    │   ├── MissingAuthenticationTokenException
    │   ├── IncompleteSignatureException
    │   ├── InvalidSignatureException
    │   ├── UnrecognizedClientException
    │   ├── ExpiredTokenException
    │   └── InternalFailure                             500
    ├── (com.amazon.coral.validate)
    │   └── ValidationException
    ├── (com.amazon.coral.availability)
    │   └── ThrottlingException
    └── (com.amazonaws.dynamodb.<version>)
        ├── BackupInUseException
        ├── BackupNotFoundException
        ├── ConditionalCheckFailedException
        ├── ContinuousBackupsUnavailableException
        ├── DuplicateItemException
        ├── ExportConflictException
        ├── ExportNotFoundException
        ├── ExpiredIteratorException
        ├── GlobalTableAlreadyExistsException
        ├── GlobalTableNotFoundException
        ├── IdempotentParameterMismatchException
        ├── ImportConflictException
        ├── ImportNotFoundException
        ├── IndexNotFoundException
        ├── InternalServerError                         500
        ├── InvalidExportTimeException
        ├── InvalidRestoreTimeException
        ├── ItemCollectionSizeLimitExceededException
        ├── LimitExceededException
        ├── PointInTimeRecoveryUnavailableException
        ├── PolicyNotFoundException
        ├── ProvisionedThroughputExceededException
        ├── ReplicaAlreadyExistsException
        ├── ReplicaNotFoundException
        ├── ReplicatedWriteConflictException
        ├── RequestLimitExceeded
        ├── ResourceInUseException
        ├── ResourceNotFoundException
        ├── TableAlreadyExistsException
        ├── TableInUseException
        ├── TableNotFoundException
        ├── TransactionCanceledException
        ├── TransactionConflictException
        ├── TransactionInProgressException
        └── TrimmedDataAccessException

An error has two texts: ``message``, which is DynamoDB's own and goes on the wire byte for byte, and
``hint``, which is ddbmock's, helps the reader, and never goes into the body.

Code that has to tell one error from another compares its :class:`Reason` or its :class:`Stage`,
never its message: the message depends on the API version and on the setting ``wording``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

MODEL: Final = None
"""Namespace of the errors that a service model lists: each API has its own."""


class Stage(enum.Enum):
    """The stage at which an error was found. The wording of some errors depends on it."""

    SHAPE = "shape"
    """JSON types, and the constraints of single members."""
    REQUEST = "request"
    """Rules across members, expressions and values: all checks that need the request only."""
    TABLE = "table"
    """Checks that need the table: its keys, its indexes, its limits."""
    ITEM = "item"
    """Checks that need the stored item: conditions, operands, the new size."""


class Reason(enum.Enum):
    """The identity of an error that code has to distinguish from others."""

    NOT_A_NUMBER = "a number cannot be read"
    NUMBER_TOO_LARGE = "a number is beyond the largest magnitude"
    NUMBER_TOO_SMALL = "a number is below the smallest magnitude"
    TOO_MANY_DIGITS = "a number has more than 38 significant digits"
    EMPTY_STRING_SET = "a string set is empty"
    EMPTY_NUMBER_SET = "a number set is empty"
    EMPTY_BINARY_SET = "a binary set is empty"
    DUPLICATE_MEMBER = "a set has a member twice"
    NAME_TOO_LARGE = "an attribute name is too long"
    TOO_DEEP = "a value is nested too deeply"
    NO_REQUEST_ITEMS = "a batch names no table"
    VALUES_WITHOUT_EXPRESSION = "ExpressionAttributeValues are given, but no expression"
    RETURN_VALUES = "ReturnValues names attributes that the operation does not return"
    SELECT_CONFLICT = "Select contradicts other members"
    SELECT_WITHOUT_PROJECTION = "Select asks for specific attributes, which are not given"
    SEGMENT_TOO_HIGH = "Segment is not below TotalSegments"
    MISSING_OPERAND = "an update takes a value from an attribute that the item does not have"
    KEY_MISMATCH = "a key does not have the attributes and types of the schema"


NUMBER_REASONS: Final = frozenset(
    {
        Reason.NOT_A_NUMBER,
        Reason.NUMBER_TOO_LARGE,
        Reason.NUMBER_TOO_SMALL,
        Reason.TOO_MANY_DIGITS,
    }
)
"""The reasons for which a number is rejected."""


class DynamoDBError(Exception):
    """An error answer: DynamoDB's text, and a hint for the caller.

    ``members`` are the further members of the body (``Item``, ``CancellationReasons``).
    ``message_2011`` and ``message_2026`` are the texts of the first API and of the request
    validation that AWS has been rolling out since June 2026, where they differ from ``message``;
    :mod:`ddbmock.service.error_wording` chooses among them.
    """

    status: ClassVar[int] = 400
    namespace: ClassVar[str | None] = MODEL
    message_member: ClassVar[str] = "message"

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        members: Mapping[str, Any] | None = None,
        reason: Reason | None = None,
        message_2011: str | None = None,
        message_2026: str | None = None,
    ) -> None:
        super().__init__(message if message is not None else type(self).__name__)
        self.message = message
        self.hint = hint
        self.members: Mapping[str, Any] = members or {}
        self.reason = reason
        self.place = ""
        """The path to the wrong part of an attribute value, as expressions write it; for the hint."""
        self.stage: Stage | None = None
        self.explained = False
        """Whether the message already contains the hint."""
        self.message_2011 = message_2011
        self.message_2026 = message_2026

    def found_at(self, stage: Stage) -> None:
        """Record the stage, unless an earlier station has recorded its own."""
        if self.stage is None:
            self.stage = stage

    def reword(self, message: str) -> None:
        """Replace the message."""
        self.message = message
        self.args = (message,)

    def explain(self) -> None:
        """Append the hint to the message; once."""
        if not self.hint or self.explained:
            return
        self.explained = True
        # A caret in the hint points to the line above it, so both lines get the same indentation.
        hint = "ddbmock: " + self.hint.replace("\n", "\n         ")
        self.reword(hint if self.message is None else f"{self.message}\n{hint}")

    def type_in(self, model_namespace: str) -> str:
        """Return the ``__type`` member, for an API whose model's errors have this namespace."""
        return f"{self.namespace or model_namespace}#{type(self).__name__}"


class BackupInUseException(DynamoDBError):
    pass


class BackupNotFoundException(DynamoDBError):
    pass


class ContinuousBackupsUnavailableException(DynamoDBError):
    pass


class ExportConflictException(DynamoDBError):
    pass


class ExportNotFoundException(DynamoDBError):
    pass


class ImportConflictException(DynamoDBError):
    pass


class ImportNotFoundException(DynamoDBError):
    pass


class InvalidExportTimeException(DynamoDBError):
    pass


class InvalidRestoreTimeException(DynamoDBError):
    pass


class PointInTimeRecoveryUnavailableException(DynamoDBError):
    pass


class TableAlreadyExistsException(DynamoDBError):
    pass


class TableInUseException(DynamoDBError):
    pass


class TableNotFoundException(DynamoDBError):
    pass


class _CoralServiceError(DynamoDBError):
    namespace = "com.amazon.coral.service"


class SerializationException(_CoralServiceError):
    message_member = "Message"


class UnknownOperationException(_CoralServiceError):
    pass


class AccessDeniedException(_CoralServiceError):
    message_member = "Message"


class MissingAuthenticationTokenException(_CoralServiceError):
    pass


class IncompleteSignatureException(_CoralServiceError):
    pass


class InvalidSignatureException(_CoralServiceError):
    pass


class UnrecognizedClientException(_CoralServiceError):
    pass


class ExpiredTokenException(_CoralServiceError):
    pass


class InternalFailure(_CoralServiceError):
    status = 500


class ValidationException(DynamoDBError):
    namespace = "com.amazon.coral.validate"
    violations: Sequence[Any] = ()
    """The constraints that the request violates (:class:`ddbmock.shapes.violations.Violation`)."""


class ThrottlingException(DynamoDBError):
    namespace = "com.amazon.coral.availability"


class ConditionalCheckFailedException(DynamoDBError):
    item: Any = None
    """The item for which the condition is false; None if there is no item."""


class DuplicateItemException(DynamoDBError):
    item: Any = None
    """The stored item with the key."""


class ExpiredIteratorException(DynamoDBError):
    pass


class IdempotentParameterMismatchException(DynamoDBError):
    message_member = "Message"


class InternalServerError(DynamoDBError):
    status = 500


class ItemCollectionSizeLimitExceededException(DynamoDBError):
    pass


class LimitExceededException(DynamoDBError):
    pass


class PolicyNotFoundException(DynamoDBError):
    pass


class ProvisionedThroughputExceededException(DynamoDBError):
    pass


class GlobalTableAlreadyExistsException(DynamoDBError):
    pass


class GlobalTableNotFoundException(DynamoDBError):
    pass


class IndexNotFoundException(DynamoDBError):
    pass


class ReplicaAlreadyExistsException(DynamoDBError):
    pass


class ReplicaNotFoundException(DynamoDBError):
    pass


class ReplicatedWriteConflictException(DynamoDBError):
    pass


class RequestLimitExceeded(DynamoDBError):
    pass


class ResourceInUseException(DynamoDBError):
    pass


class ResourceNotFoundException(DynamoDBError):
    pass


class TransactionCanceledException(DynamoDBError):
    message_member = "Message"


class TransactionConflictException(DynamoDBError):
    pass


class TransactionInProgressException(DynamoDBError):
    message_member = "Message"


class TrimmedDataAccessException(DynamoDBError):
    pass


THROTTLING: Final = (
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ThrottlingException,
)
"""The errors of throttled requests."""
