"""The memory of a server's process."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ddbmock.server import memory


@pytest.fixture(autouse=True)
def threshold() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_collector_runs_seldom_and_on_new_objects_while_a_server_has_the_process() -> None:
    gc.set_threshold(700, 10, 10)
    with memory.of_server():
        assert gc.get_threshold()[0] == memory.YOUNG
        assert gc.get_freeze_count() > 0
        assert gc.isenabled()
    assert gc.get_threshold()[:2] == (700, 10)
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("chosen", [0, 50_000])
def test_a_collector_that_runs_even_less_stays_so(chosen: int) -> None:
    gc.set_threshold(chosen, 10, 10)
    with memory.of_server():
        assert gc.get_threshold()[0] == chosen
