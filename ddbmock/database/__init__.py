"""What DynamoDB means, whatever the version of its wire: tables, items, indexes, capacity."""

from ddbmock.database.db import Call, DynamoDB
from ddbmock.database.table import Table, Written

__all__ = ["Call", "DynamoDB", "Table", "Written"]
