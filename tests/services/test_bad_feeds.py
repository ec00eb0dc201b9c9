"""Whatever one venue's feed says, it stops at most that venue, and what it did is shown.

the feed of `a`             what follows
--------------------------  ---------------------------------------------------------------
lies within bounds          nothing: that is what a basis is
jumps by 10^6, once         nothing
stays 10^6 away, or 3 %     stress:basis:a at venue:a; b and the instrument trade on
stops, repeats one book,    stale:a: it is not looked at as a basis
is dated ahead
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import Tick
from edgenode.daemon.view import stress
from edgenode.services.market import MarketBoard
from tests.core.world import SECOND, WETH, World

PRICE, MINUTE = 150_000, 60 * SECOND
JUMP = PRICE * 10**6
MIDS = st.one_of(
    st.sampled_from((PRICE, JUMP, 1, None, "repeats", "ahead")), st.integers(1, 2**52)
)


class At:
    """A clock that stands where the world's does."""

    def __init__(self, world):
        self.world = world

    def now_ns(self):
        return self.world.now


class Heard:
    """A world with the reference `ref` and the venues `a` and `b`, heard through a board."""

    def __init__(self):
        self.world = World()
        venue = self.world.state.rules.policy.overlay_venues[0]
        self.world.policy(
            reference_venue="ref",
            static_reference_ticks=None,
            overlay_venues=tuple(replace(venue, venue=name) for name in "ab"),
        )
        self.board = MarketBoard(At(self.world))
        self.world.seen = self.board.seen
        for _ in range(90):
            self.lives(PRICE)

    def lives(self, told, reference=PRICE):
        """Let a minute pass in which `a` says this at its begin, and others what is so."""
        self.world.now += MINUTE
        self.say("ref", reference)
        self.say("b", PRICE)
        if told == "ahead":
            self.say("a", JUMP, ahead_s=3_600)
        elif told == "repeats":
            self.hear(self.world.books["a", WETH])
        elif told is not None:
            self.say("a", told)
        self.world.observe(Tick())

    def say(self, venue, mid, ahead_s=0):
        self.world.publish(venue, mid, late_s=-ahead_s)
        self.hear(self.world.books[venue, WETH])

    def hear(self, book):
        self.board._hear(book)
        self.board.watched(self.world.state.rules.policy, book)

    def stands(self, family):
        return {key for key in self.world.restricted() if key[1].startswith(f"{family}:")}


STOPPED = {("venue:a", f"stress:basis:a/{WETH}")}


@pytest.mark.parametrize(
    ("told", "stressed", "stale"),
    [
        ([PRICE + 60, PRICE - 75] * 6, False, False),
        ([JUMP, *[PRICE] * 11], False, False),
        ([1, 1, *[PRICE] * 10], False, False),
        ([JUMP] * 12, True, False),
        ([PRICE * 103 // 100] * 12, True, False),
        ([None] * 12, False, True),
        (["repeats"] * 12, False, True),
        (["ahead"] * 12, False, True),
    ],
)
def test_a_feed_does_what_the_table_says(told, stressed, stale):
    heard = Heard()
    for one in told:
        heard.lives(one)
    assert heard.stands("stress") == (STOPPED if stressed else set())
    assert bool(heard.stands("stale")) == stale
    shown = {row["venue"]: row for row in stress.rows(heard.world.state, heard.world.seen)}
    assert shown["a"]["stopped"] == stressed
    assert shown["b"]["state"] == "quiet"


@given(st.lists(MIDS, max_size=14))
@settings(deadline=None, max_examples=25)
def test_whatever_one_feed_says_no_other_venue_and_no_instrument_is_stopped(told):
    heard = Heard()
    for one in told:
        heard.lives(one)
    assert heard.stands("stress") <= STOPPED
    heard.world.assert_refolds()


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_reference_that_is_wrong_for_two_minutes_stops_nothing(wrong):
    heard = Heard()
    for _ in range(wrong):
        heard.lives(PRICE, reference=JUMP)
    for _ in range(10):
        heard.lives(PRICE)
    assert heard.stands("stress") == set()


def test_a_reference_that_stays_wrong_stops_the_instrument():
    heard = Heard()
    for _ in range(6):
        heard.lives(PRICE, reference=PRICE * 2)
    assert {scope for scope, _ in heard.stands("stress")} == {"venue:a", f"instrument:{WETH}"}
