"""Write plans: the steps of a write, from the checked request to the change.

Every write takes the same steps. The table *plans* it (:meth:`.Table.plan_put` and its like check
all that does not depend on the stored item), reads the stored item, checks the *condition* on it
and *applies* the plan. An operation that writes several items takes each step for all of them
before the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from ddbmock.database.capacity import Consumed, IndexUnits, VectorBytes, write_units
from ddbmock.errors import ConditionalCheckFailedException, Stage
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import NO_ITEM, Item

if TYPE_CHECKING:
    from ddbmock.expressions.condition import Condition

Membership: TypeAlias = tuple[bool, ...]
"""For each of :attr:`.TableDescription.kept_indexes`, whether it holds an item."""


class Outcome(NamedTuple):
    """The item after a write, and the indexes that hold it."""

    item: Item | None
    membership: Membership = ()


REMOVED = Outcome(None)


class WritePlan(NamedTuple):
    """A write of one item, after all checks that do not need the stored item."""

    stored_key: bytes
    outcome: Callable[[Item | None], Outcome]
    """Returns the outcome for the stored item (None: there is none).

    :raises ValidationException: the update cannot be applied to this item.
    """
    check_stored: Callable[[Item | None], None] | None = None
    """Rejects the write for its stored item, before its condition is checked.

    :raises ValidationException: the update itself is too large.
    """


class Written(NamedTuple):
    """The effect of a write."""

    old: Item | None
    new: Item | None
    indexes: tuple[IndexUnits, ...] = ()
    """Write units of the indexes that changed as well."""
    vectors: tuple[VectorBytes, ...] = ()
    """Bytes written to the vector indexes that changed as well."""

    @property
    def size(self) -> int:
        """Bytes of the item, before or after, whichever is larger."""
        return max(self.old.size if self.old else 0, self.new.size if self.new else 0)

    @property
    def units(self) -> float:
        """Write units of the table itself."""
        return write_units(self.old.size if self.old else 0, self.new.size if self.new else 0)

    @property
    def consumed(self) -> Consumed:
        """Write units of the table and its indexes."""
        return Consumed(self.units, self.indexes, self.vectors)

    @property
    def total(self) -> float:
        """The sum of all write units."""
        return self.consumed.total if self.indexes else self.units


def check_condition(condition: Condition | None, old: Item | None) -> None:
    """Reject a write whose condition is false for the stored item.

    :raises ConditionalCheckFailedException: with the stored item, for
        ReturnValuesOnConditionCheckFailure.
    """
    if condition is not None and not condition(old or NO_ITEM):
        error = ConditionalCheckFailedException(
            "The conditional request failed",
            hint=f"The condition is false: {stored(old, condition)}.",
        )
        error.item = old
        error.found_at(Stage.ITEM)
        raise error


MOST_SHOWN: Final = 400
"""Largest number of characters of an item in a hint."""


def stored(item: Item | None, condition: Condition | None) -> str:
    """Return the words of a hint about the item for which a condition was false.

    Of a large item they have the attributes that the condition reads.
    """
    if item is None:
        return "there is no item under this key"
    text = item.json.decode()
    if len(text) <= MOST_SHOWN:
        return f"the item is {text}"
    names = dict.fromkeys([str(path[0]) for path in condition.paths] if condition else [])
    found = {name: value for name in names if (value := item.get(name)) is not None}
    text = Item(found).json.decode()
    if len(text) > MOST_SHOWN:
        text = f"{text[: MOST_SHOWN - 3]}..."
    missing = [name for name in names if name not in found]
    lacking = f" and no {', '.join(missing)}" if missing else ""
    return f"of the attributes that it reads, the item has {text}{lacking}"
