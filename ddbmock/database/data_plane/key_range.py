"""Key conditions: the range of stored keys that a query reads.

Source of the order of checks: recorded answers of the service; see tests/golden/query.json.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

from ddbmock.database.data_plane import exclusive_start_key
from ddbmock.database.data_plane.read_target import Source
from ddbmock.database.key import INVALID, KeyAttribute, KeySchema, hash_prefix
from ddbmock.database.stored_key import RANGES, KeyRange, extended, prefix_range, range_of, within
from ddbmock.errors import ValidationException
from ddbmock.expressions.key_condition import KeyTerm, check_count
from ddbmock.values.model import Attributes

NOT_SUPPORTED: Final = "Query key condition not supported"
_FILTER: Final = " Use FilterExpression for conditions on other attributes."


def key_range(
    source: Source,
    terms: Sequence[KeyTerm],
    start: Attributes | None,
    *,
    forward: bool = True,
    expressed: bool = False,
) -> KeyRange:
    """Return the stored keys that meet all terms, after the start key if there is one.

    :raises ValidationException: the terms or the start key do not fit the source's keys.
    """
    schema = source.schema
    by_name = {term.name: term for term in terms}
    if start is not None:
        exclusive_start_key.check_count(source, start)
    try:
        _check(source, by_name, terms, start, expressed=expressed)
    except ValidationException as error:
        error.hint = f"{error.hint or ''}{_of_an_index(source, by_name)}" or None
        raise
    bounds = _range(schema, by_name)
    return bounds if start is None else _from_start(source, bounds, by_name, start, forward)


def _check(
    source: Source,
    by_name: Mapping[str, KeyTerm],
    terms: Sequence[KeyTerm],
    start: Attributes | None,
    *,
    expressed: bool,
) -> None:
    """Reject terms that do not fit the source's keys."""
    schema = source.schema
    if expressed:
        _check_count(schema, by_name)
    if len(schema.hash_key) > 1 or len(schema.range_key) > 1:
        _check_roles(schema, by_name)
    elif not expressed:
        check_count(terms)
    for attribute in schema.attributes:
        if start is not None:
            exclusive_start_key.check_attribute(source, start, attribute)
        _check_term(schema, attribute, by_name)


def _of_an_index(source: Source, terms: Mapping[str, KeyTerm]) -> str:
    """Return a hint for conditions that fit the table, or another of its indexes, but not the source."""
    if {name for name, _ in source.schema.hash_key} <= terms.keys() <= set(source.schema.names):
        return ""  # the names fit; another source would have the same fault, or another one
    table_key = source.table.key_schema
    if source.through is not None:
        hash_key = {name for name, _ in table_key.hash_key}
        if hash_key <= terms.keys() <= set(table_key.names):
            return f" {' and '.join(hash_key)} is the hash key of the table: leave IndexName out."
        return ""
    for index in source.table.indexes:
        names = [name for name, _ in index.key_schema.hash_key]
        if set(names) <= terms.keys() <= set(index.key_schema.names):
            key = " and ".join(names)
            return (
                f" {key} is the hash key of the index {index.name}: add IndexName={index.name!r}."
            )
    return ""


def _check_count(schema: KeySchema, terms: Mapping[str, KeyTerm]) -> None:
    """Reject more terms than the key has attributes. Two are not too many: :func:`_check_term` rejects them."""
    if len(terms) > max(len(schema.attributes), 2):
        raise ValidationException(
            f"The number of query conditions ({len(terms)}) exceeds the number of key attributes "
            f"defined in the schema ({len(schema.attributes)})",
            hint=_expected_terms(schema, terms) + _FILTER,
        )


def _check_term(schema: KeySchema, attribute: KeyAttribute, terms: Mapping[str, KeyTerm]) -> None:
    """Reject an invalid or missing term on one key attribute of the schema."""
    name, kind = attribute
    is_hash = attribute in schema.hash_key
    if len(schema.attributes) == 1 and len(terms) > 1:
        raise ValidationException(NOT_SUPPORTED, hint=_expected_terms(schema, terms) + _FILTER)
    term = terms.get(name)
    if term is None:
        if is_hash or _others(schema, terms):
            hint = _expected_terms(schema, terms)
            others = [other for other in terms if other not in schema.names]
            if not is_hash and others:
                hint += f" Move the condition on {', '.join(others)} to FilterExpression."
            raise ValidationException(
                f"Query condition missed key schema element: {name}", hint=hint
            )
        return
    if term.operator not in RANGES:
        raise ValidationException(
            "Attempted conditional constraint is not an indexable operation",
            hint=f"{term.operator} cannot find items by key; a filter can.",
        )
    for operand in term.operands:
        if operand.tag != kind:
            raise ValidationException(
                f"{INVALID}Condition parameter type does not match schema type",
                hint=f"{name} is of type {kind}; the condition compares it with {operand.tag}.",
            )
    if is_hash and term.operator != "=":
        raise ValidationException(
            NOT_SUPPORTED,
            hint=f"The hash key {name} can only be compared by equality, not by {term.operator}.",
        )
    for operand in term.operands:
        schema.check_content(name, operand)


def _others(schema: KeySchema, terms: Mapping[str, KeyTerm]) -> bool:
    """Return whether there are terms on attributes that are not keys."""
    return any(name not in schema.names for name in terms)


def _check_roles(schema: KeySchema, terms: Mapping[str, KeyTerm]) -> None:
    """Reject terms that do not fit a key of several attributes.

    Source of the rules: Developer Guide, "Multi-attribute keys". The text about RANGE attributes
    is recorded (2026, three regions); that about HASH attributes is assumed.
    """
    for name, _ in schema.hash_key:
        term = terms.get(name)
        if term is None or term.operator != "=":
            raise ValidationException(
                f"{NOT_SUPPORTED}: all HASH key attributes must have an equality condition: {name}",
                hint=_expected_terms(schema, terms),
            )
    if _others(schema, terms):
        raise ValidationException(NOT_SUPPORTED, hint=_expected_terms(schema, terms))
    present = [name for name, _ in schema.range_key if name in terms]
    if not present:
        return
    last = present[-1]
    before = itertools.takewhile(lambda name: name != last, [name for name, _ in schema.range_key])
    open_ = [name for name in before if name not in terms or terms[name].operator != "="]
    if open_:
        raise ValidationException(
            f"RANGE key attributes {', '.join(open_)} must have equality conditions specified in "
            f"the query because a condition is present on key attribute {last}",
            hint=_expected_terms(schema, terms),
        )


def _range(schema: KeySchema, terms: Mapping[str, KeyTerm]) -> KeyRange:
    prefix = hash_prefix(schema, [terms[name].operands[0] for name, _ in schema.hash_key])
    for name, _ in schema.range_key:
        term = terms.get(name)
        if term is None:
            break
        if term.operator != "=":
            return range_of(prefix, term.operator, term.operands)
        prefix = extended(prefix, term.operands[0])
    return prefix_range(prefix)


def _from_start(
    source: Source,
    bounds: KeyRange,
    terms: Mapping[str, KeyTerm],
    start: Attributes,
    forward: bool,
) -> KeyRange:
    exclusive_start_key.check_table_key(source, start)
    stored = source.stored(start)
    if not within(stored, bounds):
        schema = source.schema
        hash_key = {name: terms[name].operands[0] for name, _ in schema.hash_key}
        in_hash = source.stored({**start, **hash_key})
        exclusive_start_key.reject_outside_range(
            ranged=len(terms) > len(hash_key), in_range=within(in_hash, bounds)
        )
    exclusive_start_key.check_restart(source, start)
    return exclusive_start_key.remaining_range(bounds, stored, forward=forward)


def _expected_terms(schema: KeySchema, terms: Mapping[str, KeyTerm]) -> str:
    keys = [f"{name} (hash key, {kind})" for name, kind in schema.hash_key]
    keys += [f"{name} (range key, {kind})" for name, kind in schema.range_key]
    hint = f"The keys are {', '.join(keys)}; conditions are on {', '.join(terms) or 'nothing'}."
    for name in schema.names:
        for other in terms:
            if other != name and other.lower() == name.lower():
                return f"{hint} Names are case-sensitive: write {name}, not {other}."
    missing = [name for name, _ in schema.hash_key if name not in terms]
    if missing and set(terms) <= set(schema.names):
        hint += f" Add a condition of equality on {' and '.join(missing)}, joined by AND."
    return hint
