"""EXPOSED: |net| beyond the band, and hedging that does not work it off in time."""

from collections import deque
from dataclasses import replace

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.core.observations import OrderAsked, PauseAsked, Tick
from edgenode.daemon.paper import PaperWorld, by_hand
from edgenode.daemon.view.exposed import SAMPLES_MAX, Pace, why
from edgenode.daemon.view.metrics import metrics
from edgenode.daemon.view.status import NO_LINK, Running, status
from edgenode.model.facts import OrderGated
from tests.core.world import SECOND, WETH, World, intent


class At:
    """A clock that stands where the world's does."""

    def __init__(self, world):
        self.world = world

    def now_ns(self):
        return self.world.now


class Node:
    """An invented node with a status; its record is noted at each tick, as the daemon does."""

    def __init__(self, figures):
        self.world = World(figures)
        self.running = Running(pid=1, mode="paper", wall=WallClock(), market=At(self.world))

    def tick(self, seconds=1):
        for _ in range(seconds):
            self.world.now += SECOND
            for venue in self.world.figures.venues:
                self.world.publish(venue, 150_000)
            self.world.observe(Tick())
            self.running.pace.note(self.world.state, self.world.now)

    def sell(self, lots, name):
        """Let a customer buy of the desk, which becomes shorter by that."""
        ask = intent(name, lots=lots, price=152_000, time_in_force="ioc")
        assert isinstance(self.world.facts(OrderAsked(ask, "c"))[0], OrderGated)
        self.running.pace.note(self.world.state, self.world.now)

    def status(self):
        return status(self.world.state, self.running, NO_LINK, self.world.seen)

    def verdict(self):
        found = self.status()
        codes = [p["code"] for p in found["problems"]]
        assert ("EN601" in codes) == found["exposed"]
        return found["verdict"]


def hedging(**figures):
    made = Node(PaperWorld(venues=("a",), quote_size_lots=500, **figures))
    made.tick()
    return made


def test_within_the_band_it_is_ready_and_the_desks_own_quotes_are_no_exposure():
    node = hedging()
    assert node.world.exposure().net.worst >= 500
    assert node.verdict() == "READY"
    node.sell(100, "T1")
    assert node.verdict() == "READY"


def test_beyond_the_band_it_is_hedging_while_a_slice_is_due_or_planned():
    node = hedging()
    node.sell(300, "T1")
    assert node.verdict() == "HEDGING"
    node.tick(31)
    assert any(node.world.state.programmes.of(WETH).slots)
    assert node.verdict() == "HEDGING"


def test_a_policy_that_hedges_and_names_no_venue_is_exposed_whatever_it_holds():
    node = Node(PaperWorld(venues=()))
    node.tick()
    assert node.verdict() == "EXPOSED"
    assert "no venue to hedge at" in node.status()["problems"][0]["text"]
    assert node.status()["exposed"] is True


def test_a_box_by_hand_without_venues_is_ready_until_more_than_the_band_is_exposed():
    node = Node(by_hand())
    node.tick()
    node.sell(101, "T1")
    assert node.verdict() == "READY", "its policy carries as much as it lets in"
    node.world.policy(band_lots=100)
    assert node.verdict() == "EXPOSED"


def test_two_thirds_of_the_limit_are_too_much_whatever_works_on_it():
    node = hedging()
    node.world.policy(net_position_lots_max=600)
    node.tick()
    node.sell(400, "T1")
    node.tick()
    assert node.verdict() == "HEDGING"
    node.sell(1, "T2")
    assert node.verdict() == "EXPOSED"
    assert "4.01 WETH exposed (-4.01 to -3.86)" in node.status()["problems"][0]["text"]


def test_nothing_that_works_on_it_for_longer_than_a_slice():
    node = hedging()
    node.sell(300, "T1")
    state, now = node.world.state, node.world.now
    assert not any(state.programmes.of(WETH).slots)
    assert why(state, node.world.seen, Pace(beyond_ns={WETH: now - 30 * SECOND}), now) is None
    text, since_ns = why(state, node.world.seen, Pace(beyond_ns={WETH: now - 31 * SECOND}), now)
    assert text == "Nothing works on it: 3.00 WETH exposed"
    assert since_ns == now - 31 * SECOND


def test_growth_of_two_minutes():
    node = hedging()
    node.sell(200, "T0")
    for number in range(12):
        assert node.verdict() == "HEDGING", number
        node.tick(10)
        node.sell(30, f"G{number}")
    node.tick(1)
    assert node.verdict() == "EXPOSED"
    assert "grown for 2 min" in node.status()["problems"][0]["text"]


@pytest.mark.parametrize("ages", [(0,), (61, 0), (121, 0)])
def test_one_order_or_some_far_apart_are_no_growth_of_two_minutes(ages):
    """Each is worked off, or still due: what counts is that it rose all the time."""
    node = hedging()
    node.sell(300, "T1")
    state, now = node.world.state, node.world.now
    rows = [(ago, 300 - 50 * sum(ago > age for age in ages)) for ago in range(300, 0, -10)]
    pace = sampled(now, *rows, beyond_s=300)
    assert pace.grows(WETH, 300, now) < 120 * SECOND
    pace.beyond_ns[WETH] = now - 2 * SECOND
    assert why(state, node.world.seen, pace, now) is None


def sampled(now, *rows, beyond_s):
    """Return a record of (seconds ago, lots), beyond the band for so long."""
    samples = deque((now - ago * SECOND, lots) for ago, lots in rows)
    return Pace(samples={WETH: samples}, beyond_ns={WETH: now - beyond_s * SECOND})


@pytest.mark.parametrize(("gone", "exposed"), [(-50, True), (0, True), (83, True), (84, False)])
def test_not_back_in_twelve_minutes_at_the_pace_of_the_last_five(gone, exposed):
    """Of 3.00 with a band of 1.00, two more must go: 0.84 in 5 min are enough, 0.83 are not."""
    node = hedging()
    node.sell(300, "T1")
    state, now = node.world.state, node.world.now + SECOND
    node.world.policy(slice_s=600)  # the next slice is still to come
    rows = ((300, 300 + gone), (10, 301))
    found = why(state, node.world.seen, sampled(now, *rows, beyond_s=300), now)
    assert (found is not None) == exposed
    assert why(state, node.world.seen, sampled(now, *rows, beyond_s=299), now) is None, (
        "5 min are not over"
    )


def test_under_a_pause_and_a_hold_it_is_told_beside_the_verdict():
    node = Node(replace(by_hand(), band_lots=100))
    node.tick()
    node.sell(101, "T1")
    node.world.restrict("node", "reducing", "loss:day")
    assert (node.verdict(), node.status()["exposed"]) == ("HOLD", True)
    node.world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert (node.verdict(), node.status()["exposed"]) == ("PAUSED", True)
    text = metrics(node.status())
    assert "edgenode_exposed 1\n" in text
    line = 'edgenode_restriction{scope="node",cause="loss:day",level="reducing"} 1\n'
    assert line in text
    node.running.fault = "broken"
    assert node.verdict() == "FAULT"


def test_the_record_is_bounded_and_a_clock_set_back_empties_it():
    node = hedging()
    for _ in range(200):
        node.world.now += 7 * SECOND
        node.running.pace.note(node.world.state, node.world.now)
    assert len(node.running.pace.samples[WETH]) <= SAMPLES_MAX
    node.world.now -= 3_600 * SECOND
    node.running.pace.note(node.world.state, node.world.now)
    assert len(node.running.pace.samples[WETH]) == 1


@pytest.mark.parametrize(("scope", "verdict"), [
    ("node", "HOLD"), (f"instrument:{WETH}", "HOLD"), ("event:none", "HOLD"),
    ("venue:b", "READY"), ("account:customer:c1", "READY"),
])  # fmt: skip
def test_what_restricts_the_node_or_an_instrument_is_a_hold_and_all_is_told(scope, verdict):
    node = hedging()
    node.world.restrict(scope, "reducing", "stress:x")
    found = node.status()
    assert found["verdict"] == verdict
    (row,) = found["restrictions"]
    assert (row["scope"], row["cause"], row["level"]) == (scope, "stress:x", "reducing")
    assert all(row[name] for name in ("since", "reason", "ends"))
    assert row["released_by"] == "person"
    (told,) = [p for p in found["problems"] if p.get("cause") == "stress:x"]
    assert told["since"] == row["since"]
