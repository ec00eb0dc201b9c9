"""A market that falls silent restricts what it concerns, names venue and age, and is steady."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Started, Tick
from edgenode.core.seen import Heard
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import Currency, FxRate, OrderDenied, RestrictionLifted, RestrictionSet
from tests.core.world import SECOND, WETH, World, intent

NODE_A, VENUE_A, VENUE_B = ("node", "stale:a"), ("venue:a", "stale:a"), ("venue:b", "stale:b")
BOTH = ("a", "b")
REFERENCE = ": it tells the reference price"


def world(*venues, **figures):
    """Return a node whose venues have a limit of 10 s, and no static price."""
    return World(PaperWorld(venues=venues, static_reference_ticks=None, **figures))


def tick(made, *venues, seconds=1, late_s=0):
    """Let time pass and these venues publish; returns the facts on restrictions."""
    made.now += seconds * SECOND
    for venue in venues:
        made.publish(venue, 150_000, late_s=late_s)
    facts = made.facts(Tick())
    return [f for f in facts if isinstance(f, RestrictionSet | RestrictionLifted)]


def told(words):
    """Return how a venue is named, and how where it tells the reference price."""
    return {words, words + REFERENCE}


def test_the_only_venue_falls_silent_and_is_named_with_its_age():
    made = world("a")
    assert tick(made, "a") == []
    assert tick(made, seconds=10) == []
    assert {(f.scope, f.cause) for f in tick(made)} == {NODE_A, VENUE_A}
    row = made.state.restrictions.find(*NODE_A)
    assert (row.level, row.reason) == (
        "reducing",
        f"no book from a for 11 s (limit 10 s){REFERENCE}",
    )
    assert tick(made, seconds=100) == [], "it is recorded when it sets"
    assert isinstance(made.facts(OrderAsked(intent(), "c"))[0], OrderDenied)
    assert all(isinstance(f, RestrictionLifted) for f in tick(made, "a"))
    assert made.restricted() == {}
    made.assert_refolds()


def test_a_venue_that_was_never_heard_of_is_silent_from_the_first_tick():
    made = world("a")
    assert {f.reason for f in tick(made)} == told("no book from a yet (limit 10 s)")
    assert made.state.restrictions.level() == "reducing"


def test_one_of_several_that_falls_silent_restricts_itself_alone():
    made = world(*BOTH)
    tick(made, *BOTH)
    tick(made, "a", seconds=45)
    assert [(f.scope, f.cause) for f in tick(made, "a")] == [VENUE_B]
    assert made.state.restrictions.level(f"instrument:{WETH}") == "active"
    tick(made, "a", "b")
    assert made.restricted() == {}


def test_the_reference_venue_that_falls_silent_holds_all_and_a_static_price_stands_in_for_it():
    made = world(*BOTH)
    tick(made, *BOTH)
    tick(made, "b", seconds=11)
    assert made.restricted() == {NODE_A: "reducing", VENUE_A: "reducing"}
    made.policy(static_reference_ticks=150_000)
    tick(made, "b")
    assert made.restricted() == {VENUE_A: "reducing"}


def test_without_a_usable_hedge_venue_all_is_held_though_there_is_a_price():
    made = World(PaperWorld(venues=BOTH))
    tick(made)
    assert {cause for scope, cause in made.restricted() if scope == "node"} == {
        "stale:a", "stale:b",
    }  # fmt: skip
    tick(made, "b")
    assert made.restricted() == {VENUE_A: "reducing"}, "what was held for lack of both is free"


def test_a_policy_without_an_overlay_needs_no_hedge_venue():
    assert tick(World(PaperWorld(venues=BOTH, overlay_enabled=False))) == []
    made = world("a", overlay_enabled=False)
    assert [(f.scope, f.cause) for f in tick(made)] == [NODE_A], "but a price it needs"


def test_a_static_price_is_obeyed_in_paper_alone():
    made = World(PaperWorld(venues=()))
    assert tick(made) == []
    made.observe(Started(boot_tag=2, version="0", mode="live"))
    assert [(f.scope, f.cause) for f in tick(made)] == [NODE_A]
    assert made.seen.reference(made.state.rules.policy, WETH, made.now) is None
    made.policy(static_reference_ticks=150_000)
    assert made.seen.reference(made.state.rules.policy, WETH, made.now) is None
    made.assert_refolds()


def test_books_dated_ahead_of_this_clock_are_no_market():
    made = world("a")
    assert {f.reason for f in tick(made, "a", late_s=-8)} == told(
        "the books of a are dated 8 s ahead of this clock"
    )


def arrived(made, venue, *, late_s, gap_s=1):
    """Let a book arrive now that is dated `late_s` earlier, `gap_s` after the one before."""
    made.publish(venue, 150_000, late_s=late_s)
    heard = {(venue, WETH): Heard(made.now, gap_s * SECOND)}
    made.seen = replace(made.seen, heard={**made.seen.heard, **heard})


def test_an_age_counts_from_receipt_so_that_a_known_lag_is_no_silence():
    made = world("a")
    made.now += SECOND
    arrived(made, "a", late_s=8)
    assert tick(made) == []
    assert tick(made, seconds=8) == []
    assert {f.reason for f in tick(made, seconds=2)} == told(
        "no book from a for 11 s (limit 10 s)"
    )


def test_books_that_are_too_old_when_they_arrive_are_no_market():
    made = world("a")
    arrived(made, "a", late_s=12)
    assert {f.reason for f in tick(made)} == told(
        "the books of a are 12 s old when they arrive (limit 10 s)"
    )


def test_another_currency_without_a_young_rate_holds_its_instrument():
    made = world("a")
    tick(made, "a")
    other = replace(made.state.rules.instruments[WETH], id="WETH-EUR", quote="EUR",
                    tick_lot_minor=1)  # fmt: skip
    made.adopt(Currency(at_ns=made.now, code="EUR", decimals=2))
    made.state.rules.instrument_set(other)
    tick(made, "a")
    held = made.restricted()
    assert held["instrument:WETH-EUR", "no_rate"] == "reducing"
    assert made.state.restrictions.level(f"instrument:{WETH}") == "active"
    rate = FxRate(at_ns=made.now, base="EUR", quote="USDC", bid_ppb=10**9, ask_ppb=10**9,
                  as_of=made.now, source="s")  # fmt: skip
    made.adopt(rate)
    tick(made, "a")
    assert ("instrument:WETH-EUR", "no_rate") not in made.restricted()


def test_a_venue_that_policy_names_no_more_is_free():
    made = world(*BOTH)
    tick(made, "a")
    assert VENUE_B in made.restricted()
    held = made.state.rules.policy
    made.policy(overlay_venues=held.overlay_venues[:1])
    tick(made, "a")
    assert made.restricted() == {}


@pytest.mark.parametrize("gap_s", [12, 15, 60])
def test_books_that_come_further_apart_than_the_limit_set_their_cause_once(gap_s):
    made, entries = world("a"), 0
    for second in range(600):
        made.now += SECOND
        if second % gap_s == 0:
            arrived(made, "a", late_s=0, gap_s=gap_s if second else 0)
        entries += len([f for f in made.facts(Tick()) if isinstance(f, RestrictionSet)])
    assert entries == 2
    assert set(made.restricted()) == {NODE_A, VENUE_A}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 60), st.sets(st.sampled_from(BOTH))), max_size=20))
def test_the_causes_are_a_function_of_what_is_heard_now(steps):
    """Without a memory of waits, the restrictions are those of a node that just began to look."""
    made = world(*BOTH)
    for seconds, venues in steps:
        tick(made, *venues, seconds=seconds)
        fresh = world(*BOTH)
        fresh.books, fresh.now = made.books, made.now
        fresh.seen = made.seen
        fresh.observe(Tick())
        assert made.restricted() == fresh.restricted()
    made.assert_refolds()
