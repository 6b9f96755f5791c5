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
        ├── ConditionalCheckFailedException
        ├── IdempotentParameterMismatchException
        ├── InternalServerError                         500
        ├── ItemCollectionSizeLimitExceededException
        ├── LimitExceededException
        ├── ProvisionedThroughputExceededException
        ├── RequestLimitExceeded
        ├── ResourceInUseException
        ├── ResourceNotFoundException
        ├── TransactionCanceledException
        ├── TransactionConflictException
        └── TransactionInProgressException

An error says two things: ``message``, which is DynamoDB's own text and goes on the wire byte for
byte, and ``hint``, which is ours, helps the reader, and never goes into the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

MODEL: Final = None
"""Namespace of the errors that the service's model lists: it names the API version."""


class DynamoDBError(Exception):
    """An error answer: what DynamoDB says, and beside it what helps the caller.

    ``members`` are the further members of the body (``Item``, ``CancellationReasons``).
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
        at_table: bool = False,
    ) -> None:
        super().__init__(message if message is not None else type(self).__name__)
        self.message = message
        self.hint = hint
        self.members: Mapping[str, Any] = members or {}
        self.at_table = at_table
        """Whether the service says this after it has looked at the tables, not before.

        Tells what is said when several things are wrong, and how some messages are worded.
        """

    def type_for(self, version: str) -> str:
        """The ``__type`` member, for an API version such as ``20120810``."""
        namespace = self.namespace or f"com.amazonaws.dynamodb.v{version}"
        return f"{namespace}#{type(self).__name__}"


class _CoralServiceError(DynamoDBError):
    namespace = "com.amazon.coral.service"


class SerializationException(_CoralServiceError):
    message_member = "Message"
    first_message: str | None = None
    """What the service said in its first years, where it says something else today."""


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


class ThrottlingException(DynamoDBError):
    namespace = "com.amazon.coral.availability"


class ConditionalCheckFailedException(DynamoDBError):
    item: Any = None
    """The item that the condition was asked of; None: there was none."""


class IdempotentParameterMismatchException(DynamoDBError):
    message_member = "Message"


class InternalServerError(DynamoDBError):
    status = 500


class ItemCollectionSizeLimitExceededException(DynamoDBError):
    pass


class LimitExceededException(DynamoDBError):
    pass


class ProvisionedThroughputExceededException(DynamoDBError):
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
