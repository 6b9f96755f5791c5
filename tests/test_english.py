"""The cheap part of how ddbmock writes English: openings of docstrings, names, and words to avoid.

The reader knows DynamoDB and Python, and may not be a native speaker: functions' docstrings start
with a verb, classes' with a noun, and the field's words are used.
"""

from __future__ import annotations

import ast
import functools
import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import ddbmock

ROOT = Path(ddbmock.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
PAGES = sorted(
    page
    for folder in (ROOT.parent, ROOT.parent / "docs")
    for page in folder.rglob("*.rst")
    if not any(part.startswith(".") or part == "node_modules" for part in page.parts)
    and (folder != ROOT.parent or page.parent == folder)
)

RELATIVE = re.compile(r"(?:What|Whose|Who|Whom|How|Those|That|Whoever|Where)\b")
"""Openings that make a reader wait for the verb."""

AVOIDED = re.compile(
    r"\banew\b|\bwhoever\b|\bnobody\b|\btheirs who\b|\bby and by\b|\bof no use\b"
    r"|\b(?:bring|brings|brought|bringing) (?:it|them|an item|a table) to be\b|\bto bring to be\b"
    r"|\bon (?:its|their) way\b|\bcomes? to (?:its|an|the) end\b|\blook(?:s|ed)? in vain\b"
    r"|\b(?:is|are) told (?:of|that|what|to|when|which|about)\b",
    re.IGNORECASE,
)
"""Words of a dialect; the field says again, who or what acts, create, in progress, at the end."""

NOUN_ONLY = re.compile(
    r"(?:The|A|An|Its|Each|Every|All|Whether|No|At most|One)\b",
)
"""Openings of a phrase without a verb; a function's docstring says what the function does."""


PARTICIPLES: Final = {"asked", "given", "held", "made", "said", "told", "wanted"}
"""Parts of names that say what happened to a value; a noun says which value it is."""

NAMES_OF_OTHERS: Final = {"connection_made", "given"}
"""A method of asyncio's protocols, and hypothesis's decorator."""

STORED_OR_PUBLIC: Final = (
    "database/control_plane/history.py",
    "database/control_plane/moments.py",
    "database/data_plane/journal.py",
    "database/schema.py",
    "server/control/replication.py",
    "service/replication_control.py",
    "server/test_control_replication.py",
)
"""Modules with a member ``held`` that is stored with tables, or that the control path answers."""


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names(path: Path) -> Iterator[tuple[int, str]]:
    """The identifiers of a module, apart from those of tests, which are sentences."""
    for node in ast.walk(tree_of(path)):
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not name.startswith("test_"):
                yield getattr(node, "lineno", 1), name


def participles(path: Path) -> list[str]:
    free = NAMES_OF_OTHERS | ({"held"} if path.as_posix().endswith(STORED_OR_PUBLIC) else set())
    return [
        f"{path.name}:{line}: {name}"
        for line, name in names(path)
        if name not in free
        and not PARTICIPLES.isdisjoint(
            word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name)
        )
    ]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and string literals of a module, which are what a reader reads."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING) or token.type == getattr(
            tokenize, "FSTRING_MIDDLE", -1
        ):
            yield token.start[0], token.string


def docstrings(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and (
            docstring := ast.get_docstring(node)
        ):
            yield node, docstring
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for before, after in itertools.pairwise(body):
                if isinstance(before, (ast.Assign, ast.AnnAssign)) and _is_text(after):
                    yield after, after.value.value


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_function(node: ast.AST) -> bool:
    """Whether a node is a function, and no property, whose docstring names a value."""
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not any(
        ast.unparse(one).split("(")[0].endswith(("property", "setter", "fixture"))
        for one in node.decorator_list
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
class TestModules:
    def test_no_docstring_opens_with_a_relative_clause(self, path: Path) -> None:
        found = [
            f"{node.lineno if hasattr(node, 'lineno') else 1}: {text.splitlines()[0]}"
            for node, text in docstrings(path)
            if RELATIVE.match(text)
        ]
        assert found == []

    def test_a_functions_docstring_starts_with_a_verb(self, path: Path) -> None:
        found = [
            f"{node.lineno}: {text.splitlines()[0]}"  # type: ignore[attr-defined]
            for node, text in docstrings(path)
            if is_function(node) and NOUN_ONLY.match(text)
        ]
        assert found == []

    def test_the_fields_words_are_used(self, path: Path) -> None:
        found = [
            f"{line}: {match[0]}" for line, text in texts(path) if (match := AVOIDED.search(text))
        ]
        assert found == []

    def test_names_are_nouns_and_verbs_instead_of_participles(self, path: Path) -> None:
        assert participles(path) == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["tests", "bench", "docs"])
def test_names_elsewhere_are_nouns_and_verbs_as_well(folder: str) -> None:
    paths = sorted((ROOT.parent / folder).rglob("*.py"))
    assert [name for path in paths for name in participles(path)] == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["bench", "docs"])
def test_the_fields_words_are_used_elsewhere_as_well(folder: str) -> None:
    found = [
        f"{path.name}:{line}: {match[0]}"
        for path in sorted((ROOT.parent / folder).rglob("*.py"))
        for line, text in texts(path)
        if (match := AVOIDED.search(text))
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_the_fields_words(page: Path) -> None:
    found = [
        f"{number}: {match[0]}"
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if (match := AVOIDED.search(line))
    ]
    assert found == []
