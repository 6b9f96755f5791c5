"""Consumed units become minimum, maximum and average per table and operation."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from ddbmock.clock import ManualClock, SystemClock
from ddbmock.database.statistics import Rates, Statistics, Throughput

IDLE = Rates(0.0, 0.0, 0.0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(600.0)


@pytest.fixture
def statistics(clock: ManualClock) -> Statistics:
    return Statistics(clock, sample=1.0, aggregate=300.0)


def test_nothing_consumed_gives_nothing(statistics: Statistics) -> None:
    assert (statistics.current(), statistics.overall()) == ([], [])


def test_units_of_one_sample_are_summed(statistics: Statistics) -> None:
    for _ in range(4):
        statistics.record("music", "PutItem", 0.0, 2.5)
    assert statistics.current() == [
        Throughput("music", "PutItem", 600.0, 601.0, IDLE, Rates(10.0, 10.0, 10.0))
    ]


def test_an_idle_sample_counts_as_zero(statistics: Statistics, clock: ManualClock) -> None:
    statistics.record("music", "Query", 8.0, 0.0)
    clock.advance(seconds=3)
    statistics.record("music", "Query", 4.0, 0.0)
    assert statistics.current() == [
        Throughput("music", "Query", 600.0, 604.0, Rates(0.0, 8.0, 3.0), IDLE)
    ]


def test_the_minimum_is_that_of_the_quietest_sample_when_none_was_idle(
    statistics: Statistics, clock: ManualClock
) -> None:
    for units in (8.0, 2.0, 5.0):
        statistics.record("music", "Query", units, 0.0)
        clock.advance(seconds=1)
    assert statistics.current() == [
        Throughput("music", "Query", 600.0, 603.0, Rates(2.0, 8.0, 5.0), IDLE)
    ]


def test_tables_and_operations_are_counted_apart_and_listed_in_order(
    statistics: Statistics,
) -> None:
    statistics.record("music", "Scan", 1.0, 0.0)
    statistics.record("books", "Scan", 2.0, 0.0)
    statistics.record("music", "GetItem", 0.5, 0.0)
    assert [(one.table, one.operation, one.read.maximum) for one in statistics.overall()] == [
        ("books", "Scan", 2.0),
        ("music", "GetItem", 0.5),
        ("music", "Scan", 1.0),
    ]


def test_rates_are_per_second_whatever_a_sample_is(clock: ManualClock) -> None:
    statistics = Statistics(clock, sample=10.0, aggregate=60.0)
    statistics.record("music", "Scan", 50.0, 0.0)
    assert statistics.current() == [
        Throughput("music", "Scan", 600.0, 610.0, Rates(5.0, 5.0, 5.0), IDLE)
    ]


def test_an_aggregate_that_ended_is_logged_and_kept(
    statistics: Statistics, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ddbmock.throughput")
    statistics.record("music", "Query", 30.0, 0.0)
    clock.advance(seconds=300)
    statistics.record("music", "Query", 6.0, 0.0)
    assert list(statistics.history) == [
        Throughput("music", "Query", 600.0, 900.0, Rates(0.0, 30.0, 0.1), IDLE)
    ]
    assert caplog.messages == [
        "music Query over 300 s: read units per second min 0.00 max 30.00 average 0.10, "
        "write units per second min 0.00 max 0.00 average 0.00"
    ]
    assert statistics.current() == [
        Throughput("music", "Query", 900.0, 901.0, Rates(6.0, 6.0, 6.0), IDLE)
    ]


def test_aggregates_without_any_consumption_are_passed_over(
    statistics: Statistics, clock: ManualClock
) -> None:
    statistics.record("music", "Query", 1.0, 0.0)
    clock.advance(hours=1, seconds=7)
    statistics.record("music", "Query", 2.0, 0.0)
    assert [(one.begin, one.end) for one in statistics.history] == [(600.0, 900.0)]
    assert [(one.begin, one.end) for one in statistics.current()] == [(4200.0, 4208.0)]


def test_overall_spans_all_aggregates(statistics: Statistics, clock: ManualClock) -> None:
    for _ in range(3):
        statistics.record("music", "Query", 30.0, 0.0)
        clock.advance(seconds=300)
    assert statistics.overall() == [
        Throughput("music", "Query", 600.0, 1500.0, Rates(0.0, 30.0, 0.1), IDLE)
    ]


def test_closing_logs_all_that_was_consumed(
    statistics: Statistics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ddbmock.throughput")
    statistics.record("music", "PutItem", 0.0, 3.0)
    statistics.close()
    assert caplog.messages == [
        "music PutItem over 1 s: read units per second min 0.00 max 0.00 average 0.00, "
        "write units per second min 3.00 max 3.00 average 3.00"
    ]


def test_a_clock_that_goes_back_loses_no_unit(statistics: Statistics, clock: ManualClock) -> None:
    statistics.record("music", "Query", 1.0, 0.0)
    clock.advance(seconds=-100)
    statistics.record("music", "Query", 1.0, 0.0)
    assert statistics.overall()[0].read == Rates(2.0, 2.0, 2.0)


def test_threads_lose_no_unit() -> None:
    statistics = Statistics(SystemClock(), sample=0.01, aggregate=0.1)

    def consume(_: int) -> None:
        for _ in range(2000):
            statistics.record("music", "UpdateItem", 0.0, 1.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(consume, range(8)))
    [overall] = statistics.overall()
    assert round(overall.write.average * (overall.end - overall.begin)) == 16_000
