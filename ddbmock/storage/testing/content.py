"""Tests of a storage's content: values, keys of any length, ranges, counters."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

import pytest

from ddbmock.storage import Storage
from ddbmock.storage.testing.steps import Pairs, content, fill, numbered, total


class ValueTests:
    """One key at a time."""

    def test_a_space_never_written_is_empty(self, storage: Storage) -> None:
        with storage.read() as reader:
            assert reader.get("orders", b"1") is None
            assert list(reader.range("orders")) == []
            assert list(reader.range("orders", reverse=True)) == []

    def test_get_gives_what_was_put(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        with storage.read() as reader:
            assert reader.get("orders", b"1") == b"one"

    def test_values_come_back_as_bytes(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        with storage.read() as reader:
            assert type(reader.get("orders", b"1")) is bytes
            assert [(type(key), type(value)) for key, value in reader.range("orders")] == [
                (bytes, bytes)
            ]

    def test_get_gives_none_for_a_missing_key(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one"), (b"3", b"three")])
        with storage.read() as reader:
            assert [reader.get("orders", key) for key in (b"", b"0", b"2", b"11", b"4")] == [
                None
            ] * 5

    def test_put_replaces_a_value(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        fill(storage, "orders", [(b"1", b"uno")])
        assert content(storage, "orders") == [(b"1", b"uno")]

    def test_the_last_of_two_puts_in_a_block_wins(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one"), (b"1", b"uno")])
        assert content(storage, "orders") == [(b"1", b"uno")]

    def test_delete_removes_a_key_and_no_other(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one"), (b"11", b"eleven"), (b"2", b"two")])
        with storage.write() as writer:
            writer.delete("orders", b"1")
        assert content(storage, "orders") == [(b"11", b"eleven"), (b"2", b"two")]

    def test_deleting_a_missing_key_changes_nothing(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        with storage.write() as writer:
            writer.delete("orders", b"2")
        assert content(storage, "orders") == [(b"1", b"one")]

    def test_deleting_from_a_space_never_written_changes_nothing(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.delete("orders", b"1")
        assert content(storage, "orders") == []

    def test_a_deleted_key_can_be_put_again(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"one")])
        with storage.write() as writer:
            writer.delete("orders", b"1")
            writer.put("orders", b"1", b"again")
        assert content(storage, "orders") == [(b"1", b"again")]

    def test_an_empty_value_is_a_value(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"1", b"")])
        with storage.read() as reader:
            assert reader.get("orders", b"1") == b""
            assert list(reader.range("orders")) == [(b"1", b"")]

    def test_the_empty_key_is_a_key(self, storage: Storage) -> None:
        fill(storage, "orders", [(b"a", b"1"), (b"", b"0")])
        with storage.read() as reader:
            assert reader.get("orders", b"") == b"0"
            assert list(reader.range("orders")) == [(b"", b"0"), (b"a", b"1")]
        with storage.write() as writer:
            writer.delete("orders", b"")
        assert content(storage, "orders") == [(b"a", b"1")]

    def test_each_byte_may_be_in_a_key_and_in_a_value(self, storage: Storage) -> None:
        pairs = [(bytes([byte]), bytes([255 - byte])) for byte in range(256)]
        fill(storage, "bytes", pairs)
        assert content(storage, "bytes") == pairs

    def test_text_like_bytes_are_not_taken_for_text(self, storage: Storage) -> None:
        pairs = [
            (b"%", b"\\x41"),
            (b"'; --", b"NULL"),
            (b"\\x41", b"\\"),
            ("é".encode("latin-1"), "é".encode()),
        ]
        fill(storage, "text", sorted(pairs))
        assert content(storage, "text") == sorted(pairs)

    @pytest.mark.parametrize("size", [4_096, 409_600, 16 * 1024 * 1024])
    def test_a_value_may_be_large(self, storage: Storage, size: int) -> None:
        value = bytes(range(256)) * (size // 256)
        fill(storage, "orders", [(b"1", value)])
        with storage.read() as reader:
            assert reader.get("orders", b"1") == value

    def test_large_values_come_out_of_a_range(self, storage: Storage) -> None:
        pairs = [(b"%02d" % number, bytes([number]) * 400_000) for number in range(20)]
        fill(storage, "orders", pairs)
        assert content(storage, "orders") == pairs

    def test_names_of_spaces_may_be_any_text(self, storage: Storage) -> None:
        names = [
            "a",
            "A",
            "ab",
            "a/b",
            "a%",
            "a_",
            "a'",
            "a\\",
            "a ",
            " a",
            "é",
            "日本",
            "x" * 1024,
        ]
        with storage.write() as writer:
            for name in names:
                writer.put(name, b"name", name.encode())
        with storage.read() as reader:
            assert [reader.get(name, b"name") for name in names] == [n.encode() for n in names]
            assert [len(list(reader.range(name))) for name in names] == [1] * len(names)

    def test_there_may_be_thousands_of_spaces(self, storage: Storage) -> None:
        with storage.write() as writer:
            for number in range(3_000):
                writer.put(f"space {number}", b"number", b"%d" % number)
        with storage.read() as reader:
            assert [reader.get(f"space {number}", b"number") for number in range(3_000)] == [
                b"%d" % number for number in range(3_000)
            ]


class LongKeyTests:
    """Keys that are longer than many indexes allow."""

    KEYS: ClassVar[list[bytes]] = sorted(
        [
            b"",
            b"k",
            *(b"k" * length for length in (1_000, 1_999, 2_000, 2_001, 2_704, 4_000, 9_000)),
            *(b"k" * length + b"\x00" for length in (1_000, 1_999, 2_000, 2_001, 4_000, 9_000)),
            *(b"k" * length + b"\xff" for length in (1_000, 1_999, 2_000, 2_001, 4_000, 9_000)),
            *(b"k" * 9_000 + b"%d" % number for number in range(30)),
            *(bytes(range(256)) * times for times in (4, 8, 20, 64)),
            b"l",
        ]
    )

    def test_long_keys_are_told_apart_to_their_last_byte(self, storage: Storage) -> None:
        fill(storage, "long", [(key, b"%d" % number) for number, key in enumerate(self.KEYS)])
        with storage.read() as reader:
            assert [reader.get("long", key) for key in self.KEYS] == [
                b"%d" % number for number in range(len(self.KEYS))
            ]
            assert [reader.get("long", key + b"x") for key in self.KEYS] == [None] * len(self.KEYS)

    def test_long_keys_are_in_order(self, storage: Storage) -> None:
        pairs = [(key, b"%d" % number) for number, key in enumerate(self.KEYS)]
        fill(storage, "long", pairs[::-1])
        with storage.read() as reader:
            assert list(reader.range("long")) == pairs
            assert list(reader.range("long", reverse=True)) == pairs[::-1]

    def test_long_keys_bound_ranges(self, storage: Storage) -> None:
        pairs = [(key, b"%d" % number) for number, key in enumerate(self.KEYS)]
        fill(storage, "long", pairs)
        with storage.read() as reader:
            for low in range(0, len(pairs), 3):
                for high in range(low, len(pairs), 5):
                    keys = (self.KEYS[low], self.KEYS[high])
                    assert list(reader.range("long", *keys)) == pairs[low:high]
                    assert list(reader.range("long", *keys, reverse=True)) == pairs[low:high][::-1]
                assert list(reader.range("long", self.KEYS[low] + b"\x00")) == [
                    pair for pair in pairs if pair[0] > self.KEYS[low]
                ]

    def test_long_keys_are_replaced_deleted_and_cleared(self, storage: Storage) -> None:
        pairs = [(key, b"old") for key in self.KEYS]
        fill(storage, "long", pairs)
        fill(storage, "longer", pairs)
        fill(storage, "long", [(key, b"new") for key in self.KEYS[::2]])
        with storage.write() as writer:
            for key in self.KEYS[1::2]:
                writer.delete("long", key)
        assert content(storage, "long") == [(key, b"new") for key in self.KEYS[::2]]
        with storage.write() as writer:
            writer.clear("long")
        assert content(storage, "long") == []
        assert content(storage, "longer") == pairs

    def test_a_key_may_have_sixteen_kibibytes(self, storage: Storage) -> None:
        key = bytes(range(256)) * 64
        fill(storage, "long", [(key, b"here")])
        assert content(storage, "long") == [(key, b"here")]


class RangeTests:
    """Order, bounds and direction."""

    PAIRS: ClassVar[Pairs] = [(key, b"<" + key + b">") for key in (b"b", b"bb", b"d", b"f", b"h")]

    def test_keys_are_in_order_of_their_bytes(self, storage: Storage) -> None:
        keys = [
            b"",
            b"\x00",
            b"\x00\x00",
            b"\x01",
            b"A",
            b"B",
            b"_",
            b"a",
            b"a\x00",
            b"a\xff",
            b"b",
        ]
        keys += [b"\x7f", b"\x80", b"\xc3\xa9", b"\xfe", b"\xff", b"\xff\x00", b"\xff\xff"]
        fill(storage, "order", [(key, b"") for key in keys[::-1]])
        with storage.read() as reader:
            assert [key for key, _ in reader.range("order")] == sorted(keys)
            assert [key for key, _ in reader.range("order", reverse=True)] == sorted(keys)[::-1]

    @pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
    @pytest.mark.parametrize("high", [None, b"", b"a", b"b", b"c", b"d", b"e", b"h", b"i"])
    @pytest.mark.parametrize("low", [b"", b"a", b"b", b"b\x00", b"c", b"d", b"h", b"i"])
    def test_a_range_has_its_low_bound_and_not_its_high_one(
        self, storage: Storage, low: bytes, high: bytes | None, reverse: bool
    ) -> None:
        fill(storage, "range", self.PAIRS)
        expected = [
            pair for pair in self.PAIRS if pair[0] >= low and (high is None or pair[0] < high)
        ]
        if reverse:
            expected.reverse()
        with storage.read() as reader:
            assert list(reader.range("range", low, high, reverse=reverse)) == expected
        with storage.write() as writer:
            assert list(writer.range("range", low, high, reverse=reverse)) == expected

    def test_no_bounds_give_the_whole_space(self, storage: Storage) -> None:
        fill(storage, "range", self.PAIRS)
        with storage.read() as reader:
            assert list(reader.range("range")) == self.PAIRS
            assert list(reader.range("range", reverse=True)) == self.PAIRS[::-1]

    def test_a_range_stays_in_its_space(self, storage: Storage) -> None:
        for space in ("a", "b", "c"):
            fill(storage, space, [(space.encode(), b""), (b"\x00", b""), (b"\xff\xff", b"")])
        with storage.read() as reader:
            expected = [(b"\x00", b""), (b"b", b""), (b"\xff\xff", b"")]
            assert list(reader.range("b")) == expected
            assert list(reader.range("b", reverse=True)) == expected[::-1]

    @pytest.mark.parametrize("count", [1, 99, 100, 101, 999, 1_000, 1_001, 5_000])
    def test_ranges_of_any_length_are_complete(self, storage: Storage, count: int) -> None:
        pairs = numbered(count)
        fill(storage, "range", pairs)
        with storage.read() as reader:
            assert list(reader.range("range")) == pairs
            assert list(reader.range("range", reverse=True)) == pairs[::-1]

    def test_long_ranges_keep_to_their_bounds(self, storage: Storage) -> None:
        pairs = numbered(5_000)
        fill(storage, "range", pairs)
        with storage.read() as reader:
            bounds = (b"000700", b"004300")
            assert list(reader.range("range", *bounds)) == pairs[700:4_300]
            assert list(reader.range("range", *bounds, reverse=True)) == pairs[700:4_300][::-1]

    def test_a_range_may_be_left_early(self, storage: Storage) -> None:
        pairs = numbered(3_000)
        fill(storage, "range", pairs)
        with storage.read() as reader:
            assert list(islice(reader.range("range", b"000500"), 3)) == pairs[500:503]
            assert list(islice(reader.range("range", b"", b"000500", reverse=True), 3)) == [
                pairs[499],
                pairs[498],
                pairs[497],
            ]
            assert reader.get("range", b"000001") == b"value 1"
        fill(storage, "range", [(b"000001", b"changed")])
        assert content(storage, "range")[1] == (b"000001", b"changed")

    def test_ranges_may_be_read_side_by_side(self, storage: Storage) -> None:
        pairs = numbered(2_500)
        fill(storage, "one", pairs)
        fill(storage, "two", pairs)
        with storage.read() as reader:
            together = zip(
                reader.range("one"),
                reader.range("two", reverse=True),
                reader.range("one"),
                strict=True,
            )
            for number, (up, down, again) in enumerate(together):
                assert up == again == pairs[number]
                assert down == pairs[-1 - number]
                if number % 500 == 0:
                    assert reader.get("two", pairs[number][0]) == pairs[number][1]

    @pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
    def test_a_writer_may_delete_what_it_iterates_over(
        self, storage: Storage, reverse: bool
    ) -> None:
        pairs = numbered(3_000)
        fill(storage, "range", pairs)
        with storage.write() as writer:
            seen = []
            for key, value in writer.range("range", reverse=reverse):
                seen.append((key, value))
                writer.delete("range", key)
        assert sorted(seen) == pairs
        assert content(storage, "range") == []

    @pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
    def test_a_writer_may_put_while_it_iterates(self, storage: Storage, reverse: bool) -> None:
        pairs = numbered(2_000)
        fill(storage, "range", pairs)
        with storage.write() as writer:
            seen = []
            for key, value in writer.range("range", reverse=reverse):
                seen.append((key, value))
                if not key.startswith(b"!"):
                    writer.put("range", key, b"changed")
                    writer.put("range", b"!" + key, b"new")
                    writer.put("elsewhere", key, value)
        assert [pair for pair in seen if not pair[0].startswith(b"!")] == (
            pairs[::-1] if reverse else pairs
        )
        assert content(storage, "elsewhere") == pairs
        assert content(storage, "range") == [(b"!" + key, b"new") for key, _ in pairs] + [
            (key, b"changed") for key, _ in pairs
        ]

    @pytest.mark.parametrize("reverse", [False, True], ids=["up", "down"])
    def test_a_writer_may_put_many_times_what_it_iterates_over(
        self, storage: Storage, reverse: bool
    ) -> None:
        """Write and read in one block: an engine may change in place what no transaction has seen."""
        pairs = numbered(2_000)
        with storage.write() as writer:
            for key, value in pairs:
                writer.put("range", key, value)
            seen = []
            for key, value in writer.range("range", reverse=reverse):
                if len(key) == len(pairs[0][0]):
                    seen.append((key, value))
                    for suffix in (b"0", b"1", b"2", b"3"):
                        writer.put("range", key + suffix, b"new")
        assert seen == (pairs[::-1] if reverse else pairs)
        assert len(content(storage, "range")) == 10_000


class CounterTests:
    """Two sums under a name."""

    def test_a_counter_starts_at_zero(self, storage: Storage) -> None:
        assert total(storage, "units") == (0, 0)

    def test_sums_add_up_over_blocks(self, storage: Storage) -> None:
        for number in range(1, 11):
            with storage.write() as writer:
                writer.add("units", number, 100 * number)
        assert total(storage, "units") == (55, 5_500)

    def test_sums_add_up_inside_a_block(self, storage: Storage) -> None:
        with storage.write() as writer:
            for number in range(1, 11):
                writer.add("units", number, 100 * number)
        assert total(storage, "units") == (55, 5_500)

    def test_the_two_sums_are_apart(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 1, 0)
            writer.add("units", 0, 2)
        assert total(storage, "units") == (1, 2)

    def test_sums_go_down_and_below_zero(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 5, 5)
        with storage.write() as writer:
            writer.add("units", -2, -7)
        assert total(storage, "units") == (3, -2)

    def test_sums_come_back_to_zero(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 5, 5)
        with storage.write() as writer:
            writer.add("units", -5, -5)
        assert total(storage, "units") == (0, 0)

    def test_sums_may_be_large(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 10**15, -(10**15))
            writer.add("units", 10**15, -(10**15))
        assert total(storage, "units") == (2 * 10**15, -2 * 10**15)
        assert [type(number) for number in total(storage, "units")] == [int, int]

    def test_a_writer_sees_its_own_sums(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 1, 2)
        with storage.write() as writer:
            writer.add("units", 10, 20)
            assert writer.total("units") == (11, 22)
            assert writer.total("others") == (0, 0)

    def test_counters_are_apart(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("a", 1, 2)
            writer.add("ab", 3, 4)
            writer.add("A", 5, 6)
        assert [total(storage, name) for name in ("a", "ab", "A", "b")] == [
            (1, 2),
            (3, 4),
            (5, 6),
            (0, 0),
        ]

    def test_counters_and_spaces_share_no_names(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("orders", 1, 2)
            writer.put("orders", b"1", b"one")
        with storage.write() as writer:
            writer.clear("orders")
        assert total(storage, "orders") == (1, 2)

    def test_reset_sets_both_sums_to_zero(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 1, 2)
            writer.add("others", 1, 2)
        with storage.write() as writer:
            writer.reset("units")
            assert writer.total("units") == (0, 0)
        assert (total(storage, "units"), total(storage, "others")) == ((0, 0), (1, 2))

    def test_a_counter_counts_on_after_a_reset(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.add("units", 1, 2)
            writer.reset("units")
            writer.add("units", 3, 4)
        with storage.write() as writer:
            writer.add("units", 3, 4)
        assert total(storage, "units") == (6, 8)

    def test_resetting_an_unknown_counter_changes_nothing(self, storage: Storage) -> None:
        with storage.write() as writer:
            writer.reset("units")
        assert total(storage, "units") == (0, 0)
