"""No match is made on a quote whose reference is older than the newest that was seen."""

import random

import pytest

from edgenode.core.observations import AmendAsked, Decision, OrderAsked, Requote, Tick
from edgenode.core.orders.quotes import renewed
from edgenode.core.orders.renewal import beside_hedge, outdated, takes_more
from edgenode.core.state.order import quote_order_id
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FillRecorded, OrderAmended, OrderDone, QuotesSet
from edgenode.model.orders import SIDES
from tests.core.world import SECOND, WETH, World, intent


def quoting(mid=150_000, **figures):
    wanted = {"quote_size_lots": 500, "venues": ("a",), "static_reference_ticks": None, **figures}
    world = World(PaperWorld(**wanted))
    world.publish("a", mid)
    world.observe(Tick())
    return world


def kinds(facts):
    return [type(fact).__name__ for fact in facts]


def test_an_order_that_would_lift_an_old_quote_leads_to_its_renewal_first():
    world = quoting()
    world.publish("a", 151_500)
    facts = world.facts(OrderAsked(intent(lots=500, price=151_000, time_in_force="ioc"), "c"))
    assert kinds(facts) == ["QuotesSet", "OrderGated", "OrderDone"]
    assert facts[0].reference_ticks == 151_500
    world.assert_refolds()


def test_a_quote_without_a_fresh_reference_is_pulled_before_it_is_lifted():
    world = quoting()
    world.now += 60 * SECOND
    facts = world.facts(OrderAsked(intent(lots=500, price=151_000, time_in_force="ioc"), "c"))
    assert kinds(facts)[0] == "QuotesSet"
    assert world.state.orders.quote_lots(WETH) == (0, 0)
    assert not [f for f in facts if isinstance(f, FillRecorded)]


def test_an_order_that_lifts_nothing_and_one_asked_for_again_renew_nothing():
    world = quoting()
    world.observe(OrderAsked(intent("T", lots=5, price=140_000), "c"))
    world.publish("a", 151_500)
    for ask in (intent("low", lots=5, price=140_000), intent("T", lots=5, price=151_000)):
        assert outdated(world.state, world.seen, OrderAsked(ask, "c"), world.now) is None
    away = intent("away", venue="a", price=151_000)
    assert outdated(world.state, world.seen, OrderAsked(away, "c"), world.now) is None
    assert outdated(world.state, world.seen, Tick(), world.now) is None
    market = intent("M", type="market", price=None)
    assert outdated(world.state, world.seen, OrderAsked(market, "c"), world.now) == WETH


def amend(order_id, price):
    return AmendAsked(order_id=order_id, client_order_id="A", quantity_lots=50, price_ticks=price,
                      actor="c")  # fmt: skip


def test_a_change_that_would_lift_an_old_quote_leads_to_its_renewal_first():
    world = quoting()
    rests = world.facts(OrderAsked(intent("T", lots=50, price=149_000), "c"))[0].order_id
    world.publish("a", 150_200)
    facts = world.facts(amend(rests, 151_000))
    assert kinds(facts)[:2] == ["QuotesSet", "OrderAmended"]
    price = {f.price_ticks for f in facts if isinstance(f, FillRecorded)}
    assert price == {facts[0].ask_ticks}


def test_where_the_renewed_quote_takes_the_order_itself_there_is_nothing_to_change():
    world = quoting()
    rests = world.facts(OrderAsked(intent("T", lots=50, price=150_000), "c"))[0].order_id
    world.publish("a", 149_500)  # the new ask lies below the order that rests
    facts = world.facts(amend(rests, 151_000))
    assert not [f for f in facts if isinstance(f, OrderAmended)]
    assert [(f.order_id, f.reason) for f in facts if isinstance(f, OrderDone)] == [
        (rests, "filled")
    ]
    world.assert_refolds()


def test_beside_a_hedge_a_quote_is_cut_and_one_that_may_only_reduce_is_made_anew():
    world = quoting()
    hedge = intent("H", account="desk:overlay", venue="a", lots=50, price=150_200)
    (gated, _) = world.facts(OrderAsked(hedge, "rule"))
    assert beside_hedge(world.state, gated) == ()
    world.policy(unhedged_max=500 + gated.saw.worst_after)
    assert beside_hedge(world.state, gated) == ()
    world.policy(unhedged_max=499 + gated.saw.worst_after)
    assert beside_hedge(world.state, gated) == (Requote(WETH, cut=True),)
    world.restrict("node", "reducing")
    world.observe(Tick())
    assert world.state.orders.quotes[WETH].reason == "reducing"
    assert beside_hedge(world.state, gated) == (Requote(WETH),)


def test_a_hedge_that_is_sent_changes_no_quote_that_may_be_carried_unhedged():
    world = quoting(unhedged_max=10_000)
    world.publish("a", 150_100)
    hedge = intent("H", account="desk:overlay", venue="a", lots=50, price=150_200)
    assert kinds(world.facts(OrderAsked(hedge, "rule"))) == ["OrderGated", "OrderSent"]
    world.policy(unhedged_max=0, overlay_venues=())
    assert world.state.orders.quote_lots(WETH) == (0, 0)


def test_what_takes_more_is_told_from_what_frees():
    world = quoting()

    def more():
        return takes_more(world.state, renewed(world.state, world.seen, WETH, world.now))

    assert not takes_more(world.state, Decision())
    world.publish("a", 149_000)  # the bid holds less cash
    assert not more()
    world.publish("a", 151_000)  # and more
    assert more()
    world.observe(Tick())
    world.policy(quote_size_lots=0)
    assert not more()


def draw(world, rng, number, mid):
    """Return what is asked next: time passes, an order comes, or one that rests changes."""
    price, what = mid + rng.randint(-300, 300), rng.random()
    rests = [row.order_id for row in world.state.orders.book(WETH).orders()
             if row.order_id in world.state.orders.orders]  # fmt: skip
    if what < 0.15:
        return Tick()
    if what < 0.3 and rests:
        return AmendAsked(order_id=rng.choice(rests), client_order_id=f"A{number}",
                          quantity_lots=rng.randint(1, 200), price_ticks=price,
                          actor="c")  # fmt: skip
    kind = {"side": rng.choice(SIDES), "lots": rng.randint(1, 300)}
    if what < 0.4:
        market = intent(f"T{number}", type="market", price=None, time_in_force="ioc", **kind)
        return OrderAsked(market, "c")
    lasts = rng.choice(("day", "ioc"))
    return OrderAsked(intent(f"T{number}", price=price, time_in_force=lasts, **kind), "c")


@pytest.mark.parametrize("seed", range(8))
def test_no_match_is_made_on_a_quote_older_than_the_newest_reference(seed):
    """Law: whatever is asked, changed and published, in whatever order."""
    rng = random.Random(seed)
    world = quoting()
    made, mid = {}, 150_000
    for number in range(150):
        world.now += rng.choice((0, 0, 1, 12)) * SECOND
        mid += rng.choice((0, rng.randint(-400, 400)))
        if rng.random() < 0.8:
            world.publish("a", mid)
        asked = draw(world, rng, number, mid)
        reference = world.seen.reference(world.state.rules.policy, WETH, world.now)
        standing = world.state.orders.quotes.get(WETH)
        if standing:
            made |= {quote_order_id(standing.quote_id, side): standing for side in SIDES}
        for fact in world.facts(asked):
            if isinstance(fact, QuotesSet):
                made |= {quote_order_id(fact.quote_id, side): fact for side in SIDES}
            if isinstance(fact, FillRecorded) and fact.order_id in made:
                assert reference is not None
                assert made[fact.order_id].reference_ticks == reference.ticks
    world.assert_refolds()
