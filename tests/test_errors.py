"""Errors have an identity: no code of the package compares an error's message."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from ddbmock.errors import Reason, Stage, ValidationException
from tests.test_layers import MODULES

TEXT_TESTS = {"startswith", "endswith", "find", "index", "match", "fullmatch", "search", "sub"}


def inspected_messages(tree: ast.AST) -> Iterator[int]:
    """Lines on which an attribute ``message`` is compared, searched or matched."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            identity = all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
            if not identity and any(map(reads_message, operands)):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            subjects = [node.func.value, *node.args]
            if node.func.attr in TEXT_TESTS and any(map(reads_message, subjects)):
                yield node.lineno


def reads_message(node: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Attribute) and part.attr in ("message", "message_2011", "message_2026")
        for part in ast.walk(node)
    )


@pytest.mark.parametrize("name", MODULES)
def test_no_module_recognises_an_error_by_its_message(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert list(inspected_messages(tree)) == []


@pytest.mark.parametrize(
    "code",
    [
        "error.message == TOO_DEEP",
        "str(error.message).startswith(_BARE)",
        "'duplicates' in error.message",
        "PATTERN.match(error.message)",
        "error.message_2026 != other",
    ],
)
def test_the_test_sees_messages_that_are_inspected(code: str) -> None:
    assert list(inspected_messages(ast.parse(code))) == [1]


def test_the_first_station_records_the_stage() -> None:
    error = ValidationException("text", reason=Reason.TOO_DEEP)
    assert error.stage is None
    error.found_at(Stage.SHAPE)
    error.found_at(Stage.TABLE)
    assert error.stage is Stage.SHAPE
