"""Types of members: the conversion of JSON to values, and the errors for wrong types.

The texts are recorded from the service; they name its Java classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NoReturn, TypeAlias

from ddbmock.errors import SerializationException
from ddbmock.suggestions import shortened
from ddbmock.values.canonical import WELL_FORMED

MEMBER: Final = "Unexpected field type"
"""The message for a scalar in place of a member that is a list, map or structure."""
ELEMENT: Final = "Unexpected value type in payload"
"""The message for a scalar in place of a structure in a list or map."""
NESTED: Final = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')"
)
"""The message for a scalar in place of a collection inside a collection."""
STRUCTURE_MET: Final = "Start of structure or map found where not expected"


def refuse(message: str, raw: Any, expected: str, first: str | None = None) -> NoReturn:
    """Raise the service's error for a JSON value of the wrong type.

    `first` is the 2011 to 2013 message for a scalar. The message for collections never changed.
    """
    shown = repr(raw)
    if len(shown) > 60:
        shown = shown[:57] + "..."
    if isinstance(raw, list):
        first = "Start of list found where not expected"
    elif isinstance(raw, dict):
        first = f"{STRUCTURE_MET}."
    raise SerializationException(
        message, hint=f"Expected {expected}; got {shown}.", message_2011=first
    )


def _first_class(raw: Any) -> str:
    """Return the Java class of a scalar in the service's first years."""
    if isinstance(raw, bool):
        return "java.lang.Boolean"
    if isinstance(raw, str):
        return "java.lang.String"
    return "com.amazon.coral.value.json.numbers.TruncatingBigNumber"


def _token(raw: Any) -> str:
    """Return the name of a scalar in the service's parser."""
    if raw is True:
        return "TRUE_VALUE"
    if raw is False:
        return "FALSE_VALUE"
    if isinstance(raw, str):
        return "STRING_VALUE"
    return "NUMBER_VALUE" if isinstance(raw, int) else "DECIMAL_VALUE"


def encodable(text: str) -> str:
    """Return a text of an in-process request if it can be encoded as JSON.

    :raises SerializationException: it has a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise not_unicode(error) from None
    return text


def not_unicode(error: UnicodeEncodeError) -> SerializationException:
    """Return the error for a text that could not be encoded."""
    return SerializationException(
        hint=f"The text {error.object[:60]!r} has a lone surrogate at position {error.start}: it is "
        "not Unicode."
    )


def check_names(raw: Mapping[str, Any]) -> None:
    """Check the names of members as :func:`encodable` does."""
    for name in raw:
        encodable(name)


Part: TypeAlias = "tuple[str, Kind, Any]"
"""A part of a value: the step to it as hints write it, its kind, and its JSON."""


class Kind:
    """A type of members: it reads JSON, and renders values for messages."""

    java: str
    """The service's Java class in messages."""

    def read(self, raw: Any, place: str) -> Any:
        """Return the value of `raw` (not None); `place` is the message for a misplaced scalar."""
        raise NotImplementedError

    def read_members(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the values of a map whose elements are of this kind."""
        read = self.read
        place = NESTED if isinstance(self, ListKind | MapKind) else ELEMENT
        if not "".join(raw).isascii():
            check_names(raw)
        return {name: read(value, place) for name, value in raw.items() if value is not None}

    def render(self, value: Any) -> str | None:
        """Return the value as violations print it, or None if they omit it."""
        return str(value)

    def parts(self, raw: Any) -> Iterable[Part]:
        """Return the parts of a value in the order in which they are read; their JSON is not None."""
        return ()


class ScalarKind(Kind):
    """A kind whose errors all follow one pattern."""

    expected = ""
    """The words of hints, if the name of the Java class does not fit."""

    def __init__(self, name: str, package: str = "java.lang") -> None:
        self.name = name
        self.java = f"{package}.{name}"

    def refuse(self, raw: Any, expected: str = "") -> NoReturn:
        expected = (
            expected or self.expected or f"{'an' if self.name.startswith('I') else 'a'} {self.name}"
        )
        if isinstance(raw, list):
            refuse(f"Unrecognized collection type class {self.java}", raw, expected)
        if isinstance(raw, dict):
            refuse(STRUCTURE_MET, raw, expected)
        refuse(
            f"{_token(raw)} cannot be converted to {self.name}",
            raw,
            expected,
            f"class {_first_class(raw)} can not be converted to an {self.name}",
        )


class StringKind(ScalarKind):
    def __init__(self) -> None:
        super().__init__("String")

    def read(self, raw: Any, place: str) -> str:
        if type(raw) is not str:
            self.refuse(raw, f'a String, "{raw}"' if type(raw) in (int, float) else "")
        return raw if raw.isascii() else encodable(raw)


class NumberKind(ScalarKind):
    """Whole numbers: fractions are truncated and out-of-range values are clamped to 64 bits."""

    LEAST: Final = -(2**63)
    MOST: Final = 2**63 - 1

    def read(self, raw: Any, place: str) -> int:
        if type(raw) is float:
            raw = math.floor(raw)
        if type(raw) is int:
            return max(self.LEAST, min(raw, self.MOST))
        return self.refuse(raw)


class DoubleKind(ScalarKind):
    """Numbers in binary64."""

    def __init__(self) -> None:
        super().__init__("Double")

    def read(self, raw: Any, place: str) -> float:
        if type(raw) in (int, float):
            return float(raw)
        return self.refuse(raw)


class TimestampKind(ScalarKind):
    """Seconds since the epoch, with a fraction."""

    def __init__(self) -> None:
        super().__init__("Date", "java.util")

    def read(self, raw: Any, place: str) -> float:
        return float(raw) if type(raw) in (int, float) else self.refuse(raw)


class BooleanKind(ScalarKind):
    WORDS: Final[Mapping[str, bool]] = {
        "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__("Boolean")

    def read(self, raw: Any, place: str) -> bool:
        if raw is True or raw is False:
            return raw
        if isinstance(raw, str):
            word = self.WORDS.get(raw.lower())
            if word is None:
                refuse("Unexpected token received from parser", raw, "true or false")
            return word
        return self.refuse(raw)

    def render(self, value: Any) -> str:
        return "true" if value else "false"


class BlobKind(ScalarKind):
    """Base64 text; its value is the text of the request."""

    expected = "base64 text"

    def __init__(self) -> None:
        super().__init__("ByteBuffer", "java.nio")

    def read(self, raw: Any, place: str) -> str:
        if isinstance(raw, list | dict):
            self.refuse(raw)
        if not isinstance(raw, str):
            refuse(
                "only base-64-encoded strings are convertible to bytes",
                raw,
                "base64 text",
                f"class {_first_class(raw)} can not be converted to a Blob",
            )
        if len(raw) % 4:
            refuse(
                f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(raw)}",
                raw,
                "base64 text, padded with = to a multiple of 4 characters",
            )
        if not WELL_FORMED.fullmatch(raw):
            refuse(
                "Invalid last non-pad Base64 character dectected",
                raw,
                "base64 text of A-Z a-z 0-9 + / and up to two = at the end, without surplus bits",
            )
        return raw


STRING: Final = StringKind()
INTEGER: Final = NumberKind("Integer")
LONG: Final = NumberKind("Long")
DOUBLE: Final = DoubleKind()
TIMESTAMP: Final = TimestampKind()
BOOLEAN: Final = BooleanKind()
BLOB: Final = BlobKind()


class ListKind(Kind):
    def __init__(self, element: Kind) -> None:
        self.element = element
        self.java = f"java.util.List<{element.java}>"

    def read(self, raw: Any, place: str) -> list[Any]:
        if not isinstance(raw, list):
            message = STRUCTURE_MET if isinstance(raw, dict) else place
            refuse(message, raw, "a list", "Expected list or null")
        read = self.element.read
        inner = NESTED if isinstance(self.element, ListKind | MapKind) else ELEMENT
        return [read(element, inner) for element in raw if element is not None]

    def render(self, value: Any) -> str | None:
        elements = [self.element.render(element) for element in value]
        return "[" + ", ".join(map(str, elements)) + "]" if None not in elements else None

    def parts(self, raw: Any) -> Iterable[Part]:
        elements = enumerate(raw if isinstance(raw, list) else ())
        return (
            (f"[{number}]", self.element, part) for number, part in elements if part is not None
        )


class MapKind(Kind):
    def __init__(self, element: Kind) -> None:
        self.element = element
        self.java = f"java.util.Map<java.lang.String, {element.java}>"

    def read(self, raw: Any, place: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            message = (
                f"Unrecognized collection type {self.java}" if isinstance(raw, list) else place
            )
            refuse(message, raw, "a map", "Expected map or null")
        return self.element.read_members(raw)

    def render(self, value: Any) -> str | None:
        members = [(name, self.element.render(member)) for name, member in value.items()]
        if any(rendered is None for _, rendered in members):
            return None
        return "{" + ", ".join(f"{name}={rendered}" for name, rendered in members) + "}"

    def parts(self, raw: Any) -> Iterable[Part]:
        members = raw.items() if isinstance(raw, dict) else ()
        return (
            (f".{shortened(name)}", self.element, part)
            for name, part in members
            if part is not None
        )


RawAttributeValue: TypeAlias = Annotated[dict[str, Any], "AttributeValue"]
AttributeList: TypeAlias = Annotated[list[dict[str, Any]], "AttributeValues"]
"""Values that are made canonical like those of an :data:`AttributeMap`."""
AttributeMap: TypeAlias = dict[str, RawAttributeValue]
Integer: TypeAlias = Annotated[int, INTEGER]
Seconds: TypeAlias = Annotated[float, TIMESTAMP]
"""A timestamp."""
Long: TypeAlias = Annotated[int, LONG]
Double: TypeAlias = Annotated[float, DOUBLE]
