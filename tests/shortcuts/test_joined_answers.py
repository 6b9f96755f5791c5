"""An answer that is joined from the JSON of its items is the one that orjson writes."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import orjson
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.service import json
from ddbmock.values.item import Item, Items
from tests.shortcuts.strategies import items

pages = st.lists(items.map(lambda item: item.record), max_size=3).map(Items)
others: st.SearchStrategy[Any] = st.one_of(
    st.integers(0, 9), st.sampled_from(['"Items":[', "\\"]), items, st.just({"Items": []})
)
outputs = st.dictionaries(st.sampled_from(["Count", "Items", "Key", "More"]), others | pages)


@given(outputs)
def test_a_joined_answer_is_what_orjson_writes(output: dict[str, Any]) -> None:
    with patch.object(json, "MANY", 0):
        assert json.encode(output) == orjson.dumps(output, default=json.plain)


def test_a_page_of_one_item_is_not_joined() -> None:
    output = {"Items": Items([Item({}).record])}
    with patch.object(json, "_around", side_effect=AssertionError):
        assert json.encode(output) == b'{"Items":[{}]}'
