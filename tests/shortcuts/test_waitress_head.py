"""A head that is read at once gives waitress what its own parser gives it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.behaviour.doors import SIGNED

pytest.importorskip("waitress")

from waitress.adjustments import Adjustments

from ddbmock.server import waitress_head
from ddbmock.server.waitress_connections import Parser

ADJUSTMENTS = Adjustments()

usual = st.sampled_from(
    [*(f"{name}: {value}".encode() for name, value in SIGNED.items()), b"X-Amz-Target: A.B"]
)
unusual = st.sampled_from(
    [
        b"Host: there",
        b"host:here:80",
        b"Host: a b",
        b"Content-Length: 5",
        b"Content-Length: 007",
        b"Content-Length: +5",
        b"Content-Length: \xb2",
        b"Content-Length: 5, 5",
        b"Content-Length: " + b"9" * 16,
        b"Content-Length:",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Expect: 100-continue",
        b"Accept-Encoding: gzip",
        b"Accept-Encoding: identity",
        b"X_Amz_Target: C.D",
        b"X-Odd:\t\xe4 , \t ",
        b"X-Odd: \x85",
        b"X-Odd: a\x00b",
        b"X-Odd: a\rb",
        b"X-Odd: a\nHost: c",
        b"X-Odd : a",
        b" folded",
        b"no header",
        b": no name",
        b"a:",
        b"",
    ]
)
first_lines = st.sampled_from(
    [b"POST / HTTP/1.1"] * 5 + [b"POST / HTTP/1.0", b"GET / HTTP/1.1", b"POST /?a HTTP/1.1", b"POST  / HTTP/1.1"]
)  # fmt: skip
lines = st.lists(usual | unusual | st.just(b"Host: here"), max_size=6)


def parsed(head: bytes) -> Any:
    """What a connection knows of a head, and what happened to it."""
    happened: list[str] = []
    parser = Parser(ADJUSTMENTS, 1000, SimpleNamespace(refuse=lambda: happened.append("refused")))  # type: ignore[arg-type]
    consumed = parser.received(head + b"12345")
    known = {name: value for name, value in vars(parser).items() if not name.startswith("_")}
    body = known.pop("body_rcv", None)
    known["expect_continue"] = parser.expect_continue
    error = known.pop("error", None)
    complaint = (type(error), getattr(error, "body", None))
    return known, happened, consumed, complaint, type(body), getattr(body, "remain", None)


@example(b"POST / HTTP/1.1", [b"Host: here"])
@given(first_lines, lines)
def test_a_head_that_is_read_at_once_is_read_as_by_waitress(
    first: bytes, rest: list[bytes]
) -> None:
    head = b"\r\n".join([first, *rest, b"", b""])
    quick = parsed(head)
    with patch.object(waitress_head, "read", lambda head: None):
        assert quick == parsed(head)


def test_the_head_of_an_sdk_is_read_at_once() -> None:
    usual = [f"{name}: {value}".encode() for name, value in SIGNED.items()]
    head = [b"POST / HTTP/1.1", b"Host: localhost:6543", *usual, b"Content-Length: 2", b"", b""]
    found = waitress_head.read(b"\r\n".join(head))
    assert found is not None
    assert found[1] == 2
