"""Tables from existing descriptions, templates and models.

A source is a mapping (a CreateTable request, the answer of DescribeTable, a CloudFormation or SAM
template, a serverless.yml, a model of NoSQL Workbench, a plan of Terraform), the path of a JSON or
YAML file with one, the path of a folder of such files (CDK's ``cdk.out``, too), a PynamoDB model,
or any iterable of sources.
"""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from ddbmock.suggestions import nearest
from ddbmock.table_sources import (
    cloudformation,
    descriptions,
    files,
    pynamodb,
    serverless,
    terraform,
    workbench,
)
from ddbmock.table_sources.bounds import check_document
from ddbmock.table_sources.definition import TableDefinition as TableDefinition
from ddbmock.table_sources.definition import TableSourceError as TableSourceError
from ddbmock.table_sources.files import parse as parse
from ddbmock.table_sources.intrinsics import PSEUDO, section

TableSource: TypeAlias = "Mapping[str, Any] | str | os.PathLike[str] | type | Iterable[Any]"


def tables_in(
    source: TableSource, parameters: Mapping[str, Any] | None = None
) -> Iterator[TableDefinition]:
    """Yield the tables that a source defines, in its order; a folder's files go by name.

    :param parameters: values of a template's parameters, instead of their defaults.
    :raises TableSourceError: something in it defines no table, or cannot be read; no template has
        a parameter of such a name.
    """
    values, declared = parameters or {}, set(PSEUDO)
    yield from _tables_in(source, values, declared)
    for name in values:
        if name not in declared:
            if not _OF_TABLES.isdisjoint(values):
                raise TableSourceError(
                    "The second argument has the parameters of a template; several tables are a list: "
                    "[first, second]."
                )
            near = nearest(name, declared - PSEUDO.keys())
            advice = f"; did you mean {near}?" if near else "."
            raise TableSourceError(f"No template has a parameter {name!r}{advice}")


_OF_TABLES: Final = frozenset({"KeySchema", "AttributeDefinitions", "Resources"})
"""Members of a second table, given where a template's parameters are expected."""


def _tables_in(
    source: TableSource, parameters: Mapping[str, Any], declared: set[str]
) -> Iterator[TableDefinition]:
    """Yield the same, and add the names of the templates' parameters to a set."""
    if isinstance(source, Mapping):
        check_document(source)
        yield from _of_document(source, parameters, declared)
    elif isinstance(source, (str, os.PathLike)):
        for path in files.in_order(Path(source)):
            try:
                yield from _of_document(files.load(path), parameters, declared)
            except TableSourceError as error:
                raise TableSourceError(f"{path}: {error}") from error
    elif isinstance(source, type):
        yield pynamodb.definition(source)
    elif isinstance(source, Iterable):
        for one in source:
            yield from _tables_in(one, parameters, declared)
    else:
        raise TableSourceError(f"{reprlib.repr(source)} defines no table.")


def _of_document(
    document: Any, parameters: Mapping[str, Any], declared: set[str]
) -> Iterator[TableDefinition]:
    if isinstance(document, list):
        for one in document:
            yield from _of_document(one, parameters, declared)
    elif not isinstance(document, Mapping):
        raise TableSourceError(f"Neither a table nor a template: {reprlib.repr(document)}.")
    elif "Resources" in document:
        declared.update(section(document, "Parameters"))
        yield from cloudformation.definitions(document, parameters)
    elif serverless.is_serverless(document):
        declared.update(parameters)
        yield from serverless.definitions(document, parameters)
    elif isinstance(document.get("DataModel"), list):
        yield from workbench.definitions(document)
    elif "terraform_version" in document:
        yield from terraform.definitions(document)
    else:
        yield descriptions.definition(document)
