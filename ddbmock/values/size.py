"""Sizes in bytes, as DynamoDB bills and limits them.

Source: Developer Guide, "DynamoDB item sizes and formats".
"""

from __future__ import annotations

from typing import Final

from ddbmock.values.model import BOOL, BS, NS, NULL, SS, Attributes, AttributeValue, B, L, M, N, S
from ddbmock.values.number import number_size

CONTAINER_OVERHEAD: Final = 3
ELEMENT_OVERHEAD: Final = 1


def text_size(text: str) -> int:
    """Return the size of a text in UTF-8 bytes.

    :raises UnicodeEncodeError: the text has a lone surrogate.
    """
    return len(text) if text.isascii() else len(text.encode())


def value_size(value: AttributeValue) -> int:
    """Return the size of a value in bytes, without its name.

    >>> value_size(S("abc")), value_size(N("12.3456")), value_size(L((BOOL(True),)))
    (3, 4, 5)
    """
    # The two most common types avoid the costlier match.
    if type(value) is S:
        return text_size(value.value)
    if type(value) is N:
        return number_size(value.value)
    match value:
        case B(content):
            return len(content)
        case BOOL() | NULL():
            return 1
        case SS(texts):
            return sum(map(text_size, texts))
        case NS(numbers):
            return sum(map(number_size, numbers))
        case BS(contents):
            return sum(map(len, contents))
        case L(elements):
            return CONTAINER_OVERHEAD + sum(
                ELEMENT_OVERHEAD + value_size(element) for element in elements
            )
        case M(members):
            return CONTAINER_OVERHEAD + ELEMENT_OVERHEAD * len(members) + item_size(members)


def item_size(attributes: Attributes) -> int:
    """Return the size of an item in bytes: its names and values.

    >>> item_size({"pk": S("abc"), "n": N("100")})
    8
    """
    return sum([text_size(name) + value_size(value) for name, value in attributes.items()])
