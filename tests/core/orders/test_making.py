"""A quote in the making: why none may stand, and a bid that is no room of the ask's."""

import pytest

from edgenode.core.gate.check import NOTHING_REPLACED
from edgenode.core.observations import AuctionAsked, PauseAsked
from edgenode.core.orders.making import REDUCING, Making, begun
from tests.core.orders.test_renewal import quoting
from tests.core.world import SECOND, WETH


def making(world):
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    reference = world.seen.reference(policy, WETH, world.now)
    event_id = world.state.limits.event_at(world.now)
    return begun(
        *(world.state, world.seen, policy, instrument, reference, NOTHING_REPLACED, event_id),
        world.now,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda world: world.policy(quote_size_lots=0), "no quoter"),
        (
            lambda world: world.observe(
                PauseAsked(paused=True, hedges=False, reason="", actor="p")
            ),
            "paused",
        ),
        (
            lambda world: world.observe(
                AuctionAsked(instrument=WETH, ends=world.now + SECOND, actor="p")
            ),
            "auction",
        ),
        (lambda world: world.books.clear(), "no fresh reference"),
        (lambda world: world.restrict(f"instrument:{WETH}", "halted"), "halted"),
    ],
)
def test_why_no_quote_may_stand_is_told_before_anything_is_priced(change, reason):
    world = quoting()
    change(world)
    assert making(world) == reason


def test_the_bid_is_made_before_the_ask_and_stays_beside_it():
    world = quoting(quote_size_lots=0)
    world.policy(quote_size_lots=500)
    made = making(world)
    assert isinstance(made, Making)
    made.bid()
    bid = (made.bid_ticks, made.bid_lots)
    quote = made.quote()
    assert (quote.bid_ticks, quote.bid_lots) == bid
    assert quote.ask_ticks > quote.bid_ticks
    assert made.reason == "active"


def test_what_reduces_alone_is_made_where_trading_only_reduces():
    world = quoting()
    world.restrict("node", "reducing")
    made = making(world)
    made.bid()
    assert made.reason == REDUCING
    assert made.quote() is None
