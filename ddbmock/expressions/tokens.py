"""The tokens of expressions, and the service's words for a token that should not be there.

Source: Developer Guide, "Expressions"; error texts observed on the service.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final, NamedTuple

from ddbmock.expressions.faults import Fault, probably

END: Final = "<EOF>"
"""Text of the token after the last one."""

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
    """A token: ``text`` as written; of a keyword ``word`` is its upper case, else the text."""

    kind: str
    word: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


def tokens(text: str, keywords: Container[str]) -> list[Token]:
    """The tokens of an expression and one that marks its end.

    A character that no token begins with becomes a token of its own, which no rule accepts.

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
    """The fault of the token at the position.

    The text near it is the token with its neighbours as they are written, or at the end of the
    expression the last token alone.
    """
    token = found[position]
    first = found[position - 1] if position else token
    if token.text == END:
        near = "" if first is token else first.text
    else:
        following = found[position + 1]
        last = token if following.text == END else following
        near = text[first.at : last.end]
    message = f'Syntax error; token: "{token.text}", near: "{near}"'
    return Fault(message, token.at, _reason(token) or advice)


def _reason(token: Token) -> str:
    """Why no rule accepts this token anywhere or here, where that is plain to see."""
    if token.kind == ALIEN:
        if token.text in "#:":
            return f"{token.text} must be followed by letters, digits or underscores."
        if token.text in "\"'":
            return "There are no literals: put the value into ExpressionAttributeValues."
        if token.text == "!":
            return "Unequal is written <>."
        return (
            "A plain name has letters, digits and underscores and begins with a letter; "
            "for any other use a # placeholder."
        )
    if token.kind == DIGITS:
        return "There are no number literals: put the value into ExpressionAttributeValues."
    return ""


def expectation(wanted: str, token: Token, words: tuple[str, ...] = ()) -> str:
    """Advice: what should stand here, and the keyword that was probably meant."""
    keyword = f" {token.text} is a keyword." if token.kind == KEYWORD else ""
    return f"Here should be {wanted}.{keyword or probably(token.text.upper(), words)}"
