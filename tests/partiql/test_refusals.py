"""Statements that PartiQL has and DynamoDB does not, or that are incomplete: each has its error and a caret.

The messages are assumed: those of the parser that the service is seen to use, in its version of 2021.
"""

from __future__ import annotations

import pytest

from ddbmock.errors import ValidationException
from ddbmock.partiql.statements import Update, statement

MALFORMED = "Statement wasn't well formed, can't be processed: "


INCOMPLETE = (
    ("SELECT", "Unexpected term"),
    ("SELECT DISTINCT", "Unexpected term"),
    ('UPDATE "Music" SET', "Expected identifier for simple path"),
    ('SELECT * FROM "Music" WHERE (', "Unexpected term"),
    ("SELECT a", "Expected FROM after SELECT list"),
    (
        'SELECT *, a FROM "Music"',
        "Other expressions may not be present in the select list when '*' is used without dot notation.",
    ),
    ('SELECT a.*.b FROM "Music"', "Invalid use of * in select list"),
    ('SELECT a[0].* FROM "Music"', "Cannot use [] and * together in SELECT list expression"),
    ('SELECT a AS 1 FROM "Music"', "Expected identifier for AS-alias"),
    ('SELECT a FROM "Music" LET b', "Expected AS following LET expr"),
    ('SELECT a FROM "Music" LET b AS 1', "Expected identifier for AS-alias"),
    ('SELECT a FROM "Music" GROUP a', "Expected BY"),
    ('SELECT COUNT(DISTINCT *) FROM "Music"', "COUNT(DISTINCT *) is not supported"),
    ('SELECT SUM(*) FROM "Music"', "sum(*) is not allowed"),
    ('SELECT SUM() FROM "Music"', "Aggregate functions are always unary"),
    ('SELECT SUM(a, b) FROM "Music"', "Aggregate functions are always unary"),
    ('SELECT * FROM "Music" WHERE size(*) = 1', "size(*) is not allowed"),
    ('SELECT * FROM "Music" WHERE a BETWEEN 1', "Expected AND keyword"),
    ('SELECT * FROM "Music" WHERE a BETWEEN 1 AND', "Expected expression after AND"),
    ("SELECT * FROM \"Music\" WHERE a LIKE 'b' ESCAPE", "Expected expression after ESCAPE"),
    ('SELECT * FROM "Music" WHERE CASE a ELSE 3 END = 2', "Expected a WHEN clause in CASE"),
    ('SELECT * FROM "Music" WHERE CASE WHEN a ELSE 3 END = 2', "Expected THEN keyword"),
    ("SELECT * FROM \"Music\" WHERE CAST a = 'b'", "Missing left parenthesis after CAST"),
    ("SELECT * FROM \"Music\" WHERE CAST(a) = 'b'", "Expected AS"),
    ("SELECT * FROM \"Music\" WHERE CAST(a AS songs) = 'b'", "Expected type name"),
    (
        'SELECT * FROM "Music" WHERE a IS VARCHAR(1, 2)',
        "CAST for character_varying must have arity of 0..1",
    ),
    (
        'SELECT * FROM "Music" WHERE a IS VARCHAR(b)',
        "Type parameter must be an unsigned integer literal",
    ),
    ('SELECT * FROM "Music" WHERE a = VALUES 1', "Expected LEFT_PAREN for row value constructor"),
    (
        "INSERT INTO \"Music\" VALUE {'a': 'b'} ON CONFLICT DO SOMETHING",
        "invalid ON CONFLICT syntax",
    ),
    (
        "UPDATE \"Music\" SET a = 1 WHERE pk = 'a' RETURNING ALL",
        "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.",
    ),
    (
        "UPDATE \"Music\" SET a = 1 WHERE pk = 'a' RETURNING ALL NEW 1 + 2",
        "Unsupported syntax in RETURNING columns.",
    ),
    ("UPDATE \"Music\" WHERE pk = 'a'", "Expected data manipulation"),
    ("DELETE \"Music\" WHERE pk = 'a'", "Expected FROM after DELETE"),
    ('SELEC * FROM "Music"', "Expected data manipulation"),
    ('"SELECT" * FROM "Music"', "Expected data manipulation"),
)

UNSUPPORTED = (
    ('SELECT DISTINCT a FROM "Music"', "Unsupported clause: DISTINCT at 1:8:8"),
    ('SELECT VALUE a FROM "Music"', "Select projection doesn't support value or pivot keywords"),
    ('SELECT a FROM "Music" LET b AS c', "Unsupported clause: LET at 1:23:3"),
    ('SELECT a FROM "Music" GROUP BY a', "Unsupported clause: GROUP BY at 1:23:5"),
    ('SELECT a FROM "Music" GROUP PARTIAL BY a AS b', "Unsupported clause: GROUP BY at 1:23:5"),
    ('SELECT a FROM "Music" HAVING a', "Unsupported clause: HAVING at 1:30:1"),
    ('SELECT a FROM "Music" LIMIT 1', "Unsupported clause: LIMIT at 1:29:1"),
    ('SELECT a FROM UNPIVOT "Music"', "Unexpected from source"),
    ('SELECT COUNT(*) FROM "Music"', "Unexpected path component at 1:8:5"),
    ('SELECT COUNT(DISTINCT a) FROM "Music"', "Unexpected path component at 1:8:5"),
    (
        "SELECT * FROM \"Music\" WHERE a LIKE 'b' ESCAPE 'c'",
        "Unsupported operator in Condition Expression. Operator: LIKE",
    ),
    (
        'SELECT * FROM "Music" WHERE CASE a WHEN 1 THEN 2 ELSE 3 END = 2',
        "Unsupported token in expression: CASE",
    ),
    (
        'SELECT * FROM "Music" WHERE CASE WHEN a = 1 THEN 2 END = 2',
        "Unsupported token in expression: CASE",
    ),
    (
        "SELECT * FROM \"Music\" WHERE CAST(a AS VARCHAR) = 'b'",
        "Unsupported token in expression: CAST",
    ),
    (
        'SELECT * FROM "Music" WHERE a IS DECIMAL(1, 2)',
        "Unsupported data type for IS operator: DECIMAL. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
    ),
    (
        'SELECT * FROM "Music" WHERE a = VALUES (1, 2), (3)',
        "Unsupported token in expression: VALUES",
    ),
    ('SELECT * FROM "Music" WHERE "".b = 1', "Path component cannot be an empty string"),
    ('SELECT * FROM "Music" WHERE a."" = 1', "Path component cannot be an empty string"),
    (
        'SELECT * FROM "Music" WHERE a[*] = 1',
        "Wildcard path component like a[*].b are not supported",
    ),
    ('SELECT * FROM "Music" WHERE a.* = 1', "Unpivot path component like a.*.b are not supported"),
    ('SELECT * FROM "Music" WHERE a[1.5] = 1', "Unexpected path component at 1:31:3"),
    (
        'SELECT * FROM "Music" WHERE a[99999999999999999999999] = 1',
        "List index is not within the allowable range; index: [99999999999999999999999] at 1:31:23",
    ),
    ('SELECT * FROM "Music" WHERE [1].a = 1', "A path cannot start with a list index"),
    (
        "SELECT * FROM \"Music\" WHERE {'a': 1}.b = 1",
        "Unsupported data type: Struct under key root",
    ),
    ("SET a = 1", "Unsupported operation: DataManipulation"),
    ("REMOVE a", "Unsupported operation: DataManipulation"),
    (
        "INSERT INTO \"Music\" VALUE {'a': 'b'} ON CONFLICT WHERE a DO NOTHING",
        "Unsupported clause: ON CONFLICT",
    ),
    ('INSERT INTO "Music".a VALUE 1 AT 1', "Unsupported clause: AT"),
    (
        "UPDATE \"Music\" SET a = 1 WHERE pk = 'a' RETURNING ALL NEW a",
        "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause",
    ),
)


@pytest.mark.parametrize(("text", "message"), INCOMPLETE)
def test_what_is_no_statement_has_its_error(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        statement(text)
    assert caught.value.message == MALFORMED + message
    assert "\n" in (caught.value.hint or "")  # a caret below the statement


@pytest.mark.parametrize(("text", "message"), UNSUPPORTED)
def test_what_dynamodb_lacks_has_its_error(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        statement(text)
    assert caught.value.message == message
    assert "\n" in (caught.value.hint or "")


def test_update_has_a_form_that_begins_with_from() -> None:
    assert isinstance(statement("FROM \"Music\" WHERE pk = 'a' SET a = 1"), Update)
