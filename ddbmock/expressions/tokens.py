"""Tokens of expressions, and the service's message for an unexpected token.

Source: Developer Guide, "Expressions"; error texts observed on the service.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from ddbmock.expressions.faults import Fault, probably
from ddbmock.named_tuple import NamedTuple

END: Final = "<EOF>"
"""The text of the token that marks the end."""

NAME: Final = "name"
NAME_REF: Final = "name_ref"
VALUE_REF: Final = "value_ref"
DIGITS: Final = "digits"
SYMBOL: Final = "symbol"
KEYWORD: Final = "keyword"
ALIEN: Final = "alien"

_TOKEN: Final = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<name_ref>\#[0-9A-Za-z_]+)"
    r"|(?P<value_ref>:[0-9A-Za-z_]+)"
    r"|(?P<digits>[0-9]+)"
    r"|(?P<symbol><>|<=|>=|[=<>()\[\],.+-])"
    r"|(?P<alien>[^ \t\r\n])"
)


class Token(NamedTuple):
    """A token: its ``text``, and its ``word``, which is the text, in upper case if it is a keyword."""

    kind: str
    word: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


def tokens(text: str, keywords: Container[str]) -> list[Token]:
    """Return the tokens of an expression, and a token that marks its end.

    A character that cannot begin a token becomes a token that no rule accepts.

    >>> [token.text for token in tokens("SET _a=:v", ())]
    ['SET', '_', 'a', '=', ':v', '<EOF>']
    """
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ALIEN
        word = written = match[0]
        if kind == NAME and written.upper() in keywords:
            kind, word = KEYWORD, written.upper()
        found.append(Token(kind, word, written, match.start()))
    found.append(Token(SYMBOL, END, END, len(text)))
    return found


def syntax_error(text: str, found: list[Token], position: int, advice: str) -> Fault:
    """Return the fault of the token at a position.

    The message quotes the token with its neighbours, or the last token at the end of the expression.
    """
    token = found[position]
    first = found[position - 1] if position else token
    if token.text == END:
        near = "" if first is token else first.text
    else:
        following = found[position + 1]
        last = token if following.text == END else following
        near = text[first.at : last.end]
    return Fault(f'Syntax error; token: "{token.text}", near: "{near}"', token.at, advice)


def expectation(expected: str, token: Token, words: tuple[str, ...] = ()) -> str:
    """Return advice: the expected token, and the keyword that was probably intended."""
    keyword = f" {token.text} is a keyword." if token.kind == KEYWORD else ""
    return f"Expected {expected} here.{keyword or probably(token.text.upper(), words)}"
