"""Advice for expressions that are written in the syntax of another language.

Authors of expressions often know SQL, Python or JavaScript better. Each rule recognises a construct of
these languages by the unexpected token and its neighbours, and returns what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ddbmock.expressions.tokens import (
    ALIEN,
    DIGITS,
    END,
    KEYWORD,
    NAME,
    NAME_REF,
    VALUE_REF,
    Token,
)

UPDATE: Final = "UpdateExpression"
PROJECTION: Final = "ProjectionExpression"


class Place:
    """An unexpected token with its neighbours, in the expression of a member."""

    def __init__(self, found: Sequence[Token], position: int, member: str) -> None:
        self.found = found
        self.position = position
        self.member = member
        self.token = found[position]
        self.before = self.at(-1)
        self.after = self.at(1)

    def at(self, distance: int) -> Token | None:
        """Return a token before or after this one; None beyond the ends."""
        position = self.position + distance
        return self.found[position] if 0 <= position < len(self.found) else None

    def is_after(self, *words: str) -> bool:
        return self.before is not None and self.before.word in words

    @property
    def clause(self) -> str:
        """The keyword of the update's clause around the token, or an empty text."""
        earlier = self.found[: self.position][::-1]
        return next((one.word for one in earlier if one.kind == KEYWORD), "")

    @property
    def written(self) -> str:
        """The text of this token and the tokens next to it without spaces, such as first-name."""
        if self.token.text == END:
            return ""
        first = last = self.position
        while first and self.found[first - 1].end == self.found[first].at:
            first -= 1
        while self.found[last + 1].text != END and self.found[last].end == self.found[last + 1].at:
            last += 1
        return "".join(token.text for token in self.found[first : last + 1])


def meant(found: Sequence[Token], position: int, member: str) -> str:
    """Return advice for an unexpected token, or an empty text if no rule applies."""
    place = Place(found, position, member)
    return next((advice for rule in _RULES if (advice := rule(place))), "")


def placeholder(name: str) -> str:
    """Return a placeholder for a name.

    >>> placeholder("first-name"), placeholder("größe")
    ('#first_name', '#gr__e')
    """
    return "#" + "".join(char if char.isascii() and char.isalnum() else "_" for char in name)


def _defined(name: str) -> str:
    return f"write {placeholder(name)} and define it in ExpressionAttributeNames as {name!r}."


def _odd_name(place: Place) -> str:
    """Explain a name with a hyphen, or one that begins with a digit or an underscore."""
    token, written = place.token, place.written
    plain = all(char.isalnum() or char in "-_" for char in written)
    if not plain or not any(char.isalpha() for char in written):
        return ""
    inside = place.before is not None and place.before.end == token.at
    if token.text == "-" and inside and written.strip("-") == written:
        return f"A name with a hyphen needs a placeholder: {_defined(written)}"
    if token.text == "_" or (token.kind == DIGITS and not inside):
        return f"A name that begins with {written[0]} needs a placeholder: {_defined(written)}"
    return ""


def _literal(place: Place) -> str:
    if place.token.text in ('"', "'"):
        what = "literals"
    elif place.token.kind == DIGITS:
        what = "number literals"
    else:
        return ""
    return f"Expressions have no {what}: put the value into ExpressionAttributeValues."


def _operator(place: Place) -> str:
    """Translate operators of other languages."""
    token, after = place.token, place.after
    if token.text == "!":
        is_unequal = after is not None and after.text == "="
        return "The operator for unequal is <>." if is_unequal else "Write NOT for !."
    if token.kind == ALIEN and token.text in _WORDS:
        return f"Write {_WORDS[token.text]} for {token.text * 2}."
    if token.text == "=" and place.is_after("="):
        return (
            "An assignment has a single =." if place.member == UPDATE else "Equality is a single =."
        )
    return ""


def _null(place: Place) -> str:
    if place.token.text.upper() != "IS" or place.before is None:
        return ""
    negated = place.after is not None and place.after.text.upper() == "NOT"
    name = place.before.text
    function = "attribute_exists" if negated else "attribute_not_exists"
    return (
        f"There is no IS: write {function}({name}), or compare with a value that is "
        "{'NULL': True} in ExpressionAttributeValues."
    )


def _like(place: Place) -> str:
    if place.token.text.upper() not in ("LIKE", "ILIKE") or place.before is None:
        return ""
    name = place.before.text
    return f"There is no LIKE: write begins_with({name}, :start) or contains({name}, :part)."


def _where(place: Place) -> str:
    if place.position == 1 and place.is_after("WHERE", "where", "Where"):
        return "Leave WHERE out: the expression is the condition alone."
    return ""


def _list_of_values(place: Place) -> str:
    if not place.is_after("IN") or place.token.kind != VALUE_REF or place.position < 2:
        return ""
    name = place.found[place.position - 2].text
    return f"IN has a placeholder for each value, in parentheses: {name} IN (:a, :b)."


def _between(place: Place) -> str:
    earlier = place.at(-2)
    if place.token.text == "," and earlier is not None and earlier.word == "BETWEEN":
        assert place.before is not None
        return f"The bounds are joined by AND: BETWEEN {place.before.text} AND :upper."
    return ""


def _conjunction(place: Place) -> str:
    if place.token.text == "," and place.member not in (UPDATE, PROJECTION):
        return "Join conditions by AND, not by a comma."
    return ""


def _index(place: Place) -> str:
    if not place.is_after("["):
        return ""
    if place.token.text == "-":
        return "An index counts from 0; there are none from a list's end."
    if place.token.kind in (VALUE_REF, NAME, NAME_REF):
        return "An index stands in the expression itself, in digits: it has no placeholder."
    return ""


def _calculation(place: Place) -> str:
    """Explain arithmetic that is not allowed."""
    token = place.token
    if place.before is None or token.text not in ("+", "-", "*", "/", "%"):
        return ""
    if place.member != UPDATE:
        if place.member == PROJECTION or place.before.kind == KEYWORD:
            return ""
        return "Conditions have no arithmetic: compute the value in the program."
    if place.after is not None and place.after.text == "=":
        name = place.before.text
        return f"There is no {token.text}=: write {name} = {name} {token.text} :value."
    if place.after is not None and place.after.text == token.text:
        name = place.before.text
        return f"There is no {token.text * 2}: write {name} = {name} {token.text} :one."
    if token.text in "*/%":
        return "SET has only + and -: compute the value in the program."
    if place.clause == "SET" and any(
        one.text in ("+", "-") for one in place.found[: place.position]
    ):
        return "A value is one sum or difference of two: add the placeholders' values up in the program."
    return ""


def _clause(place: Place) -> str:
    """Correct the clauses of an update."""
    token, clause = place.token, place.clause
    if place.member != UPDATE:
        return ""
    if not place.position and token.kind in (NAME, NAME_REF):
        if token.text.upper() == "UPDATE":
            return "Write SET for UPDATE."
        if token.text.upper() in ("INCREMENT", "INC", "INCR"):
            return f"Write ADD for {token.text}."
        if place.after is not None and place.after.text == "=":
            return f"An update begins with its clause: SET {token.text} = ..."
        return ""
    if token.text.upper() == "AND" and clause:
        return "Actions are separated by commas, not by AND."
    if clause == "ADD" and token.text == "=" and place.before is not None:
        return f"ADD has no =: write ADD {place.before.text} :value."
    if clause == "REMOVE" and (token.text == "=" or token.kind == VALUE_REF):
        return "REMOVE takes names only; to take members out of a set: DELETE name :members."
    return ""


def _projection(place: Place) -> str:
    if place.member != PROJECTION:
        return ""
    if place.token.text == "*":
        return "Leave ProjectionExpression out to read all attributes."
    if place.token.text == ";":
        return "Separate names by commas."
    return ""


def _end(place: Place) -> str:
    """Name what is missing after the last token."""
    if place.token.text != END or place.before is None:
        return ""
    if place.before.text == ",":
        return "Remove the comma at the end."
    if place.before.word in ("AND", "OR", "NOT"):
        return f"A condition is missing after {place.before.text}."
    return ""


def _reference(place: Place) -> str:
    """Explain a sigil without a name, or a character that cannot begin a token."""
    token = place.token
    if token.kind != ALIEN:
        return ""
    if token.text in "#:":
        return f"{token.text} must be followed by letters, digits or underscores."
    return (
        "A plain name has letters, digits and underscores and begins with a letter; "
        "for any other use a # placeholder."
    )


_WORDS: Final = {"&": "AND", "|": "OR"}
"""Operators of other languages, and the words for them in expressions."""

_RULES: Final[Sequence[Callable[[Place], str]]] = (
    _odd_name,
    _literal,
    _operator,
    _null,
    _like,
    _where,
    _list_of_values,
    _between,
    _conjunction,
    _index,
    _calculation,
    _clause,
    _projection,
    _end,
    _reference,
)
"""The rules in order: the first rule that applies gives the advice."""
