"""The language: printing and parsing, any text at all, and what costs too much."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.partiql.caches import MOST_LONG, SHORT
from ddbmock.partiql.checks import bound
from ddbmock.partiql.keywords import KEYWORDS
from ddbmock.partiql.parameters import NO_PARAMETERS, Parameters
from ddbmock.partiql.printer import condition_text, name_text, path_text, printed, value_text
from ddbmock.partiql.statements import AnyStatement, Insert, Select, Update, statement
from ddbmock.values.model import S
from tests.partiql.strategies import conditions, literals, paths, strange_names

T = TypeVar("T")
SWF = "Statement wasn't well formed, can't be processed: "


def fields(found: AnyStatement) -> Any:
    """What a statement is, but for its text and the places in it."""
    own = {name: value for name, value in vars(found).items() if name in found.__match_args__}
    for name in ("text", "sets"):
        own.pop(name, None)
    if isinstance(found, Select):
        own["columns"] = None if found.columns is None else found.columns.nodes
        own["order"] = [(term.name, term.descending) for term in found.order]
    return {**own, "type": type(found)} if "select" not in own else fields(own["select"])


def attempt(action: Callable[[], T]) -> T | ValidationException:
    """What an action returns, or the error that it raises."""
    try:
        return action()
    except ValidationException as error:
        return error


def check_round_trip(text: str) -> None:
    found = statement(text)
    again = printed(found)
    assert fields(statement(again)) == fields(found)
    assert printed(statement(again)) == again


@given(conditions(strange_names), st.lists(paths(strange_names), max_size=2), st.booleans())
def test_printing_and_parsing_a_select_gives_it_again(
    where: nodes.Condition, columns: list[nodes.Path], ordered: bool
) -> None:
    shown = ", ".join(map(path_text, columns)) or "*"
    order = f" ORDER BY {name_text('key')} DESC, b" * ordered
    text = f'SELECT {shown} FROM "Music"."index" WHERE {condition_text(where)}{order}'
    found = attempt(lambda: statement(text))
    if isinstance(found, ValidationException):
        assert str(found.message).startswith("Duplicate identifiers in select clause: ")
    else:
        check_round_trip(text)


@given(st.dictionaries(strange_names, literals, min_size=1, max_size=4))
def test_printing_and_parsing_an_insert_gives_it_again(item: dict[str, Any]) -> None:
    members = ", ".join([f"{value_text(S(name))}: {value_text(item[name])}" for name in item])
    text = f"INSERT INTO \"Music\" VALUE {{{members}, 'another': ?}}"
    found = statement(text)
    assert isinstance(found, Insert)
    assert dict(found.item) == {
        **{name: nodes.Literal(value) for name, value in item.items()},
        "another": nodes.ValueRef(":0"),
    }
    check_round_trip(text)


@given(conditions(strange_names), paths(strange_names), literals)
def test_printing_and_parsing_an_update_gives_it_again(
    where: nodes.Condition, path: nodes.Path, value: Any
) -> None:
    target = path_text(path)
    text = (
        f"UPDATE Music SET {target} = {value_text(value)} SET n = (n + 1) - (? - {target}) "
        f"REMOVE {target}[1] SET s = set_add(s, <<'x'>>), t = set_delete(t, ?), "
        f"l = list_append(l, [{value_text(value)}]) WHERE {condition_text(where)} "
        "RETURNING MODIFIED OLD *"
    )
    check_round_trip(text)
    found = statement(text)
    assert isinstance(found, Update)
    assert found.parameters == 2


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM Music WHERE pk = ? RETURNING ALL OLD *",
        "EXISTS(SELECT * FROM Music WHERE pk = ? AND n IS MISSING)",
        "FROM Music WHERE pk = 'a' SET n = -1",
        "SELECT a FROM Music WHERE (a = 1) = (b <> NULL) OR size(a) <> 1 AND (NOT (c = 1)) <> TRUE",
        "SELECT a FROM Music WHERE a IS NOT NULL AND b IS STRING AND NOT c IN (1, (2, 3))",
    ],
)
def test_other_statements_round_trip(text: str) -> None:
    check_round_trip(text)


WORDS = [
    *sorted(KEYWORDS),
    *[
        "a",
        "b",
        "pk",
        "sk",
        "Music",
        "size",
        "contains",
        "begins_with",
        "attribute_exists",
        "list_append",
        "set_add",
    ],
    *[
        "*",
        ".",
        ",",
        ":",
        ";",
        "?",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<<",
        ">>",
        "=",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "/",
        "%",
        "||",
        "@",
        "^",
        "'",
        '"',
        "`",
        "--",
        "/*",
        "*/",
        "!",
        "#",
        "&",
        "\\",
    ],
    *("'text'", '"name"', "1", "1.5e3", ".5", "1e", "-1", "ä", "\n", "\0", "insert into"),
    *("VALUE {'pk': 'a'}", "WHERE pk = 'a'", 'FROM "Music"', "SET a = 1", "RETURNING ALL OLD *"),
]


def check_any_text(text: str) -> None:
    """Whatever the text is: a statement, or an error with a hint."""
    found = attempt(lambda: statement(text))
    if isinstance(found, ValidationException):
        assert found.message is not None
        assert found.hint
        return
    assert fields(statement(printed(found))) == fields(found)
    error = attempt(lambda: bound(found, Parameters([{"S": "a"}] * found.parameters)))
    assert not isinstance(error, ValidationException) or error.hint


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_sequence_of_tokens_is_a_statement_or_an_error(text: str) -> None:
    check_any_text(text)


@given(st.text(max_size=80))
def test_any_text_is_a_statement_or_an_error(text: str) -> None:
    check_any_text(text)


STARTS = [
    "SELECT * FROM Music WHERE",
    "SELECT a, m.b[0] FROM Music.idx WHERE pk = 'a' AND",
    "INSERT INTO Music VALUE {'pk': 'a', 'b':",
    "UPDATE Music SET a =",
    "UPDATE Music SET a = 1 WHERE",
    "DELETE FROM Music WHERE",
    "EXISTS(SELECT * FROM Music WHERE",
]


def check_random_statements(count: int, seed: int) -> None:
    random = Random(seed)
    for _ in range(count):
        words = random.choices(WORDS, k=random.randrange(12))
        glue = random.choice(["", " ", " "])
        check_any_text(" ".join([random.choice(STARTS), glue.join(words)]))


def test_a_sample_of_random_statements() -> None:
    check_random_statements(3_000, seed=0)


@pytest.mark.slow
def test_many_random_statements() -> None:
    check_random_statements(30_000, seed=1)  # a million of them in make torture


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SELECT * FROM Music WHERE " + "(" * 8000,
            "Nesting Levels have exceeded supported limits",
        ),
        ("SELECT * FROM Music WHERE a = " + "[" * 8000, "Nesting Levels have exceeded"),
        ("SELECT * FROM " + "(" * 8000, "Nesting Levels have exceeded"),
        ("SELECT * FROM Music WHERE a" + " = b" * 2000, "The expression contains too many"),
        ("UPDATE Music SET a = a" + " + 1" * 2000, "The expression contains too many"),
        ("SELECT * FROM Music WHERE a" + " IS NULL" * 900, "The expression contains too many"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        statement(text[:8192])
    assert str(caught.value.message).removeprefix(SWF).startswith(message)


def test_many_short_statements_are_kept_compiled_and_few_long_ones() -> None:
    """Of long ones two thousand would take gigabytes."""
    short, long = "SELECT kept FROM Music", f"SELECT kept FROM Music{' ' * SHORT}"
    kept = statement(short), statement(long)
    assert (statement(short), statement(long)) == kept
    for number in range(MOST_LONG):
        statement(f"{long} WHERE n = {number}")
    assert statement(short) is kept[0]
    assert statement(long) is not kept[1]


@pytest.mark.parametrize(
    "where",
    ["NOT " * 2000 + "a = 1", " OR ".join(["a = 1"] * 800), " AND ".join(["(a=1 OR b=2)"] * 400)],
)
def test_long_conditions_are_fine(where: str) -> None:
    found = statement(f"SELECT * FROM Music WHERE {where}")
    assert bound(found, NO_PARAMETERS) == {}


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("SELECT * FROM t WHERE a == 1", 25, "Write = for equality."),
        ("SELECT * FROM t WHERE a = 1 && b = 2", 28, "Write AND for &&."),
        ("INSERT INTO ttt VALUE {\"pk\": 'a'}", 23, "Write the name as a string: 'pk'."),
        ("SELECT key FROM t", 7, 'key is a keyword: write the name as "key".'),
        ("SELECT * FROM my-table", 17, "Write a name with a hyphen in double quotes."),
        (
            "UPDATE ttt SET a = b * 2",
            21,
            "SET has only + and - of numbers: compute the value in the program.",
        ),
        ("SELECT * FROM ttt WHERE a = :v", 28, "Parameters have no names: write ? and"),
        ("SELECT * FROM ttt WHERE a = 'it\\'s'", 34, "A string is not closed; write an apostrophe"),
        ("SELECT * FROM ttt WHERE startswith(a, 'b')", 24, "Functions of conditions are"),
        ("SELECT * FROM ttt LIMIT 5", 24, "Give the member Limit instead."),
        ("SELEKT * FROM ttt", 0, "A statement begins with SELECT, INSERT, UPDATE or DELETE. Did"),
        ("SELECT a, FROM ttt", 10, "The name of a column, or *, is missing before FROM."),
        ("SELECT value FROM ttt", 7, 'value is a keyword: write the name as "value".'),
        (
            "SELECT * FROM ttt WHERE a = \u2018b\u2019",
            28,
            "Use straight quotes: 'text' is a string",
        ),
        ("SELECT * FROM ttt WHERE a LIKE 'b%'", 26, "Write begins_with(name, 'text') or"),
        ("INSERT INTO ttt (a) VALUES (1)", 20, "Write INSERT INTO \"table\" VALUE {'name': value"),
        ("INSERT INTO ttt {'a': 1}", 16, "The word VALUE is missing: INSERT INTO"),
        ("INSERT INTO ttt VALUE {'a': \"b\"}", 28, "This is a name; write a string as 'b', a"),
        ("INSERT INTO ttt VALUE {'a': [1 + 1]}", 31, "Only a literal is allowed here; calculate"),
        ("UPDATE ttt SET a = 1, WHERE b = 1", 22, "Remove the comma before WHERE."),
        ("INSERT INTO ttt (a) VALUE (1)", 20, "Write INSERT INTO \"table\" VALUE {'name': value"),
        ("INSERT INTO ttt VALUES {'a': 1}", 23, "Write INSERT INTO \"table\" VALUE {'name': value"),
        ("INSERT INTO ttt SET a = 1", 16, "Write INSERT INTO \"table\" VALUE {'name': value"),
        ("INSERT ttt VALUE {'a': 1}", 0, "Write INSERT INTO \"table\" VALUE {'name': value"),
        ("EXISTS SELECT * FROM ttt", 0, 'Write EXISTS(SELECT * FROM "table" WHERE'),
        ("EXISTS(ttt)", 0, 'Write EXISTS(SELECT * FROM "table" WHERE'),
        (
            "CREATE TABLE ttt (a string)",
            0,
            "No statement creates or changes a table: call CreateTable",
        ),
        ("drop table ttt", 0, "No statement creates or changes a table: call CreateTable"),
        ("SHOW TABLES", 5, "No statement lists tables: call ListTables."),
        (
            "UPSERT INTO ttt VALUE {'a': 1}",
            7,
            "INSERT is for new items, UPDATE for existing ones; Pu",
        ),
        ("BEGIN", 0, "ExecuteTransaction carries out several statements as one transaction."),
        ("WITH a AS 1", 0, "A statement begins with SELECT, INSERT, UPDATE or DELETE."),
        ("SELECT a FROM ttt UNION ALL SELECT a FROM ttt", 18, "Send each SELECT as a statement"),
        ("SELECT TOP 5 * FROM ttt", 11, "Give the member Limit instead."),
        ("SELECT * FROM ttt OFFSET 5", 25, "Give the members Limit and NextToken instead."),
        (
            "UPDATE ttt SET a = 1 RETURNING ALL OLD * WHERE b = 1",
            41,
            "Write RETURNING after WHERE.",
        ),
        ("UPDATE ttt SET a = if_not_exists(a, 0)", 19, "Functions of SET are list_append, set_add"),
    ],
)
def test_a_hint_points_at_the_place(text: str, place: int, advice: str) -> None:
    with pytest.raises(ValidationException) as caught:
        statement(text)
    shown, caret = str(caught.value.hint).split("\n")
    assert shown == text
    assert caret.index("^") == place
    assert caret.partition("^ ")[2].startswith(advice)
