"""Parsers of condition, projection and update expressions.

The parsers do not recurse but keep open parentheses and calls in lists, so no nesting that fits into 4,096
bytes exhausts Python's stack. Trees are immutable and depend only on the text, so they are cached by text.

Source: Developer Guide, "Expressions"; error texts observed on the service.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile
from typing import Final, Generic, TypeGuard, TypeVar

from ddbmock.errors import ValidationException
from ddbmock.expressions.faults import Fault, refusal
from ddbmock.expressions.intentions import PROJECTION, UPDATE, meant
from ddbmock.expressions.nodes import (
    Action,
    Add,
    And,
    Arithmetic,
    Between,
    Call,
    Clause,
    Comparison,
    Condition,
    Delete,
    Element,
    In,
    Literal,
    NameRef,
    Node,
    Not,
    Operand,
    Or,
    Path,
    Predicate,
    Projection,
    Remove,
    Set,
    Update,
    ValueRef,
)
from ddbmock.expressions.open_parts import Group, OpenCall
from ddbmock.expressions.tokens import (
    DIGITS,
    END,
    KEYWORD,
    NAME,
    NAME_REF,
    VALUE_REF,
    Token,
    expectation,
    syntax_error,
    tokens,
)

MAX_BYTES: Final = 4096
MAX_OPERATORS: Final = 300
MAX_PATH_DEPTH: Final = 32
MAX_INDEX: Final = 2**31 - 1

CONDITION_KEYWORDS: Final = ("AND", "OR", "NOT", "BETWEEN", "IN")
UPDATE_KEYWORDS: Final = ("SET", "REMOVE", "ADD", "DELETE")
COMPARATORS: Final = ("=", "<>", "<", "<=", ">", ">=")

CACHED: Final = 2048
"""Size of the cache of each grammar."""

NodeT = TypeVar("NodeT", bound=Node)


class Parsed(Generic[NodeT]):
    """A tree and the distinct references in its text, in textual order."""

    __slots__ = ("name_refs", "root", "text", "value_refs")

    def __init__(self, text: str, root: NodeT, found: list[Token]) -> None:
        self.text: Final = text
        self.root: Final = root
        self.name_refs: Final = _distinct(found, NAME_REF)
        self.value_refs: Final = _distinct(found, VALUE_REF)


def _distinct(found: list[Token], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([token.text for token in found if token.kind == kind]))


@lru_cache(maxsize=CACHED)
def parse_condition(text: str, member: str) -> Parsed[Condition]:
    """Parse a condition, filter or key condition expression; errors name it by `member`.

    :raises ValidationException: syntax, size, operators, path depth, list index, parentheses.
    """
    parser = _Parser(text, member, CONDITION_KEYWORDS)
    root = parser.condition()
    parser.check_limits()
    return Parsed(text, root, parser.tokens)


@lru_cache(maxsize=CACHED)
def parse_projection(text: str) -> Parsed[Projection]:
    """Parse a projection expression; errors as :func:`parse_condition`."""
    parser = _Parser(text, PROJECTION, ())
    root = parser.projection()
    parser.check_limits()
    return Parsed(text, root, parser.tokens)


@lru_cache(maxsize=CACHED)
def parse_update(text: str) -> Parsed[Update]:
    """Parse an update expression; errors as :func:`parse_condition`."""
    parser = _Parser(text, UPDATE, UPDATE_KEYWORDS)
    root = parser.update()
    parser.check_limits()
    return Parsed(text, root, parser.tokens)


class _Parser:
    """A parser that reads a text once, from left to right."""

    def __init__(self, text: str, member: str, keywords: tuple[str, ...]) -> None:
        self.text = text
        self.member = member
        self.keywords = keywords
        self._check_size()
        self.tokens = tokens(text, keywords)
        self.position = 0
        self.token = self.tokens[0]
        self.operators: list[int] = []
        self.path_faults: list[Fault] = []
        self.redundant: list[int] = []

    # Shared by all grammars

    def _check_size(self) -> None:
        if not self.text:
            raise self.refusal(
                Fault(
                    "The expression can not be empty;",
                    0,
                    "Omit the member if there is no expression.",
                )
            )
        size = len(self.text.encode("utf-8", "surrogatepass"))
        if size > MAX_BYTES:
            # The service omits the size for updates and projections.
            shown = "" if self.member in (UPDATE, PROJECTION) else f" expression size: {size}"
            raise self.refusal(
                Fault(
                    f"Expression size has exceeded the maximum allowed size;{shown}",
                    0,
                    f"An expression has at most {MAX_BYTES} bytes; this one has {size}.",
                )
            )

    def check_limits(self) -> None:
        """Check the limits of a text whose syntax is valid, and that it has no redundant parentheses."""
        if len(self.operators) > MAX_OPERATORS:
            count = MAX_OPERATORS + 1  # the service stops counting here
            raise self.refusal(
                Fault(
                    f"The expression contains too many operators; operator count: {count}",
                    self.operators[MAX_OPERATORS],
                    f"This is operator number {count}; {MAX_OPERATORS} are allowed.",
                )
            )
        if self.path_faults:
            raise self.refusal(self.path_faults[0])
        if self.redundant:
            raise self.refusal(
                Fault(
                    "The expression has redundant parentheses;",
                    min(self.redundant),
                    "Two pairs of parentheses enclose the same expression; remove one.",
                )
            )

    def refusal(self, fault: Fault) -> ValidationException:
        return refusal(self.member, self.text, fault)

    def unexpected(self, expected: str, advice: str = "") -> ValidationException:
        """Return the syntax error of the current token, where `expected` should be."""
        advice = (
            meant(self.tokens, self.position, self.member)
            or advice
            or expectation(expected, self.token, self.keywords)
        )
        return self.refusal(syntax_error(self.text, self.tokens, self.position, advice))

    def take(self) -> Token:
        """Return the current token and move on to the next one."""
        taken = self.token
        self.position += 1
        self.token = self.tokens[min(self.position, len(self.tokens) - 1)]
        return taken

    def accept(self, *words: str) -> Token | None:
        """Take the current token if it is one of some symbols or keywords, or return None."""
        return self.take() if self._is(*words) else None

    def expect(self, word: str) -> Token:
        if self._is(word):
            return self.take()
        raise self.unexpected(word)

    def _is(self, *words: str) -> bool:
        return self.token.kind not in (NAME, NAME_REF, VALUE_REF) and self.token.word in words

    def _operator(self) -> Token:
        self.operators.append(self.token.at)
        return self.take()

    def path(self) -> Path:
        begin = self.token.at
        elements: list[Element] = [self._element("an attribute name or a # placeholder")]
        while True:
            if self.accept("."):
                elements.append(self._element("a name or a # placeholder"))
            elif self.accept("["):
                elements.append(self._index())
                self.expect("]")
            else:
                break
        if len(elements) > MAX_PATH_DEPTH:
            self.path_faults.append(
                Fault(
                    "The document path has too many nesting levels; "
                    f"nesting levels: {len(elements)}",
                    begin,
                    f"A path has at most {MAX_PATH_DEPTH} elements.",
                )
            )
        return Path(tuple(elements), begin)

    def _element(self, expected: str) -> Element:
        if self.token.kind == NAME:
            return self.take().text
        if self.token.kind == NAME_REF:
            token = self.take()
            return NameRef(token.text, token.at)
        raise self.unexpected(expected)

    def _index(self) -> int:
        if self.token.kind != DIGITS:
            raise self.unexpected("a list index, in digits")
        token = self.take()
        index = int(token.text) if len(token.text) < 20 else MAX_INDEX + 1
        if index > MAX_INDEX:
            self.path_faults.append(
                Fault(
                    "List index is not within the allowable range; "
                    f"index: [{token.text.lstrip('0') or '0'}]",
                    token.at,
                    f"The largest index is {MAX_INDEX}.",
                )
            )
        return index

    def value_ref(self) -> ValueRef:
        if self.token.kind != VALUE_REF:
            raise self.unexpected("a : placeholder for a value")
        token = self.take()
        return ValueRef(token.text, token.at)

    def operand(self) -> Operand:
        """Read a path, a value or a call, possibly in parentheses."""
        calls: list[OpenCall] = []
        while True:
            if self._is("("):
                self.take()
                calls.append(OpenCall(None))
                continue
            if self.token.kind == NAME and self.tokens[self.position + 1].text == "(":
                calls.append(OpenCall(self.take()))
                self.take()
                continue
            operand: Operand = (
                self.value_ref() if self.token.kind == VALUE_REF else self._path_operand()
            )
            complete = self._close_calls(calls, operand)
            if complete is not None:
                return complete

    def _path_operand(self) -> Path:
        if self.token.kind not in (NAME, NAME_REF):
            raise self.unexpected("an attribute, a : placeholder or a function")
        return self.path()

    def _close_calls(self, calls: list[OpenCall], operand: Operand) -> Operand | None:
        """Close the calls that end after an operand; return the result, or None if another operand follows."""
        in_parentheses = False
        while calls:
            call = calls[-1]
            if call.function and self.accept(","):
                call.operands.append(operand)
                return None
            closing = self.expect(")")
            calls.pop()
            if call.function:
                operands = (*call.operands, operand)
                operand = Call(call.function.text, operands, call.function.at)
                in_parentheses = False
            else:
                if in_parentheses:
                    self.redundant.append(closing.at)
                in_parentheses = True
        return operand

    def _expect_end(self, expected: str) -> None:
        if not self._is(END):
            raise self.unexpected(expected)

    # Conditions

    def condition(self) -> Condition:
        groups = [Group(0)]
        while True:
            if self._is("NOT"):
                groups[-1].negations.append(self._operator().at)
            elif self._is("("):
                groups.append(Group(self.take().at))
            else:
                self._finish_condition(groups)
                if self._is(END):
                    return groups[0].condition()
                self._operator()

    def _finish_condition(self, groups: list[Group]) -> None:
        """Read a condition without NOT or an opening parenthesis, and the parentheses that it closes.

        Afterwards the current token is AND, OR or the end, and the innermost group has the condition.
        """
        read: Operand | Condition = self.operand()
        enclosed = False  # by a parenthesis that was closed last
        while True:
            if self._is_compared(read):
                read, enclosed = self._comparison(read), False
            elif self._is(")") and len(groups) > 1:
                read, enclosed = self._close_group(groups, read, enclosed=enclosed), True
            else:
                break
        condition = self._as_condition(read)
        if not (self._is("AND", "OR") or (self._is(END) and len(groups) == 1)):
            raise self.unexpected("AND, OR" + (" or )" if len(groups) > 1 else " or the end"))
        groups[-1].factor(condition)
        if self._is("OR"):
            groups[-1].alternative()

    def _is_compared(self, read: Operand | Condition) -> TypeGuard[Operand]:
        """Return whether an operand was read and a comparison operator follows."""
        return not isinstance(read, _ONLY_CONDITION) and self._is(*COMPARATORS, "BETWEEN", "IN")

    def _close_group(
        self, groups: list[Group], read: Operand | Condition, *, enclosed: bool
    ) -> Operand | Condition:
        """Close the innermost parenthesis; return its conditions, or the operand that it encloses.

        `enclosed` is whether another pair of parentheses already encloses it.
        """
        group = groups[-1]
        if not group.is_empty:
            group.factor(self._as_condition(read))
            read = group.condition()
        elif enclosed:
            self.redundant.append(group.at)
        groups.pop()
        self.take()
        return read

    def _as_condition(self, read: Operand | Condition) -> Condition:
        if isinstance(read, _ONLY_OPERAND):
            raise self.unexpected("an operator such as = or BETWEEN")
        return read

    def _comparison(self, left: Operand) -> Comparison | Between | In:
        operator = self._operator()
        if operator.word == "BETWEEN":
            lower = self.operand()
            self.expect("AND")
            return Between(left, lower, self.operand(), operator.at)
        if operator.word == "IN":
            self.expect("(")
            choices = [self.operand()]
            while self.accept(","):
                choices.append(self.operand())
            self.expect(")")
            return In(left, tuple(choices), operator.at)
        return Comparison(operator.text, left, self.operand(), operator.at)

    # Projections

    def projection(self) -> Projection:
        paths = self._paths()
        self._expect_end(", or the end")
        return Projection(paths)

    def _paths(self) -> tuple[Path, ...]:
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        return tuple(paths)

    # Updates

    def update(self) -> Update:
        clauses = [self._clause()]
        while not self._is(END):
            clauses.append(self._clause())
        return Update(tuple(clauses))

    def _clause(self) -> Clause:
        if self.token.kind != KEYWORD:
            missing = ""
            if self.position and self.token.kind in (NAME, NAME_REF):
                missing = f"A comma is missing before {self.token.text}."
            raise self.unexpected("SET, REMOVE, ADD or DELETE", missing)
        keyword = self.take()
        actions = [self._action(keyword.word)]
        while self.accept(","):
            actions.append(self._action(keyword.word))
        return Clause(keyword.word, tuple(actions), keyword.at)

    def _action(self, keyword: str) -> Action:
        path = self.path()
        if keyword == "REMOVE":
            return Remove(path)
        if keyword == "ADD":
            return Add(path, self.value_ref())
        if keyword == "DELETE":
            if self.token.kind != VALUE_REF:
                raise self.unexpected(
                    "a : placeholder for a value",
                    f"DELETE removes members from a set; to remove an attribute: REMOVE {path}.",
                )
            return Delete(path, self.value_ref())
        self.expect("=")
        return Set(path, self._value())

    def _value(self) -> Operand | Arithmetic:
        """Read an operand, or the sum or difference of two, possibly in parentheses."""
        opened = self._parentheses_around_sum()
        for _ in range(opened):
            self.take()
        left = self.operand()
        value: Operand | Arithmetic = left
        if self._is("+", "-"):
            operator = self._operator()
            value = Arithmetic(operator.text, left, self.operand(), operator.at)
        for number in range(opened):
            closing = self.expect(")")
            if number:
                self.redundant.append(closing.at)
        return value

    def _parentheses_around_sum(self) -> int:
        """Return how many of the parentheses that open here enclose a + or - instead of a single operand."""
        if not self._is("("):
            return 0
        following = self.tokens[self.position :]
        opened = sum(1 for _ in takewhile(lambda token: token.text == "(", following))
        depth = 0
        for token in following:
            if token.text == "(":
                depth += 1
            elif token.text == ")":
                depth -= 1
            elif token.text in ("+", "-"):
                return depth if depth <= opened else 0
            if not depth:
                return 0
        return 0


_ONLY_CONDITION: Final = (Comparison, Between, In, Not, And, Or)
_ONLY_OPERAND: Final = (Path, ValueRef, Literal, Predicate)
