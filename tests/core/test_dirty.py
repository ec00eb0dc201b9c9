"""A step looks at each dirty thing once a rank, frees before it takes, and ends at any size."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.dirty import Dirty, Rank
from edgenode.core.observations import (
    AmendAsked,
    AuctionAsked,
    AuctionDue,
    Filled,
    OrderAsked,
    PauseAsked,
    Requote,
    SliceDue,
    Tick,
)
from edgenode.model.facts import AuctionClosed, BreakOpened, FillRecorded, QuotesSet
from tests.core.markets import Markets
from tests.core.world import SECOND, WETH, World, intent

MANY = 200


def taken(dirty):
    return [(rank.name, thing) for rank, thing in dirty.take()]


def test_things_come_once_each_by_rank_and_by_name():
    dirty = Dirty()
    slices = [SliceDue(intent(name)) for name in ("z", "a")]
    dirty.add((Requote("b"), *slices, Filled("2"), Requote("a")), Rank.FIRST)
    dirty.add((AuctionDue("c"), Filled("1"), Requote("a")), Rank.FIRST)
    assert dirty
    assert taken(dirty) == [
        ("ORDERS", Filled("1")), ("ORDERS", Filled("2")), ("CALLS", AuctionDue("c")),
        ("FREEING", Requote("a")), ("FREEING", Requote("b")),
        *(("HEDGES", one) for one in slices),  # as they were asked for
    ]  # fmt: skip
    assert not dirty


@pytest.mark.parametrize(("after", "rank"), [("HEDGES", "BEHIND"), ("BEHIND", "TAKING")])
def test_a_quote_that_is_dirty_again_frees_behind_hedges_and_else_takes(after, rank):
    dirty = Dirty()
    dirty.add((SliceDue(intent("h")),), Rank.FIRST)
    dirty.add((Requote("a"),), Rank[after])
    assert taken(dirty) == [("HEDGES", SliceDue(intent("h"))), (rank, Requote("a"))]


def test_a_quote_that_is_made_anew_is_not_cut_beside_that():
    dirty = Dirty()
    dirty.add((Requote("a"), Requote("a", cut=True), Requote("b", cut=True)), Rank.HEDGES)
    assert [thing for _, thing in taken(dirty)] == [Requote("a"), Requote("b", cut=True)]


def test_no_decision_makes_an_earlier_rank_dirty():
    with pytest.raises(AssertionError, match="may not follow HEDGES"):
        Dirty().add((Filled("1"),), Rank.HEDGES)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 9)), max_size=60))
def test_whatever_decisions_add_each_thing_is_taken_at_most_once_a_rank(script):
    """Law: the number of decisions is at most that of the things, per rank."""
    makes = (Filled, AuctionDue, Requote, lambda n: SliceDue(intent(n)))
    dirty, seen, script = Dirty(), Counter(), iter(script)
    dirty.add((Requote("0"), Filled("0")), Rank.FIRST)
    for rank, thing in dirty.take():
        seen[rank, thing] += 1
        for _, kind, number in [next(script, (0, 2, 0)) for _ in range(2)]:
            new = makes[kind](str(number))
            later = {0: Rank.ORDERS, 1: Rank.CALLS, 3: Rank.HEDGES}.get(kind, Rank.TAKING)
            if later > rank:
                dirty.add((new,), rank)
    assert max(seen.values()) == 1


@pytest.fixture(scope="module")
def markets():
    return Markets(MANY)


def test_two_hundred_instruments_with_quotes_calls_and_fills_take_one_step_each(markets):
    """A tick, calls that end, a policy, a pause: nothing bounds a legal step."""
    world = markets
    world.publish_all(150_000)
    facts = world.facts(Tick())
    assert len([f for f in facts if isinstance(f, QuotesSet)]) == MANY
    for number, name in enumerate(world.ids):
        if number % 4 == 0:
            world.observe(AuctionAsked(instrument=name, ends=world.now + SECOND, actor="p"))
        rests = intent(f"R{number}", side="sell", lots=30, price=150_300, instrument=name)
        world.observe(OrderAsked(rests, "c"))
    world.now += SECOND
    world.publish_all(151_000)
    facts = world.facts(Tick())  # every new bid crosses the order that rests
    kinds = Counter(type(fact) for fact in facts)
    assert kinds[AuctionClosed] == MANY // 4
    assert kinds[FillRecorded] == 2 * MANY
    assert kinds[QuotesSet] == MANY
    assert not kinds[BreakOpened]
    held = world.state.rules.policy
    facts = [
        r.fact for r in world.adopt(replace(held, version=held.version + 1, quote_size_lots=400))
    ]
    assert Counter(type(fact) for fact in facts)[QuotesSet] == MANY
    pause = PauseAsked(paused=True, hedges=False, reason="", actor="p")
    facts = world.facts(pause)
    assert Counter(type(fact) for fact in facts)[QuotesSet] == MANY
    assert [f.instrument for f in facts if isinstance(f, QuotesSet)] == sorted(world.ids)


def test_a_step_of_one_instrument_costs_the_same_beside_two_hundred(markets):
    """Its decisions are those of what is dirty: one quote, whatever else is quoted."""
    world = markets
    size = world.state.size
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="p"))
    world.publish_all(151_000)
    world.observe(Tick())
    assert world.state.size > size
    facts = world.facts(OrderAsked(intent("one", lots=10, price=152_000), "c"))
    assert {f.instrument for f in facts if isinstance(f, QuotesSet)} == {WETH}


def amended(world, rng, number, mid):
    """Change one of the orders that rest."""
    orders = world.state.orders.orders
    rests = [one for one in orders.values() if one.state == "WORKING"]
    if not rests:
        return []
    change = AmendAsked(
        order_id=rng.choice(rests).gated.order_id, client_order_id=f"A{number}",
        quantity_lots=rng.randint(1, 500), price_ticks=mid + rng.randint(-1_200, 1_200), actor="c",
    )  # fmt: skip
    return world.facts(change)


@pytest.mark.parametrize("seed", range(6))
def test_none_of_our_own_acts_makes_more_reserved_and_spent_than_a_grant_gives(seed):
    """Law: orders, changes, quotes and requotes of scarce grants, at prices that jump."""
    rng = random.Random(seed)
    world = Markets(
        3, position_lots=rng.choice((300, 600)), cash_limit=rng.choice((9_000, 40_000))
    )
    mid = 150_000
    for number in range(120):
        world.now += rng.choice((0, 1, 30)) * SECOND
        mid += rng.randint(-900, 900)
        world.publish_all(mid)
        rests = intent(
            f"T{number}", side=rng.choice(("buy", "sell")), lots=rng.randint(1, 500),
            price=mid + rng.randint(-1_200, 1_200), instrument=rng.choice(world.ids),
        )  # fmt: skip
        facts = world.facts(OrderAsked(rests, "c"))
        facts += amended(world, rng, number, mid) + world.facts(Tick())
        opened = [fact.type for fact in facts if isinstance(fact, BreakOpened)]
        assert "grant_overdrawn" not in opened
        for account in world.state.grants.accounts.values():
            assert account.reserved + account.spent <= account.grant.limit
        for name in world.ids:
            for side in ("buy", "sell"):
                limit = world.state.grants.position_limit(name, side, world.now, reducing=False)
                assert world.state.position_use("desk:book", name, side) <= limit
    world.assert_refolds()


def test_a_requote_that_crosses_frees_the_old_quote_before_it_takes():
    world = Markets(1, position_lots=600)
    world.publish_all(150_000)
    world.observe(Tick())
    world.observe(OrderAsked(intent("R", side="sell", lots=500, price=150_500), "c"))
    world.publish_all(151_000)
    facts = world.facts(Tick())
    kinds = [type(fact).__name__ for fact in facts if not isinstance(fact, BreakOpened)]
    assert kinds.index("QuotesSet") < kinds.index("FillRecorded")
    assert "grant_overdrawn" not in [getattr(fact, "type", "") for fact in facts]
    assert world.state.position_use("desk:book", WETH, "buy") == 500
    world.assert_refolds()


def test_the_same_observation_gives_the_same_facts_in_the_same_order():
    def run():
        world = Markets(12)
        world.publish_all(150_000)
        world.observe(Tick())
        world.publish_all(150_700)
        return [entry.entry.body for entry in world.observe(Tick())]

    assert run() == run()


@pytest.mark.parametrize(
    ("mid", "first"), [(149_000, "QuotesSet"), (151_000, "OrderGated")], ids=["frees", "takes"]
)
def test_hedges_wait_for_quotes_that_free_and_quotes_that_take_wait_for_hedges(mid, first):
    """A cheaper bid holds less cash than the one that it replaces, a dearer one more."""
    world = World()
    world.policy(horizon_s=30)
    for venue in "ab":
        world.publish(venue, 150_000)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T", lots=400, price=151_000), "c"))
    world.now += 30 * SECOND
    for venue in "ab":
        world.publish(venue, mid)
    kinds = [type(fact).__name__ for fact in world.facts(Tick())]
    assert next(kind for kind in kinds if kind in {"QuotesSet", "OrderGated"}) == first
