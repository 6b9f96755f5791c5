"""Files of lines that nobody meant: bombs, endless containers, and spoilt Ion, Zstandard, gzip and CSV."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest
import zstandard

from ddbmock.archive import lines
from ddbmock.archive.errors import ArchiveError
from tests.robustness.test_hostile_bytes import spoilt

pytest.importorskip("amazon.ion", reason="needs ddbmock[exports]")

FILES = 150
"""`make torture` takes more."""
MOST_MEMORY: Final = 512 * 1024
"""KiB that reading a bomb may add to what the process has used: a line may have 64 MB."""

ION: Final = (
    b'$ion_1_0 {Item:{id:"a",n:12.5d3,s:$dynamodb_SS::["a","b"],b:{{QUJD}},\'q\\x01\':null,'
    b'l:[1,{m:true},[]],t:$dynamodb_NS::[1.,2d1]}}\n$ion_1_0 {Keys:{id:"a"},NewImage:{id:"a"}}\n'
)
JSON: Final = b'{"Item":{"id":{"S":"a"},"l":{"L":[{"N":"1"},{"M":{"a":{"NULL":true}}}]}}}\n' * 3
CSV: Final = b'id,name,"a ""b"""\r\n1,"x\ny",\r\n2,,z\r\n'
SOUND: Final = {
    "a.ion": ION,
    "a.ion.gz": gzip.compress(ION),
    "a.ion.zst": zstandard.compress(ION[:70]) + zstandard.compress(ION[70:]),
    "a.jsonl.zst": zstandard.compress(JSON),
    "a.jsonl.gz": gzip.compress(JSON[:90]) + gzip.compress(JSON[90:]),
    "a.csv": CSV,
    "a.csv.zst": zstandard.compress(CSV),
}


def read(path: Path) -> int | str:
    """How many lines a file has, or the sentence by which it is refused."""
    try:
        return sum(1 for _ in lines.read(path))
    except ArchiveError as error:
        return str(error)


def zeros(megabytes: int) -> bytes:
    """A bomb: some bytes that Zstandard expands to so much."""
    packing = zstandard.ZstdCompressor().compressobj()
    return b"".join([packing.compress(bytes(10**6)) for _ in range(megabytes)]) + packing.flush()


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "json.jsonl.zst": lambda: zeros(80),
    "json.jsonl.gz": lambda: gzip.compress(bytes(70 * 10**6), 1),
    "string.ion.zst": lambda: zstandard.compress(b'{Item:{a:"' + b"x" * 10**7 + b'"}}'),
    "lists.ion": lambda: b"{Item:{a:" + b"[" * 200_000,
    "structs.ion": lambda: b"{Item:" + b"{a:" * 100_000,
    "annotations.ion": lambda: b"{Item:{x:" + b"a::" * 100_000 + b"1}}",
    "endless.ion.zst": lambda: zstandard.compress(b"{Item:{a:[" + b"1," * 10**4),
    "exponent.ion": lambda: b"{Item:{a:1d999999999}}",
    "digits.ion": lambda: b"{Item:{a:" + b"9" * 100_000 + b"}}",
    "imports.ion": lambda: b'$ion_symbol_table::{imports:[{name:"x",max_id:2147483647}]} {Item:{}}',
    "symbol.ion": lambda: b"{Item:{a:$99999999}}",
    "binary.ion": lambda: b"\xe0\x01\x00\xea" + b"\xbe\x01\xff" * 50_000,
    "length.ion": lambda: b"\xe0\x01\x00\xea\xde\x7f\x7f\x7f\x7f\x7f\xff" + b"\x8a" * 100,
    "window.jsonl.zst": lambda: b"\x28\xb5\x2f\xfd\x00\xff" + bytes(100),
    "symbol not UTF-8.ion": lambda: b"{Item:{a:1}}\n{Item:{a:'\xf5'}}",
    "cut off UTF-8.ion": lambda: b"{Item:{a:'\xf0\x9f",
    "name not UTF-8.ion": lambda: b"{'" + b"x" * 8189 + b"\xe4\xe4':1}",
    "no frame.ion.zst": lambda: b"\x27" + zstandard.compress(ION)[1:],
    "cut off.jsonl.zst": lambda: zstandard.compress(JSON * 100)[:-9],
    "cut off.jsonl.gz": lambda: gzip.compress(JSON * 100)[:-9],
    "levels.jsonl": lambda: b'{"Item":' + b'{"a":{"M":' * 20_000,
    "quotes.csv": lambda: b'id,a\n"' + b"x\n" * 10_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = read(path)
    assert isinstance(error, str)
    assert error.startswith("Line ")
    assert "\n" not in error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY


def check_lines(folder: Path, count: int, seed: int) -> int:
    """Read spoilt files; return how many were refused, each by the one error that may be."""
    chance, refused = Random(seed), 0
    for name, sound in SOUND.items():
        (folder / name).write_bytes(sound)
        assert isinstance(read(folder / name), int), name
    for _ in range(count):
        name, sound = chance.choice(list(SOUND.items()))
        path = folder / name
        path.write_bytes(spoilt(sound, chance))
        refused += isinstance(read(path), str)
    return refused


def test_spoilt_lines_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    assert check_lines(tmp_path, FILES, seed=1) > FILES // 10
