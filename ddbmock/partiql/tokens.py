"""The tokens of PartiQL statements.

Source: the open-source PartiQL parser of 2021 that the service uses; recorded answers.
"""

from __future__ import annotations

import re
from typing import Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.faults import syntax_error
from ddbmock.partiql.keywords import (
    FUSED,
    KEYWORDS,
    LITERAL_WORDS,
    LONGEST_FUSED,
    TYPE_ALIASES,
    WORD_OPERATORS,
)

NAME: Final = "IDENTIFIER"
QUOTED: Final = "QUOTED_IDENTIFIER"
STRING: Final = "STRING"
NUMBER: Final = "NUMBER"
ION: Final = "ION"
WORD: Final = "KEYWORD"
CONSTANT: Final = "CONSTANT"
OPERATOR: Final = "OPERATOR"
END: Final = "EOF"

PUNCTUATION: Final = {
    "*": "STAR",
    ".": "DOT",
    ",": "COMMA",
    ":": "COLON",
    ";": "SEMICOLON",
    "?": "QUESTION_MARK",
    "(": "LEFT_PAREN",
    ")": "RIGHT_PAREN",
    "[": "LEFT_BRACKET",
    "]": "RIGHT_BRACKET",
    "{": "LEFT_CURLY",
    "}": "RIGHT_CURLY",
    "<<": "LEFT_DOUBLE_ANGLE_BRACKET",
    ">>": "RIGHT_DOUBLE_ANGLE_BRACKET",
}
"""Kinds of tokens by their text; errors name the expected kind."""

_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r\n\v\f]+|--[^\r\n]*|/\*.*?\*/)"
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"
    r'|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<string>'(?:[^']|'')*')"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:[+-]?[0-9]+)?)?)"
    r"|(?P<ion>`(?:[^`])*`)"
    r"|(?P<opened>/\*)"
    r"|(?P<symbol><<|>>|<=|>=|<>|!=|\|\||[-+*/%<>=^@.,:;?()\[\]{}])"
    r"|(?P<alien>.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """A token.

    ``word`` is a keyword in lower case or an operator, otherwise empty. ``text`` is a name or string without
    quotes, otherwise the token's text. ``at`` and ``end`` are its position in the statement; a fused keyword
    such as ``insert into`` ends with its first word.
    """

    kind: str
    word: str
    text: str
    at: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of a statement, and a token that marks its end.

    :raises ValidationException: a character cannot begin a token, or a string, name or comment is not closed.

    >>> [token.text for token in tokens("SELECT a-- all\\nFROM \\"b\\"\\"c\\"")]
    ['SELECT', 'a', 'FROM', 'b"c', '<EOF>']
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        if group == "space":
            continue
        written, at, end = match[0], match.start(), match.end()
        if group == "word":
            found.append(_word(written, at, end))
            _fuse(found)
        elif group == "symbol":
            kind = PUNCTUATION.get(written, OPERATOR)
            word = written if kind in (OPERATOR, "STAR") else ""
            found.append(Token(kind, "<>" if written == "!=" else word, written, at, end))
        elif group == "quoted":
            found.append(Token(QUOTED, "", written[1:-1].replace('""', '"'), at, end))
        elif group == "string":
            found.append(Token(STRING, "", written[1:-1].replace("''", "'"), at, end))
        elif group == "number" and written[-1] not in "eE":
            found.append(Token(NUMBER, "", written, at, end))
        elif group == "ion":
            found.append(Token(ION, "", written, at, end))
        else:
            raise syntax_error(text, "", at, _reason(written))
    found.append(Token(END, "", "<EOF>", len(text), len(text)))
    return found


def _word(written: str, at: int, end: int) -> Token:
    word = written.lower()
    if word not in KEYWORDS:
        return Token(NAME, "", written, at, end)
    if word in LITERAL_WORDS:
        return Token(CONSTANT, word, written, at, end)
    kind = OPERATOR if word in WORD_OPERATORS else WORD
    return Token(kind, TYPE_ALIASES.get(word, word), written, at, end)


def _fuse(found: list[Token]) -> None:
    """Replace the last tokens by one token if they form a keyword of several words."""
    for count in range(min(LONGEST_FUSED, len(found)), 1, -1):
        last = found[-count:]
        fused = FUSED.get(tuple([token.word for token in last]))
        if fused is not None:
            first = last[0]
            kind = OPERATOR if first.kind == OPERATOR else WORD
            found[-count:] = [Token(kind, fused, first.text, first.at, first.end)]
            return


def _reason(written: str) -> str:
    if written == '"':
        return 'A name in double quotes is not closed; write a double quote in it as "".'
    if written == "'":
        return "A string is not closed; write an apostrophe in it as ''."
    if written == "/*":
        return "This comment is not closed: end it with */."
    if written == "`":
        return "An Ion literal is not closed; write values as 'text', 12, [...], {...} or <<...>>."
    if written[-1] in "eE":
        return "Digits must follow the e of a number."
    if written in "!|":
        return "Write <> for unequal, and the words OR and AND."
    if written == "&":
        return "Write AND for &&."
    if written in "#:":
        return "Parameters have no names: write ? and give the value in Parameters."
    if written in "\u2018\u2019\u201c\u201d":
        return "Use straight quotes: 'text' is a string, \"name\" is a name."
    if written == "\\":
        return "There are no escapes: write an apostrophe in a string as ''."
    return f"No token begins with {written!r}; write names with such characters in double quotes."
