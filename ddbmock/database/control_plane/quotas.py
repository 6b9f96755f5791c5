"""Quotas of a region: the number of tables, and of tables in transition.

Source: Developer Guide, "Quotas in Amazon DynamoDB".
"""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.schema import ACTIVE
from ddbmock.errors import LimitExceededException

MAX_TABLES: Final = 2500
MAX_OPERATIONS: Final = 500
"""The most tables that are being created, updated or deleted at one time."""

LIFTED: Final = "The setting ddbmock.limits = none lifts this limit."


def check_tables(tables: Tables, most: int = MAX_TABLES) -> None:
    """Check that one more table may be created.

    :raises LimitExceededException: the quota of tables is reached.
    """
    if tables.call.settings.limits == "aws" and tables.count() >= most:
        raise LimitExceededException(
            f"Subscriber limit exceeded: There is a limit of {most} tables per subscriber",
            hint=LIFTED,
        )


def check_operations(tables: Tables, most: int = MAX_OPERATIONS) -> None:
    """Check that one more table may be created, updated or deleted now.

    :raises LimitExceededException: the quota of concurrent operations is reached.
    """
    settings = tables.call.settings
    delays = settings.delay_creating, settings.delay_updating, settings.delay_deleting
    if settings.limits != "aws" or not any(delays):
        return
    changing = sum(table.status != ACTIVE for table in tables.in_transition())
    if changing >= most:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {most} tables can be created, updated, "
            "or deleted simultaneously",
            hint=LIFTED,
        )
