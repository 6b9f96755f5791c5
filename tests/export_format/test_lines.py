"""Lines of data files: what is written is read again, by us and by others; what is wrong is told."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
import zstandard
from amazon.ion import simpleion
from hypothesis import given

from ddbmock.export_format import FormatError, Read, data_file, ion, json_lines
from ddbmock.values.canonical import canonical_attributes
from ddbmock.values.item import Item
from tests.expressions.strategies import attributes as attribute_maps

ITEM = b'{"Item":{"pk":{"S":"1"}}}\n'


def read(content: bytes, kind: str = "DYNAMODB_JSON", compression: str = "NONE", **csv: Any) -> Any:
    return list(data_file.read(io.BytesIO(content), kind, compression, **csv))


@given(attribute_maps)
def test_ion_is_read_as_it_was_written(attributes: Any) -> None:
    item = json.loads(Item(attributes).json)
    (line,) = read(ion.full_line(item), "ION")
    assert canonical_attributes(line.content["Item"]) == canonical_attributes(item)


@given(attribute_maps)
def test_the_library_reads_our_ion(attributes: Any) -> None:
    item = json.loads(Item(attributes).json)
    value = simpleion.loads(ion.full_line(item))
    assert list(value["Item"]) == list(item)


def test_ion_is_as_aws_writes_it() -> None:
    """Source: Developer Guide, "DynamoDB table export output format", example of Amazon Ion."""
    item = {
        "Authors": {"SS": ["a", "b"]},
        "Id": {"N": "103"},
        "InPublication": {"BOOL": False},
        "PageCount": {"N": "600"},
        "Price": {"N": "2000"},
        "Title": {"S": "x"},
    }
    assert ion.full_line(item) == (
        b'$ion_1_0 {Item:{Authors:$dynamodb_SS::["a","b"],Id:103.,InPublication:false,'
        b'PageCount:6d2,Price:2d3,Title:"x"}}\n'
    )


@pytest.mark.parametrize(
    ("content", "items"),
    [
        (b'$ion_1_0 [{Item:{a:"x"}},{Item:{a:y}}]', [{"a": {"S": "x"}}, {"a": {"S": "y"}}]),
        (
            b"$ion_1_0 {Item:{a:null,b:5,c:true}} // more\n",
            [{"a": {"NULL": True}, "b": {"N": "5"}, "c": {"BOOL": True}}],
        ),
        (
            b"{Item:{'null':null.int,a:{{AAE=}},b:{c:[d]}}}",
            [{"null": {"NULL": True}, "a": {"B": "AAE="}, "b": {"M": {"c": {"L": [{"S": "d"}]}}}}],
        ),
        (b"", []),
    ],
)
def test_ion_of_others_is_read(content: bytes, items: list[Any]) -> None:
    assert [line.content["Item"] for line in read(content, "ION")] == items


@pytest.mark.parametrize("compression", ["NONE", "GZIP", "ZSTD"])
def test_every_compression_is_read(compression: str) -> None:
    content = ITEM + b"\n  \n" + ITEM
    compressed = {
        "NONE": content,
        "GZIP": gzip.compress(content[:40]) + gzip.compress(content[40:]),
        "ZSTD": zstandard.compress(content[:40]) + zstandard.compress(content[40:]),
    }[compression]
    item = {"Item": {"pk": {"S": "1"}}}
    assert read(compressed, "DYNAMODB_JSON", compression) == [
        Read(0, 26, item),
        Read(3, 56, item),
    ]


def test_positions_are_bytes_of_the_content() -> None:
    assert [line.position for line in read(ITEM * 2)] == [26, 52]
    assert [line.position for line in read(b"a,b\n1,2\n3,4", "CSV")] == [8, 11]


@pytest.mark.parametrize(
    ("kind", "compression", "content", "message"),
    [
        ("DYNAMODB_JSON", "NONE", b"{", "The line is not JSON: "),
        ("DYNAMODB_JSON", "NONE", b'{"pk":{"S":"1"}}', "The line is not an item: it must be like"),
        ("DYNAMODB_JSON", "NONE", b"[" * 100_000, "The line is not JSON: "),
        ("DYNAMODB_JSON", "GZIP", ITEM, "The content is damaged, or not GZIP: "),
        ("DYNAMODB_JSON", "ZSTD", ITEM, "The content is damaged, or not ZSTD: "),
        ("DYNAMODB_JSON", "NONE", gzip.compress(ITEM, mtime=0), "The line is not JSON: "),
        (
            "DYNAMODB_JSON",
            "GZIP",
            gzip.compress(ITEM, mtime=0)[:-9],
            "The content is damaged, or not GZIP",
        ),
        ("ION", "NONE", b"{Item:{a:2020T}}", "DynamoDB has no type for an Ion timestamp."),
        ("ION", "NONE", b"{Item:5}", "The value is not an item: it must be like"),
        ("ION", "NONE", b"{Item:{", "The value is not Ion: "),
        ("ION", "NONE", b"[" * 100_000, "The value is not Ion: "),
        ("ION", "NONE", b"{Item:{a:" + b"[" * 80 + b"]" * 80 + b"}}", "The value has more than 64"),
        ("CSV", "NONE", b'a,b\n1,x"y\n', "A quoted field does not end."),
        ("CSV", "NONE", b'a,b\n1,x"y"\n', 'The line has a " inside a field that is not quoted'),
        ("CSV", "NONE", b"a,\xff\n", "The line is not UTF-8: "),
    ],
)
def test_what_is_not_of_its_format_is_told(
    kind: str, compression: str, content: bytes, message: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read(content, kind, compression)
    assert str(caught.value).startswith(message)


def test_a_line_that_is_too_long_ends_the_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE", 30)
    with pytest.raises(FormatError, match=r"^The line is longer than 30 bytes\.$") as caught:
        read(ITEM + b'{"Item":{"pk":{"S":"12345"}}}  \n')
    assert caught.value.index == 1


class TestCsv:
    def test_the_types_are_those_of_the_keys(self) -> None:
        """Source: Developer Guide, "Amazon S3 import formats for DynamoDB"."""
        content = b'pk,sk,title,year\n"a,1",5,"x ""y""",\n'
        assert read(content, "CSV", types={"pk": "S", "sk": "N"}) == [
            Read(
                1,
                36,
                {"Item": {"pk": {"S": "a,1"}, "sk": {"N": "5"}, "title": {"S": 'x "y"'}}},
            )
        ]

    def test_with_a_header_list_the_first_line_is_an_item(self) -> None:
        lines = read(b"1;2\n", "CSV", delimiter=";", header=["a", "b"])
        assert [line.content for line in lines] == [{"Item": {"a": {"S": "1"}, "b": {"S": "2"}}}]

    def test_lines_of_too_many_fields_have_an_error(self) -> None:
        lines = read(b"a,b\n1\n\n2,3\r\n", "CSV")
        assert [line.error for line in lines] == [
            "The line has 1 fields; the header has 2.",
            None,
        ]
        assert lines[1].content == {"Item": {"a": {"S": "2"}, "b": {"S": "3"}}}

    def test_line_breaks_within_quotes_belong_to_the_field(self) -> None:
        (line,) = read(b'\xef\xbb\xbfa,b\n"x\ny",""\n', "CSV")
        assert line.content == {"Item": {"a": {"S": "x\ny"}}}
