"""A trigger that stops denies new risk at once, leaves hedges free, and a person releases it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.market import Estimates
from edgenode.core.estimate.stops.basis import MINUTE_NS
from edgenode.core.observations import OrderAsked, ReleaseAsked, Tick
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.hedged import HedgeKey, Rows, Went
from edgenode.core.state.restrictions import RELEASED_MAX, Restrictions
from edgenode.daemon.view import restrictions as view
from edgenode.model.facts import OrderDenied, OrderGated, RestrictionLifted, RestrictionSet
from tests.core.world import SECOND, START, WETH, World, intent

CAUSE = "stress:basis:a/WETH-USDC"
PRICE = 150_000


class Watched:
    """A world with the reference `ref`, whose venues' bases are watched."""

    def __init__(self, venues="ab"):
        self.world = World()
        venue = self.world.state.rules.policy.overlay_venues[0]
        self.world.policy(
            reference_venue="ref",
            static_reference_ticks=None,
            overlay_venues=tuple(replace(venue, venue=name) for name in venues),
        )
        self.venues = venues
        self.world.seen = replace(self.world.seen, estimates=Estimates())
        self.watch = self.world.seen.estimates.watch
        self.lives(90)

    def lives(self, minutes, **mids):
        """Let minutes pass; venues without a mid of their own are at the reference."""
        for _ in range(minutes):
            self.world.now += MINUTE_NS
            self.world.publish("ref", PRICE)
            for venue in self.venues:
                mid = mids.get(venue, PRICE)
                self.world.publish(venue, mid)
                self.watch.saw_venue(WETH, venue, self.world.now, mid)
            self.watch.saw_reference(WETH, self.world.now, PRICE)
            self.world.observe(Tick())

    def silent(self, minutes):
        """Let minutes pass in which no venue publishes."""
        for _ in range(minutes):
            self.world.now += MINUTE_NS
            self.watch.saw_reference(WETH, self.world.now, PRICE)
            self.world.observe(Tick())

    def stands(self):
        held = self.world.restricted()
        return {key: level for key, level in held.items() if key[1].startswith("stress:")}

    def release(self, cause=CAUSE):
        return self.world.observe(ReleaseAsked(cause=cause, reason="looked", actor="person:p"))


def test_a_venue_whose_basis_broke_is_stopped_within_four_minutes_and_the_other_is_not():
    told = Watched()
    told.lives(4, a=PRICE * 102 // 100)
    assert told.stands() == {("venue:a", CAUSE): "reducing"}
    told.world.assert_refolds()


def test_the_last_venue_to_hedge_at_stops_the_instrument():
    told = Watched("a")
    told.lives(5, a=PRICE * 102 // 100)
    assert told.stands() == {("instrument:WETH-USDC", CAUSE): "reducing"}
    other = Watched("ab")
    other.lives(5, a=PRICE * 102 // 100)
    other.lives(5, a=PRICE * 102 // 100, b=PRICE * 102 // 100)
    assert other.stands() == {
        ("venue:a", CAUSE): "reducing",
        ("instrument:WETH-USDC", "stress:basis:b/WETH-USDC"): "reducing",
    }


def test_both_venues_at_once_stop_the_instrument_too():
    told = Watched("ab")
    told.lives(5, a=PRICE * 102 // 100, b=PRICE * 102 // 100)
    assert {scope for scope, _ in told.stands()} == {"venue:a", "instrument:WETH-USDC"}


def test_new_risk_is_denied_and_hedges_of_what_is_exposed_go_on():
    told = Watched("a")
    world = told.world
    world.policy(band_lots=0)
    told.lives(3, a=PRICE * 102 // 100)
    first = OrderAsked(intent("T0", lots=400, price=PRICE + 900), "p")
    assert [f for f in world.facts(first) if isinstance(f, OrderGated)]
    assert world.exposure().agreed == -400
    told.lives(2, a=PRICE * 102 // 100)
    assert told.stands()
    stopped_seq = len(world.recorded)
    asked = OrderAsked(intent("T1", side="buy", lots=100), "p")
    (denied,) = [f for f in world.facts(asked) if isinstance(f, OrderDenied)]
    assert "EN121" in {reason.code for reason in denied.reasons}
    told.lives(12)
    hedges = [r.fact for r in world.recorded[stopped_seq:] if isinstance(r.fact, OrderGated)]
    assert hedges
    assert {(hedge.account, hedge.side) for hedge in hedges} == {("desk:overlay", "buy")}
    assert told.stands()


def test_the_fact_says_what_was_seen_the_threshold_and_since_when():
    told = Watched("a")
    told.lives(5, a=PRICE * 102 // 100)
    row = told.world.state.restrictions.find("instrument:WETH-USDC", CAUSE)
    assert row.reason == "basis of a in WETH-USDC: +197.8 bp from the usual +0.3 bp, z +98.9"
    assert "stops beyond 8, since 2022-07-27T19:" in row.evidence
    assert all(isinstance(value, int | str) for value in row)


def test_it_is_latched_until_a_person_releases_it():
    told = Watched("a")
    told.lives(5, a=PRICE * 102 // 100)
    told.lives(30)
    assert told.stands()
    (lifted,) = [r.fact for r in told.release() if isinstance(r.fact, RestrictionLifted)]
    assert lifted.cause == CAUSE
    told.lives(5)
    assert not told.stands()
    told.world.assert_refolds()


def test_what_a_person_released_does_not_stop_again_unless_it_doubles_or_comes_back():
    told = Watched("a")
    told.lives(5, a=PRICE + 300)
    told.release()
    told.lives(10, a=PRICE + 310)
    assert not told.stands()
    told.lives(5, a=PRICE + 3_000)
    assert told.stands()
    told.release()
    told.lives(10)
    told.lives(6, a=PRICE - 3_000)
    assert told.stands()


def test_a_start_between_finds_the_release_in_the_state():
    told = Watched("a")
    told.lives(5, a=PRICE + 300)
    told.release()
    state = told.world.state
    again = snapshot.load(state.ledger, snapshot.dump(state))
    assert again.restrictions.released == state.restrictions.released != {}
    assert digest(again) == digest(state)


def test_a_release_of_a_time_that_has_not_come_hides_nothing():
    part = Restrictions()
    fact = {"scope": "node", "cause": CAUSE, "level": "reducing", "reason": "", "evidence": ""}
    part.restricted(RestrictionSet(at_ns=1, **fact))
    part.lifted(RestrictionLifted(at_ns=START + 10**15, **fact))
    part.no_later(START)
    assert part.released == {CAUSE: START}


def test_releases_are_bounded_and_the_newest_are_kept():
    part = Restrictions()
    for number in range(RELEASED_MAX + 5):
        fact = {"scope": "node", "cause": f"stress:{number}", "level": "reducing"}
        part.lifted(RestrictionLifted(at_ns=number, reason="", evidence="", **fact))
    assert len(part.released) == RELEASED_MAX
    assert "stress:4" not in part.released


def test_a_venue_that_policy_does_not_hedge_at_stops_nothing():
    told = Watched("a")
    told.world.policy(overlay_venues=())
    told.lives(5, a=PRICE * 2)
    assert not told.stands()


@pytest.mark.parametrize("enabled", [True, False])
def test_a_policy_without_an_overlay_hedges_nowhere(enabled):
    told = Watched("a")
    told.world.policy(overlay_enabled=enabled)
    told.lives(5, a=PRICE * 2)
    assert bool(told.stands()) == enabled


def test_the_status_says_who_may_release_it_and_how():
    told = Watched("a")
    told.lives(5, a=PRICE * 102 // 100)
    (row,) = [row for row in view.rows(told.world.state) if row["cause"] == CAUSE]
    assert row["released_by"] == "person"
    assert row["do"].endswith(f"edgenode release {CAUSE} --reason TEXT")
    (problem,) = [p for p in view.problems(told.world.state) if p["cause"] == CAUSE]
    assert problem["text"].startswith("Basis of a in WETH-USDC: ")


@pytest.mark.parametrize(("kind", "venues"), [("fill_rate", "a"), ("fill_rate", "ab")])
def test_hedges_that_fill_no_more_stop_their_venue_and_a_release_begins_anew(kind, venues):
    told = Watched(venues)
    world, cause = told.world, f"stress:{kind}:a/WETH-USDC"
    misses = [Went(world.now - 90 + i, PRICE, 100, 0, None) for i in range(90)]
    world.state.hedged.went[HedgeKey("a", WETH)] = Rows(len(misses), misses)
    told.lives(1)
    scope = "instrument:WETH-USDC" if venues == "a" else "venue:a"
    assert told.stands() == {(scope, cause): "reducing"}
    row = world.state.restrictions.find(scope, cause)
    assert row.reason.startswith("fill rate of a in WETH-USDC: 0 of the newest ")
    told.release(cause)
    told.lives(2)
    assert not told.stands()


FILL_RATE = "stress:fill_rate:a/WETH-USDC"
HAPPENS = st.lists(
    st.one_of(
        st.tuples(st.just("lives"), st.integers(1, 9)),
        st.tuples(st.just("silent"), st.integers(1, 30)),
        st.tuples(st.sampled_from(("back", "trusted")), st.integers(1, 7_200)),
    ),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(HAPPENS)
def test_no_silence_and_no_clock_stops_again_what_a_person_released(happens):
    told = Watched("a")
    world, off = told.world, PRICE * 102 // 100
    misses = [Went(world.now - (90 - i) * MINUTE_NS, PRICE, 100, 0, None) for i in range(90)]
    world.state.hedged.went[HedgeKey("a", WETH)] = Rows(len(misses), misses)
    told.lives(5, a=off)
    assert {cause for _, cause in told.stands()} == {CAUSE, FILL_RATE}
    told.release()
    told.release(FILL_RATE)
    for what, count in happens:
        match what:
            case "lives":
                told.lives(count, a=off)
            case "silent":
                told.silent(count)
            case _:
                world.now -= count * SECOND
                if what == "trusted":
                    world.trust()
    told.lives(9, a=off)
    assert not told.stands()


def test_where_the_other_venue_falls_silent_no_new_risk_is_taken_until_it_is_heard():
    told = Watched("ab")
    told.lives(5, a=PRICE * 102 // 100)
    told.venues = "a"
    told.lives(2, a=PRICE * 102 // 100)
    instrument = ("node", "stale:b")
    assert told.world.restricted()[instrument] == "reducing"
    asked = OrderAsked(intent("T1", side="buy", lots=100), "p")
    assert [f for f in told.world.facts(asked) if isinstance(f, OrderDenied)]
    told.venues = "ab"
    told.lives(3, a=PRICE * 102 // 100)
    assert told.world.restricted() == {("venue:a", CAUSE): "reducing"}


def test_where_policy_names_no_other_venue_any_more_the_instrument_is_stopped():
    told = Watched("ab")
    world, off = told.world, PRICE * 102 // 100
    told.lives(5, a=off)
    both = world.state.rules.policy.overlay_venues
    world.policy(overlay_venues=tuple(one for one in both if one.venue == "a"))
    told.lives(2, a=off)
    assert told.stands() == {
        ("venue:a", CAUSE): "reducing",
        ("instrument:WETH-USDC", CAUSE): "reducing",
    }
    told.release()
    told.lives(5, a=off)
    assert not told.stands()
