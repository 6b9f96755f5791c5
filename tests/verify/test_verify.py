"""``ddbmock verify`` against other ddbmocks: what it compares, counts, writes and deletes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ddbmock.cli import main
from ddbmock.clock import SystemClock
from ddbmock.database import DynamoDB
from ddbmock.server import application
from ddbmock.server.waitress_server import running
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.verify.endpoint import Answer, Endpoint
from ddbmock.verify.naming import FAMILY, Naming, new_prefix
from ddbmock.verify.report import record
from ddbmock.verify.run import Difference, Run
from ddbmock.verify.run import Result as Outcome
from ddbmock.verify.tables import Tables
from ddbmock.verify.vectors import DEFAULT_FOLDER, read
from tests.servers import ROOT

SETUP: list[tuple[str, dict[str, Any]]] = [
    (
        "CreateTable",
        {
            "TableName": "hash",
            "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    ),
    ("PutItem", {"TableName": "hash", "Item": {"p": {"S": "there"}, "n": {"N": "1"}}}),
]
GET = {"TableName": "hash", "Key": {"p": {"S": "there"}}}
VECTORS: list[dict[str, Any]] = [
    {"operation": "UpdateItem", "setup": SETUP, "request": {**GET, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}, "ReturnValues": "ALL_NEW"}, "response": {"Attributes": {"p": {"S": "there"}, "n": {"N": "2"}}}, "source": "test"},
    {"operation": "GetItem", "setup": SETUP, "request": GET, "response": {"Item": {"p": {"S": "there"}, "n": {"N": "1"}}}, "source": "test"},
    {"operation": "PutItem", "setup": SETUP, "request": {"TableName": "", "Item": {"p": {"S": "x"}}}, "status": 400, "type": "ValidationException", "message": "1 validation error detected: Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1", "messages": {"2025": "1 validation error detected: Value '' at 'tableName' … 1"}, "source": "test"},
    {"operation": "DescribeTable", "setup": SETUP, "request": {"TableName": "nowhere"}, "status": 400, "type": "ResourceNotFoundException", "message": "Requested resource not found: Table: nowhere not found", "source": "test"},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = ",\n".join(json.dumps(vector) for vector in VECTORS)
    (tmp_path / "some.json").write_text(f"[\n{lines}\n]\n")
    return tmp_path


class Denying:
    """A server that denies some operations."""

    def __init__(self, router: Router, *denied: str, error: str = "AccessDeniedException") -> None:
        self.application = application(router)
        self.denied = denied
        self.error = error

    def __call__(self, environ: Any, start_response: Any) -> Any:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        if operation not in self.denied:
            return self.application(environ, start_response)
        name = f"com.amazon.coral.service#{self.error}"
        body = json.dumps({"__type": name, "Message": "no"}).encode()
        start_response("400 Bad Request", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def router() -> Router:
    return Router(DynamoDB(MemoryStorage(), Settings(), SystemClock()))


@pytest.fixture
def url(router: Router) -> Iterator[str]:
    with running(application(router)) as port:
        yield f"http://127.0.0.1:{port}"


def tables_of(router: Router) -> Any:
    target = router.target("DynamoDB_20120810.ListTables")
    return router.perform(target, {})["TableNames"]


def verify(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments], input=input)


def test_the_same_service_answers_the_same(url: str, folder: Path, router: Router) -> None:
    ran = verify(url, "--vectors", str(folder))
    assert ran.exit_code == 0, ran.output
    assert (
        ran.output.splitlines()[-1]
        == "4 vectors and scenarios compared (4 answers): 4 same, 0 different; 0 skipped."
    )
    assert tables_of(router) == []


def test_another_era_differs_and_is_shown(folder: Path) -> None:
    router = Router(DynamoDB(MemoryStorage(), Settings(wording="2025"), SystemClock()))
    with running(application(router)) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder))
        same = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder), "--wording", "2025")
    assert (ran.exit_code, same.exit_code) == (1, 0)
    assert (
        "4 vectors and scenarios compared (4 answers): 3 same, 1 different; 0 skipped."
        in ran.output
    )
    assert "  PutItem: 1 differ in message" in ran.output
    assert "  answered: 400 ValidationException: 1 validation error detected: Value '' at" in (
        ran.output
    )


def test_only_some_vectors_are_sent(url: str, folder: Path) -> None:
    ran = verify(url, "--vectors", str(folder), "--only", "GetItem", "--only", "some-3")
    assert "2 vectors and scenarios compared (2 answers): 2 same" in ran.output


def test_what_is_not_permitted_is_skipped(router: Router, folder: Path) -> None:
    with running(Denying(router, "GetItem")) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder))
    assert (
        "3 vectors and scenarios compared (3 answers): 3 same, 0 different; 1 skipped."
        in ran.output
    )
    assert "  skipped 1: GetItem is not permitted" in ran.output
    assert tables_of(router) == []


def test_tables_that_may_not_be_created_are_told(router: Router, folder: Path) -> None:
    with running(Denying(router, "CreateTable")) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder))
    assert (ran.exit_code, ran.output.splitlines()[-1]) == (
        1,
        "Error: The credentials lack the permission dynamodb:CreateTable.",
    )


def test_vectors_of_a_table_that_is_rejected_are_skipped(url: str, folder: Path) -> None:
    vectors = json.loads((folder / "some.json").read_text())
    vectors[3]["setup"].insert(0, ["CreateTable", {"TableName": "nowhere", "KeySchema": []}])
    (folder / "some.json").write_text(json.dumps(vectors))
    ran = verify(url, "--vectors", str(folder))
    assert "3 same, 0 different; 1 skipped." in ran.output
    assert "  skipped 1: CreateTable of a setup was rejected: ValidationException" in ran.output


def test_nothing_is_created_that_may_not_be_deleted(router: Router, folder: Path) -> None:
    with running(Denying(router, "DeleteTable")) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder))
    assert (ran.exit_code, ran.output.splitlines()[-1]) == (
        1,
        "Error: The credentials lack the permission dynamodb:DeleteTable, without which the tables "
        "could not be deleted at the end; nothing was created.",
    )
    assert tables_of(router) == []


def test_a_table_that_cannot_be_deleted_is_named(router: Router, url: str) -> None:
    endpoint = Endpoint(url)
    tables = Tables(endpoint, Naming(new_prefix()))
    tables.perform(*SETUP[0])
    [left] = tables_of(router)
    with running(Denying(router, "DeleteTable")) as port:
        denied = Tables(Endpoint(f"http://127.0.0.1:{port}"), Naming(new_prefix()))
        assert denied.leftovers() == [left]
        denied.created[left] = None
        denied.delete_all()
    assert denied.left == {left: "AccessDeniedException: no"}


def test_credentials_that_are_not_accepted_end_the_run(router: Router, folder: Path) -> None:
    with running(Denying(router, "DescribeTable", error="UnrecognizedClientException")) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder))
    assert ran.exit_code == 1
    assert ran.output.splitlines()[-1] == (
        f"Error: http://127.0.0.1:{port} does not accept the credentials: "
        "UnrecognizedClientException: no"
    )


def test_the_cost_is_told_and_confirmed_before_anything_is_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_: Any) -> Answer:
        raise AssertionError("a request was sent")

    monkeypatch.setattr(Endpoint, "_send", send)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ran = verify("aws", "--region", "eu-west-2", "--vectors", str(folder), input="n\n")
    assert ran.exit_code == 1
    assert ran.output.startswith(
        "4 vectors and scenarios for https://dynamodb.eu-west-2.amazonaws.com: about 1 tables, 12 "
        "requests, less than $0.01.\nCreate the tables and send the requests? [y/N]: n\n"
    )


def test_aws_is_asked_again_after_errors_that_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Answer(500, {"__type": "#InternalServerError"}), Answer(200, {})]
    monkeypatch.setattr(Endpoint, "_send", lambda *_: answers.pop(0))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert Endpoint("aws", "eu-west-2").send("ListTables", {}) == Answer(200, {})


def test_aws_is_reached_in_each_region_with_the_same_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    endpoint = Endpoint("aws", "eu-west-2").in_region("cn-north-1")
    assert endpoint.url == "https://dynamodb.cn-north-1.amazonaws.com.cn"
    assert Endpoint("http://localhost:1").in_region("eu-west-2").url == "http://localhost:1"


class TestScenarios:
    """Requests of a behaviour test, in order."""

    @pytest.fixture
    def scenarios(self, folder: Path) -> Path:
        (folder / "some.json").unlink()
        (folder / "scenarios").mkdir()
        put = {"TableName": "hash", "Item": {"p": {"S": "new"}}}
        steps: list[dict[str, Any]] = [
            {"operation": "PutItem", "request": put, "response": {}},
            {"operation": "Scan", "request": {"TableName": "hash", "Select": "COUNT"}, "response": {"Count": 2, "ScannedCount": 2}},
            {"operation": "PutItem", "request": {**put, "TableName": ""}, "status": 400, "type": "ValidationException", "message": "1 validation error detected: Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
            {"operation": "DeleteItem", "request": GET, "response": {}},
        ]  # fmt: skip
        lines = ",\n".join(json.dumps(step) for step in steps)
        head = json.dumps({"test": "tests/test_it.py::test_it", "setup": SETUP}).removesuffix("}")
        text = f'[\n{head}, "steps": [\n{lines}\n]}}\n]\n'
        (folder / "scenarios" / "test_it.json").write_text(text)
        return folder

    def test_all_their_answers_are_compared(self, url: str, scenarios: Path) -> None:
        ran = verify(url, "--vectors", str(scenarios))
        assert ran.exit_code == 0, ran.output
        assert ran.output.splitlines()[-1] == (
            "1 vectors and scenarios compared (4 answers): 1 same, 0 different; 0 skipped."
        )

    def test_they_end_at_the_first_difference(self, scenarios: Path) -> None:
        router = Router(DynamoDB(MemoryStorage(), Settings(wording="2025"), SystemClock()))
        with running(application(router)) as port:
            url = f"http://127.0.0.1:{port}"
            ran = verify(url, "--vectors", str(scenarios), "--record", "--wording", "eu-west-2")
            again = verify(url, "--vectors", str(scenarios), "--wording", "eu-west-2")
        assert (ran.exit_code, again.exit_code) == (1, 0)
        assert "compared (3 answers): 0 same, 1 different" in ran.output
        assert "  of tests/test_it.py::test_it" in ran.output
        [scenario] = json.loads((scenarios / "scenarios" / "test_it.json").read_text())
        written = scenario["steps"][2]
        assert written["messages"]["2026-eu-west-2"].startswith(
            "1 validation error detected: Value ''"
        )
        assert written["source"].startswith("recorded ")

    def test_they_are_chosen_by_their_test(self, url: str, scenarios: Path) -> None:
        ran = verify(url, "--vectors", str(scenarios), "--only", "test_it.py")
        assert "compared (4 answers)" in ran.output
        ran = verify(url, "--vectors", str(scenarios), "--only", "PutItem")
        assert (ran.exit_code, "0 vectors and scenarios compared" in ran.output) == (1, True)


def test_a_read_that_differs_is_repeated(url: str, folder: Path) -> None:
    naming = Naming(new_prefix())
    tables = Late(Endpoint(url), naming)
    slept: list[float] = []
    run = Run(tables, naming, "2026-us-east-1", rereads=2, sleep=slept.append)
    result = run.perform(list(read(folder))[:2])
    assert (result.same, result.differences, slept) == (2, [], [0.5])


class Late(Tables):
    """Tables of which the first GetItem does not find the item."""

    late = True

    def perform(self, operation: str, request: Any) -> Answer:
        if operation == "GetItem" and self.late:
            self.late = False
            return Answer(200, {})
        return super().perform(operation, request)


def test_tables_of_other_runs_are_told(url: str, folder: Path) -> None:
    Tables(Endpoint(url), Naming(new_prefix())).perform(*SETUP[0])
    ran = verify(url, "--vectors", str(folder))
    assert (
        f"Tables of other runs: 1. Unless one is under way, delete them with: ddbmock verify {url} "
        "--clean"
    ) in ran.output
    verify(url, "--clean")
    assert "Tables of other runs" not in verify(url, "--vectors", str(folder)).output


def test_answers_are_written_into_the_vectors(folder: Path) -> None:
    router = Router(DynamoDB(MemoryStorage(), Settings(wording="2025"), SystemClock()))
    with running(application(router)) as port:
        ran = verify(f"http://127.0.0.1:{port}", "--vectors", str(folder), "--record")
    assert "1 vectors were written." in ran.output
    lines = (folder / "some.json").read_text().splitlines()
    assert [line.rstrip(",") for line in lines[1:3]] == [json.dumps(one) for one in VECTORS[:2]]
    written = json.loads(lines[3].rstrip(","))
    assert written["message"].startswith("1 validation error detected: Value '' at 'tableName'")
    assert written["messages"] == VECTORS[2]["messages"]
    assert written["source"].startswith("recorded ")


def test_an_output_is_written_in_place_of_an_error(folder: Path) -> None:
    [vector] = list(read(folder))[3].steps
    difference = Difference(vector, vector.expected("2025"), Answer(200, {"Table": {}}))
    assert (
        record(Outcome(differences=[difference]), folder, "recorded today", "2026-us-east-1") == 1
    )
    last = json.loads((folder / "some.json").read_text())[3]
    assert last["response"] == {"Table": {}}
    assert "status" not in last


def test_a_server_that_does_not_answer_is_told(folder: Path) -> None:
    ran = verify("http://127.0.0.1:9", "--vectors", str(folder))
    assert ran.exit_code == 1
    assert "http://127.0.0.1:9 does not answer" in ran.output


def test_a_target_must_be_aws_or_a_url(folder: Path) -> None:
    ran = verify("localhost", "--vectors", str(folder))
    assert "'localhost' is neither aws nor a URL" in ran.output


def test_the_checkout_has_vectors() -> None:
    assert len(list(read(DEFAULT_FOLDER))) > 1500


def wait_until(condition: Callable[[], bool]) -> None:
    ended = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ended
        time.sleep(0.01)


@pytest.fixture
def started(url: str, router: Router, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run of all vectors of items that has created its tables."""
    command = [sys.executable, "-m", "ddbmock", "verify", url, "--only", "items", "--summary"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # a job in the background of a shell inherits that SIGINT is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: len(tables_of(router)) >= 4)
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_deletes_its_tables(
    started: subprocess.Popen[bytes], router: Router, signal_number: int
) -> None:
    started.send_signal(signal_number)
    assert started.wait(30) == 1
    assert tables_of(router) == []


def test_a_killed_run_is_cleaned_up_later(
    started: subprocess.Popen[bytes], router: Router, url: str
) -> None:
    started.kill()
    started.wait()
    assert tables_of(router)
    target = router.target("DynamoDB_20120810.CreateTable")
    router.perform(target, {**SETUP[0][1], "TableName": "mine"})
    ran = verify(url, "--clean")
    assert ran.exit_code == 0
    assert tables_of(router) == ["mine"]


class TestNaming:
    def test_names_have_the_prefix_there_and_none_here(self) -> None:
        naming = Naming(new_prefix())
        there = naming.request("GetItem", {"TableName": "Music"})
        assert there["TableName"].startswith(FAMILY)
        assert naming.answer({"Message": f"no {there['TableName']}"}) == {"Message": "no Music"}

    def test_names_that_are_rejected_stay(self) -> None:
        for name in ("", "ab", "a;b", "x" * 256):
            assert Naming("p_").at_endpoint(name) == name

    def test_arns_and_batches_and_statements(self) -> None:
        naming = Naming("p_")
        naming.arn_start = "arn:aws:dynamodb:eu-west-2:999999999999:table/"
        assert naming.at_endpoint("arn:aws:dynamodb:us-east-1:123456789012:table/Music") == (
            "arn:aws:dynamodb:eu-west-2:999999999999:table/p_Music"
        )
        assert naming.request("BatchGetItem", {"RequestItems": {"Music": {}}}) == {
            "RequestItems": {"p_Music": {}}
        }
        statement = {"Statement": "SELECT a FROM Music WHERE Music = 'x'"}
        assert naming.request("ExecuteStatement", statement) == {
            "Statement": "SELECT a FROM p_Music WHERE Music = 'x'"
        }

    def test_tokens_have_an_ending_that_changes_between_scenarios(self) -> None:
        naming = Naming("p_")

        def sent(token: str) -> str:
            request = naming.request("TransactWriteItems", {"ClientRequestToken": token})
            return str(request["ClientRequestToken"])

        first = sent("t")
        assert first.startswith("t")
        assert sent("t") == first
        naming.renew_tokens()
        assert sent("t") != first
        assert sent("x" * 37) == "x" * 37  # is rejected for its length

    def test_ids_and_times_are_replaced(self) -> None:
        body = {"Table": {"TableId": "a-b", "CreationDateTime": 1.5, "ItemCount": 3}}
        assert Naming("p_").answer(body) == {
            "Table": {"TableId": "<id>", "CreationDateTime": "<time>", "ItemCount": "<statistic>"}
        }
