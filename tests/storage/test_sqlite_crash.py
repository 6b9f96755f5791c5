"""What a killed process leaves in a SQLite file: all that it had committed, and nothing by halves."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

import ddbmock
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing.steps import content, total, written

WRITER = """
import os, sys, threading
from ddbmock.storage.sqlite import SQLiteStorage

path, durability, first = sys.argv[1:]
storage = SQLiteStorage(path, durability=durability)

def work(thread):
    number = int(first)
    while True:
        key = b"%d-%06d" % (thread, number)
        with storage.write() as writer:
            writer.put("items", key, b"x" * (number % 50 * 100))
            writer.put("index", key[::-1], key)
            writer.add("count", 1, number)
        os.write(1, key + b"\\n")
        number += 1

for thread in range(4):
    threading.Thread(target=work, args=(thread,)).start()
"""


@pytest.mark.parametrize("durability", ["full", "normal"])
def test_what_was_committed_outlives_a_kill(tmp_path: Path, durability: str) -> None:
    path = tmp_path / "content.db"
    chance = random.Random(durability)
    acknowledged: set[bytes] = set()
    for round_ in range(4):
        acknowledged |= killed_writer(path, durability, round_ * 100_000, chance.randrange(1, 300))
        storage = SQLiteStorage(path)
        items = content(storage, "items")
        keys = [key for key, _ in items]
        assert acknowledged <= set(keys)
        numbers = [int(key[2:]) for key in keys]
        assert items == [
            (key, b"x" * (number % 50 * 100)) for key, number in zip(keys, numbers, strict=True)
        ]
        assert content(storage, "index") == sorted((key[::-1], key) for key in keys)
        assert total(storage, "count") == (len(keys), sum(numbers))
        storage.close()


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "content.db"
    storage = SQLiteStorage(path, durability="normal")
    with started_writer(path, "normal", 0) as process:
        assert process.stdout is not None
        for number in range(20):
            key = process.stdout.readline()[:-1]
            with storage.read() as reader:
                assert reader.get("index", key[::-1]) == key
            written(storage, lambda writer, n=number: writer.put("ours", b"%d" % n, b""))  # type: ignore[misc]
        process.kill()
    assert len(content(storage, "ours")) == 20
    items = content(storage, "items")
    assert content(storage, "index") == sorted((key[::-1], key) for key, _ in items)
    assert total(storage, "count")[0] == len(items)
    storage.close()


def killed_writer(path: Path, durability: str, first: int, lines: int) -> set[bytes]:
    """The keys that four threads had committed when their process was killed."""
    with started_writer(path, durability, first) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        acknowledged += process.stdout.readlines()
    return {line[:-1] for line in acknowledged if line.endswith(b"\n")}


def started_writer(path: Path, durability: str, first: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), durability, str(first)],
        stdout=subprocess.PIPE,
        cwd=Path(ddbmock.__file__).parent.parent,
    )
