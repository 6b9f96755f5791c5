"""Patterns of policies: wildcards, policy variables, actions and ARNs.

Matching costs O(length of the pattern x length of the text) at most: regular expressions would let
a policy with many asterisks occupy the process for hours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from ddbmock.named_tuple import NamedTuple

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""Values of a request by condition key, whose names are in lower case."""

_TOKEN: Final = re.compile(r"\$\{([^}]*)\}|\*|\?", re.DOTALL)
_NAME_AND_DEFAULT: Final = re.compile(r"([^,]*)(?:,\s*'([^']*)'\s*)?", re.DOTALL)
ARN_PARTS: Final = 6


class Variable(NamedTuple):
    """A policy variable, such as ``${aws:username}`` or ``${aws:PrincipalTag/team, 'none'}``."""

    name: str
    """In lower case, as in a :data:`Context`."""
    default: str | None


class Wildcard(NamedTuple):
    """An asterisk (any number of characters) or a question mark (exactly one)."""

    many: bool


STAR: Final = Wildcard(many=True)
ONE: Final = Wildcard(many=False)

Part: TypeAlias = "str | Wildcard | Variable"
Chunk: TypeAlias = "tuple[str | None, ...]"
"""Characters; None matches any one of them."""


@lru_cache(maxsize=4096)
def parts(pattern: str, variables: bool = True, wildcards: bool = True) -> tuple[Part, ...]:
    """Split a pattern into literal text, wildcards and variables.

    Without `variables`, ``${...}`` is literal text, as in policies of version 2008-10-17; without
    `wildcards`, so are asterisks and question marks.

    >>> parts("home/${aws:username}/*")
    ('home/', Variable(name='aws:username', default=None), '/', Wildcard(many=True))
    >>> parts("${*}${?}${$}")
    ('*?$',)
    """
    found: list[Part] = []
    end = 0
    for match in _TOKEN.finditer(pattern):
        _add(found, pattern[end : match.start()])
        end = match.end()
        inner = match.group(1)
        if inner is None and not wildcards:
            _add(found, match.group())
        elif inner is None:
            wildcard = STAR if match.group() == "*" else ONE
            if wildcard is ONE or not found or found[-1] is not STAR:
                found.append(wildcard)
        elif not variables:
            # A wildcard between the braces is one all the same.
            _add(found, "${")
            for part in parts(inner, False, wildcards):
                _add(found, part) if isinstance(part, str) else found.append(part)
            _add(found, "}")
        elif inner in ("*", "?", "$"):
            _add(found, inner)
        else:
            named = _NAME_AND_DEFAULT.fullmatch(inner)
            name, default = (inner, None) if named is None else named.groups()
            found.append(Variable(str(name).strip().lower(), default))
    _add(found, pattern[end:])
    return tuple(found)


def _add(found: list[Part], text: str) -> None:
    if text and found and isinstance(found[-1], str):
        found[-1] += text
    elif text:
        found.append(text)


def filled(pattern: tuple[Part, ...], context: Context) -> tuple[Part, ...] | None:
    """Replace the variables of a pattern; None if one of them has no single value.

    Wildcards in a variable's value are literal text.
    """
    if not any(isinstance(part, Variable) for part in pattern):
        return pattern
    result: list[Part] = []
    for part in pattern:
        if not isinstance(part, Variable):
            _add(result, part) if isinstance(part, str) else result.append(part)
            continue
        values = context.get(part.name, ())
        value = values[0] if len(values) == 1 else part.default
        if value is None:
            return None
        _add(result, value)
    return tuple(result)


def matches(pattern: Sequence[Part], text: str) -> bool:
    """Return whether a pattern without variables matches a whole text, case included.

    >>> matches(parts("mus*c?"), "music!"), matches(parts("mus*c?"), "music")
    (True, False)
    """
    first, *others = _chunks(pattern)
    if not others:
        return len(first) == len(text) and _at(first, text, 0)
    last = others.pop()
    if not _at(first, text, 0):
        return False
    at = len(first)
    for chunk in others:
        found = _find(chunk, text, at)
        if found is None:
            return False
        at = found + len(chunk)
    return len(text) - len(last) >= at and _at(last, text, len(text) - len(last))


def _chunks(pattern: Sequence[Part]) -> list[Chunk]:
    chunks: list[list[str | None]] = [[]]
    for part in pattern:
        match part:
            case str():
                chunks[-1].extend(part)
            case Wildcard(many=True):
                chunks.append([])
            case _:
                chunks[-1].append(None)
    return [tuple(chunk) for chunk in chunks]


def _at(chunk: Chunk, text: str, start: int) -> bool:
    if start + len(chunk) > len(text):
        return False
    return all(one is None or one == text[at] for at, one in enumerate(chunk, start))


def _find(chunk: Chunk, text: str, start: int) -> int | None:
    places = range(start, len(text) - len(chunk) + 1)
    return next((at for at in places if _at(chunk, text, at)), None)


def segments(pattern: Sequence[Part]) -> list[tuple[Part, ...]]:
    """Split a pattern at its colons."""
    result: list[list[Part]] = [[]]
    for part in pattern:
        if not isinstance(part, str):
            result[-1].append(part)
            continue
        head, *tails = part.split(":")
        _add(result[-1], head)
        for tail in tails:
            result.append([tail] if tail else [])
    return [tuple(segment) for segment in result]


def matches_resource(pattern: Sequence[Part], arn: str) -> bool:
    """Return whether the pattern of a ``Resource`` element matches an ARN.

    Wildcards stay within a segment between two colons; an asterisk at the end of a segment may go
    beyond it. Source: IAM User Guide, "IAM JSON policy elements: Resource".

    >>> matches_resource(parts("arn:aws:dynamodb:*:table/music"), "arn:aws:dynamodb:a:1:table/music")
    True
    """
    values = arn.split(":")
    ends: set[int] = {0}
    for segment in segments(pattern):
        open_end = bool(segment) and segment[-1] is STAR
        longest = len(values) if open_end else 1
        starts = [
            start for start in ends if start < len(values) and matches(segment, values[start])
        ]
        ends = {
            end
            for start in starts
            for end in range(start + 1, min(start + longest, len(values)) + 1)
        }
    return len(values) in ends


def matches_arn(pattern: Sequence[Part], arn: str) -> bool:
    """Return whether the pattern of ``ArnLike`` matches an ARN: each of its six parts by itself.

    >>> matches_arn(parts("arn:aws:*:music"), "arn:aws:dynamodb:a:1:table/music")
    False
    """
    pattern_segments, values = segments(pattern), arn.split(":", ARN_PARTS - 1)
    if len(pattern_segments) < ARN_PARTS or len(values) < ARN_PARTS:
        return list(pattern_segments) == [(STAR,)]
    rest: list[Part] = []
    for number, segment in enumerate(pattern_segments[ARN_PARTS - 1 :]):
        if number:
            _add(rest, ":")
        for part in segment:
            _add(rest, part) if isinstance(part, str) else rest.append(part)
    pairs = zip([*pattern_segments[: ARN_PARTS - 1], tuple(rest)], values, strict=True)
    return all(matches(segment, value) for segment, value in pairs)


def matches_action(pattern: str, action: str) -> bool:
    """Return whether the pattern of an ``Action`` element matches an action; case is ignored.

    >>> matches_action("dynamodb:get*", "dynamodb:GetItem")
    True
    """
    return matches(parts(pattern.lower(), False), action.lower())
