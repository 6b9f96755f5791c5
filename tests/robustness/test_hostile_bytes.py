"""Bytes that nobody meant: spoilt requests on sockets, templates and exports with broken parts."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest
from click.testing import CliRunner

import ddbmock
from ddbmock.cli import main
from ddbmock.database import DynamoDB
from ddbmock.storage.memory import MemoryStorage
from ddbmock.table_sources import TableSourceError, tables_in
from tests.behaviour.doors import SIGNED
from tests.server.test_both_servers import serving_fast
from tests.servers import serving
from tests.table_sources.test_bounds import TABLE

SOCKETS = 120
TEMPLATES = 300
EXPORTS = 25
"""`make torture` takes more."""

ODD: Final = (
    b"", b"\0", b"\r\n", b"\r", b"\n", b" ", b":", b"\xff", b"-1", b"99999999999999999999",
    b"\r\n\r\n", b"Transfer-Encoding: chunked\r\n", b"HTTP/1.1", b"{", b"}", b"*", b"&a0", b"!Ref",
    b"null", b"[]", b"\xef\xbb\xbf", b"\x16\x03\x01",
)  # fmt: skip


def spoilt(content: bytes, chance: Random) -> bytes:
    """The bytes with up to four changes."""
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 5)):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.choice((0, 0, 1, 1, 2, 8, 64)))
        match chance.randrange(4):
            case 0:
                changed[start:end] = chance.choice(ODD)
            case 1:
                changed[start:end] = bytes(chance.randrange(256) for _ in range(end - start))
            case 2:
                changed[start:start] = changed[start:end] * chance.choice((1, 2, 40))
            case _ if start < len(changed):
                changed[start] ^= 1 << chance.randrange(8)
    return bytes(changed)


def request_of(operation: str, body: object, *lines: str) -> bytes:
    content = json.dumps(body).encode()
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}", "host": "here"}
    head = [f"{name}: {value}" for name, value in headers.items()]
    head += [*lines, f"content-length: {len(content)}"]
    return "\r\n".join(["POST / HTTP/1.1", *head, "", ""]).encode() + content


REQUESTS: Final = (
    request_of("ListTables", {}),
    request_of("GetItem", {"TableName": "a", "Key": {"p": {"S": "x"}}}, "expect: 100-continue"),
    request_of("Scan", {"TableName": "abc"}, "accept-encoding: gzip") * 3,
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\nUpgrade: h2c\r\n\r\n",
)


def check_sockets(port: int, count: int, seed: int) -> None:
    """Send spoilt requests; after each the server answers others."""
    chance = Random(seed)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as steady:
        for number in range(count):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                content = spoilt(chance.choice(REQUESTS), chance)
                cut = chance.randrange(len(content) + 1)
                try:
                    client.sendall(content[:cut])
                    if chance.random() < 0.8:
                        client.sendall(content[cut:])
                    if chance.random() < 0.5:
                        client.shutdown(socket.SHUT_WR)
                        client.recv(1000)
                except ConnectionError:
                    """It may close the connection whenever it likes."""
            steady.sendall(REQUESTS[0])
            answer = b""
            while b"TableNames" not in answer:
                piece = steady.recv(4096)
                assert piece, (number, content)
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200"), (number, content)


@pytest.mark.parametrize("server", ["waitress", "waitress with threads", "fast"])
def test_spoilt_requests_do_not_disturb_others(server: str) -> None:
    dynamodb = DynamoDB(MemoryStorage())
    served = (
        serving_fast(dynamodb)
        if server == "fast"
        else serving(dynamodb, threads=0 if server == "waitress" else 2)
    )
    with served as port:
        check_sockets(port, SOCKETS, seed=1)


TEMPLATE: Final = (
    "Parameters:\n  P: {Type: String, Default: x}\nMappings: {M: {a: {b: c}}}\n"
    "Conditions:\n  C: !Not [!Equals [!Ref P, y]]\n  D: !And [!Condition C, !Condition C]\n"
    + TABLE.replace("tab", "!Sub '${P}-${AWS::Region}'").replace("[{Attr", "&k [{Attr", 1)
    + "      Tags: [{Key: a, Value: !Join ['', [a, !FindInMap [M, a, b]]]}]\n"
).encode()


def check_templates(folder: Path, count: int, seed: int) -> int:
    """Read spoilt templates; returns how many were refused, each by the one error that may be."""
    chance, refused = Random(seed), 0
    path = folder / "template.yaml"
    for _ in range(count):
        path.write_bytes(spoilt(TEMPLATE, chance))
        try:
            list(tables_in(path))
        except TableSourceError:
            refused += 1
    return refused


def test_spoilt_templates_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sound.yaml"
    path.write_bytes(TEMPLATE)
    assert len(list(tables_in(path))) == 1
    assert check_templates(tmp_path, TEMPLATES, seed=1) > TEMPLATES // 10


def check_exports(folder: Path, count: int, seed: int) -> int:
    """Load spoilt exports; returns how many were refused, each in a sentence."""
    url = f"sqlite:///{folder}/from.db"
    with ddbmock.Database(storage=url) as database:
        client = database.client()
        client.create_table(
            TableName="songs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(5):
            client.put_item(TableName="songs", Item={"id": {"S": str(number)}})
    run: Callable[..., object] = CliRunner().invoke
    assert run(main, ["dump", "--storage", url, str(folder / "export")]).exit_code == 0  # type: ignore[attr-defined]
    files = [file for file in sorted((folder / "export").rglob("*")) if file.is_file()]
    chance, refused = Random(seed), 0
    for number in range(count):
        file = chance.choice(files)
        sound = file.read_bytes()
        file.write_bytes(spoilt(sound, chance))
        into = f"sqlite:///{folder}/{number}.db?durability=normal"
        loaded = CliRunner().invoke(main, ["load", "--storage", into, str(folder / "export")])
        assert loaded.exit_code in (0, 1, 2), file
        assert loaded.exception is None or isinstance(loaded.exception, SystemExit), (
            file.name,
            file.read_bytes(),
            loaded.exception,
        )
        refused += loaded.exit_code != 0
        file.write_bytes(sound)
        for left in folder.glob(f"{number}.db*"):
            left.unlink()
    return refused


def test_spoilt_exports_are_loaded_or_refused_in_a_sentence(tmp_path: Path) -> None:
    assert check_exports(tmp_path, EXPORTS, seed=1) > 0
