"""DynamoDB's meaning, the same for all its APIs: tables, items, indexes, capacity."""

from ddbmock.database.data_plane.table import Table
from ddbmock.database.data_plane.write_plan import Written
from ddbmock.database.db import Call, DynamoDB

__all__ = ["Call", "DynamoDB", "Table", "Written"]
