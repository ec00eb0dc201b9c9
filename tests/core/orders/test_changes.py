"""Cancel, cancel all, amend with re-gating, and their place in the queue."""

from dataclasses import replace

import pytest

from edgenode.core.observations import (
    AmendAsked,
    CancelAllAsked,
    CancelAsked,
    Funded,
    OrderAsked,
    Reported,
    Tick,
)
from edgenode.core.state import snapshot
from edgenode.model.errors import RefusedError
from edgenode.model.facts import GrantRevoked
from edgenode.model.ids import LOCAL_VENUE
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, Finished
from tests.core.world import CUSTOMER, LEDGER, SECOND, START, World, intent

OTHER = "customer:c2"


def world_with(*asks):
    """Return a world without a quoter, two funded customers, and these orders' ids."""
    world = World()
    world.policy(quote_size_lots=0, overlay_enabled=False)
    for currency, instrument, amount in (
        ("USDC", None, 150_000 * 10**6),
        (None, "WETH-USDC", 10**4),
    ):
        world.observe(Funded(account=OTHER, venue="local", currency=currency,
                             instrument=instrument, amount=amount, reference="r"))  # fmt: skip
    ids = [world.facts(OrderAsked(ask, ask.account))[0].order_id for ask in asks]
    return world, ids


def amend(order_id, name="N", lots=100, price=145_200):
    return AmendAsked(order_id=order_id, client_order_id=name, quantity_lots=lots,
                      price_ticks=price, actor=CUSTOMER)  # fmt: skip


def kinds(world, observation):
    return [r.entry.kind for r in world.observe(observation)]


def queue(world):
    return [r.order_id for r in world.state.orders.book("WETH-USDC").orders()]


def held_back(world):
    return {k.asset: n for k, n in world.state.wallet.held.items() if k.account == CUSTOMER}


def test_less_at_the_same_price_keeps_its_place_and_frees_money():
    world, (one, two) = world_with(intent("A"), intent("B", account=OTHER))
    before = held_back(world)["USDC"]
    assert kinds(world, amend(one, lots=40)) == ["OrderAmended"]
    assert queue(world) == [one, two]
    assert world.state.orders.orders[one].remaining_lots == 40
    assert held_back(world)["USDC"] == before * 40 // 100
    world.assert_refolds()


@pytest.mark.parametrize(("lots", "price"), [(101, 145_200), (100, 145_201)])
def test_more_or_another_price_goes_behind(lots, price):
    world, (one, two) = world_with(intent("A"), intent("B", account=OTHER, price=price))
    assert kinds(world, amend(one, lots=lots, price=price)) == ["OrderAmended", "OrderWorking"]
    assert queue(world) == [two, one]
    world.assert_refolds()


def test_a_price_that_crosses_executes_at_once():
    world, (ask, bid) = world_with(
        intent("S", side="sell", account=OTHER, price=150_000, lots=30), intent("B", lots=100)
    )
    assert kinds(world, amend(bid, lots=80, price=150_000)) == [
        "OrderAmended", "FillRecorded", "FillRecorded", "OrderDone", "OrderWorking",
    ]  # fmt: skip
    held = world.state.orders.orders[bid]
    assert (held.filled_lots, held.remaining_lots, held.state) == (30, 50, OrderState.PARTIAL)
    assert world.state.orders.orders[ask].done_reason == "filled"
    # partly filled, it may be changed again; below what it has executed it may not
    assert kinds(world, amend(bid, "N2", lots=30, price=150_000)) == ["AmendDenied"]
    assert kinds(world, amend(bid, "N3", lots=31, price=150_000)) == ["OrderAmended"]
    assert held.remaining_lots == 1
    world.assert_refolds()


def test_a_change_is_gated_as_a_new_order_less_what_the_old_one_held():
    world, (one,) = world_with(intent("A", lots=1_000, price=145_200))
    poor = world.state.wallet.free(next(k for k in world.state.wallet.held if k.asset == "USDC"))
    assert poor < 1_100 * 145_200 * 100 * 100  # there would be no room for both
    world.policy(order_notional_max=20_000 * 10**6)
    (denied,) = world.facts(amend(one, lots=2_000))
    assert [r.code for r in denied.reasons] == ["EN107"]
    held = world.state.orders.orders[one]
    assert (held.gated.quantity_lots, held.state) == (1_000, OrderState.WORKING)
    assert kinds(world, amend(one, "N2", lots=1_010)) == ["OrderAmended", "OrderWorking"]
    world.assert_refolds()


def test_a_post_only_order_is_not_changed_into_one_that_takes():
    world, (_, bid) = world_with(
        intent("S", side="sell", account=OTHER, price=150_000), intent("B", post_only=True)
    )
    (denied,) = world.facts(amend(bid, price=150_000))
    assert [(r.code, r.name) for r in denied.reasons] == [("EN127", "post_only")]
    assert kinds(world, amend(bid, "N2", price=149_999)) == ["OrderAmended", "OrderWorking"]


def test_a_name_of_a_change_is_used_once_like_any_other():
    world, (one,) = world_with(intent("A"))
    assert kinds(world, amend(one, "A", lots=40)) == []
    assert kinds(world, amend(one, "N", lots=40)) == ["OrderAmended"]
    assert kinds(world, amend(one, "N", lots=30)) == []
    assert kinds(world, OrderAsked(intent("N"), CUSTOMER)) == []
    world.close_orders()
    assert kinds(world, amend(one, "N", lots=30)) == []


def test_nothing_to_change():
    world, (one,) = world_with(intent("A"))
    world.observe(CancelAsked(one, CUSTOMER))
    for order_id in (one, "NOBODYS"):
        with pytest.raises(RefusedError) as refused:
            world.observe(amend(order_id))
        assert refused.value.code == "EN006"


def test_a_cancel_ends_a_resting_order_once_and_frees_what_it_held():
    world, (one,) = world_with(intent("A"))
    assert kinds(world, CancelAsked(one, CUSTOMER)) == ["OrderDone"]
    assert kinds(world, CancelAsked(one, CUSTOMER)) == []
    assert held_back(world) == {}
    assert queue(world) == []


def test_cancel_all_ends_what_an_account_has_here_and_nothing_else():
    world, (one, two, other) = world_with(
        intent("A"), intent("B", side="sell", price=160_000), intent("C", account=OTHER)
    )
    assert kinds(world, CancelAllAsked(CUSTOMER, "rule:cancel_on_disconnect")) == ["OrderDone"] * 2
    assert queue(world) == [other]
    assert {one, two}.isdisjoint(queue(world))
    assert replace(intent("A")).venue == LOCAL_VENUE
    world.assert_refolds()


def test_a_change_never_takes_a_name_that_was_used_however_long_ago():
    world, (old,) = world_with(intent("OLD"))
    world.observe(CancelAsked(old, CUSTOMER))
    world.close_orders()
    (new, *_) = world.facts(OrderAsked(intent("NEW"), CUSTOMER))
    assert kinds(world, amend(new.order_id, name="OLD", lots=50)) == []
    assert kinds(world, amend(new.order_id, name="NEWER", lots=50)) == ["OrderAmended"]


def desk_order(**policy):
    """Return a world where desk:book rests 100 at 1,400.00, and limits that it uses up."""
    world, (id_,) = world_with(intent("D", account="desk:book", lots=100, price=140_000))
    world.policy(**policy)
    return world, id_


@pytest.mark.parametrize(
    "limit",
    [
        {"net_position_lots_max": 100},
        {"gross_notional_max": 100 * 150_000 * 100},
        {"event_gross_notional_max": 100 * 150_000 * 100},
        {"open_notional_max": 100 * 140_000 * 100},
        {"open_orders_max": 1},
    ],
)
def test_a_change_is_judged_as_if_the_order_it_replaces_were_gone(limit):
    world, id_ = desk_order(**limit)
    assert kinds(world, amend(id_, "UP", lots=101, price=140_000))[0] == (
        "OrderAmended" if "open_orders_max" in limit else "AmendDenied"
    )
    assert kinds(world, amend(id_, "SAME", lots=100, price=139_000))[0] == "OrderAmended"
    world.assert_refolds()


def test_a_changes_grants_and_spend_are_those_that_its_order_gives_back():
    world, id_ = desk_order()
    world.observe(CancelAsked(id_, CUSTOMER))
    ask = intent("D2", account="desk:book", lots=100, price=150_010)  # 10 ticks adverse
    cost, cash = 10 * 100 * 100, 100 * 150_010 * 100
    world.policy(event_spend_max=cost)
    for kind, limit in (("cost", cost), ("cash", cash)):
        grant = world.state.grants.accounts[f"{kind}-1"].grant
        world.adopt(replace(grant, id=f"{kind}-2", limit=limit, reducing_reserve=0))
        world.adopt(GrantRevoked(at_ns=world.now, id=f"{kind}-1", reason=""))
    (gated, *_) = world.facts(OrderAsked(ask, "desk"))
    changed = amend(gated.order_id, "A", lots=100, price=150_009)
    assert kinds(world, changed)[0] == "OrderAmended"
    assert kinds(world, amend(gated.order_id, "B", lots=100, price=150_010))[0] == "OrderAmended"
    (denied,) = world.facts(amend(gated.order_id, "C", lots=101, price=150_010))
    assert {r.name for r in denied.reasons} == {"grant_cost", "grant_cash", "event_spend_max"}
    world.assert_refolds()


def outside(**more):
    """Return a world with a working order at venue a, and its id."""
    world = World()
    world.publish("a", 150_000)
    ask = intent("H", account="desk:overlay", venue="a", lots=60, price=150_300, **more)
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    world.observe(Reported(Acked(venue="a", order_id=order_id)))
    return world, order_id


def test_an_order_at_an_outside_venue_whose_time_has_passed_is_asked_to_end_and_stays_reserved():
    world, order_id = outside(time_in_force="gtd", expires_ns=START + 5 * SECOND)
    held = world.state.reservations.orders[order_id]
    world.now += 6 * SECOND
    assert "CancelSent" in kinds(world, Tick())
    world.now += 6 * SECOND
    assert "CancelSent" not in kinds(world, Tick())  # once
    order = world.state.orders.orders[order_id]
    assert order.state is OrderState.WORKING
    assert world.state.reservations.orders[order_id] == held
    assert world.exposure().overlay == (0, 60)
    end = Finished(venue="a", order_id=order_id, reason="expired", cum_lots=0)
    assert kinds(world, Reported(end)) == ["OrderDone"]
    assert world.exposure().overlay == (0, 0)
    world.assert_refolds()


def test_a_person_may_have_an_outside_order_canceled_and_evidence_ends_it():
    world, order_id = outside()
    assert kinds(world, CancelAsked(order_id, "person:p")) == ["CancelSent"]
    assert kinds(world, CancelAsked(order_id, "person:p")) == []
    assert world.state.orders.orders[order_id].state is OrderState.WORKING
    world.assert_refolds()


@pytest.fixture(params=["live", "folded", "from a snapshot"])
def come_back(request):
    """Let a world's state be what a start would have."""

    def back(world):
        if request.param == "folded":
            world.state = world.refolded()
        if request.param == "from a snapshot":
            world.state = snapshot.load(LEDGER, snapshot.dump(world.state))

    return back


def test_a_reduce_only_order_is_changed_only_into_one_that_reduces(come_back):
    bought = intent("S", side="sell", account=OTHER, price=150_000, lots=30)
    world, _ = world_with(bought, intent("B", price=150_000, lots=30))  # the customer holds 30
    out = intent("OUT", side="sell", price=152_000, lots=20, reduce_only=True)
    first, last = world.facts(OrderAsked(out, CUSTOMER))
    assert [type(fact).__name__ for fact in (first, last)] == ["OrderGated", "OrderWorking"]
    assert first.reduce_only
    free = world.facts(OrderAsked(replace(out, client_order_id="F", reduce_only=False), CUSTOMER))
    world.observe(CancelAsked(free[0].order_id, CUSTOMER))
    world.assert_refolds()
    come_back(world)
    (denied,) = world.facts(amend(first.order_id, "N1", lots=31, price=152_000))
    (reason,) = denied.reasons
    assert (reason.code, reason.limit, reason.value) == ("EN120", "0.30", "0.31")
    come_back(world)  # a change leaves it what it is
    assert kinds(world, amend(first.order_id, "N2", 30, 151_900))[0] == "OrderAmended"
    come_back(world)
    (denied,) = world.facts(amend(first.order_id, "N3", lots=31, price=152_000))
    assert [r.code for r in denied.reasons] == ["EN120"]
    world.assert_refolds()


def test_any_other_order_says_nothing_of_reducing_and_may_grow():
    world, (one,) = world_with(intent("S", side="sell", price=152_000, lots=20))
    assert not world.state.orders.orders[one].gated.reduce_only
    assert kinds(world, amend(one, lots=31, price=152_000))[0] == "OrderAmended"
