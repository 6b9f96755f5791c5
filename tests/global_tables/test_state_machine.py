"""Three replicas against a naive model of last-writer-wins."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import ddbmock
from tests.global_tables.regions import EAST, IRELAND, WEST, Regions

REGIONS = (EAST, IRELAND, WEST)
LINKS = [(source, target) for source in REGIONS for target in REGIONS if source != target]

Stamp = tuple[int, str]


class Model:
    """Each region's items with their stamps, and the list of changes on their way."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, tuple[Stamp, int | None]]] = {one: {} for one in REGIONS}
        self.waiting: list[tuple[Stamp, str, str, str, int | None]] = []
        self.on_hold: set[tuple[str, str]] = set()

    def write(self, now: int, region: str, key: str, value: int | None) -> None:
        (last, _), old = self.items[region].get(key, ((0, ""), None))
        if old is None and value is None:
            return
        stamp = (max(now, last + 1), region)
        self.items[region][key] = (stamp, value)
        self.waiting += [(stamp, region, one, key, value) for one in REGIONS if one != region]
        self.deliver()

    def deliver(self) -> None:
        due = [one for one in self.waiting if (one[1], one[2]) not in self.on_hold]
        self.waiting = [one for one in self.waiting if (one[1], one[2]) in self.on_hold]
        for one in due:
            self.apply(one)

    def step(self, source: str, target: str, key: str) -> None:
        change = min(one for one in self.waiting if one[1:4] == (source, target, key))
        assert change[0][0] == min(one[0][0] for one in self.waiting)
        self.waiting.remove(change)
        self.apply(change)

    def apply(self, change: tuple[Stamp, str, str, str, int | None]) -> None:
        stamp, _, target, key, value = change
        if self.items[target].get(key, ((0, ""), None))[0] < stamp:
            self.items[target][key] = (stamp, value)

    def content(self, region: str) -> dict[str, dict[str, int]]:
        found = self.items[region].items()
        return {key: {"n": value} for key, (_, value) in found if value is not None}


class Replicas(RuleBasedStateMachine):
    """Random writes in three regions over links that open and close."""

    @initialize()
    def create(self) -> None:
        self.db = ddbmock.Database(databases="region")
        self.db.clock.freeze(1_790_000_000.0)
        self.regions = Regions(self.db)
        self.regions.create_table()
        self.regions.create(IRELAND, WEST)
        self.model = Model()

    def now(self) -> int:
        return int(self.db.clock.now() * 1_000_000)

    @rule(region=st.sampled_from(REGIONS), key=st.sampled_from("ab"), value=st.integers(0, 3))
    def put(self, region: str, key: str, value: int) -> None:
        self.regions.put(region, key, n=value)
        self.model.write(self.now(), region, key, value)

    @rule(region=st.sampled_from(REGIONS), key=st.sampled_from("ab"))
    def remove(self, region: str, key: str) -> None:
        self.regions.remove(region, key)
        self.model.write(self.now(), region, key, None)

    @rule(seconds=st.sampled_from([0.001, 1.0]))
    def advance(self, seconds: float) -> None:
        self.db.clock.advance(seconds)

    @rule(link=st.sampled_from(LINKS))
    def hold(self, link: tuple[str, str]) -> None:
        source, target = link
        self.regions.links.hold(target, source)
        self.model.on_hold.add(link)

    @rule(link=st.sampled_from(LINKS))
    def release(self, link: tuple[str, str]) -> None:
        source, target = link
        self.regions.links.release(target, source)
        self.model.on_hold.discard(link)
        self.model.deliver()

    @rule()
    def step(self) -> None:
        for first in self.regions.links.pending()[:1]:
            self.model.step(first.source, first.target, first.key["pk"]["S"])
        assert self.regions.links.step() <= 1

    @invariant()
    def every_region_is_as_in_the_model(self) -> None:
        if hasattr(self, "model"):
            for region in REGIONS:
                assert self.regions.items(region) == self.model.content(region)
            assert len(self.regions.links.pending()) == len(self.model.waiting)

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        self.regions.links.release()
        self.model.on_hold.clear()
        self.model.deliver()
        contents: list[Any] = [self.regions.items(region) for region in REGIONS]
        assert contents == [self.model.content(region) for region in REGIONS]
        assert contents[0] == contents[1] == contents[2]
        self.db.close()


TestReplicas = Replicas.TestCase
TestReplicas.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
