"""The parser of PartiQL: it parses expressions by the precedence of their operators.

Statements are expressions, too, and an unexpected rule often reports an invalid statement: ``SLECT * FROM t``
multiplies ``SLECT`` by a FROM expression, which then lacks its operation. Therefore the rules check tokens in
the order of the service's parser, and have its texts.

Source: the open-source PartiQL parser of 2021 (v0.3); recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from ddbmock.errors import ValidationException
from ddbmock.partiql import beginnings, syntax
from ddbmock.partiql.faults import syntax_error
from ddbmock.partiql.keywords import (
    AGGREGATES,
    FUNCTION_WORDS,
    PRECEDENCE,
    TYPE_ARITY,
)
from ddbmock.partiql.tokens import (
    CONSTANT,
    END,
    NAME,
    NUMBER,
    OPERATOR,
    QUOTED,
    WORD,
    Token,
    tokens,
)

MAX_DEPTH: Final = 64
"""Largest nesting of expressions; values have at most 32 levels."""

MAX_CHAINED: Final = 50
"""The most operations of a statement that are the left operand of another operation."""

_CLAUSES: Final = ("from", "where", "order", "set", "remove", "returning")
"""Words that begin a clause after a list."""

T = TypeVar("T")

Clause: TypeAlias = "Callable[[Parser], syntax.Expression]"

_UNARY: Final = ("+", "-", "not")
_TERNARY: Final = ("between", "not_between")


class Parser:
    """A parser that reads one text once, from left to right.

    `clauses` are the functions that read statements, by keyword: see :mod:`.clauses`.
    """

    def __init__(self, text: str, clauses: Mapping[str, Clause]) -> None:
        self.text = text
        self._clauses = clauses
        self.tokens = tokens(text)
        self.position = 0
        self.token = self.tokens[0]
        self.parameters = 0
        self.depth = 0
        self.chained = 0

    # Tokens

    def take(self) -> Token:
        """Return the current token and move on to the next one."""
        taken = self.token
        self.position = min(self.position + 1, len(self.tokens) - 1)
        self.token = self.tokens[self.position]
        return taken

    def following(self, distance: int = 1) -> Token:
        """Return a token after the current one."""
        return self.tokens[min(self.position + distance, len(self.tokens) - 1)]

    def accept(self, word: str) -> Token | None:
        """Take the current token if it is a certain keyword or operator, or return None."""
        return self.take() if self.token.word == word else None

    def accept_kind(self, kind: str) -> Token | None:
        """Take the current token if it is of a certain kind, or return None."""
        return self.take() if self.token.kind == kind else None

    def expect_kind(self, kind: str, advice: str = "") -> Token:
        """Take the current token, which must be of a certain kind."""
        if self.token.kind != kind:
            raise self.error(f"Expected {kind}", advice)
        return self.take()

    def error(
        self, detail: str, advice: str = "", token: Token | None = None
    ) -> ValidationException:
        """Return the error of the token, or of the current one."""
        at = token or self.token
        return syntax_error(self.text, detail, at.at, self._doubled(at) or advice or detail)

    def _doubled(self, token: Token) -> str:
        """Return advice for an operator of other languages that consists of two tokens."""
        if token.word == "=" and token.at and self.text[token.at - 1] == "=":
            return "Write = for equality."
        return ""

    def name(self) -> bool:
        """Return whether the current token is a name."""
        return self.token.kind in (NAME, QUOTED)

    def delimited(self, item: Callable[[], T]) -> tuple[T, ...]:
        """Read items that are separated by commas."""
        items = [item()]
        while self.accept_kind("COMMA"):
            items.append(item())
        return tuple(items)

    # Expressions

    def statement(self) -> syntax.Expression:
        """Read the whole text."""
        root = self.expression()
        if self.token.kind == "SEMICOLON":
            semicolon = self.take()
            if self.token.kind != END:
                raise self.error(
                    "Unexpected token after semicolon. (Only one query is allowed.)",
                    "A request has one statement; send several as a batch or a transaction.",
                    semicolon,
                )
        if self.token.kind != END:
            raise self.error("Unexpected token after expression", self._leftover())
        return root

    def _leftover(self) -> str:
        first, before = self.tokens[0], self.tokens[self.position - 1]
        if first.kind == NAME:
            return beginnings.advice(first.text)
        if first.word == "insert_into" and self.token.word in ("value", "values"):
            return beginnings.INSERT
        if self.token.word == "where" and before.kind == "STAR":
            return "Write RETURNING after WHERE."
        if before.text.lower() == "offset":
            return "Give the members Limit and NextToken instead."
        if QUOTED in (self.token.kind, before.kind):
            return "Write a string in single quotes; double quotes are for names."
        return "The end of the statement, AND, OR or a comma is expected here."

    def expression(self, precedence: int = -1) -> syntax.Expression:
        """Read operands while their operators bind more tightly than `precedence`."""
        self.deepen()
        left = self._signed()
        while precedence < PRECEDENCE.get(self._infix(), -1):
            left = self._infix_operation(left)
        self.depth -= 1
        return left

    def deepen(self) -> None:
        """Note that the parser calls itself, and check how often it does."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(
                "Nesting Levels have exceeded supported limits",
                f"Expressions can be nested in at most {MAX_DEPTH} others.",
            )

    def _infix(self) -> str:
        return "" if self.token.word in ("not", "@") else self.token.word

    def _infix_operation(self, left: syntax.Expression) -> syntax.Expression:
        operator = self.take()
        word = operator.word
        if word not in ("and", "or") and isinstance(left, syntax.Operation | syntax.TypeTest):
            self._check_chain(operator)
        if word in ("is", "is_not"):
            return syntax.TypeTest(operator, left, self._type())
        if word in ("in", "not_in") and self._opens_list():
            opening = self.take()
            elements = self.delimited(self.expression)
            self.expect_kind("RIGHT_PAREN", "A comma or ) should follow.")
            return syntax.Operation(operator, (left, syntax.Sequence(opening, elements)))
        right = self._right(operator)
        if word in _TERNARY:
            if not self.accept("and"):
                raise self.error("Expected AND keyword", "Write BETWEEN lower AND upper.")
            if self._at_end():
                raise self.error("Expected expression after AND", "The upper bound is missing.")
            return syntax.Operation(operator, (left, right, self.expression(PRECEDENCE[word])))
        if word in ("like", "not_like") and self.accept("escape"):
            if self._at_end():
                raise self.error("Expected expression after ESCAPE")
            return syntax.Operation(operator, (left, right, self.expression(PRECEDENCE[word])))
        operands = [left, right]
        if word in ("and", "or"):
            while self.token.word == word:
                operands.append(self._right(self.take()))
        return syntax.Operation(operator, tuple(operands))

    def _check_chain(self, operator: Token) -> None:
        """Check the number of operators whose left operand is another operation."""
        self.chained += 1
        if self.chained > MAX_CHAINED:
            raise self.error(
                "The expression contains too many operators",
                f"At most {MAX_CHAINED} operations can be the left operand of another.",
                operator,
            )

    def _opens_list(self) -> bool:
        """Return whether a parenthesis opens here that encloses a list, even of a single element."""
        opened = self.token.kind == "LEFT_PAREN"
        return opened and self.following().word not in ("select", "values")

    def _at_end(self) -> bool:
        return self.token.kind in (END, "SEMICOLON")

    def _right(self, operator: Token) -> syntax.Expression:
        if self.token.kind == END:
            raise self.error(
                "Missing right-hand side expression of infix operator",
                f"An operand is expected after {operator.text}.",
                operator,
            )
        return self.expression(PRECEDENCE[operator.word])

    def _signed(self) -> syntax.Expression:
        """Read a term with its signs and NOTs. The operand of NOT includes operators that bind more tightly."""
        prefixes = []
        while self.token.kind == OPERATOR and self.token.word in _UNARY:
            prefixes.append(self.take())
        operand = self.path_term()
        seen_not = False
        for token in reversed(prefixes):
            if token.word == "not" and not seen_not:
                seen_not = True
                while PRECEDENCE["not"] < PRECEDENCE.get(self._infix(), -1):
                    operand = self._infix_operation(operand)
            operand = _prefixed(token, operand)
        return operand

    def path_term(self) -> syntax.Expression:
        """Read a term and the steps that follow it."""
        token = self.token
        return self._steps(token, self._term(), simple=False)

    def simple_path(self) -> syntax.Path | syntax.Name:
        """Read a path that is the target of data manipulation: names, and literals as indexes."""
        if not self.name():
            advice = (
                "A name is expected here." if self.token.kind != WORD else self._quoted_advice()
            )
            raise self.error("Expected identifier for simple path", advice)
        token = self.take()
        found = self._steps(token, syntax.Name(token), simple=True)
        assert isinstance(found, syntax.Path | syntax.Name)
        return found

    def _steps(self, token: Token, root: syntax.Expression, *, simple: bool) -> syntax.Expression:
        steps: list[syntax.Step] = []
        while True:
            if self.accept_kind("DOT"):
                if self.name():
                    name = self.take()
                    steps.append(syntax.Step(name, name=name.text))
                elif self.token.kind == "STAR":
                    if simple:
                        raise self.error(
                            "Invalid path dot component for simple path", "A name is expected here."
                        )
                    steps.append(syntax.Step(self.take()))
                else:
                    raise self.error("Invalid path dot component", self._quoted_advice())
            elif self.accept_kind("LEFT_BRACKET"):
                first = self.token
                index = None if first.kind == "STAR" else self.expression()
                if index is None:
                    steps.append(syntax.Step(self.take(), bracketed=True))
                else:
                    steps.append(syntax.Step(self.token, index=index))
                self.expect_kind("RIGHT_BRACKET", "] should follow the index.")
                if simple and not isinstance(index, syntax.Constant | syntax.Name):
                    raise self.error(
                        "Invalid path component for simple path",
                        "An index must be a whole number.",
                        first,
                    )
            else:
                return syntax.Path(token, root, tuple(steps)) if steps else root

    def _quoted_advice(self) -> str:
        token = self.token
        if not self.position:
            return beginnings.advice(token.text)
        if self.tokens[self.position - 1].word == "-":
            return "Write a name with a hyphen in double quotes."
        if self.tokens[self.position - 1].kind == "COMMA" and token.word in _CLAUSES:
            return f"Remove the comma before {token.text}."
        if token.kind in (WORD, OPERATOR, CONSTANT) and token.text.isalnum():
            return f'{token.text} is a keyword: write the name as "{token.text}".'
        return "A name is expected here."

    def _term(self) -> syntax.Expression:
        token = self.token
        match token.kind:
            case "STRING" | "NUMBER" | "CONSTANT" | "ION":
                return syntax.Constant(self.take())
            case "QUESTION_MARK":
                self.parameters += 1
                return syntax.Parameter(self.take(), self.parameters - 1)
            case "IDENTIFIER" | "QUOTED_IDENTIFIER":
                self.take()
                return self._call(token) if self.accept_kind("LEFT_PAREN") else syntax.Name(token)
            case "LEFT_PAREN":
                return self._group()
            case "LEFT_BRACKET" | "LEFT_DOUBLE_ANGLE_BRACKET":
                self.take()
                closing = token.kind.replace("LEFT", "RIGHT")
                bag = token.kind != "LEFT_BRACKET"
                if self.accept_kind(closing):
                    return syntax.Sequence(token, (), bag)
                elements = self.delimited(self.expression)
                self.expect_kind(closing, "A comma or the closing bracket should follow.")
                return syntax.Sequence(token, elements, bag)
            case "LEFT_CURLY":
                return self._struct()
            case "KEYWORD":
                return self._keyword_term()
            case "OPERATOR":
                if token.word == "@" and self.following().kind in (NAME, QUOTED):
                    self.take()
                    return syntax.Unary(token, syntax.Name(self.take()))
                if token.word == "@":
                    raise self.error("Identifier must follow @-operator")
                raise self.error("Unexpected operator", "A value or a name is expected here.")
            case _:
                raise self.error("Unexpected term", self._no_term())

    def _no_term(self) -> str:
        if self.token.kind == "COLON":
            return "Parameters have no names: write ? and give the value in Parameters."
        return "A value or a name is expected here."

    def _group(self) -> syntax.Expression:
        opening = self.take()
        elements = self.delimited(self.expression)
        self.expect_kind("RIGHT_PAREN", "A comma, an operator or ) should follow.")
        return elements[0] if len(elements) == 1 else syntax.Sequence(opening, elements)

    def _struct(self) -> syntax.Expression:
        opening = self.take()
        if self.accept_kind("RIGHT_CURLY"):
            return syntax.Struct(opening, ())
        members = self.delimited(self._member)
        self.expect_kind("RIGHT_CURLY", "A comma or } should follow.")
        return syntax.Struct(opening, members)

    def _member(self) -> tuple[syntax.Expression, syntax.Expression]:
        name = self.expression()
        self.expect_kind("COLON", "Write a member as 'name': value.")
        return name, self.expression()

    def _keyword_term(self) -> syntax.Expression:
        token, word = self.token, self.token.word
        clause = self._clauses.get(word)
        if clause is not None:
            return clause(self)
        if word == "case":
            return self._case()
        if word == "cast":
            return self._cast()
        if word == "values":
            self.take()
            self.delimited(self._row)
            return syntax.Other(token, "Bag")
        if word in FUNCTION_WORDS and self.following().kind == "LEFT_PAREN":
            self.take()
            self.take()
            return self._call(token)
        raise self.error("Unexpected keyword", self._quoted_advice())

    def _row(self) -> None:
        if not self.accept_kind("LEFT_PAREN"):
            raise self.error("Expected LEFT_PAREN for row value constructor", beginnings.INSERT)
        self.delimited(self.expression)
        self.expect_kind("RIGHT_PAREN")

    def _call(self, function: Token) -> syntax.Expression:
        """Read the arguments of a function whose parenthesis is open."""
        name = function.word or function.text
        if name in AGGREGATES:
            return self._aggregate(function)
        if self.token.kind == "STAR":
            raise self.error(f"{name}(*) is not allowed")
        if self.accept_kind("RIGHT_PAREN"):
            return syntax.Call(function, ())
        arguments = self.delimited(self.expression)
        self.expect_kind("RIGHT_PAREN", "A comma or ) should follow.")
        return syntax.Call(function, arguments)

    def _aggregate(self, function: Token) -> syntax.Expression:
        count = function.word == "count"
        quantified = self.accept("distinct") or self.accept("all")
        if self.token.kind == "STAR" and count and quantified is None:
            self.take()
            self.expect_kind("RIGHT_PAREN")
            return syntax.Call(function, (), star=True)
        if self.token.kind == "STAR":
            if count and quantified is not None:
                raise self.error(f"COUNT({quantified.word.upper()} *) is not supported")
            raise self.error(f"{function.word}(*) is not allowed")
        if self.token.kind == "RIGHT_PAREN":
            raise self.error("Aggregate functions are always unary")
        arguments = self.delimited(self.expression)
        self.expect_kind("RIGHT_PAREN")
        if len(arguments) != 1 and not count:
            raise self.error("Aggregate functions are always unary")
        return syntax.Call(function, arguments)

    def _case(self) -> syntax.Expression:
        token = self.take()
        if self.token.word != "when":
            self.expression()
        if self.token.word != "when":
            raise self.error("Expected a WHEN clause in CASE")
        while self.accept("when"):
            self.expression()
            self.expect_word("then")
            self.expression()
        if self.accept("else"):
            self.expression()
        self.expect_word("end")
        return syntax.Other(token, "Case")

    def _cast(self) -> syntax.Expression:
        token = self.take()
        if not self.accept_kind("LEFT_PAREN"):
            raise self.error("Missing left parenthesis after CAST")
        self.expression()
        if not self.accept("as"):
            raise self.error("Expected AS")
        self._type()
        self.expect_kind("RIGHT_PAREN")
        return syntax.Other(token, "Cast")

    def expect_word(self, word: str) -> None:
        """Read a keyword, or raise the error about its absence."""
        if not self.accept(word):
            raise self.error(f"Expected {word.upper()} keyword")

    def _type(self) -> Token:
        most = TYPE_ARITY.get(self.token.word)
        if most is None:
            raise self.error(
                "Expected type name",
                "Write MISSING, NULL or the name of a type after IS; to compare, write =.",
            )
        name = self.take()
        if self.accept_kind("LEFT_PAREN"):
            parameters = self.delimited(self.expression)
            self.expect_kind("RIGHT_PAREN")
            if len(parameters) > most:
                raise self.error(f"CAST for {name.word} must have arity of 0..{most}")
            for parameter in parameters:
                if not isinstance(parameter, syntax.Constant) or not parameter.token.text.isdigit():
                    raise self.error("Type parameter must be an unsigned integer literal")
        return name


def _prefixed(token: Token, operand: syntax.Expression) -> syntax.Expression:
    """Apply a sign or NOT to an operand. Numbers include their sign, and two NOTs cancel out."""
    match token.word, operand:
        case "+", syntax.Constant(number) if number.kind == NUMBER:
            return operand
        case "-", syntax.Constant(number, negative) if number.kind == NUMBER:
            return syntax.Constant(number, not negative)
        case "not", syntax.Unary(Token(word="not"), syntax.Unary(Token(word="not"), innermost)):
            return syntax.Unary(token, innermost)
        case "+" | "-", syntax.Unary(inner) if inner.word in ("+", "-"):
            return operand
        case _:
            return syntax.Unary(token, operand)
