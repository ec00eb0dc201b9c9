from dataclasses import replace

import pytest

from edgenode.core import node
from edgenode.core.node import ENDED_ORDERS_KEPT
from edgenode.core.observations import (
    DigestDue,
    EventDeclared,
    OrderAsked,
    PauseAsked,
    Reported,
    Started,
    Tick,
)
from edgenode.core.state.digest import digest
from edgenode.model import facts as f
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.venue import Acked
from tests.core.world import SECOND, World, intent


def quoting():
    world = World()
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    world.observe(Tick())
    return world


def test_a_customers_order_becomes_exposure_and_then_a_hedge():
    world = quoting()
    facts = world.facts(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    kinds = [type(fact).__name__ for fact in facts]
    assert kinds[:3] == ["OrderGated", "FillRecorded", "FillRecorded"]
    assert kinds[-1] == "QuotesSet"  # the desk's quote follows its exposure, in the same step
    assert world.exposure().agreed == -400
    world.now += 30 * SECOND
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    hedge = [fact for fact in world.facts(Tick()) if isinstance(fact, f.OrderGated)]
    assert {order.account for order in hedge} == {"desk:overlay"}
    assert {order.side for order in hedge} == {"buy"}
    assert sum(order.quantity_lots for order in hedge) == 15  # 300 beyond the band over 20 slices
    world.assert_refolds()


def test_a_step_is_one_run_of_seqs_with_increasing_stamps_and_unique_keys():
    world = quoting()
    world.observe(OrderAsked(intent(price=151_000), "customer:c1"))
    entries = [r.entry for r in world.recorded]
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
    stamps = [e.hlc for e in entries]
    assert stamps == sorted(set(stamps))
    assert len({e.idem for e in entries}) == len(entries)


def test_an_entry_out_of_its_place_stops_the_fold():
    world = quoting()
    last = world.recorded[-1]
    with pytest.raises(InvariantBrokenError):
        node.evolve(world.state, last.entry, last.fact)
    gap = last.entry._replace(seq=last.entry.seq + 2)
    with pytest.raises(InvariantBrokenError):
        node.evolve(world.state, gap, last.fact)


def test_a_start_makes_every_order_at_a_venue_unknown_once():
    world = quoting()
    ask = intent(account="desk:overlay", venue="a", lots=10, price=150_100)
    sent = world.facts(OrderAsked(ask, "rule:overlay"))
    order_id = sent[0].order_id
    first = world.facts(Started(boot_tag=2, version="0", mode="paper"))
    assert [type(fact).__name__ for fact in first] == ["BootStarted", "OrderUnknown"]
    again = world.facts(Started(boot_tag=3, version="0", mode="paper"))
    assert [type(fact).__name__ for fact in again] == ["BootStarted"]
    world.observe(Reported(Acked(venue="a", order_id=order_id)))
    assert world.state.orders.orders[order_id].state == "WORKING"
    world.assert_refolds()


def test_order_ids_of_two_starts_differ():
    world = quoting()
    one = world.state.orders.next_id()
    world.observe(Started(boot_tag=77, version="0", mode="paper"))
    assert world.state.orders.next_id() != one


def test_pausing_twice_records_once_and_pulls_the_quote_in_the_same_step():
    world = quoting()
    pause = PauseAsked(paused=True, hedges=False, reason="drill", actor="person:ops")
    kinds = [type(fact).__name__ for fact in world.facts(pause)]
    assert kinds == ["RestrictionSet", "QuotesSet"]
    assert world.facts(pause) == []
    assert not world.state.orders.open_lots("desk:book", "WETH-USDC", "buy")
    recorded = next(r for r in world.recorded if isinstance(r.fact, f.RestrictionSet))
    assert recorded.entry.actor == "person:ops"
    assert not recorded.entry.automatic


def test_a_digest_entry_names_the_state_before_it():
    world = quoting()
    before = digest(world.state)
    (fact,) = world.facts(DigestDue())
    assert (fact.size, fact.digest) == (before.size, before.digest)


def test_micro_events_end_by_the_clock():
    world = World()
    declared = EventDeclared(
        event_id="fomc", source="scheduled", name="FOMC", starts=world.now,
        ends=world.now + 60 * SECOND, actor="person:ops",
    )  # fmt: skip
    world.observe(declared)
    assert world.facts(declared) == []  # the same id again
    assert world.state.limits.event_at(world.now) == "fomc"
    world.now += 60 * SECOND
    assert any(isinstance(fact, f.MicroEventClosed) for fact in world.facts(Tick()))
    assert world.state.limits.event_at(world.now) == "none"


def test_done_orders_leave_the_maps_in_bulk():
    world = quoting()
    for index in range(ENDED_ORDERS_KEPT + 1):
        assert world.state.orders.done_count == index
        world.now += SECOND  # the message rate is per second
        order = intent(f"I{index}", lots=1, price=10_000, time_in_force="ioc")
        facts = world.facts(OrderAsked(order, "customer:c1"))
    assert isinstance(facts[-1], f.OrdersClosed)  # in the step of the order that is one too many
    assert world.state.orders.done_count == 0
    assert world.facts(OrderAsked(intent("I0", lots=1, price=10_000), "customer:c1")) == []
    world.assert_refolds()


def test_a_tick_looks_at_every_instrument_however_many_there_are():
    world = quoting()
    held = world.state.rules.instruments["WETH-USDC"]
    for number in range(200):
        world.adopt(replace(held, id=f"I{number}"))
    world.now += 60 * SECOND
    world.observe(Tick())
    assert {quote.instrument for quote in world.state.orders.quotes.values()} >= {"WETH-USDC"}
    world.assert_refolds()
