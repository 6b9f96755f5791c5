"""Filters of pages: the stored items that meet a condition."""

from __future__ import annotations

from collections.abc import Sequence

from ddbmock.expressions.condition import Condition
from ddbmock.values.glance import UNCLEAR, Glance, beginning, look
from ddbmock.values.item import Item


def passing(records: Sequence[bytes], condition: Condition) -> list[bytes]:
    """Return the records of the items that meet a condition.

    Most filters test single attributes, all of which must pass: then each is looked for in a record
    and tested at once, without objects and calls for the item and the condition. An item with an
    attribute that a look cannot be sure of is parsed. tests/shortcuts/test_filtering.py shows that
    the condition itself finds the same.
    """
    tests = condition.tests
    if tests is None:
        holds = condition.holds
        return [record for record in records if holds(Glance(record))]
    members = [(beginning(name), test) for name, test in tests]
    passed: list[bytes] = []
    for record in records:
        for member, test in members:
            found = look(record, member)
            if found is UNCLEAR:
                if condition.holds(Item.of_record(record)):
                    passed.append(record)
                break
            if not test(found):
                break
        else:
            passed.append(record)
    return passed
