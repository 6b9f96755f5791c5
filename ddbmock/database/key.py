"""Keys: their attributes, and the checks on them. Their stored form is in :mod:`.stored_key`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NoReturn, Protocol

from ddbmock.database.stored_key import component, digest, escaped, escaped_digest, length
from ddbmock.errors import Reason, ValidationException
from ddbmock.frozen import cached_property, dataclass
from ddbmock.named_tuple import NamedTuple
from ddbmock.suggestions import nearest
from ddbmock.values.model import TYPES, AttributeValue, M
from ddbmock.values.number import ordered_bytes

MAX_HASH_KEY: Final = 2048
MAX_RANGE_KEY: Final = 1024

MISMATCH: Final = "The provided key element does not match the schema"
INVALID: Final = "One or more parameter values were invalid: "


class Attributed(Protocol):
    """A mapping from names to attribute values: an item or a plain mapping."""

    def get(self, name: str, /) -> AttributeValue | None: ...

    def __iter__(self) -> Iterator[str]: ...


class KeyAttribute(NamedTuple):
    """The name of a key attribute and its type: ``S``, ``N`` or ``B``."""

    name: str
    type: str


@dataclass(frozen=True)
class KeySchema:
    """The attributes of a key. Only a key of a global index has several attributes in a role."""

    hash_key: tuple[KeyAttribute, ...]
    range_key: tuple[KeyAttribute, ...] = ()

    @cached_property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        """All key attributes, hash key first."""
        return self.hash_key + self.range_key

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    def select(self, item: Attributed) -> dict[str, AttributeValue]:
        """Return the key attributes of an item."""
        return {name: value for name in self.names if (value := item.get(name)) is not None}

    def stored(self, key: Attributed) -> bytes:
        """Return the ordered bytes of a valid key."""
        if len(self.hash_key) == 1:
            content = component(key.get(self.hash_key[0].name))
            prefix = digest(content) + escaped(content)
        else:
            values = [key.get(name) for name, _ in self.hash_key]
            hash_part = b"".join([escaped(component(value)) for value in values])
            prefix = escaped_digest(hash_part) + hash_part
        for name, _ in self.range_key:
            prefix += escaped(component(key.get(name)))
        return prefix

    def stored_of_json(self, raw: Mapping[str, Any]) -> bytes | None:
        """Return :meth:`stored` of the canonical JSON of an item, without values of its attributes.

        None if the key is missing, wrong, empty, long or binary; :meth:`fits` then decides.
        """
        prefix = b""
        for name, tag, short in self._texts:
            value = raw.get(name)
            text = None if value is None else value.get(tag)
            if not text or len(text) > short:
                return None
            part = text.encode() if tag == "S" else ordered_bytes(text)
            prefix = prefix + escaped(part) if prefix else digest(part) + escaped(part)
        return prefix or None

    @cached_property
    def _texts(self) -> tuple[tuple[str, str, int], ...]:
        """:attr:`_checks` with types as tags; empty if the key has a binary, or several hash attributes."""
        if len(self.hash_key) > 1 or any(tag == "B" for _, tag in self.attributes):
            return ()
        checks = zip(self._checks, self.attributes, strict=True)
        return tuple([(name, tag, short) for (name, _, short), (_, tag) in checks])

    @cached_property
    def _checks(self) -> tuple[tuple[str, type[AttributeValue], int], ...]:
        """``(name, type, length up to which it cannot be too long)`` of each key attribute.

        A character has at most 4 bytes, a number at most 21.
        """
        roles = ((self.hash_key, MAX_HASH_KEY), (self.range_key, MAX_RANGE_KEY))
        return tuple(
            [(name, TYPES[kind], limit // 4) for role, limit in roles for name, kind in role]
        )

    def fits(self, item: Attributed) -> bool:
        """Return whether an item has all key attributes, of the right type and a valid length."""
        long = False
        for name, kind, short in self._checks:
            value = item.get(name)
            if type(value) is not kind:
                return False
            content: Any = value.value
            if not content:
                return False
            if len(content) > short:
                long = True
        return not (long and self.oversized(item))

    def longest(self, name: str) -> int:
        """Return the largest size of a key attribute, in bytes."""
        return MAX_HASH_KEY if any(name == key for key, _ in self.hash_key) else MAX_RANGE_KEY

    def oversized(self, item: Attributed) -> str | None:
        """Return the service's message for a key that is too long, or None. The types are valid."""
        if any(length(item.get(name)) > MAX_HASH_KEY for name, _ in self.hash_key):
            # The service omits the space before the number.
            return f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"
        if any(length(item.get(name)) > MAX_RANGE_KEY for name, _ in self.range_key):
            return (
                f"{INVALID}Aggregated size of all range keys has exceeded "
                "the size limit of 1024 bytes"
            )
        return None

    def check_item(self, item: Attributed) -> None:
        """Check that an item has a valid key.

        :raises ValidationException: a key attribute is missing, empty, too long or of another
            type.
        """
        if self.fits(item):
            return
        for name, kind in self.attributes:
            value = item.get(name)
            if value is None:
                raise ValidationException(
                    f"{INVALID}Missing the key {name} in the item", hint=self._expected_key(item)
                )
            if value.tag != kind:
                raise ValidationException(
                    f"{INVALID}Type mismatch for key {name} expected: {kind} actual: {value.tag}",
                    hint=self._expected_key(item),
                )
            check_not_empty(name, value)
        raise self._too_long(item)

    def check_key(self, key: Mapping[str, AttributeValue]) -> None:
        """Check that a map is a valid key and nothing else.

        :raises ValidationException: an attribute is missing, superfluous, empty, too long or of
            another type.
        """
        if len(key) == len(self.attributes) and self.fits(key):
            return
        self._reject_key(key, key)

    def check_key_of(self, item: Attributed) -> None:
        """Check that an item has a valid key, with the errors of :meth:`check_key`."""
        if not self.fits(item):
            self._reject_key(self.select(item), item)

    def _reject_key(self, key: Mapping[str, AttributeValue], content: Attributed) -> NoReturn:
        """Raise the first error of a key; `content` is what the request has."""
        if len(key) != len(self.attributes):
            raise self._mismatch(content)
        for name, kind in self.attributes:
            value = key.get(name)
            if value is None or value.tag != kind:
                raise self._mismatch(content)
            check_not_empty(name, value)
        raise self._too_long(key)

    def check_none_empty(self, item: Attributed) -> None:
        """Check that no key attribute is empty; missing ones are ignored.

        :raises ValidationException: a key attribute is an empty string or binary.
        """
        for name in self.names:
            value = item.get(name)
            if value is not None:
                check_not_empty(name, value)

    def check_content(self, name: str, value: AttributeValue) -> None:
        """Check that a value of a key attribute, which has the right type, is neither empty nor too long.

        :raises ValidationException: it is empty or too long.
        """
        check_not_empty(name, value)
        content: Any = value.value
        if len(content) > MAX_RANGE_KEY // 4 and self.oversized({name: value}) is not None:
            raise self._too_long({name: value})

    def shown(self, key: Attributed) -> str:
        """Return the key as text for a hint."""
        return ", ".join([f"{name} {value.value!r}" for name, value in self.select(key).items()])

    def _mismatch(self, key: Attributed) -> ValidationException:
        return ValidationException(
            MISMATCH, hint=self._expected_key(key), reason=Reason.KEY_MISMATCH
        )

    def _too_long(self, key: Attributed) -> ValidationException:
        """Return the error for a key that is too long."""
        roles = (
            ("hash", self.hash_key, MAX_HASH_KEY),
            ("range", self.range_key, MAX_RANGE_KEY),
        )
        hint = next(
            f"The {role} key {name} has {length(key.get(name))} bytes; at most {most} are allowed."
            for role, attributes, most in roles
            for name, _ in attributes
            if length(key.get(name)) > most
        )
        return ValidationException(self.oversized(key), hint=hint)

    def _expected_key(self, content: Attributed) -> str:
        expected = ", ".join(f"{name} ({kind})" for name, kind in self.attributes)
        is_key = isinstance(content, Mapping)
        unknown = [name for name in islice(content, MOST_NAMES) if name not in self.names]
        names = list(content) if is_key else self.names
        shown = ", ".join(
            f"{name} ({value.tag})" for name in names if (value := content.get(name)) is not None
        )
        hint = f"The key is {expected}; given: {shown or 'nothing'}."
        return hint + "".join(self._corrections(content, unknown, is_key))

    def _corrections(self, content: Attributed, unknown: list[str], is_key: bool) -> Iterator[str]:
        """Yield what to change in a key, or in an item that has none, as sentences.

        `unknown` are the names of attributes that are not the key's.
        """
        for name, kind in self.attributes:
            value = content.get(name)
            if value is None:
                near = _misspelt(name, unknown)
                if near is None:
                    yield f" {name} is missing."
                    continue
                unknown.remove(near)
                if near.lower() == name.lower():
                    yield f" Names are case-sensitive: write {name}, not {near}."
                else:
                    yield f" Write {name}, not {near}."
            elif value.tag != kind:
                yield f" {_retyped(name, kind, value)}"
        if is_key and unknown:
            yield f" Remove {', '.join(unknown)}: Query finds items by attributes outside of the key."


MOST_NAMES: Final = 200
"""Largest number of attributes among which a misspelt key is looked for."""

_KINDS: Final = {"S": "a string (S)", "N": "a number (N)", "B": "a binary (B)"}


def _misspelt(name: str, unknown: Sequence[str]) -> str | None:
    """Return the attribute that probably stands for a key attribute."""
    same = (one for one in unknown if one.lower() == name.lower())
    return next(same, None) or nearest(name, unknown, 0.75)


def _retyped(name: str, kind: str, value: AttributeValue) -> str:
    """Return the sentence about a key attribute of another type."""
    if isinstance(value, M) and len(value.value) == 1 and kind in value.value:
        # as a client writes it, given to a resource
        plain = value.value[kind].value
        return (
            f"{name} is the map {{{kind!r}: {plain!r}}}: a resource's values are plain, {plain!r}."
        )
    return f"{name} must be {_KINDS[kind]}, not {value.tag}."


_EMPTY_KEY: Final = "Key attribute {!r} is empty; only attributes outside of keys may be."


def check_not_empty(name: str, value: AttributeValue) -> None:
    """Check that a key attribute is not empty.

    :raises ValidationException: it is an empty string or binary.
    """
    if value.value in ("", b""):
        kind = "string" if value.tag == "S" else "binary"
        raise ValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty {kind} value. Key: {name}",
            hint=_EMPTY_KEY.format(name),
        )


def tie_digest(schema: KeySchema, key: Attributed) -> bytes:
    """Return the bytes by which an index orders entries with equal index keys."""
    return digest(b"".join([component(key.get(name)) for name in schema.names]))


def hash_prefix(schema: KeySchema, values: Sequence[AttributeValue]) -> bytes:
    """Return the common prefix of all stored keys with this hash key."""
    assert len(values) == len(schema.hash_key)
    hash_part = b"".join([escaped(component(value)) for value in values])
    return escaped_digest(hash_part) + hash_part
