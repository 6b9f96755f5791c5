"""The clauses of PartiQL statements: SELECT, INSERT, UPDATE, DELETE and their parts.

The source is that of :mod:`.parser`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.partiql import beginnings, special_forms, syntax
from ddbmock.partiql.keywords import DML_WORDS
from ddbmock.partiql.parser import Clause, Parser
from ddbmock.partiql.tokens import Token

_JOINS: Final = (
    "join", "cross_join", "inner_join", "left_join", "left_cross_join", "right_join",
    "right_cross_join", "outer_join", "outer_cross_join",
)  # fmt: skip
_IN_SELECT: Final = 6
"""The precedence of the clauses of SELECT: above that of UNION, which joins whole SELECTs."""
_MAPPINGS: Final = ("modified_old", "modified_new", "all_old", "all_new")


def select(parser: Parser) -> syntax.Select:
    """Read ``SELECT ...``."""
    token = parser.take()
    clauses: list[tuple[str, Token]] = []
    distinct = parser.accept("distinct")
    if distinct is None:
        parser.accept("all")
    else:
        clauses.append(("DISTINCT", distinct))
    value = parser.accept("value") is not None
    columns = (_value_column(parser),) if value else _columns(parser)
    return _selected(parser, token, columns, clauses, value=value)


def _pivot(parser: Parser) -> syntax.Select:
    """Read ``PIVOT value AT name FROM ...``."""
    token = parser.take()
    column = _value_column(parser)
    parser.expect_word("at")
    parser.expression()
    return _selected(parser, token, (column,), [], value=True)


def _selected(
    parser: Parser,
    token: Token,
    columns: tuple[syntax.Column, ...],
    clauses: list[tuple[str, Token]],
    *,
    value: bool,
) -> syntax.Select:
    """Read a SELECT from FROM on."""
    if not parser.accept("from"):
        top = parser.tokens[1].text.lower() == "top"
        advice = "Give the member Limit instead." if top else 'Write SELECT list FROM "table".'
        raise parser.error("Expected FROM after SELECT list", advice)
    source = _from_source(parser)
    if parser.token.word == "let":
        clauses.append(("LET", parser.take()))
        parser.delimited(lambda: _let(parser))
    where = parser.expression(_IN_SELECT) if parser.accept("where") else None
    order = _order(parser)
    for word, kind in (("group", "GROUP BY"), ("having", "HAVING"), ("limit", "LIMIT")):
        if parser.token.word == word:
            first = parser.take()
            if word == "group":
                parser.accept("partial")
                if not parser.accept("by"):
                    raise parser.error("Expected BY")
                _group(parser)
                clauses.append((kind, first))
            else:
                clauses.append((kind, parser.token))
                parser.expression(_IN_SELECT)
    return syntax.Select(token, columns, source, where, order, value, tuple(clauses))


def _value_column(parser: Parser) -> syntax.Column:
    token = parser.token
    return syntax.Column(token, parser.expression())


def _columns(parser: Parser) -> tuple[syntax.Column, ...]:
    if parser.token.kind == "EOF":
        raise parser.error("Unexpected term", "Write SELECT * for whole items.")
    columns = parser.delimited(lambda: _column(parser))
    for column in columns:
        if column.star and column.expression is None and len(columns) > 1:
            raise parser.error(
                "Other expressions may not be present in the select list when '*' is used "
                "without dot notation.",
                "* returns the whole item: leave the other columns out.",
                column.token,
            )
    return columns


def _column(parser: Parser) -> syntax.Column:
    token = parser.token
    if parser.accept_kind("STAR"):
        return syntax.Column(token, None, star=True)
    expression = parser.expression()
    star = False
    if isinstance(expression, syntax.Path):
        *before, last = expression.steps
        for step in expression.steps:
            if step.wild and (step is not last or step.bracketed):
                raise parser.error(
                    "Invalid use of * in select list", "Name each attribute.", step.token
                )
        if last.wild:
            if any(step.index is not None for step in before):
                raise parser.error(
                    "Cannot use [] and * together in SELECT list expression",
                    "Name each attribute.",
                    last.token,
                )
            star = True
    return syntax.Column(token, expression, _alias(parser), star)


def _alias(parser: Parser, keyword: str = "as", *, optional: bool = True) -> Token | None:
    """Read ``AS name``, or only the name if the keyword is optional."""
    if parser.accept(keyword):
        if not parser.name():
            raise parser.error(f"Expected identifier for {keyword.upper()}-alias")
        return parser.take()
    return parser.take() if optional and parser.name() else None


def _group(parser: Parser) -> None:
    """Read the keys of GROUP BY, and the name of the groups."""
    for key in parser.delimited(lambda: _aliased(parser)):
        if isinstance(key, syntax.Constant):
            raise parser.error(
                "Literals (including ordinals) not supported in GROUP BY", token=key.token
            )
    if parser.accept("group"):
        parser.expect_word("as")
        if not parser.name():
            raise parser.error("Expected identifier for GROUP name")
        parser.take()


def _aliased(parser: Parser) -> syntax.Expression:
    expression = parser.expression(_IN_SELECT)
    _alias(parser)
    return expression


def _let(parser: Parser) -> None:
    parser.expression()
    if not parser.accept("as"):
        raise parser.error("Expected AS following LET expr")
    if not parser.name():
        raise parser.error("Expected identifier for AS-alias")
    parser.take()


def _from_source(parser: Parser) -> syntax.FromSource:
    first = _single_source(parser)
    joined = first.joined
    while parser.token.kind == "COMMA" or parser.token.word in _JOINS:
        delimiter = parser.take()
        joined = joined or delimiter
        conditional = delimiter.word and "cross" not in delimiter.word
        if conditional and parser.token.kind == "LEFT_PAREN":
            _from_source(parser)
        else:
            _single_source(parser)
        if conditional:
            if not parser.accept("on"):
                raise parser.error("Expected 'ON'")
            parser.expression(_IN_SELECT)
    return syntax.FromSource(first.expression, first.alias, joined)


def _single_source(parser: Parser) -> syntax.FromSource:
    """Read a source up to a join; one in parentheses may have joins."""
    inner = None
    if parser.token.word == "unpivot":
        token = parser.take()
        parser.expression(_IN_SELECT)
        expression: syntax.Expression = syntax.Other(token, "Unpivot")
    elif parser.token.kind == "LEFT_PAREN" and not _holds_value(parser.following()):
        parser.take()
        parser.deepen()
        inner = _from_source(parser)
        parser.depth -= 1
        expression = inner.expression
        parser.expect_kind("RIGHT_PAREN", "A comma or ) should follow.")
    else:
        expression = parser.expression(_IN_SELECT)
    alias = _aliases(parser)
    if inner is None:
        return syntax.FromSource(expression, alias)
    return syntax.FromSource(expression, alias or inner.alias, inner.joined)


def _holds_value(token: Token) -> bool:
    """Return whether a parenthesis with this token after it holds a value or a SELECT, not a source."""
    return token.kind in ("STRING", "NUMBER") or token.word in ("select", "true", "false")


def _aliases(parser: Parser) -> Token | None:
    named = _alias(parser)
    at = _alias(parser, "at", optional=False)
    by = _alias(parser, "by", optional=False)
    return named or at or by


def _where(parser: Parser) -> syntax.Expression | None:
    return parser.expression() if parser.accept("where") else None


def _order(parser: Parser) -> tuple[syntax.Order, ...]:
    if not parser.accept("order"):
        return ()
    if not parser.accept("by"):
        raise parser.error("Expected BY")
    return parser.delimited(lambda: _order_term(parser))


def _order_term(parser: Parser) -> syntax.Order:
    expression = parser.expression()
    if parser.accept("desc"):
        return syntax.Order(expression, descending=True)
    parser.accept("asc")
    return syntax.Order(expression)


def insert(parser: Parser) -> syntax.Insert:
    """Read ``INSERT INTO table VALUE value``."""
    token = parser.take()
    target = parser.simple_path()
    if not parser.accept("value"):
        return syntax.Insert(token, target, parser.expression(), bulk=True)
    value = parser.expression()
    position = parser.expression() if parser.accept("at") else None
    conflict = parser.accept("on_conflict")
    if conflict is not None:
        advice = "Write ON CONFLICT WHERE condition DO NOTHING."
        if not parser.accept("where"):
            raise parser.error("invalid ON CONFLICT syntax", advice)
        parser.expression()
        if not parser.accept("do_nothing"):
            raise parser.error("invalid ON CONFLICT syntax", advice)
    return syntax.Insert(
        token, target, value, position=position, conflict=conflict, returning=_returning(parser)
    )


def _manipulation(parser: Parser) -> syntax.Change | syntax.Insert:
    """Read ``SET ...`` or ``REMOVE ...`` without an UPDATE before it."""
    token = parser.token
    if token.word == "insert_into":
        return insert(parser)
    operations = _operation(parser)
    return syntax.Change(token, syntax.FromSource(syntax.Other(token, "Missing")), operations)


def _operation(
    parser: Parser,
) -> tuple[syntax.Assignment | syntax.Removal | syntax.Insert, ...]:
    if parser.token.word == "insert_into":
        return (insert(parser),)
    if parser.take().word == "remove":
        return (syntax.Removal(parser.simple_path()),)
    if parser.token.kind == "EOF":
        raise parser.error("Expected identifier for simple path", "Write SET name = value.")
    return parser.delimited(lambda: _assignment(parser))


def _assignment(parser: Parser) -> syntax.Assignment:
    target = parser.simple_path()
    if not parser.accept("="):
        raise parser.error("Expected '='", "Write an assignment as name = value.")
    return syntax.Assignment(target, parser.expression())


def _operations(
    parser: Parser, begun: Token
) -> tuple[syntax.Assignment | syntax.Removal | syntax.Insert, ...]:
    found: list[syntax.Assignment | syntax.Removal | syntax.Insert] = []
    while parser.token.word in DML_WORDS:
        found.extend(_operation(parser))
        if isinstance(found[-1], syntax.Removal):
            # The parser of 2021 accepts one path after REMOVE; the service accepts several.
            while parser.accept_kind("COMMA"):
                found.append(syntax.Removal(parser.simple_path()))
    if not found:
        raise _no_operation(parser, begun)
    return tuple(found)


def _no_operation(parser: Parser, begun: Token) -> ValidationException:
    """Return the error of a FROM or UPDATE without SET and REMOVE, often a misspelt SELECT."""
    first, second = parser.tokens[:2]
    at, advice = parser.token, "SET or REMOVE is expected here."
    if first.kind == "IDENTIFIER":
        at, advice = first, beginnings.advice(first.text)
    elif second.word == "value":  # SELECT VALUE reads FROM as the beginning of a value
        at, advice = second, 'value is a keyword: write the name as "value".'
    elif first.word == "select":
        at, advice = begun, "The name of a column, or *, is missing before FROM."
    elif parser.token.word == "-":
        advice = "Write a name with a hyphen in double quotes."
    return parser.error("Expected data manipulation", advice, at)


def _update(parser: Parser) -> syntax.Change:
    token = parser.take()
    source = _target(parser)
    operations = _operations(parser, token)
    where = _where(parser)
    return syntax.Change(token, source, operations, where, _returning(parser))


def _delete(parser: Parser) -> syntax.Change:
    token = parser.take()
    if not parser.accept("from"):
        raise parser.error("Expected FROM after DELETE", 'Write DELETE FROM "table" WHERE ....')
    source = _target(parser)
    where = _where(parser)
    return syntax.Change(token, source, (), where, _returning(parser))


def _target(parser: Parser) -> syntax.FromSource:
    path = parser.simple_path()
    return syntax.FromSource(path, _aliases(parser))


def _from(parser: Parser) -> syntax.Change:
    """Read ``FROM table WHERE ... SET ...``, the other form of UPDATE."""
    token = parser.take()
    source = _from_source(parser)
    where = _where(parser)
    operations = _operations(parser, token)
    return syntax.Change(token, source, operations, where, _returning(parser))


def _returning(parser: Parser) -> tuple[syntax.Returning, ...]:
    if not parser.accept("returning"):
        return ()
    return parser.delimited(lambda: _returning_element(parser))


def _returning_element(parser: Parser) -> syntax.Returning:
    token = parser.token
    if token.word not in _MAPPINGS:
        raise parser.error(
            "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.",
            "Write RETURNING ALL OLD *, ALL NEW *, MODIFIED OLD * or MODIFIED NEW *.",
        )
    parser.take()
    column = parser.token
    if not parser.accept_kind("STAR"):
        expression = parser.expression()
        if not isinstance(expression, syntax.Name | syntax.Constant | syntax.Path):
            raise parser.error("Unsupported syntax in RETURNING columns.", token=column)
    return syntax.Returning(token, token.word.replace("_", " ").upper(), column)


BY_KEYWORD: Final[Mapping[str, Clause]] = {
    "select": select,
    "insert_into": insert,
    "set": _manipulation,
    "remove": _manipulation,
    "update": _update,
    "delete": _delete,
    "from": _from,
    "pivot": _pivot,
    **special_forms.BY_KEYWORD,
}
"""By keyword: the function that reads the statement or part that begins with it."""


def parse(text: str) -> tuple[syntax.Expression, int]:
    """Return the tree of a statement, and its number of parameters.

    :raises ValidationException: its syntax is invalid.
    """
    parser = Parser(text, BY_KEYWORD)
    return parser.statement(), parser.parameters
