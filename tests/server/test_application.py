"""The Pyramid application hands every request to the wire, and takes its settings from all sides."""

from __future__ import annotations

import io
import zlib
from typing import Any

import orjson
import pytest
from webtest import TestApp

import ddbmock
from ddbmock.server.body import SETTINGS_KEY, read
from ddbmock.server.views import Headers
from ddbmock.settings import Settings, SettingsError

SIGNED = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0"
    ),
    "X-Amz-Date": "20260101T000000Z",
    "Content-Type": "application/x-amz-json-1.0",
}


@pytest.fixture
def app() -> TestApp:
    return TestApp(ddbmock.main({}))


def test_get_says_that_all_is_well(app: TestApp) -> None:
    response = app.get("/")
    assert (response.status, response.body) == (
        "200 OK",
        b"healthy: localhost:80 ",
    )


def test_an_operation_is_answered_with_its_checksum(app: TestApp) -> None:
    target = {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
    body = b'{"TableName": "nowhere", "Key": {"pk": {"S": "x"}}}'
    response = app.post("/", body, headers={**SIGNED, **target}, status=400)
    assert orjson.loads(response.body) == {
        "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message": "Requested resource not found",
    }
    assert int(response.headers["x-amz-crc32"]) == zlib.crc32(response.body)
    assert len(response.headers["x-amzn-RequestId"]) == 52
    assert response.headers["x-ddbmock-hint"] == "There is no table 'nowhere'; there are: none."


def test_a_browser_may_ask_whether_it_may_ask(app: TestApp) -> None:
    response = app.options(
        "/",
        headers={"Origin": "http://localhost", "Access-Control-Request-Method": "POST"},
    )
    assert response.status_int == 200
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost"
    assert response.headers["Access-Control-Allow-Methods"] == "POST"


@pytest.mark.parametrize("path", ["/nothing/here", "/%ff", "/a%20b", "//"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_other_paths_and_methods_are_not_found(app: TestApp, method: str, path: str) -> None:
    assert app.request(path, method=method, status="*").status_int == 404


def test_our_own_fault_is_told_to_the_log_and_not_to_the_client(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("our own fault")

    app = TestApp(ddbmock.main({}, authentication="none"))
    monkeypatch.setattr("ddbmock.service.router.Router.finish", broken)
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/json"}
    response = app.post("/", b"{}", headers=headers, status=500)
    assert response.json == {"__type": "com.amazon.coral.service#InternalFailure"}
    assert "our own fault" in caplog.text


def test_a_body_over_the_limit_is_refused_under_any_server() -> None:
    app = TestApp(ddbmock.main({}, max_body=10))
    response = app.post("/", b"x" * 11, status=413)
    # a WSGI application may not speak of the connection
    assert (response.body, response.headers.get("Connection")) == (b"", None)


def test_keywords_settings_and_the_environment_reach_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DDBMOCK_WORDING", "2025")
    app = ddbmock.main(
        {}, limits="none", **{"ddbmock.delay_creating": "2", "pyramid.default_locale_name": "de"}
    )
    assert app.registry[SETTINGS_KEY] == Settings(limits="none", delay_creating=2.0, wording="2025")
    assert app.registry.settings["pyramid.default_locale_name"] == "de"


def test_a_wrong_setting_stops_the_start() -> None:
    with pytest.raises(SettingsError) as caught:
        ddbmock.main({}, limit="none")
    assert str(caught.value) == "There is no setting ddbmock.limit; did you mean ddbmock.limits?"


def test_two_applications_are_two_databases() -> None:
    first, second = (TestApp(ddbmock.main({}, authentication="none")) for _ in range(2))
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.CreateTable",
        "Content-Type": "application/x-amz-json-1.0",
    }
    body = (
        b'{"TableName": "one", "BillingMode": "PAY_PER_REQUEST", '
        b'"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], '
        b'"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}'
    )
    first.post("/", body, headers=headers)
    headers["X-Amz-Target"] = "DynamoDB_20120810.DescribeTable"
    first.post("/", b'{"TableName": "one"}', headers=headers)
    second.post("/", b'{"TableName": "one"}', headers=headers, status=400)


ENVIRON = {
    "REQUEST_METHOD": "POST",
    "CONTENT_TYPE": "application/json",
    "HTTP_X_AMZ_TARGET": "DynamoDB_20120810.GetItem",
    "HTTP_HOST": "localhost",
    "wsgi.version": (1, 0),
}


def test_headers_are_seen_by_their_names_in_lower_case() -> None:
    headers = Headers(ENVIRON)
    assert dict(headers) == {
        "content-type": "application/json",
        "x-amz-target": "DynamoDB_20120810.GetItem",
        "host": "localhost",
    }
    assert len(headers) == 3
    assert "x-amz-target" in headers
    assert "origin" not in headers
    assert headers.get("content-length") is None


class InPieces(io.RawIOBase):
    """A body that a server gives a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 3) if size >= 0 else 3)


@pytest.mark.parametrize(
    ("environ", "limit", "body"),
    [
        ({"CONTENT_LENGTH": "8", "wsgi.input": InPieces(b"12345678")}, 8, b"12345678"),
        ({"CONTENT_LENGTH": "8", "wsgi.input": InPieces(b"12345")}, 8, b"12345"),
        ({"CONTENT_LENGTH": "9"}, 8, None),
        ({"CONTENT_LENGTH": "9", "wsgi.input": io.BytesIO(b"123456789")}, None, b"123456789"),
        ({"CONTENT_LENGTH": "-1"}, 8, b""),
        ({"CONTENT_LENGTH": ""}, 8, b""),
        ({}, 8, b""),
        ({"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"12345678")}, 8, b"12345678"),
        ({"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"123456789")}, 8, None),
        ({"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"1234")}, None, b"1234"),
    ],
)
def test_a_body_is_read_as_far_as_it_goes_and_no_further_than_the_limit(
    environ: dict[str, Any], limit: int | None, body: bytes | None
) -> None:
    assert read(environ, limit) == body
