"""Large answers are parsed without the collector, and nobody sees that it was off."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator

import orjson
import pytest

from ddbmock.clients import collector

CONTENT = orjson.dumps([{"n": {"N": str(number)}} for number in range(20_000)])


@pytest.fixture
def hurried() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_large_content_is_parsed_as_it_is_without_the_shortcut() -> None:
    assert collector.parsed(CONTENT) == orjson.loads(CONTENT)
    assert gc.isenabled()


def test_no_other_thread_sees_the_collector_switched_off(hurried: None) -> None:
    seen = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if not gc.isenabled():
                seen.append("off")

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(30):
        collector.parsed(CONTENT)
    done.set()
    watcher.join()
    assert seen == []


@pytest.mark.skipif(not collector.COLLECTS_WITHIN_CALLS, reason="no collections within calls")
def test_no_collection_happens_while_large_content_is_parsed() -> None:
    generations: list[int] = []
    gc.collect()

    def note(phase: str, info: dict[str, int]) -> None:
        generations.append(info["generation"])

    gc.callbacks.append(note)
    try:
        orjson.loads(CONTENT)
        disturbed = len(generations)
        generations.clear()
        collector.parsed(CONTENT)
    finally:
        gc.callbacks.remove(note)
    assert len(generations) < disturbed / 10


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        collector.parsed(CONTENT)
        assert not gc.isenabled()
    finally:
        gc.enable()
