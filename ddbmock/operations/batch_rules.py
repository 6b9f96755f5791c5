"""Rules of batches that both API versions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ddbmock.database.key import Attributed, KeySchema
from ddbmock.errors import ValidationException
from ddbmock.shapes import Length, Limit, Members
from ddbmock.shapes.constraints import Constraint

MAX_GETS: Final = 100
MAX_WRITES: Final = 25


def table_names(
    *constraints: Constraint,
    text: str,
    echo: Callable[[Any], str] | None = None,
    last: bool = False,
) -> Members:
    """Return the constraint on the table names of RequestItems."""
    text = f"Map keys must satisfy constraint: [{text}]"
    return Members(keys=constraints, text=text, echo=echo, last=last)


_WRITES: Final = (
    "Map value must satisfy constraint: "
    f"[Member must have length less than or equal to {MAX_WRITES}, "
    "Member must have length greater than or equal to 1]"
)
SOME_WRITES: Final = Members(values=(Length(1),), text=_WRITES)
FEW_WRITES: Final = Members(values=(Limit(MAX_WRITES),), text=_WRITES, lifted=True)


def check_count(operation: str, counts: Sequence[int], most: int) -> None:
    """Check the number of items in a batch, counted over all tables.

    :raises ValidationException: there are more than `most`.
    """
    if sum(counts) > most:
        raise ValidationException(
            f"Too many items requested for the {operation} call",
            hint=f"The batch has {sum(counts)} items; at most {most} are allowed over all tables. Send several batches.",
        )


def check_either(put: object, delete: object) -> None:
    """Check that a write request has either a put or a delete.

    :raises ValidationException: it has none or both; the service uses its message about values.
    """
    if (put is None) == (delete is None):
        raise ValidationException(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
            hint="A write request must have either a PutRequest or a DeleteRequest.",
        )


def repeated(schema: KeySchema, keys: Sequence[Attributed]) -> str:
    """Return the first key that occurs twice, as hints show keys. At least one key must occur twice."""
    stored = [schema.stored(key) for key in keys]
    again = next(number for number, key in enumerate(stored) if key in stored[:number])
    return schema.shown(keys[again])


def duplicates(hint: str) -> ValidationException:
    """Return the error for a key that occurs twice."""
    return ValidationException("Provided list of item keys contains duplicates", hint=hint)
