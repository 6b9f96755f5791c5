"""``ddbmock serve``, and the command as a whole; dump and load are in ``tests/archive``."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner, Result

from ddbmock.cli import main
from ddbmock.cli.serve import serve
from ddbmock.extras import install_command
from ddbmock.server.body import SETTINGS_KEY
from ddbmock.settings import Settings
from tests.servers import ROOT, ddbmock_serve


def run(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner(env=environment).invoke(main, arguments)


def client(port: int) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.mark.parametrize("server", ["waitress", "fast"])
def test_what_was_served_from_a_file_is_served_again(tmp_path: Path, server: str) -> None:
    arguments = ("--server", server, "--storage", "sqlite:///content.db")
    with ddbmock_serve(tmp_path, *arguments) as process:
        dynamodb = client(process.port)
        dynamodb.create_table(
            TableName="songs",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.put_item(TableName="songs", Item={"id": {"S": "Vitamin C"}})
    with ddbmock_serve(tmp_path, *arguments) as process:
        assert client(process.port).scan(TableName="songs")["Items"] == [{"id": {"S": "Vitamin C"}}]


class Served:
    """Stands in for the servers, and keeps what they were given."""

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self.options: dict[str, Any] = {}

    def __call__(self, application: Any, _: Any, **options: Any) -> int:
        self.settings = application.registry[SETTINGS_KEY]
        self.options = options
        return 0


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = Served()
    monkeypatch.setattr("ddbmock.server.waitress_server.serve_paste", served)
    monkeypatch.setattr("ddbmock.server.asyncio_server.serve_paste", served)
    logger = logging.getLogger("ddbmock")
    level = logger.level
    yield served
    logger.setLevel(level)


def test_without_arguments_everything_is_as_by_default(served: Served) -> None:
    assert run("serve").output == ""
    assert served.settings == Settings()
    assert served.options == {"listen": "127.0.0.1:6543", "threads": 0}


OTHERS = {
    "limits": "none",
    "storage": "sqlite:///content.db",
    "delay_creating": "1.5",
    "delay_updating": "2",
    "delay_deleting": "3",
    "delay_index": "4",
    "delay_policies": "15",
    "delay_jobs": "10",
    "s3": "memory:",
    "account_id": "000000000001",
    "databases": "each",
    "region": "eu-west-1",
    "tables": "",
    "load": "",
    "hints": "message",
    "authentication": "none",
    "wording": "2025",
    "ttl": "prompt",
    "ttl_delay": "5",
    "throughput_decreases": "6",
    "statistics_sample": "7",
    "statistics_aggregate": "8",
    "max_body": "9",
    "control": "on",
}


def test_every_setting_is_an_option(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert {row.name for row in fields(Settings)} <= {one.name for one in serve.params}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in OTHERS.items()]
    assert run("serve", *arguments).output == ""
    assert served.settings == Settings.from_mapping(OTHERS)
    assert served.options == {"listen": "127.0.0.1:6543", "threads": 8}


def test_the_help_tells_every_setting_with_its_default() -> None:
    parameters = {parameter.name: parameter for parameter in serve.params}
    for row in fields(Settings):
        help_text = getattr(parameters[row.name], "help", "")
        assert help_text.startswith(row.metadata["help"])
        assert "Default: " in help_text


def test_options_win_over_the_environment(served: Served) -> None:
    environment = {"DDBMOCK_LIMITS": "none", "DDBMOCK_TTL": "prompt"}
    assert run("serve", "--limits", "aws", environment=environment).output == ""
    assert served.settings == Settings(ttl="prompt")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("--host", "0.0.0.0", "--port", "80"), {"listen": "0.0.0.0:80", "threads": 0}),
        (("--host", "::1", "--threads", "3"), {"listen": "[::1]:6543", "threads": 3}),
        (("--server", "fast", "--host", "::1"), {"listen": "[::1]:6543"}),
    ],
)
def test_the_server_is_told_where_to_listen(
    served: Served, arguments: tuple[str, ...], options: dict[str, Any]
) -> None:
    assert run("serve", *arguments).output == ""
    assert served.options == options


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--limits", "some"), "Setting ddbmock.limits must be one of aws, none, not 'some'."),
        (("--storage", "sqlite:///no/c.db"), "There is no directory {}/no to keep c.db in."),
        (("--storage", "nosuch://"), "There is no storage engine “nosuch”; there are "),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("serve", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {sentence.format(tmp_path)}")
    assert result.stderr.count("\n") == 1
    assert served.settings is None


def test_threads_are_of_waitress(served: Served) -> None:
    result = run("serve", "--server", "fast", "--threads", "2")
    assert (result.exit_code, served.settings) == (2, None)
    assert "Error: --threads is for the server waitress." in result.stderr


def test_the_address_can_be_in_the_environment(served: Served) -> None:
    environment = {
        "DDBMOCK_HOST": "0.0.0.0",
        "DDBMOCK_PORT": "8000",
        "DDBMOCK_SERVER": "waitress",
        "DDBMOCK_THREADS": "2",
        "DDBMOCK_LOG": "error",
    }
    assert run("serve", environment=environment).output == ""
    assert served.options == {"listen": "0.0.0.0:8000", "threads": 2}
    assert logging.getLogger("ddbmock").level == logging.ERROR
    assert run("serve", "--host", "::1", environment=environment).output == ""
    assert served.options["listen"] == "[::1]:8000"


def test_the_variable_that_kubernetes_sets_for_a_service_is_no_port(served: Served) -> None:
    assert run("serve", environment={"DDBMOCK_PORT": "tcp://10.0.0.1:8000"}).output == ""
    assert served.options["listen"] == "127.0.0.1:6543"


def test_a_wrong_port_in_the_environment_is_told(served: Served) -> None:
    result = run("serve", environment={"DDBMOCK_PORT": "http"})
    assert (result.exit_code, served.settings) == (2, None)
    assert "'--port'" in result.output
    assert "DDBMOCK_PORT" in result.output


@pytest.mark.parametrize(
    ("missing", "arguments", "sentence"),
    [
        (
            "click",
            ("--help",),
            f"The ddbmock command needs click, which is not installed: {install_command('cli')}",
        ),
        (
            "pyramid",
            ("serve",),
            "Error: The server waitress needs pyramid, which is not installed: "
            f"{install_command('server')}",
        ),
        (
            "httptools",
            ("serve", "--ini", "fast.ini"),
            "Error: fast.ini cannot be served. This needs httptools, which is not installed: "
            f"{install_command('fast')}",
        ),
        (
            "httptools",
            ("serve", "--server", "fast"),
            "Error: The server fast needs httptools, which is not installed: "
            f"{install_command('fast')}",
        ),
    ],
)
def test_what_is_not_installed_is_told(
    missing: str, arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        f"class Without:\n"
        f"    def find_spec(self, name, *_):\n"
        f"        if name.partition('.')[0] == {missing!r}:\n"
        f"            raise ModuleNotFoundError(name=name.partition('.')[0])\n"
        "sys.meta_path.insert(0, Without())\n"
        "from ddbmock.cli import main\n"
        "main()\n"
    )
    (tmp_path / "fast.ini").write_text(
        "[app:main]\nuse = egg:ddbmock\n[server:main]\nuse = egg:ddbmock#fast\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")


def test_the_package_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ddbmock", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Usage: python -m ddbmock [OPTIONS] COMMAND")


def test_an_ini_file_goes_without_other_options(served: Served) -> None:
    result = run("serve", "--ini", "server.ini", "--port", "1", "--delay-index", "5")
    assert result.exit_code == 2
    assert (
        "Error: --ini goes without --port, --delay-index: write it in server.ini." in result.stderr
    )
