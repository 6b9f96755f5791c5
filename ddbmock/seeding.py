"""The initial tables and items of a database: the settings ``tables`` and ``load``."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ddbmock.archive import source
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.load import load
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError, ResourceNotFoundException
from ddbmock.service.router import Router
from ddbmock.settings import SettingsError
from ddbmock.table_sources import TableSourceError, tables_in

log: Final = logging.getLogger("ddbmock.server")


def seed(dynamodb: DynamoDB, region: str) -> None:
    """Create the tables of the setting ``tables``, and load the folder of the setting ``load``.

    Existing tables are not changed, and tables with items are not loaded. So a server with
    persistent data can be started again with the same settings.

    :raises SettingsError: a source cannot be read, or a definition is rejected.
    """
    settings = dynamodb.settings
    # There are neither delays nor limits, since the items may come from a database without limits.
    at_once = dataclasses.replace(settings, limits="none", delay_creating=0, delay_updating=0)
    router = Router(DynamoDB(dynamodb.storage, at_once, dynamodb.clock))

    def perform(operation: str, body: Mapping[str, Any]) -> Any:
        target = router.target(f"DynamoDB_20120810.{operation}")
        if operation == "DescribeTable" and body["TableName"] not in _names(perform):
            # The router is not used, because it would log an error for a missing table.
            raise ResourceNotFoundException("Requested resource not found")
        return router.perform(target, body, region=region, access_key="ddbmock")

    try:
        if settings.tables:
            _create(perform, settings.tables)
        if settings.load:
            _load(perform, Path(settings.load))
    except (ArchiveError, TableSourceError) as error:
        raise SettingsError(str(error)) from error
    except DynamoDBError as error:
        sentence = f"{error.message or type(error).__name__}. {error.hint or ''}".strip()
        raise SettingsError(sentence) from error


def _create(perform: Any, path: str) -> None:
    for one in tables_in(path):
        name = str(one.create_table["TableName"])
        if _described(perform, name) is not None:
            continue
        perform("CreateTable", one.create_table)
        if one.time_to_live:
            perform(
                "UpdateTimeToLive",
                {"TableName": name, "TimeToLiveSpecification": one.time_to_live},
            )
        log.info("Created table %s", name)


def _load(perform: Any, folder: Path) -> None:
    if folder.is_file():
        raise ArchiveError(f"{folder} is a file, and not a folder with exports: use ddbmock load.")
    if not folder.is_dir():
        raise ArchiveError(f"The folder {folder} does not exist.")
    for part in source.of_folder(folder, ()):
        described = _described(perform, part.name)
        if described is not None and described["ItemCount"]:
            log.info("Table %s has items already, and is not loaded", part.name)
            continue
        count = load(perform, part.name, part.description, part.items(), lambda _: None)
        log.info("Loaded table %s: %d items", part.name, count)


def _described(perform: Any, name: str) -> Mapping[str, Any] | None:
    try:
        table: Mapping[str, Any] = perform("DescribeTable", {"TableName": name})["Table"]
    except ResourceNotFoundException:
        return None
    return table


def _names(perform: Any) -> Iterator[str]:
    """Yield the names of all tables."""
    page = perform("ListTables", {})
    yield from page["TableNames"]
    while "LastEvaluatedTableName" in page:
        page = perform("ListTables", {"ExclusiveStartTableName": page["LastEvaluatedTableName"]})
        yield from page["TableNames"]
