"""Forms with a syntax of their own: SUBSTRING, TRIM, EXTRACT, DATE_ADD, CREATE, DROP and PIVOT.

DynamoDB supports none of them, but the service's parser knows them, and its errors differ from those of other
functions and keywords. The source is that of :mod:`.parser`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.partiql import beginnings, syntax
from ddbmock.partiql.parser import Clause, Parser
from ddbmock.partiql.tokens import END, NAME, Token

_TRIM_SIDES: Final = ("both", "leading", "trailing")
_DATE_PARTS: Final = (
    "year", "month", "day", "hour", "minute", "second", "timezone_hour", "timezone_minute"
)  # fmt: skip
_NODE_TYPES: Final[Mapping[type, str]] = {
    syntax.Constant: "ATOM",
    syntax.Name: "ATOM",
    syntax.Parameter: "PARAMETER",
    syntax.Path: "PATH",
    syntax.Call: "CALL",
    syntax.Unary: "UNARY",
    syntax.Operation: "BINARY",
    syntax.TypeTest: "BINARY",
    syntax.Sequence: "LIST",
    syntax.Struct: "STRUCT",
}
"""The types of the service's parse tree. One of its errors names the node that was read, not the missing token."""


def _opened(parser: Parser) -> Token:
    """Read a function's name and its parenthesis."""
    token = parser.take()
    parser.expect_kind("LEFT_PAREN", f"Write the arguments of {token.text} in parentheses.")
    return token


def _closed(parser: Parser) -> None:
    parser.expect_kind("RIGHT_PAREN", "A comma or ) should follow.")


def _substring(parser: Parser) -> syntax.Expression:
    """Read ``SUBSTRING(text FROM 1 FOR 2)`` or ``SUBSTRING(text, 1, 2)``."""
    function = _opened(parser)
    text = parser.expression()
    with_words = parser.accept("from") is not None
    if not with_words and not parser.accept_kind("COMMA"):
        raise parser.error("Expected KEYWORD 'from' OR COMMA", "A comma should follow.")
    start = parser.expression()
    if parser.accept_kind("RIGHT_PAREN"):
        return syntax.Call(function, (text, start))
    if not (parser.accept("for") if with_words else parser.accept_kind("COMMA")):
        kind = _NODE_TYPES.get(type(start), "ATOM")
        raise parser.error(f"Expected {kind}", "A comma or ) should follow.")
    length = parser.expression()
    _closed(parser)
    return syntax.Call(function, (text, start, length))


def _trim(parser: Parser) -> syntax.Expression:
    """Read ``TRIM(BOTH 'x' FROM text)``, of which all but the text may be missing."""
    function = _opened(parser)
    arguments: list[syntax.Expression] = []
    if parser.token.kind == NAME and parser.token.text.lower() in _TRIM_SIDES:
        arguments.append(syntax.Name(parser.take()))
        if not parser.accept("from"):
            arguments.append(parser.expression())
            parser.expect_word("from")
        arguments.append(parser.expression())
    elif parser.accept("from"):
        arguments.append(parser.expression())
    else:
        arguments.append(parser.expression())
        if parser.accept("from"):
            arguments.append(parser.expression())
    _closed(parser)
    return syntax.Call(function, tuple(arguments))


def _date_part(parser: Parser) -> syntax.Expression:
    token = parser.token
    if token.kind != NAME or token.text.lower() not in _DATE_PARTS:
        raise parser.error(
            f"Expected one of: [{', '.join(_DATE_PARTS)}]", "A part of a date is expected here."
        )
    return syntax.Name(parser.take())


def _extract(parser: Parser) -> syntax.Expression:
    """Read ``EXTRACT(YEAR FROM time)``."""
    function = _opened(parser)
    part = _date_part(parser)
    parser.expect_word("from")
    time = parser.expression()
    _closed(parser)
    return syntax.Call(function, (part, time))


def _date_arithmetic(parser: Parser) -> syntax.Expression:
    """Read ``DATE_ADD(YEAR, 1, time)`` or ``DATE_DIFF(YEAR, time, time)``."""
    function = _opened(parser)
    part = _date_part(parser)
    parser.expect_kind("COMMA", "A comma should follow.")
    first = parser.expression()
    parser.expect_kind("COMMA", "A comma should follow.")
    second = parser.expression()
    _closed(parser)
    return syntax.Call(function, (part, first, second))


def _definition(parser: Parser) -> syntax.Expression:
    """Read ``CREATE`` or ``DROP`` of a table or an index, which is the whole statement."""
    token = parser.take()
    verb = token.word.upper()
    advice = beginnings.advice(token.text)

    def name(complaint: str) -> None:
        if not parser.name():
            raise parser.error(complaint, advice, token)
        parser.take()

    def on(complaint: str) -> None:
        if not parser.accept("on"):
            raise parser.error("Expected ON", advice, token)
        name(complaint)

    if parser.accept("table"):
        kind = "Table"
        name("Expected identifier!")
    elif parser.accept("index"):
        kind = "Index"
        if verb == "DROP":
            name("Expected identifier!")
            on("Table target must be an identifier")
        else:
            on("Index target must be an identifier")
            if not parser.accept_kind("LEFT_PAREN"):
                raise parser.error("Expected parenthesis for keys", advice, token)
            parser.delimited(parser.simple_path)
            _closed(parser)
    else:
        raise parser.error(f"Unexpected token following {verb}", advice, token)
    ended = parser.token.kind == END or (
        parser.token.kind == "SEMICOLON" and parser.following().kind == END
    )
    if not ended:
        raise parser.error(f"Unexpected tokens after {verb} statement!", advice, token)
    return syntax.Other(token, f"{verb.capitalize()}{kind}")


BY_KEYWORD: Final[Mapping[str, Clause]] = {
    "substring": _substring,
    "trim": _trim,
    "extract": _extract,
    "date_add": _date_arithmetic,
    "date_diff": _date_arithmetic,
    "create": _definition,
    "drop": _definition,
}
"""By keyword: the function that reads the form that begins with it."""
