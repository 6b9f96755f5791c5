"""The wording of errors: which text of an error a client gets, by API version and by setting.

Since June 2026 AWS has been replacing DynamoDB's request validation. The new one puts
``1 validation error detected: `` before messages that used to stand alone, and words some anew
(``DynamoDBError.message_2026``). :data:`RULES` lists which operations' errors that concerns, by
the error's reason and the stage at which it was found; all others keep their text.

For JSON values of a wrong type the first API has the texts of its time
(``DynamoDBError.message_2011``). Source: threads of those years, such as aws-sdk-js 44 and
aws-sdk-php 325.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ddbmock.errors import DynamoDBError, Reason, Stage, ValidationException
from ddbmock.settings import Settings

PREFIX: Final = "1 validation error detected: "


class Form(NamedTuple):
    """What becomes of an error's message."""

    prefix: bool = False
    """Whether the prefix is added."""
    renewed: bool = False
    """Whether the text of 2026 takes the place of the older one, if the error has it."""


class Rule(NamedTuple):
    """The form of the errors of some operations, for one reason or (None) for all others."""

    operations: tuple[str, ...]
    reason: Reason | None
    stage: Stage
    form: Form


_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem")

RULES: Final = (
    Rule(_WRITES, None, Stage.REQUEST, Form(prefix=True, renewed=True)),
    Rule(_WRITES, Reason.NOT_A_NUMBER, Stage.REQUEST, Form()),
    Rule(_WRITES, Reason.NUMBER_TOO_LARGE, Stage.REQUEST, Form()),
    Rule(_WRITES, Reason.NUMBER_TOO_SMALL, Stage.REQUEST, Form()),
    Rule(_WRITES, Reason.TOO_MANY_DIGITS, Stage.REQUEST, Form()),
    Rule(_WRITES, Reason.TOO_DEEP, Stage.REQUEST, Form()),
    Rule(("Query",), Reason.SELECT_CONFLICT, Stage.REQUEST, Form(prefix=True)),
)

_FORMS: Final[Mapping[tuple[str, Reason | None, Stage], Form]] = {
    (operation, rule.reason, rule.stage): rule.form
    for rule in RULES
    for operation in rule.operations
}
_AS_BEFORE: Final = Form()


def reword_20120810(error: DynamoDBError, operation: str, settings: Settings) -> None:
    """Give an error of an operation of API version 2012-08-10 the text of today's service."""
    if settings.wording != "latest":
        return
    error.found_at(Stage.REQUEST)
    assert error.stage is not None
    if not isinstance(error, ValidationException) or error.message is None:
        return
    form = _FORMS.get((operation, error.reason, error.stage))
    if form is None:
        form = _FORMS.get((operation, None, error.stage), _AS_BEFORE)
    message = error.message
    if form.renewed and error.message_2026 is not None:
        message = error.message_2026
    if form.prefix:
        message = PREFIX + message
    error.reword(message)


def reword_20111205(error: DynamoDBError, operation: str, settings: Settings) -> None:
    """Give an error of API version 2011-12-05 the text of that API's time."""
    if error.message_2011 is not None:
        error.reword(error.message_2011)
