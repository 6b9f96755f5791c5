"""The benchmarks run; what they measure is not a matter for tests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import libraries, report
from bench.__main__ import GROUPS
from bench.measure import Row, Series, ratio
from bench.readers import GROUPS as READERS
from bench.readers import SUMMARY

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.parametrize(
    "group",
    [
        "inprocess",
        "tests",
        "boto2",
        "network",
        "scale",
        "tables",
        "start",
        "fork",
        "storage",
        "streams",
        "vectors",
        "jobs",
        "console",
    ],
)
def test_a_group_runs_and_leaves_its_reports(group: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "--group", group, "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "bench.json").read_text())
    assert report["rows"]
    # a difference of two measurements may be anything on a busy machine
    assert {type(row["value"]) for row in report["rows"]} == {float}
    targets = [row for row in report["rows"] if row.get("target") is not None]
    last = (tmp_path / "bench.txt").read_text().splitlines()[-1]
    met = re.search(r"(\d+) of (\d+) targets met$", last)
    assert met is not None
    assert int(met[1]) <= int(met[2])
    assert int(met[2]) == len(targets)


@pytest.mark.parametrize("group", GROUPS)
def test_the_table_of_each_group_says_to_whom_it_matters(group: str) -> None:
    assert sys.modules[GROUPS[group].__module__].GROUP in READERS


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio(Series([2.0, 9.0, 4.0]), Series([1.0, 3.0, 4.0])) == 2.0


@pytest.mark.parametrize(
    ("at_most", "figure", "met"), [(True, 0.9, True), (True, 1.1, False), (False, 1.1, True)]
)
def test_a_target_is_a_bound_on_the_ratio(at_most: bool, figure: float, met: bool) -> None:
    row = Row("group", "what", "who", 5.0, "ms", 0.0, "floor", figure, 1.0, at_most)
    assert row.met is met


def test_a_release_has_a_line_of_the_history_and_of_the_readme(tmp_path: Path) -> None:
    words, *row = SUMMARY[0]
    group, what, contender, against = row
    rows = [Row(group, what, contender, 1.0, "µs", against=against, ratio=0.123)]
    history, readme = tmp_path / "history.jsonl", tmp_path / "README.rst"
    report.record(rows, "1", history)
    report.record(rows, "2", history)
    report.record([Row("fork", "fork", "0 items", 0.5, "ms")], "2", history)
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    assert [line["version"] for line in lines] == ["1", "2"]
    assert list(lines[0]["rows"].values()) == [0.123]
    assert lines[1]["rows"] == {"fork: fork, 0 items (ms)": 0.5}
    readme.write_text(f"before\n{report.BEGIN}\n\n- old\n\n{report.END}\nafter\n")
    report.put_summary(rows, readme)
    assert f"\n\n- {words}: 0.12\n\n{report.END}\nafter" in readme.read_text()


def test_the_readme_has_all_lines_of_the_summary() -> None:
    text = (ROOT / "README.rst").read_text()
    block = text.partition(report.BEGIN)[2].partition(report.END)[0]
    assert re.findall(r"^- (.*): [\d.]+$", block, re.MULTILINE) == [words for words, *_ in SUMMARY]


@pytest.mark.slow
def test_a_librarys_suite_runs_inside_the_process(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(
        "import boto3\n\n\n"
        "def test_tables():\n"
        "    assert boto3.client('dynamodb').list_tables()['TableNames'] == []\n\n\n"
        "def test_none():\n"
        "    assert not boto3.client('dynamodb').list_tables()\n"
    )
    outcome = libraries.run(
        libraries.Suite(["tests"]), tmp_path, libraries.INSIDE["ddbmock"], tmp_path
    )
    assert outcome.passed == 1
    assert [line.partition(" - ")[0] for line in outcome.failed] == [
        "FAILED tests/test_it.py::test_none"
    ]
