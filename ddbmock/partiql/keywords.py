"""Reserved words of PartiQL, and their roles in its grammar.

DynamoDB's list of reserved words does not apply to PartiQL: ``Total`` without quotes is a name.

Source: SQL-92, and the open-source PartiQL parser of 2021 that the service uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final = """
    absolute action add all allocate alter and any are as asc assertion at authorization avg
    bag begin between bit bit_length blob bool boolean by cascade cascaded case cast catalog
    char character character_length char_length check clob close coalesce collate collation
    column commit conflict connect connection constraint constraints continue convert
    corresponding count create cross current current_date current_time current_timestamp
    current_user cursor date date_add date_diff deallocate dec decimal declare default
    deferrable deferred delete desc describe descriptor diagnostics disconnect distinct do
    domain double drop else end escape except exception exec execute exists external extract
    false fetch first float for foreign found from full get global go goto grant group having
    identity immediate in index indicator initially inner input insensitive insert int integer
    intersect interval into is isolation join key language last left let level like limit list
    local lower match max min missing modified module names national natural nchar new next no
    not nothing null nullif numeric octet_length of old on only open option or order outer
    output overlaps pad partial pivot position precision prepare preserve primary prior
    privileges procedure public read real references relative remove restrict returning revoke
    right rollback rows schema scroll section select session session_user set sexp size
    smallint some space sql sqlcode sqlerror sqlstate string struct substring sum symbol
    system_user table temporary then time timestamp to transaction translate translation trim
    true tuple union unique unknown unpivot update upper usage user using value values varchar
    varying view when whenever where with work write zone
"""
KEYWORDS: Final = frozenset(_WORDS.split())
"""All keywords in lower case. In double quotes a keyword is a name."""

LITERAL_WORDS: Final = frozenset({"true", "false", "null", "missing"})
"""Words that are values."""

WORD_OPERATORS: Final = frozenset(
    {"and", "or", "not", "in", "is", "between", "like", "union", "except", "intersect"}
)

FUSED: Final[Mapping[tuple[str, ...], str]] = {
    ("not", "in"): "not_in",
    ("is", "not"): "is_not",
    ("not", "between"): "not_between",
    ("not", "like"): "not_like",
    ("intersect", "all"): "intersect_all",
    ("except", "all"): "except_all",
    ("union", "all"): "union_all",
    ("character", "varying"): "character_varying",
    ("double", "precision"): "double_precision",
    ("cross", "join"): "cross_join",
    ("inner", "join"): "inner_join",
    ("inner", "cross", "join"): "cross_join",
    ("left", "join"): "left_join",
    ("left", "outer", "join"): "left_join",
    ("left", "cross", "join"): "left_cross_join",
    ("left", "outer", "cross", "join"): "left_cross_join",
    ("right", "join"): "right_join",
    ("right", "outer", "join"): "right_join",
    ("right", "cross", "join"): "right_cross_join",
    ("right", "outer", "cross", "join"): "right_cross_join",
    ("full", "join"): "outer_join",
    ("outer", "join"): "outer_join",
    ("full", "outer", "join"): "outer_join",
    ("full", "cross", "join"): "outer_cross_join",
    ("outer", "cross", "join"): "outer_cross_join",
    ("full", "outer", "cross", "join"): "outer_cross_join",
    ("insert", "into"): "insert_into",
    ("on", "conflict"): "on_conflict",
    ("do", "nothing"): "do_nothing",
    ("modified", "old"): "modified_old",
    ("modified", "new"): "modified_new",
    ("all", "old"): "all_old",
    ("all", "new"): "all_new",
}
"""Sequences of words that form one token."""

LONGEST_FUSED: Final = max(map(len, FUSED))

PRECEDENCE: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("union", "union_all", "intersect", "intersect_all", "except", "except_all"), 5
    ),
    "or": 10,
    "and": 20,
    "not": 30,
    **dict.fromkeys(("=", "<>", "is", "is_not", "in", "not_in"), 40),
    **dict.fromkeys(("<", "<=", ">", ">=", "between", "not_between", "like", "not_like"), 50),
    **dict.fromkeys(("+", "-", "||"), 60),
    **dict.fromkeys(("*", "/", "%"), 70),
}
"""The precedence of operators."""

TYPE_ALIASES: Final[Mapping[str, str]] = {
    "varchar": "character_varying",
    "char": "character",
    "dec": "decimal",
    "int": "integer",
    "bool": "boolean",
}
TYPE_ARITY: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "missing", "null", "boolean", "smallint", "integer", "real", "double_precision",
            "timestamp", "string", "symbol", "clob", "blob", "struct", "tuple", "list", "sexp",
            "bag", "any",
        ),
        0,
    ),
    **dict.fromkeys(("float", "character", "character_varying"), 1),
    **dict.fromkeys(("decimal", "numeric"), 2),
}  # fmt: skip
"""Names of types, and the most parameters of each."""

AGGREGATES: Final = frozenset({"count", "avg", "max", "min", "sum"})
FUNCTION_WORDS: Final = AGGREGATES | {
    "exists", "substring", "trim", "extract", "char_length", "character_length", "octet_length",
    "bit_length", "upper", "lower", "size", "sexp", "list", "bag", "date_add", "date_diff",
    "coalesce", "nullif",
}  # fmt: skip
"""Keywords that name functions if a parenthesis follows."""

DML_WORDS: Final = frozenset({"insert_into", "set", "remove"})
"""Keywords other than UPDATE and DELETE that begin a data manipulation."""
