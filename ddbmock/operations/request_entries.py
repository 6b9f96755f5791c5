"""The items and tables that a request names, read from its body before anything checks it.

Each operation states in its :class:`~ddbmock.operations.operation.Operation` which of these functions
reads its entries. They accept any JSON: malformed parts yield no entry, and the operation rejects
them later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias


class Entry(NamedTuple):
    """One item that a request names, or a whole table."""

    table: str
    """The table's name, also where the request has an ARN."""
    attributes: Mapping[str, Any]
    """A key or an item, as JSON; empty for a whole table."""
    reference: str = ""
    """The table's name or ARN, as the request has it."""
    index_name: str | None = None
    """Name of the index that is read."""


EntryReader: TypeAlias = Callable[[Mapping[str, Any]], Iterator[Entry]]
"""Yields the entries of a request's body, in the order of the request."""


def no_entries(_: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield nothing, for operations that name no table."""
    yield from ()


def single_entry(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entry of a request with ``TableName`` and, at most, one key or item.

    >>> [entry.table for entry in single_entry({"TableName": "music"})]
    ['music']
    """
    if isinstance(body.get("TableName"), str):
        entry = _entry(body["TableName"], _key_or_item(body))
        index = body.get("IndexName")
        yield entry._replace(index_name=index) if isinstance(index, str) else entry


def stream_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the table of a request with ``StreamArn`` or ``ShardIterator``, which begins with one.

    >>> arn = "arn:aws:dynamodb:us-east-1:123456789012:table/music/stream/2026-09-21T14:13:20.250"
    >>> [entry.table for entry in stream_entries({"ShardIterator": f"{arn}|1|AAAA"})]
    ['music']
    """
    reference = body.get("StreamArn", body.get("ShardIterator"))
    if isinstance(reference, str) and ":table/" in reference:
        name = table_name(reference)
        yield Entry(name, {}, name)


def batch_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of a request with ``RequestItems``.

    >>> [entry.table for entry in batch_entries({"RequestItems": {"a": {"Keys": [{}]}, "b": [{}]}})]
    ['a', 'b']
    """
    for table, part in _mapping(body, "RequestItems").items():
        for entry in requests_of(part):
            if isinstance(part, dict):
                yield _entry(table, entry if isinstance(entry, dict) else {})
            else:
                requests = entry.values() if isinstance(entry, dict) else ()
                request = next((one for one in requests if isinstance(one, dict)), {})
                yield _entry(table, _key_or_item(request))


def transaction_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of a request with ``TransactItems``.

    >>> [*transaction_entries({"TransactItems": [{"Put": {"TableName": "a"}}, {"Put": 1}, None]})]
    [Entry(table='a', attributes={}, reference='a', index_name=None)]
    """
    for action in sequence(body, "TransactItems"):
        for part in action.values() if isinstance(action, dict) else ():
            if isinstance(part, dict) and isinstance(part.get("TableName"), str):
                yield _entry(part["TableName"], _key_or_item(part))


def requests_of(part: Any) -> Sequence[Any]:
    """Return what a batch requests of one table: its keys, or its requests to put and delete."""
    if isinstance(part, dict):
        return sequence(part, "Keys")
    return part if isinstance(part, list) else ()


MOST_ENTRIES: Final = 1_000
"""Entries of a request that are looked at; no operation takes as many."""


def shortened(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request without the entries after the first thousand of each list.

    It is rejected for their number either way, after as little work as that takes.

    >>> shortened({"TransactItems": [1, 2]})
    {'TransactItems': [1, 2]}
    """
    actions, requests = body.get("TransactItems"), body.get("RequestItems")
    if isinstance(actions, list) and len(actions) > MOST_ENTRIES:
        return {**body, "TransactItems": actions[:MOST_ENTRIES]}
    if isinstance(requests, dict) and any(
        len(requests_of(part)) > MOST_ENTRIES for part in requests.values()
    ):
        cut = {table: _shortened_part(part) for table, part in requests.items()}
        return {**body, "RequestItems": cut}
    return body


def _shortened_part(part: Any) -> Any:
    entries = requests_of(part)[:MOST_ENTRIES]
    if isinstance(part, dict) and "Keys" in part:
        return {**part, "Keys": entries}
    return entries if isinstance(part, list) else part


def table_references(reader: EntryReader, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names or ARNs of a request's tables as it has them, in its order, each once."""
    if reader is single_entry:
        name = body.get("TableName")  # as its entry has it, which need not be made for that
        return (name,) if isinstance(name, str) else ()
    if reader is batch_entries:
        return tuple(_mapping(body, "RequestItems"))  # a table is named even without an entry
    return tuple(dict.fromkeys(entry.reference for entry in reader(body)))


def table_name(reference: str) -> str:
    """Return the name of a table that is referred to by its name or ARN.

    >>> table_name("music"), table_name("arn:aws:dynamodb:us-east-1:123456789012:table/music")
    ('music', 'music')
    """
    return reference.rpartition(":table/")[2].partition("/")[0]


def _entry(reference: str, attributes: Mapping[str, Any]) -> Entry:
    return Entry(table_name(reference), attributes, reference)


def _key_or_item(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(part, "Key") or _mapping(part, "Item")


def _mapping(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = part.get(name)
    return value if isinstance(value, dict) else {}


def sequence(part: Mapping[str, Any], name: str) -> Sequence[Any]:
    """Return a member that is a list; an empty one if it is none."""
    value = part.get(name)
    return value if isinstance(value, list) else ()
