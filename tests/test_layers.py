"""Imports go downwards only: each layer knows those below it, and no module imports in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import ddbmock

ROOT = Path(ddbmock.__file__).parent

LAYERS: dict[str, tuple[str, ...]] = {
    "forking": (),
    "named_tuple": (),
    "frozen": ("named_tuple",),
    "later": ("forking",),
    "errors": (),
    "extras": (),
    "suggestions": (),
    "clock": ("forking",),
    "roll_out": (),
    "settings": ("later", "frozen", "roll_out", "suggestions"),
    "storage": ("named_tuple", "forking", "extras"),
    "object_store": ("later", "named_tuple", "extras"),
    "export_format": ("named_tuple", "object_store.*", "extras"),
    "values": ("later", "errors", "suggestions"),
    "shapes": ("named_tuple", "values.*", "errors", "suggestions"),
    "expressions": ("named_tuple", "values.*", "errors", "suggestions"),
    "partiql": ("named_tuple", "expressions.*", "values.*", "errors", "suggestions"),
    "policies": ("named_tuple",),
    "database": (
        "named_tuple",
        "frozen",
        "later",
        "policies.*",
        "partiql.*",
        "expressions.*",
        "values.*",
        "storage",
        "storage.group",
        "errors",
        "clock",
        "settings",
        "forking",
        "export_format.*",
        "object_store",
        "roll_out",
        "suggestions",
    ),
    "operations": (
        "named_tuple",
        "forking",
        "frozen",
        "later",
        "export_format.*",
        "shapes.*",
        "database.*",
        "expressions.*",
        "partiql.*",
        "values.*",
        "settings",
        "errors",
        "roll_out",
    ),
    "fault_injection": (
        "named_tuple",
        "operations.api",
        "operations.operation",
        "operations.request_entries",
        "database.*",
        "storage",
        "errors",
        "clock",
        "suggestions",
        "forking",
        "values.plain_keys",
    ),
    "authorization": (
        "named_tuple",
        "operations.*",
        "partiql.*",
        "policies.*",
        "database.*",
        "settings",
        "errors",
    ),
    "service": (
        "named_tuple",
        "frozen",
        "later",
        "authorization",
        "fault_injection",
        "operations.*",
        "database.*",
        "storage",
        "storage.attempts",
        "storage.group",
        "shapes.violations",
        "values.dynamodb_json",
        "values.item",
        "values.plain_keys",
        "settings",
        "roll_out",
        "clock",
        "suggestions",
        "errors",
        "forking",
    ),
    "table_sources": ("named_tuple", "suggestions", "extras"),
    "archive": (
        "named_tuple",
        "service.*",
        "operations.*",
        "database.*",
        "export_format.*",
        "object_store.*",
        "errors",
        "clock",
        "values.item",
    ),
    "triggers": (
        "named_tuple",
        "suggestions",
        "service.*",
        "database.*",
        "operations.operation",
        "database",
        "storage",
        "storage.attempts",
        "clock",
        "values.*",
        "errors",
    ),
    "seeding": ("archive.*", "table_sources", "service.*", "database", "errors", "settings"),
    "clients": (
        "named_tuple",
        "later",
        "suggestions",
        "object_store.*",
        "service.*",
        "operations.api",
        "operations.operation",
        "database",
        "storage",
        "settings",
        "clock",
        "values.*",
        "errors",
        "extras",
        "forking",
    ),
    "server": (
        "later",
        "named_tuple",
        "clients.botocore_patch",
        "clients.region",
        "clients.transport",
        "triggers.*",
        "triggers",
        "seeding",
        "table_sources",
        "service.*",
        "operations.api",
        "operations.operation",
        "errors",
        "authorization",
        "fault_injection",
        "database",
        "storage",
        "settings",
        "clock",
        "forking",
        "extras",
    ),
    "testing": (
        "later",
        "named_tuple",
        "frozen",
        "seeding",
        "object_store.*",
        "server.*",
        "triggers.*",
        "triggers",
        "clients.*",
        "service.*",
        "table_sources",
        "database.*",
        "storage",
        "settings.*",
        "settings",
        "clock",
        "errors",
        "values.item",
        "extras",
    ),
    "verify": (
        "named_tuple",
        "service.*",
        "database",
        "operations.api",
        "operations.operation",
        "extras",
        "errors",
        "roll_out",
        "clients.botocore_patch",
    ),
    "cli": (
        "named_tuple",
        "verify.*",
        "roll_out",
        "clients.region",
        "archive.*",
        "object_store",
        "clock",
        "server.*",
        "service.*",
        "database",
        "database.damage",
        "database.life",
        "database.schema",
        "errors",
        "storage",
        "storage.sqlite_check",
        "settings",
        "extras",
        "suggestions",
    ),
    "__main__": ("cli",),
    "__init__": ("testing.*", "triggers.options", "server", "clients.*"),
    "unittest": ("testing.*", "table_sources", "clients.hints"),
    "pytest_plugin": ("__init__", "testing.*", "table_sources", "service.*", "verify.*"),
}
"""What the modules of a layer may import beside one another, by layer, from the bottom up.

``storage`` alone is the port, without the engines behind it; ``values.*`` is all of a package.
"""


class Import(NamedTuple):
    """That one module imports another, both by their names below ``ddbmock``."""

    importer: str
    imported: str
    within_function: bool
    line: int


def modules() -> dict[str, Path]:
    """Every module of the package by its name below it; ``__init__`` is the package itself."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and parts[1:] else parts)] = path
    return found


MODULES = modules()


def imports(name: str) -> Iterator[Import]:
    """What a module imports of the package."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno} imports relatively"
            base = node.module or ""
            names = [
                f"{base}.{alias.name}" if _is_module(f"{base}.{alias.name}") else base
                for alias in node.names
            ]
        else:
            continue
        for imported in names:
            if imported == "ddbmock" or imported.startswith("ddbmock."):
                below = imported.removeprefix("ddbmock").removeprefix(".") or "__init__"
                yield Import(name, below, id(node) in inner, node.lineno)


def _is_module(dotted: str) -> bool:
    return dotted.startswith("ddbmock.") and dotted.removeprefix("ddbmock.") in MODULES


def allowed(layer: str, imported: str) -> bool:
    """Whether the table lets a layer import a module."""
    return any(
        imported == entry.removesuffix(".*")
        or (entry.endswith(".*") and imported.startswith(entry.removesuffix("*")))
        for entry in LAYERS[layer]
    )


def test_every_module_belongs_to_a_layer() -> None:
    assert {name.partition(".")[0] for name in MODULES} <= set(LAYERS)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_its_layer_may(name: str) -> None:
    layer = name.partition(".")[0]
    wrong = [
        f"{one.importer}:{one.line} imports {one.imported}"
        for one in imports(name)
        if one.imported.partition(".")[0] != layer and not allowed(layer, one.imported)
    ]
    assert wrong == []


def test_the_table_itself_points_downwards() -> None:
    order = list(LAYERS)
    upwards = [
        f"{layer} may import {entry}"
        for layer, entries in LAYERS.items()
        for entry in entries
        if order.index(entry.partition(".")[0]) >= order.index(layer)
    ]
    assert upwards == []


def test_no_module_imports_in_a_circle() -> None:
    graph = {
        name: {one.imported for one in imports(name) if not one.within_function}
        for name in MODULES
        if name != "__init__"
    }
    while free := [name for name, needed in graph.items() if not needed & graph.keys()]:
        for name in free:
            del graph[name]
    assert graph == {}


OPTIONAL = {
    "archive.remote",
    "object_store.s3",
    "server.ini_file",
    "database.data_plane.vector_matrix",
    "clients.aiobotocore",
    "clients.botocore_patch",
    "clients.transport",
    "clients.client_options",
    "server",
    "server.asyncio_server",
    "server.waitress_server",
    "testing.server",
}
"""Modules that need a package which may not be there, and are imported when they are used."""

SELDOM = {
    "extras",
    "database.control_plane.resource_policies",
    "database.control_plane.shared_replicas",
    "operations.statement_content",
    "operations.v20111205",
    "operations.streams",
    "operations.v20120810",
    "seeding",
    "table_sources",
    "testing.limits",
    "testing.history",
    "database.control_plane.history",
    "triggers",
    "triggers.configured",
    "triggers.kinesis",
    "triggers.worker",
    "fault_injection",
    "server.console",
    "server.control",
    "server.functions",
    "server.waitress_groups",
    "server.workers.shared_clock",
    "server.workers.shared_log",
    "service.backfill_control",
    "service.key_counts",
    "service.stream_shards",
    "service.quorum",
    "service.replication_control",
    "authorization",
}
"""Modules that a process' first request need not wait for, since few programs use all of them."""


def test_functions_import_engines_and_what_is_optional_or_seldom_used() -> None:
    """So does the pytest plugin, which pytest imports whether it is used or not."""
    wrong = [
        f"{one.importer}:{one.line} imports {one.imported}"
        for name in MODULES
        if name != "storage" and not name.startswith("pytest_plugin.")
        for one in imports(name)
        if one.within_function and one.imported not in OPTIONAL | SELDOM
    ]
    assert wrong == []


@pytest.mark.parametrize("name", MODULES)
def test_overloads_are_for_type_checkers_only(name: str) -> None:
    """typing keeps each overload that runs, and all of ddbmock with it, until a process has ended."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    checked = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    run = [
        f"{name}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "overload" and id(node) not in checked
    ]
    assert run == []


def postponed(name: str) -> Iterator[tuple[str, str]]:
    """The modules that a module imports when they are first used, as code and as type checkers."""
    for block in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(block, ast.If) and "later(" in "".join(map(ast.unparse, block.orelse)):
            checked = [
                f"{node.module}.{alias.name}={alias.asname or alias.name}"
                for node in block.body
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
                if _is_module(f"{node.module}.{alias.name}")
            ]
            (assignment,) = block.orelse
            assert isinstance(assignment, ast.Assign)
            assert isinstance(assignment.value, ast.Call)
            package, *names = [ast.literal_eval(one) for one in assignment.value.args]
            targets = [
                name.id for name in ast.walk(assignment.targets[0]) if isinstance(name, ast.Name)
            ]
            targets_ = [f"{package}.{one}={to}" for one, to in zip(names, targets, strict=True)]
            yield ", ".join(sorted(checked)), ", ".join(sorted(targets_))


def test_modules_that_are_imported_later_are_those_that_type_checkers_see() -> None:
    found = [pair for name in MODULES for pair in postponed(name)]
    assert len(found) > 10
    assert [pair for pair in found if pair[0] != pair[1]] == []
