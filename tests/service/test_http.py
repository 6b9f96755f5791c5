"""HTTP around the operations: what is decided before one is reached, and what is put around its answer."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.service import compression, http
from ddbmock.service.http import WireRequest, WireResponse
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED

LIST_TABLES = {**SIGNED, "x-amz-target": "DynamoDB_20120810.ListTables"}


@pytest.fixture
def router() -> Router:
    return Router(DynamoDB(MemoryStorage(), Settings(max_body=100_000)))


def post(
    router: Router, body: bytes = b"{}", headers: Any = None, path: str = "/", query: str = ""
) -> WireResponse:
    return http.handle(router, WireRequest("POST", path, query, headers or LIST_TABLES, body))


def error(response: WireResponse) -> tuple[int, Any]:
    return response.status, json.loads(response.body)


def test_an_answer_has_the_service_s_headers(router: Router) -> None:
    response = post(router)
    headers = dict(response.headers)
    assert response.body == b'{"TableNames":[]}'
    request_id = headers.pop("x-amzn-RequestId")
    assert len(request_id) == 52
    assert set(request_id) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert headers == {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amz-crc32": str(zlib.crc32(response.body)),
        "Content-Length": "17",
    }


def test_the_content_type_is_the_request_s(router: Router) -> None:
    headers = {**LIST_TABLES, "content-type": "application/json"}
    assert dict(post(router, headers=headers).headers)["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'""', b"{} x", b'{"a":NaN}', b"\xff", b"[" * 2000]
)
def test_a_body_that_is_no_json_object_cannot_be_read(router: Router, body: bytes) -> None:
    response = post(router, body)
    assert error(response) == (
        400,
        {"__type": "com.amazon.coral.service#SerializationException"},
    )


def test_the_checksum_of_an_unreadable_body_s_answer_is_the_recorded_one(router: Router) -> None:
    assert dict(post(router, b"{").headers)["x-amz-crc32"] == "3948637019"


@pytest.mark.parametrize(
    "target", ["", "ListTables", "DynamoDB_20120810.", "DynamoDB_2012081.ListTables", "x" * 9000]
)
def test_an_unknown_target_is_refused(router: Router, target: str) -> None:
    response = post(router, headers={**SIGNED, "x-amz-target": target})
    assert error(response) == (
        400,
        {"__type": "com.amazon.coral.service#UnknownOperationException"},
    )
    assert dict(response.headers)["x-amz-crc32"] == "1368724161"


def test_json_is_looked_at_before_the_target(router: Router) -> None:
    response = post(router, b"{", {**SIGNED, "x-amz-target": "nothing"})
    assert b"SerializationException" in response.body


def test_a_request_without_content_type_is_read_as_json(router: Router) -> None:
    headers = {name: value for name, value in LIST_TABLES.items() if name != "content-type"}
    response = post(router, headers=headers)
    assert (response.status, response.body) == (200, b'{"TableNames":[]}')
    assert b"SerializationException" in post(router, b"{", headers).body


@pytest.mark.parametrize("content_type", ["", "text/plain", "Application/JSON", "application/xml"])
def test_another_content_type_is_not_found(router: Router, content_type: str) -> None:
    response = post(router, headers={**LIST_TABLES, "content-type": content_type})
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")
    assert dict(response.headers)["x-amz-crc32"] == "3552371480"


def test_another_path_is_not_found(router: Router) -> None:
    assert post(router, path="/garbage").status == 404


@pytest.mark.parametrize(
    ("method", "path", "content_type", "hint"),
    [
        (
            "POST",
            "/",
            "application/x-www-form-urlencoded",
            "The content type 'application/x-www-form-urlencoded' must be application/x-amz-json-1.0.",
        ),
        (
            "POST",
            "/orders\u00e9",
            "application/json",
            "Requests go to POST /, not POST '/orders\\xe9'.",
        ),
        ("GET", "/orders", "", "Requests go to POST /, not GET '/orders'."),
        ("PUT", "/", "application/json", "Requests go to POST /, not PUT '/'."),
    ],
)
def test_a_request_that_is_not_found_gets_a_hint(
    router: Router, method: str, path: str, content_type: str, hint: str
) -> None:
    headers = {**LIST_TABLES, "content-type": content_type}
    response = http.handle(router, WireRequest(method, path, "", headers, b"{}"))
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")
    assert dict(response.headers)["x-ddbmock-hint"] == hint


def test_a_body_over_the_limit_is_too_large(router: Router) -> None:
    response = post(router, b" " * 100_001)
    assert (response.status, response.body) == (413, b"")


def test_health_is_told_with_the_host_asked_for(router: Router) -> None:
    for path in ("/", "/healthy"):
        response = http.handle(
            router, WireRequest("GET", path, "", {"host": "localhost:6543"}, b"")
        )
        assert (response.status, response.body) == (200, b"healthy: localhost:6543 ")
        headers = dict(response.headers)
        assert len(headers.pop("x-amzn-RequestId")) == 52
        assert headers == {
            "Content-Type": "text/plain",
            "Content-Length": "24",
            "x-amz-crc32": str(zlib.crc32(response.body)),
        }


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/abc"), ("PUT", "/"), ("DELETE", "/"), ("OPTIONS", "/")]
)
def test_what_is_neither_post_nor_health_is_not_found(
    router: Router, method: str, path: str
) -> None:
    response = http.handle(router, WireRequest(method, path, "", {}, b""))
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")
    assert dict(response.headers)["x-amz-crc32"] == "3552371480"
    assert dict(response.headers)["Content-Length"] == "29"


def test_only_the_head_is_answered_to_who_asks_for_it(router: Router) -> None:
    response = http.handle(router, WireRequest("HEAD", "/", "", {}, b""))
    assert (response.status, response.body) == (404, b"")


class TestCredentials:
    def test_a_request_without_any_is_refused(self, router: Router) -> None:
        headers = {k: v for k, v in LIST_TABLES.items() if k != "authorization"}
        assert error(post(router, headers=headers)) == (
            400,
            {
                "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
                "message": "Request is missing Authentication Token",
            },
        )

    def test_every_missing_part_is_named(self, router: Router) -> None:
        headers = {**LIST_TABLES, "authorization": "AWS4-HMAC-SHA256 Signature=0"}
        del headers["x-amz-date"]
        assert error(post(router, headers=headers)) == (
            400,
            {
                "__type": "com.amazon.coral.service#IncompleteSignatureException",
                "message": "Authorization header requires 'Credential' parameter. "
                "Authorization header requires 'SignedHeaders' parameter. "
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                "header. Authorization=AWS4-HMAC-SHA256 Signature=0",
            },
        )

    def test_two_signatures_are_one_too_many(self, router: Router) -> None:
        assert error(post(router, query="X-Amz-Algorithm=AWS4-HMAC-SHA256")) == (
            400,
            {
                "__type": "com.amazon.coral.service#InvalidSignatureException",
                "message": "Found both 'X-Amz-Algorithm' as a query-string param and "
                "'Authorization' as HTTP header.",
            },
        )

    def test_a_signature_in_the_url_is_as_good(self, router: Router) -> None:
        headers = {k: v for k, v in LIST_TABLES.items() if k != "authorization"}
        whole = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Fus-east-1%2F"
            "dynamodb%2Faws4_request&X-Amz-Signature=0&X-Amz-SignedHeaders=host&X-Amz-Date=x"
        )
        assert post(router, headers=headers, query=whole).status == 200
        assert error(post(router, headers=headers, query="X-Amz-Algorithm=A&X-Amz-Date=x")) == (
            400,
            {
                "__type": "com.amazon.coral.service#IncompleteSignatureException",
                "message": "AWS query-string parameters must include 'X-Amz-Credential'. "
                "AWS query-string parameters must include 'X-Amz-Signature'. "
                "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                "Re-examine the query-string parameters.",
            },
        )

    def test_none_are_needed_when_a_setting_says_so(self) -> None:
        router = Router(DynamoDB(MemoryStorage(), Settings(authentication="none")))
        headers = {k: v for k, v in LIST_TABLES.items() if k != "authorization"}
        assert post(router, headers=headers).status == 200


class TestCompression:
    @pytest.mark.parametrize(
        ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
    )
    def test_a_compressed_request_is_read(
        self, router: Router, encoding: str, compress: Any
    ) -> None:
        headers = {**LIST_TABLES, "content-encoding": encoding}
        assert post(router, compress(b"{}"), headers).status == 200

    def test_gzip_members_in_a_row_are_one_body(self, router: Router) -> None:
        headers = {**LIST_TABLES, "content-encoding": "gzip"}
        body = gzip.compress(b'{"Limit"') + gzip.compress(b": 1}")
        assert post(router, body, headers).body == b'{"TableNames":[]}'

    @pytest.mark.parametrize(
        ("encoding", "body"),
        [
            ("gzip", b""),
            ("gzip", b"{}"),
            ("gzip", gzip.compress(b"{}", mtime=0)[:-1]),
            ("deflate", b""),
            ("deflate", b"{}"),
            ("garbage", b"{}"),
        ],
    )
    def test_what_cannot_be_decompressed_is_an_internal_failure(
        self, router: Router, encoding: str, body: bytes
    ) -> None:
        response = post(router, body, {**LIST_TABLES, "content-encoding": encoding})
        assert error(response) == (500, {"__type": "com.amazon.coral.service#InternalFailure"})

    def test_a_body_that_grows_over_the_limit_is_too_large(self, router: Router) -> None:
        headers = {**LIST_TABLES, "content-encoding": "gzip"}
        assert post(router, gzip.compress(b" " * 200_000), headers).status == 413

    def test_without_limits_a_body_may_grow_as_it_likes(self) -> None:
        router = Router(DynamoDB(MemoryStorage(), Settings(limits="none", max_body=10)))
        headers = {**LIST_TABLES, "content-encoding": "gzip"}
        assert post(router, gzip.compress(b"{}" + b" " * 200_000), headers).status == 200

    def test_a_long_answer_is_compressed_when_the_client_can_read_it(self, router: Router) -> None:
        for n in range(100):
            router.perform(
                router.target("DynamoDB_20120810.CreateTable"),
                {
                    "TableName": f"a-table-with-quite-a-long-name-{n:03}-{'x' * 40}",
                    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            )
        plain = post(router)
        response = post(router, headers={**LIST_TABLES, "accept-encoding": "gzip, deflate"})
        headers = dict(response.headers)
        assert headers["Content-Encoding"] == "gzip"
        assert headers["x-amz-crc32"] == str(zlib.crc32(response.body))
        assert gzip.decompress(response.body) == plain.body


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("br, zstd", None),
        ("gzip, deflate", "gzip"),
        ("br, identity, deflate, gzip", "deflate"),
        ("GZIP, identity", "gzip"),
        ("dog, gzip ,, cat", "gzip"),
        ("gzip;q=0.8, deflate;q=0.5", "gzip"),
        ("br, gzip;q=0, deflate; q = 0.5 , identity;q=0", "deflate"),
        ("*", "gzip"),
        ("*, deflate;q=0.5", "gzip"),
        ("*, deflate", "deflate"),
        ("*, gzip;q=0.5", "deflate"),
        ("gzip ;q=0", None),
        ("*;q=0", None),
        ('"gzip"', None),
        ("gzip:q=1", None),
        ("gzip;q=31,deflate;q=51", "gzip"),
        ("deflate;q=0.5, gzip;q=1;q=0.2", "gzip"),
        ("deflate;q=0.5,gzip;q=0.x", "gzip"),
        ("deflate;q=-0.5,gzip;q=0.2", "gzip"),
        ("gzip;q= 0;q=1", None),
        ("gzip;q =0;q=1", "gzip"),
        ("gzip;nq=0;q=1", None),
        ("gzip;q=0, gzip;q=1, gzip;q=0", "gzip"),
    ],
)
def test_the_compression_is_the_one_the_service_would_choose(
    header: str, encoding: str | None
) -> None:
    # the choices of the real service, as its users have recorded them
    assert compression.accepted_encoding(header) == encoding


PAGE = "http://localhost:3000"


def test_a_web_page_of_this_machine_may_read_the_answer(router: Router) -> None:
    headers = dict(post(router, headers={**LIST_TABLES, "origin": PAGE}).headers)
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert headers["Vary"] == "Origin"
    assert "x-ddbmock-hint" in headers["Access-Control-Expose-Headers"]
    assert not [name for name, _ in post(router).headers if name.startswith("Access-Control")]


def test_any_page_is_answered_as_by_dynamodb_where_all_are_allowed() -> None:
    router = Router(DynamoDB(MemoryStorage(), Settings(origins="*")))
    headers = dict(post(router, headers={**LIST_TABLES, "origin": "https://app.example"}).headers)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in headers


def test_web_pages_cannot_read_the_checksum(router: Router) -> None:
    # The JavaScript SDK would compare it with the body that the browser has unzipped, and reject
    # long answers: https://github.com/aws/aws-sdk-js/issues/1614 (DynamoDB does not expose it).
    headers = dict(post(router, headers={**LIST_TABLES, "origin": PAGE}).headers)
    exposed = headers["Access-Control-Expose-Headers"].lower().replace(" ", "").split(",")
    assert "x-amz-crc32" not in exposed
    assert {"x-amzn-requestid", "x-ddbmock-hint"} <= set(exposed)


def test_a_web_page_of_this_machine_is_told_what_it_may_send(router: Router) -> None:
    request_headers = {
        "origin": PAGE,
        "access-control-request-headers": "x-amz-target",
        "access-control-request-method": "POST",
        "access-control-request-private-network": "true",
    }
    response = http.handle(router, WireRequest("OPTIONS", "/", "", request_headers, b""))
    headers = dict(response.headers)
    assert (response.status, response.body) == (200, b"")
    assert headers["Access-Control-Max-Age"] == "172800"
    assert headers["Access-Control-Allow-Headers"] == "x-amz-target"
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(
    "browser",
    [
        {"origin": "https://evil.example"},
        # a name that an attacker's DNS lets point to this machine
        {"origin": "http://evil.example:6543", "host": "evil.example:6543"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://evil.example\n"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_web_page_of_another_site_is_refused_and_nothing_happens(
    router: Router, browser: dict[str, str]
) -> None:
    create = {**LIST_TABLES, "x-amz-target": "DynamoDB_20120810.CreateTable", **browser}
    body = {
        "TableName": "tab",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for response in (
        post(router, json.dumps(body).encode(), create),
        http.handle(router, WireRequest("OPTIONS", "/", "", create, b"")),
    ):
        assert response.status == 403
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
        assert "ddbmock.origins" in dict(response.headers)["x-ddbmock-hint"]
        assert dict(response.headers)["x-ddbmock-hint"].isprintable()
    assert post(router).body == b'{"TableNames":[]}'


@pytest.mark.parametrize(
    ("origins", "origin", "status"),
    [
        ("https://app.example", "https://app.example", 200),
        ("https://app.example", "http://app.example", 403),
        ("https://app.example", "https://app.example:8443", 403),
        ("https://app.example", "http://127.0.0.1:8080", 200),
        ("https://app.example http://dev:3000", "http://dev:3000", 200),
        ("*", "https://evil.example", 200),
        ("null", "null", 200),
    ],
)
def test_the_setting_names_origins_that_are_answered(
    origins: str, origin: str, status: int
) -> None:
    router = Router(DynamoDB(MemoryStorage(), Settings(origins=origins)))
    response = post(router, headers={**LIST_TABLES, "origin": origin})
    assert response.status == status


def test_pages_of_the_server_itself_are_answered(router: Router) -> None:
    for host, status in (("192.0.2.7:6543", 200), ("ddbmock:6543", 200), ("evil.example", 403)):
        headers = {**LIST_TABLES, "host": host, "origin": f"http://{host}"}
        assert post(router, headers=headers).status == status


def test_programs_are_answered_under_whatever_name(router: Router) -> None:
    for host in ("dynamodb:8000", "db.internal", "127.0.0.1", "ddbmock.example.com:443"):
        assert post(router, headers={**LIST_TABLES, "host": host}).status == 200


def test_a_fault_of_ours_is_a_500_and_a_traceback_in_the_log(
    router: Router, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(router, "finish", fail)
    assert error(post(router)) == (500, {"__type": "com.amazon.coral.service#InternalFailure"})
    assert "ZeroDivisionError" in caplog.text


def test_a_request_cannot_forge_a_line_of_the_log(
    router: Router, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ddbmock.requests")
    forged = "a\n2026-01-01 00:00:00,000 ERROR   ddbmock.server  FORGED \x1b[31m\u2028\u202e"
    for target, body in (
        ("Scan", {"TableName": forged}),
        ("GetItem", {"TableName": "tab", "Key": {}, "ProjectionExpression": forged + " ("}),
        (forged, {}),
    ):
        headers = {**LIST_TABLES, "x-amz-target": f"DynamoDB_20120810.{target}"}
        assert post(router, json.dumps(body).encode(), headers).status == 400
    assert "FORGED" in caplog.text
    for record in caplog.records:
        first, *others = record.getMessage().split("\n")
        assert first.isprintable()
        assert all(line.startswith("    ") and line.isprintable() for line in others)


def test_gzip_of_many_members_costs_no_more_than_its_size(
    router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    class Counting:
        def __init__(self, bits: int) -> None:
            self._counted = real(bits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            read.append(len(data))
            content: bytes = self._counted.decompress(data, limit)
            return content

        def __getattr__(self, name: str) -> Any:
            return getattr(self._counted, name)

    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Counting)
    headers = {**LIST_TABLES, "content-encoding": "gzip"}
    member = gzip.compress(b" ")
    body = member * (compression.MEMBERS - 1) + gzip.compress(b"{}")
    assert post(router, body, headers).status == 200
    assert sum(read) < compression.MEMBERS * compression.PIECE
    read.clear()
    assert post(router, member + body, headers).status == 500
    large = gzip.compress(json.dumps({"x": list(range(10_000))}).encode())
    assert post(router, large, headers).status == 200
    assert post(router, gzip.compress(b" " * 100_001), headers).status == 413
    assert post(router, member * 500 + gzip.compress(b" " * 99_501), headers).status == 413


@pytest.mark.parametrize(
    "host",
    [
        "dynamodb.us-east-1.amazonaws.com",
        "123456789012.ddb.us-east-1.amazonaws.com",
        "search-dynamodb.us-east-1.amazonaws.com",
        "search-dynamodb-fips.us-east-1.amazonaws.com",
        "123456789012.search-ddb.us-east-1.amazonaws.com",
        "localhost:8000",
    ],
)
def test_every_host_of_the_service_serves_every_operation(router: Router, host: str) -> None:
    for operation in ("ListTables", "SearchVectors"):
        headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}", "host": host}
        status, body = error(post(router, headers=headers))
        assert (status, body.get("message", "")[:13]) == (
            (200, "") if operation == "ListTables" else (400, "missing field")
        )


def test_a_key_nested_beyond_all_limits_is_refused(router: Router) -> None:
    nested: dict[str, Any] = {"S": "x"}
    for _ in range(200):
        nested = {"L": [nested]}
    body = {"RequestItems": {"Music": {"Keys": [{"artist": nested}, {"artist": nested}]}}}
    headers = {**LIST_TABLES, "x-amz-target": "DynamoDB_20120810.BatchGetItem"}
    assert post(router, json.dumps(body).encode(), headers).status == 400
