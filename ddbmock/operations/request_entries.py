"""The items and tables that a request names, read from its body before validation.

Each operation states in its :class:`~ddbmock.operations.operation.Operation` which of these functions
reads its entries. They accept any JSON: malformed parts yield no entry, and the operation rejects
them later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, update_wrapper
from typing import Any, Final, TypeAlias

from ddbmock.named_tuple import NamedTuple


class Entry(NamedTuple):
    """One item that a request names, or a whole table."""

    table: str
    """The table's name, even if the request has an ARN."""
    attributes: Mapping[str, Any]
    """A key or an item, as JSON; empty for a whole table."""
    reference: str = ""
    """The table's name or ARN, as the request has it."""
    index_name: str | None = None
    """Name of the index that is read."""


Body: TypeAlias = Mapping[str, Any]
MOST_ENTRIES: Final = 1_000
"""The most entries of a request that are read; no operation accepts as many."""


class EntryReader:
    """A function that yields the entries of a request's body in their order, with facts about them.

    It decorates the function, so that an operation names one value.
    """

    def __init__(
        self,
        read: Callable[[Body], Iterator[Entry]],
        *,
        references: Callable[[Body], tuple[str, ...]] | None = None,
        shorten: Callable[[Body], Body] | None = None,
        batch: bool = False,
        transaction: bool = False,
    ) -> None:
        self._read: Final = read
        self.references: Final = references or self._references
        """Returns the names or ARNs of the tables, as the request has them, in its order, each once."""
        self.shorten: Final = shorten
        """Returns a request without the entries after the first :data:`MOST_ENTRIES` of each list. The
        operation rejects it for its number of entries in any case; this limits the work until then."""
        self.batch: Final = batch
        """True for a batch: the answer may list some entries as unprocessed."""
        self.transaction: Final = transaction
        """True for a transaction: all entries succeed, or none. Then there is a reason for each entry."""
        update_wrapper(self, read)

    def __call__(self, body: Body) -> Iterator[Entry]:
        """Yield the entries of a request's body."""
        return self._read(body)

    def _references(self, body: Body) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.reference for entry in self._read(body)))


@EntryReader
def no_entries(_: Body) -> Iterator[Entry]:
    """Yield nothing, for operations that name no table."""
    yield from ()


def _single_reference(body: Body) -> tuple[str, ...]:
    name = body.get("TableName")  # the reference of the entry, without creating the entry
    return (name,) if isinstance(name, str) else ()


@partial(EntryReader, references=_single_reference)
def single_entry(body: Body) -> Iterator[Entry]:
    """Yield the entry of a request with ``TableName`` and at most one key or item.

    >>> [entry.table for entry in single_entry({"TableName": "music"})]
    ['music']
    """
    if isinstance(body.get("TableName"), str):
        entry = _entry(body["TableName"], _key_or_item(body))
        index = body.get("IndexName")
        yield entry._replace(index_name=index) if isinstance(index, str) else entry


@EntryReader
def stream_entries(body: Body) -> Iterator[Entry]:
    """Yield the table of a request with a ``StreamArn``, or a ``ShardIterator``, which begins with the ARN.

    >>> arn = "arn:aws:dynamodb:us-east-1:123456789012:table/music/stream/2026-09-21T14:13:20.250"
    >>> [entry.table for entry in stream_entries({"ShardIterator": f"{arn}|1|AAAA"})]
    ['music']
    """
    reference = body.get("StreamArn", body.get("ShardIterator"))
    if isinstance(reference, str) and ":table/" in reference:
        name = table_name(reference)
        yield Entry(name, {}, name)


def _batch_references(body: Body) -> tuple[str, ...]:
    return tuple(_mapping(body, "RequestItems"))  # a table is named even without an entry


def _shorten_batch(body: Body) -> Body:
    parts = _mapping(body, "RequestItems")
    if all(len(requests_of(part)) <= MOST_ENTRIES for part in parts.values()):
        return body
    return {**body, "RequestItems": {table: _shortened(part) for table, part in parts.items()}}


def _shortened(part: Any) -> Any:
    entries = requests_of(part)[:MOST_ENTRIES]
    if isinstance(part, dict) and "Keys" in part:
        return {**part, "Keys": entries}
    return entries if isinstance(part, list) else part


@partial(EntryReader, references=_batch_references, shorten=_shorten_batch, batch=True)
def batch_entries(body: Body) -> Iterator[Entry]:
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


def _shorten_transaction(body: Body) -> Body:
    actions = sequence(body, "TransactItems")
    return (
        {**body, "TransactItems": actions[:MOST_ENTRIES]} if len(actions) > MOST_ENTRIES else body
    )


@partial(EntryReader, shorten=_shorten_transaction, transaction=True)
def transaction_entries(body: Body) -> Iterator[Entry]:
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
    """Return a member that is a list; an empty list if it is something else."""
    value = part.get(name)
    return value if isinstance(value, list) else ()
