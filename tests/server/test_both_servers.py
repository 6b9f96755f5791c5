"""waitress and the asyncio server answer the same, to odd requests too."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import client as http_client

import pytest

from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED
from tests.servers import serving

fast = pytest.importorskip(
    "ddbmock.server.asyncio_server", reason="needs httptools: pip install ddbmock[fast]"
)

LIMIT = 100_000
HEADERS = {
    "host": "here",
    **SIGNED,
    "x-amz-target": "DynamoDB_20120810.ListTables",
    "connection": "close",
}


def database() -> DynamoDB:
    """With table names so long that the list of them is compressed when that is asked for."""
    dynamodb = DynamoDB(MemoryStorage(), Settings(max_body=LIMIT))
    router = Router(dynamodb)
    for number in range(20):
        router.perform(
            router.target("DynamoDB_20120810.CreateTable"),
            {
                "TableName": f"{number:02}".ljust(255, "x"),
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
    return dynamodb


@contextmanager
def serving_fast(dynamodb: DynamoDB) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(fast.serve(Router(dynamodb), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module", params=["waitress", "fast"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    served = serving(database()) if request.param == "waitress" else serving_fast(database())
    with served as port:
        yield port


def http(
    method: str = "POST", path: str = "/", body: bytes = b"{}", *more: str, **headers: str
) -> bytes:
    """A request; `more` are further header lines, in `headers` an empty one is left out."""
    sent = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        sent["content-length"] = str(len(body))
    lines = [f"{name}: {value}" for name, value in sent.items() if value]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, *more, "", ""]).encode() + body


def answers(port: int, request: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """``(status, headers, body)`` of each answer until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(request)
        received = b""
        while piece := client.recv(65_536):
            received += piece
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if request.startswith(b"HEAD") else int(headers["content-length"])
        found.append((int(first.split()[1]), headers, received[:length]))
        received = received[length:]
    return found


def test_what_is_not_found_has_an_end(port: int) -> None:
    requests = http("PUT", connection="keep-alive") + http("POST", "/garbage")
    assert [(status, body) for status, _, body in answers(port, requests)] == [
        (404, b"<UnknownOperationException/>\n")
    ] * 2


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/"), ("OPTIONS", "*"), ("TRACE", "/")])
def test_other_methods_are_not_found(port: int, method: str, path: str) -> None:
    ((status, headers, _),) = answers(port, http(method, path, b""))
    assert (status, headers["content-length"]) == (404, "29")


def test_the_whole_address_is_as_good_as_the_path(port: int) -> None:
    ((status, _, body),) = answers(port, http("POST", "http://here:8000/?a=b"))
    assert (status, len(json.loads(body)["TableNames"])) == (200, 20)


def test_blanks_around_a_header_s_value_are_no_part_of_it(port: int) -> None:
    # RFC 9112, section 5.1
    target = f" \t{HEADERS['x-amz-target']} \t"
    ((status, _, body),) = answers(port, http(x_amz_target=target, host=" here "))
    assert (status, len(json.loads(body)["TableNames"])) == (200, 20)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_headers_are_named_as_by_dynamodb(port: int, method: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(http(method, "/", b"", connection=""))
        head = client.recv(65_536).partition(b"\r\n\r\n")[0].decode()
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert headers.keys() - {"x-ddbmock-hint"} == {
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
        "Server",
        "x-amz-crc32",
        "x-amzn-RequestId",
    }
    assert (headers["Connection"], headers["Server"]) == ("keep-alive", "Server")


def test_health_is_told_with_a_request_id_and_a_checksum(port: int) -> None:
    ((status, headers, body),) = answers(port, http("GET", "/", b""))
    assert (status, body) == (200, b"healthy: here ")
    assert re.fullmatch("[0-9A-Z]{52}", headers["x-amzn-requestid"])
    assert headers["x-amz-crc32"].isdecimal()


def test_a_body_that_grows_over_the_limit_is_too_large(port: int) -> None:
    body = gzip.compress(b" " * (LIMIT + 1))
    ((status, headers, body),) = answers(port, http("POST", "/", body, content_encoding="gzip"))
    assert (status, headers["content-length"], body) == (413, "0", b"")


def test_a_client_that_would_rather_speak_http_2_is_answered_in_http_1(port: int) -> None:
    offer = http(
        connection="Upgrade, HTTP2-Settings", upgrade="h2c", http2_settings="AAMAAABkAAQAAP__"
    )
    found = answers(port, offer + http())
    assert [(status, len(json.loads(body)["TableNames"])) for status, _, body in found] == [
        (200, 20)
    ] * 2


@pytest.mark.parametrize(
    ("first", "second", "encoding"),
    [("identity", "gzip", None), ("gzip", "identity", "gzip"), ("deflate", "gzip", "deflate")],
)
def test_only_the_first_accept_encoding_counts(
    port: int, first: str, second: str, encoding: str | None
) -> None:
    request = http("POST", "/", b"{}", f"Accept-Encoding: {first}", f"accept-encoding: {second}")
    ((status, headers, _),) = answers(port, request)
    assert (status, headers.get("content-encoding")) == (200, encoding)


@pytest.mark.parametrize(
    "request_head",
    [b"nonsense\r\n\r\n", http(content_length="-1", body=b""), http(x_long="x" * 17_000)],
)
def test_what_is_not_http_is_a_bad_request_without_a_word(port: int, request_head: bytes) -> None:
    ((status, headers, body),) = answers(port, request_head)
    assert (status, headers["connection"], body) == (400, "close", b"")


def test_a_client_with_https_is_refused_at_once_and_told_of_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    connection = http_client.HTTPSConnection("127.0.0.1", port, timeout=20)
    with pytest.raises(ssl.SSLError):
        connection.request("GET", "/")
    assert "A client has tried https://; its endpoint here begins with http://." in caplog.text
