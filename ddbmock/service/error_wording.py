"""How AWS words its messages, where the wording has changed: by API version, and by a setting.

Since about 2026 the service puts ``1 validation error detected: `` before messages that used to
stand alone: with PutItem, UpdateItem and DeleteItem when the request alone is at fault, with Query
when ``Select`` does not go with other members. An empty set among the ExpressionAttributeValues of
PutItem and UpdateItem is since then told as one in an item is.

What the service says after it has looked at the table (``DynamoDBError.at_table``) is as it was:
keys that do not fit the schema, index keys, numbers, nesting and sizes. So are all messages of
batches and transactions.

Of JSON values of the wrong type the first API speaks as the service did in its time. Source: threads
of those years, such as aws-sdk-js 44 and aws-sdk-php 325.
"""

from __future__ import annotations

import re
from typing import Final

from ddbmock.errors import DynamoDBError, SerializationException, ValidationException

PREFIX: Final = "1 validation error detected: "

_OF_REQUESTS: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
_OF_SELECT: Final = (
    "ALL_PROJECTED_ATTRIBUTES can be used only",
    "Must specify the AttributesToGet or ProjectionExpression",
    "Cannot specify the ProjectionExpression when",
    "Cannot specify the AttributesToGet when",
)
_WITH_VALUES: Final = frozenset({"PutItem", "UpdateItem"})
_EMPTY_SET: Final = re.compile(
    r"ExpressionAttributeValues contains invalid value: "
    r"(One or more parameter values were invalid: [A-Za-z ]+ not be empty) for key :\w+",
    re.ASCII,
)


def latest(error: DynamoDBError, operation: str) -> None:
    """Word an error of an operation (2012-08-10) as the service does today."""
    message = error.message
    if not isinstance(error, ValidationException) or error.at_table or message is None:
        return
    if " validation error" in message[:24]:
        return
    if operation in _WITH_VALUES:
        message = _EMPTY_SET.sub(r"\1", message)
    if operation in _OF_REQUESTS or (operation == "Query" and message.startswith(_OF_SELECT)):
        error.message = PREFIX + message
        error.args = (error.message,)


def first(error: DynamoDBError) -> None:
    """Word an error of an operation of the first API, 2011-12-05."""
    if isinstance(error, SerializationException) and error.first_message is not None:
        error.message = error.first_message
        error.args = (error.message,)
