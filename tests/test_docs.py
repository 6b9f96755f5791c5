"""The documentation is complete, well-formed, and does what it says."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import docutils.core
import docutils.utils
import pytest

import ddbmock
from ddbmock.cli import main
from ddbmock.cli.serve import serve
from ddbmock.database import DynamoDB
from ddbmock.operations import streams, v20111205, v20120810
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.testing.limits import Limit
from docs.generate import PARTS, regenerated
from docs.operation_facts import FACTS, SINCE
from docs.pictures import PICTURES
from tests.pages import PAGES, ROOT, Example, examples
from tests.plugin.loaded import PLUGIN
from tests.servers import serving

SERVER_PORT = "6543"
"""The port in examples; a free one takes its place."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


SPHINX: Final = re.compile(r"^\.\. (toctree|grid|raw|auto\w+|include)::", re.MULTILINE)
"""What makes a page one that only Sphinx can read; ``make docs`` checks it."""
PLAIN_PAGES: Final = [page for page in PAGES if not SPHINX.search(page.read_text(encoding="utf-8"))]


def titled(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PLAIN_PAGES, ids=titled)
def test_a_page_is_well_formed(page: Path) -> None:
    complaints: list[str] = []

    class Listener:
        def write(self, text: str) -> None:
            complaints.append(text)

    docutils.core.publish_doctree(
        page.read_text(encoding="utf-8"),
        source_path=str(page),
        settings_overrides={"warning_stream": Listener(), "report_level": 2},
    )
    assert complaints == []


@pytest.mark.parametrize(
    "page", [page for page in PLAIN_PAGES if page.name != "CHANGELOG.rst"], ids=titled
)
def test_a_page_says_first_what_it_is_for(page: Path) -> None:
    tree = docutils.core.publish_doctree(page.read_text(encoding="utf-8"))
    assert [child.tagname for child in tree.children[:2]] == ["title", "paragraph"]


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"<([^<>:\s]+\.rst)>`_", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert regenerated(text) == text, "run make docs"


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_up_to_date(name: str) -> None:
    assert text_of(f"docs/_static/{name}") == PICTURES[name](), "run make docs"


def test_every_generated_part_stands_on_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in PARTS if f".. generated: {name}\n" not in pages] == []


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = re.findall(r"^   ([\w/-]+)$", text_of("docs/index.rst"), re.MULTILINE)
    docs = ROOT / "docs"
    pages = {str(page.relative_to(docs).with_suffix("")) for page in docs.rglob("*.rst")}
    assert pages - {"index"} == set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", [row.name for row in dataclasses.fields(Settings)])
def test_every_setting_is_documented(name: str) -> None:
    assert f"\n``ddbmock.{name}``\n" in text_of("docs/settings.rst")


def test_no_entry_of_the_changelog_is_there_twice() -> None:
    entries = re.findall(r"^- (?:.*\n)(?:  .*\n)*", text_of("CHANGELOG.rst"), re.MULTILINE)
    beginnings = [" ".join(entry.split())[:60] for entry in entries]
    assert [one for one in beginnings if beginnings.count(one) > 1] == []


def test_the_modules_of_the_database_are_where_the_architecture_says() -> None:
    _, _, section = text_of("docs/architecture.rst").partition("The package ``database``")
    rows = re.findall(r"^(``[a-z].*?)  ", section.partition("The objects of")[0], re.MULTILINE)
    names = re.findall(r"``([\w.]+)``", " ".join(rows))
    assert len(names) > 10
    folder = ROOT / "ddbmock" / "database"
    assert [one for one in names if not (folder / f"{one.replace('.', '/')}.py").is_file()] == []


def test_the_python_api_lists_every_public_name() -> None:
    documented = re.findall(r":: ddbmock\.(\w+)$", text_of("docs/api.rst"), re.MULTILINE)
    old = {"connect_boto_network", "connect_boto_patch"}
    assert {*ddbmock.__all__} - {"__version__"} == {*documented} | old


def test_every_operation_has_a_row_of_facts() -> None:
    served = {*v20120810.OPERATIONS, *v20120810.NOT_SERVED, *streams.OPERATIONS}
    assert served == set(FACTS) == set(SINCE)


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *v20111205.OPERATIONS,
            *v20120810.OPERATIONS,
            *v20120810.NOT_SERVED,
            *streams.OPERATIONS,
        }
    ),
)
def test_every_operation_is_documented(name: str) -> None:
    assert f"``{name}``" in text_of("docs/operations.rst")


COMMANDS = [
    (command, option)
    for command in main.commands.values()
    for parameter in command.params
    if parameter.name not in {row.name for row in dataclasses.fields(Settings)} or command != serve
    for option in parameter.opts
    if option.startswith("--")
]


@pytest.mark.parametrize(
    ("command", "option"),
    COMMANDS,
    ids=[f"{command.name} {option}" for command, option in COMMANDS],
)
def test_every_option_of_a_command_is_documented(command: click.Command, option: str) -> None:
    (section,) = re.findall(
        rf"^``ddbmock {command.name}``\n-+\n(.*?)(?=^``ddbmock |\Z)",
        text_of("docs/cli.rst"),
        re.MULTILINE | re.DOTALL,
    )
    assert f"``{option}``" in section


@pytest.mark.parametrize("name", sorted({*ddbmock.__all__} - {"__version__"}))
def test_every_public_name_is_documented(name: str) -> None:
    assert any(name in page.read_text(encoding="utf-8") for page in PAGES)


FIXTURES = [
    name or function
    for name, function in re.findall(
        r'^@pytest\.fixture(?:\((?:name="(\w+)"|[^)]*)\))?\ndef (\w+)',
        text_of("ddbmock/pytest_plugin/fixtures.py"),
        re.MULTILINE,
    )
    if not function.startswith("_")
]


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_is_documented(name: str) -> None:
    assert f"\n``{name}``\n" in text_of("docs/pytest.rst")


def test_the_plugins_marker_and_option_are_documented() -> None:
    page = text_of("docs/pytest.rst")
    options = re.findall(r'"(--[\w-]+)"', text_of("ddbmock/pytest_plugin/__init__.py"))
    names = ["pytest.mark.ddbmock(", "ddbmock_limit", "ddbmock requests", *Limit._fields, *options]
    assert [name for name in names if name not in page] == []
    assert FIXTURES
    assert options


def test_every_setting_that_a_page_or_the_ini_file_names_exists() -> None:
    names = {row.name for row in dataclasses.fields(Settings)}
    loggers = {"requests", "throughput", "server"}
    for page in [*PAGES, ROOT / "development.ini"]:
        found = re.findall(r"ddbmock\.([a-z_]+) =", page.read_text(encoding="utf-8"))
        found += re.findall(r"``ddbmock\.([a-z_]+)``", page.read_text(encoding="utf-8"))
        known = names | loggers | {"unittest"} | set(ddbmock.__all__)
        assert set(found) <= known, page


BASH = [example for page in PAGES for example in examples(page) if example.language == "bash"]


@pytest.mark.parametrize(
    ("page", "operation", "arguments"),
    [
        ("README.rst", "scan", {"FilterExpression": "name = :n AND note = :m"}),
        (
            "docs/tutorial.rst",
            "update_item",
            {
                "Key": {"customer": {"S": "ada"}},
                "UpdateExpression": "SET status = :paid REMOVE expires",
            },
        ),
    ],
)
def test_the_error_that_a_page_shows_is_the_one_that_boto3_raises(
    page: str, operation: str, arguments: dict[str, Any]
) -> None:
    client_error = pytest.importorskip("botocore.exceptions").ClientError
    values = {name: {"S": "x"} for name in re.findall(r":\w+", str(arguments))}
    request = {"TableName": "orders", "ExpressionAttributeValues": values, **arguments}
    with ddbmock.Database() as db, pytest.raises(client_error) as caught:
        getattr(db.client(), operation)(**request)
    lines = [str(caught.value), *caught.value.__notes__]
    assert " ".join("\n".join(lines).split()) in " ".join(text_of(page).split())


def located(example: Example) -> str:
    return f"{titled(example.page)}:{example.line}"


def test_the_paths_in_the_makefile_exist() -> None:
    """pytest runs nothing at all if one of its arguments is missing."""
    paths = re.findall(r"(?<![\w/$.])tests/[\w/]+(?:\.py)?", text_of("Makefile"))
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("example", BASH, ids=located)
def test_the_commands_of_an_example_exist(example: Example) -> None:
    targets = re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE)
    extras = re.findall(r'^        "(\w+)": ', text_of("setup.py"), re.MULTILINE)
    for command in example.code.splitlines():
        words = command.partition("#")[0].split()
        if words[:1] == ["make"]:
            assert words[1] in targets, command
        if words[:1] == ["ddbmock"]:
            options = [
                option for parameter in main.commands[words[1]].params for option in parameter.opts
            ]
            assert {word for word in words if word.startswith("--")} <= set(options), command
        assert "pip install 'ddbmock[" not in command, "PyPI's ddbmock is still 1.0.3"
        for extra in re.findall(r"(?:ddbmock|\.)\[([\w,]+)\]", command):
            assert set(extra.split(",")) <= set(extras), command


@pytest.fixture
def server_port() -> Iterator[int]:
    with serving(DynamoDB(MemoryStorage())) as port:
        yield port


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(one.language == "python" for one in examples(page))],
    ids=titled,
)
def test_the_python_examples_of_a_page_run(page: Path, server_port: int, tmp_path: Path) -> None:
    """All in one process, one after the other; those that are tests, by pytest."""
    programs = []
    for number, example in enumerate(one for one in examples(page) if one.language == "python"):
        code = example.code.replace(SERVER_PORT, str(server_port))
        named = re.match(r"# (\w+\.py)\n", code)
        if named:
            (tmp_path / named[1]).write_text(code, encoding="utf-8")
        elif re.search(r"^ *(async )?def test_", code, re.MULTILINE):
            (tmp_path / f"test_example_{number}.py").write_text(code, encoding="utf-8")
        else:
            programs.append("\n" * (example.line - 1) + code)
    ran = _run(["-c", _RUNNER, *programs], tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if any(tmp_path.glob("test_example_*.py")):
        ran = _run(["-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN], tmp_path)
        assert ran.returncode == 0, ran.stdout + ran.stderr


_RUNNER = """
import sys
namespace = {"__name__": "__main__"}
for program in sys.argv[1:]:
    exec(compile(program, "example", "exec"), namespace)
"""


def _run(arguments: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment: dict[str, Any] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "DDBMOCK_", "PYTEST_"))
    }
    environment |= {"HOME": str(directory), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
