"""What docs/storage.rst says about the engines is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ddbmock import storage
from ddbmock.service import router
from ddbmock.storage import attempts, sqlite, sqlite_file, testing

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "storage.rst"


def squeezed(text: str) -> str:
    return " ".join(text.split())


def statements_of_postgresql() -> list[str]:
    try:
        from ddbmock.storage import postgresql_connections, postgresql_statements
    except storage.StorageError as error:
        pytest.skip(str(error))
    constants = [
        value
        for module in (postgresql_statements, postgresql_connections)
        for name, value in vars(module).items()
        if name.isupper() and name != "SESSION"
    ]
    texts = [
        text for value in constants for text in (value if isinstance(value, tuple) else [value])
    ]
    return [
        squeezed(re.sub("%[bs]", "?", text))
        for text in texts
        if isinstance(text, str)
        and re.match(r"\s*(CREATE|SELECT|INSERT|DELETE|UPDATE|BEGIN|COMMIT|ROLLBACK|SET)\b", text)
    ]


def test_each_statement_of_the_postgresql_engine_is_documented() -> None:
    document = squeezed(DOCUMENT.read_text())
    statements = statements_of_postgresql()
    assert {statement.split()[0] for statement in statements} >= {"CREATE", "SELECT", "INSERT"}
    assert [statement for statement in statements if statement not in document] == []


WORDS = {
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "ORDER",
    "BY",
    "DESC",
    "LIMIT",
    "INSERT",
    "INTO",
    "VALUES",
    "ON",
    "CONFLICT",
    "DO",
    "UPDATE",
    "SET",
    "NOTHING",
    "DELETE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "ISOLATION",
    "LEVEL",
    "SERIALIZABLE",
    "REPEATABLE",
    "READ",
    "ONLY",
    "CREATE",
    "TABLE",
    "IF",
    "NOT",
    "EXISTS",
    "NULL",
    "PRIMARY",
    "KEY",
}
NAMES = {
    "ddbmock_entries",
    "ddbmock_counters",
    "ddbmock_schema",
    "space",
    "key",
    "value",
    "name",
    "slot",
    "first",
    "second",
    "version",
    "excluded",
    "bytea",
    "integer",
    "bigint",
    "max",
}


def test_the_statements_keep_to_what_other_databases_know() -> None:
    for statement in statements_of_postgresql():
        if statement.startswith("SET "):
            continue  # each is left out where it is refused
        words = set(re.findall(r"[A-Za-z_]+", statement))
        assert words <= WORDS | NAMES, statement
        # no functions but one, no operators but comparisons and a sum
        assert set(re.findall(r"(\w+)\(", statement)) <= {"max"}, statement
        assert set(re.findall(r"[^\w\s(),.?']+", statement)) <= {"=", ">=", "<", "+"}, statement


def test_each_engine_setting_and_suite_is_documented() -> None:
    document = DOCUMENT.read_text()
    words = [f"``{scheme}://" for scheme in storage.ENGINES]
    words += [f"``{durability}``" for durability in sqlite.SYNCHRONOUS]
    words += ["``durability``", "``pool_size``", "``read_from``", "``ddbmock.storage``"]
    words += ["``exchange(", "``get_all(", "``replicas``", "``groups``"]
    words += [f"``{name}``" for name in vars(testing) if name.endswith("StorageTests")]
    assert [word for word in words if word not in document] == []


def test_numbers_in_the_document_are_those_in_the_code() -> None:
    document = squeezed(DOCUMENT.read_text())
    assert "within ten seconds or so" in document
    assert sqlite_file.BUSY_SECONDS <= router.PATIENCE == 10
    assert "up to 20 times within ten seconds" in document
    assert attempts.ATTEMPTS == 20
    assert "performed again, three times at most" in document
    assert router.REACHES == 3
    assert "up to 8 MiB" in document
    assert sqlite_file.CHECKED_BYTES == 8 * 1024 * 1024
