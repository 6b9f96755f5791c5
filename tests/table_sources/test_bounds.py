"""Templates of some hundred bytes that stand for endless work are refused with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ddbmock.table_sources import TableSourceError, tables_in

TABLE = """
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Condition: C
    Properties:
      TableName: tab
      AttributeDefinitions: [{AttributeName: h, AttributeType: S}]
      KeySchema: [{AttributeName: h, KeyType: HASH}]
"""


def aliases(line: str, levels: int = 30) -> str:
    """Lines of which each repeats the one before."""
    first = "a0: &a0 {x: lol}\n"
    return first + "".join(
        line.format(here=f"a{n}", before=f"a{n - 1}") + "\n" for n in range(1, levels)
    )


def doubled(function: str) -> str:
    """Tables whose names are made of another's, twice."""
    names = "".join(
        f"  T{n}: {{Type: 'AWS::DynamoDB::Table', Properties: {{TableName: {function}}}}}\n".replace(
            "NEXT", f"T{n + 1}"
        )
        for n in range(40)
    )
    return f"Resources:\n{names}  T40: {{Properties: {{TableName: name}}}}\n"


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "aliases": (
        aliases("{here}: &{here} [*{before}, *{before}]") + TABLE,
        "more than 200,000 values",
    ),
    "aliases in a list": (
        "".join(f"- &a{n} [*a{n - 1}, *a{n - 1}]\n" if n else "- &a0 [x]\n" for n in range(40)),
        "more than 200,000 values",
    ),
    "itself inside": (
        "Resources: &r\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: *r\n",
        "contains itself",
    ),
    "conditions in a circle": (
        "Conditions:\n  C: !Condition D\n  D: !Condition C\n" + TABLE,
        "The condition C depends on itself",
    ),
    "names of names": (doubled("!Sub '${NEXT}${NEXT}'"), "longer than 100,000 characters"),
    "names of joined names": (doubled("!Join ['', [!Ref NEXT, !Ref NEXT]]"), "longer than 100,000 characters"),
    "a long text": (
        "Parameters: {P: {Default: '" + "x" * 1_000 + "'}}\n"
        + TABLE.replace("Condition: C", "").replace("tab", "!Sub '" + "${P}" * 200 + "'"),
        "longer than 100,000 characters",
    ),
    "nested lists": ("[" * 5_000, "nested"),
    "nested mappings": ("{a: " * 150 + "1" + "}" * 150, "nested"),
    "a parameter that is none": ("Parameters: {P: }\n" + TABLE, "parameter P must be a mapping"),
    "parameters that are none": ("Parameters: 7\n" + TABLE, "Parameters must be a mapping"),
    "resources that are none": ("Resources: [1]\n", "Resources must be a mapping"),
    "not UTF-8": (b"\xff\xfe", "Not text in UTF-8"),
    "a date that is none": ("a: 2026-13-45\n", "Not YAML"),
    "a list for a key": ("? [a]\n: 1\n", "Not YAML"),
    "a large file": (b" " * (10 * 1024 * 1024 + 1), "larger than 10,485,760 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.timeout(60)
def test_documents_without_end_are_refused(tmp_path: Path, name: str) -> None:
    text, message = REFUSED[name]
    path = tmp_path / "template.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TableSourceError, match=message) as raised:
        list(tables_in(path))
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("depth", [500, 200_000])
def test_json_nested_too_deeply_is_refused(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "template.json"
    path.write_text("[" * depth + "]" * depth)
    with pytest.raises(TableSourceError, match="nested"):
        list(tables_in(path))


def test_a_mapping_that_contains_itself_is_refused() -> None:
    resources: dict[str, Any] = {"T": {"Type": "AWS::DynamoDB::Table"}}
    resources["T"]["Properties"] = resources
    with pytest.raises(TableSourceError, match="contains itself"):
        list(tables_in({"Resources": resources}))


def test_conditions_that_name_one_another_twice_are_decided_once(tmp_path: Path) -> None:
    conditions = "".join(
        f"  C{n}: !And [!Condition C{n - 1}, !Condition C{n - 1}]\n" for n in range(1, 40)
    )
    path = tmp_path / "template.yaml"
    path.write_text(
        "Conditions:\n  C0: !Equals [a, a]\n" + conditions
        + TABLE.replace("Condition: C", "Condition: C39")
    )  # fmt: skip
    (table,) = tables_in(path)
    assert table.create_table["TableName"] == "tab"
