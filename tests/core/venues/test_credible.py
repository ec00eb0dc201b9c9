"""Every word of a venue is taken without harm: hostile or wrong, it is booked, suspended or a
break, and the node lives on, its ledger can be sealed and its state digested."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.observations import DigestDue, OrderAsked, Reported, Tick
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.venues import credible
from edgenode.core.venues.credible import FEE_END, NAME_BYTES_MAX, NUMBER_END, strange
from edgenode.model.ids import DESK_OVERLAY, DESK_SUSPENSE
from edgenode.model.orders import OrderState
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    LinkChanged,
    NotAnswered,
    NotKnown,
    Unreadable,
)
from tests.core.world import LEDGER, SECOND, WETH, World, intent
from tests.examples import examples

LOTS = 60


class Node:
    """A node with a resting local order, a standing quote, orders at a and b, and a closed one."""

    def __init__(self):
        world = self.world = World()
        for venue in ("a", "b"):
            world.publish(venue, 150_000)
        world.observe(Tick())
        self.closed = self.sent("C", "a")
        world.observe(Reported(fill(self.closed, exec_id="old", quantity_lots=LOTS)))
        world.close_orders()
        self.at_a, self.at_b = self.sent("A", "a"), self.sent("B", "b")
        (local, _) = world.facts(OrderAsked(intent("L", price=140_000, lots=100), "c"))
        self.local = local.order_id
        quote = world.state.orders.quotes[WETH].quote_id
        self.ids = [self.at_a, self.at_b, self.local, self.closed, f"{quote}.b", quote, "none"]

    def sent(self, name, venue):
        ask = intent(name, account=DESK_OVERLAY, venue=venue, lots=LOTS, price=150_300,
                     time_in_force="ioc")  # fmt: skip
        return self.world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id

    def say(self, event):
        return [type(fact).__name__ for fact in self.world.facts(Reported(event))]

    def standing(self):
        """Return the orders as they stand; the quote may answer what is newly exposed."""
        return {id_: (o.state, o.filled_lots) for id_, o in self.world.state.orders.orders.items()}

    def breaks(self):
        return {b.type for b in self.world.state.breaks.open.values()}

    def net(self, account):
        return self.world.state.positions.net(account, WETH)

    def assert_lives_on(self):
        """Take the next steps, seal every entry, digest, fold afresh, load a snapshot."""
        self.world.observe(Tick())
        self.world.now += 40 * SECOND
        self.world.publish("a", 150_000)
        self.world.observe(Tick())
        self.world.observe(DigestDue())
        seal_run(Tip(LEDGER), [r.entry for r in self.world.recorded])
        self.world.assert_refolds()
        state = self.world.state
        assert digest(snapshot.load(LEDGER, snapshot.dump(state))) == digest(state)


def fill(order_id, **changes):
    made = FillReport(
        venue="a", venue_account="desk", scope="a", exec_id="x1", order_id=order_id,
        instrument=WETH, side="buy", quantity_lots=5, price_ticks=150_000, fee_minor=1,
        fee_currency="USDC", venue_time_ns=1,
    )  # fmt: skip
    return replace(made, **changes)


@pytest.mark.parametrize("which", [2, 4])
@pytest.mark.parametrize("lots", [10, 9_999])
def test_a_venue_cannot_execute_what_rests_in_our_own_book(which, lots):
    node = Node()
    before = node.standing()
    said = node.say(fill(node.ids[which], quantity_lots=lots))
    assert said[:2] == ["FillRecorded", "BreakOpened"]
    assert node.net(DESK_SUSPENSE) == lots  # somebody executed something: it is exposure
    assert node.standing() == before
    node.assert_lives_on()


@pytest.mark.parametrize(
    "changes",
    [{"venue": "b"}, {"side": "sell"}],
    ids=["another venue", "another side"],
)
def test_an_execution_that_is_not_as_ordered_is_suspended_and_its_order_works_on(changes):
    node = Node()
    held = node.world.state.reservations.orders[node.at_a]
    assert node.say(fill(node.at_a, **changes)) == ["FillRecorded", "BreakOpened"]
    assert node.breaks() == {"not_as_ordered"}
    assert abs(node.net(DESK_SUSPENSE)) == 5
    assert node.world.state.orders.orders[node.at_a].filled_lots == 0
    assert node.world.state.reservations.orders[node.at_a] == held
    node.assert_lives_on()


def test_what_is_not_as_ordered_may_be_taken_back_or_contradicted():
    node = Node()
    node.say(fill(node.at_a, side="sell"))
    node.say(fill(node.at_a))  # the same id, now as ordered: it is one or the other
    assert (node.net(DESK_SUSPENSE), node.net(DESK_OVERLAY)) == (0, LOTS)
    assert node.world.state.fills.span(DESK_SUSPENSE, WETH) == (-5, 0)
    assert node.world.state.fills.span(DESK_OVERLAY, WETH) == (0, 5)
    bust = BustReport(venue="a", venue_account="desk", scope="a", exec_id="x1", version=0,
                      detail="")  # fmt: skip
    node.say(bust)
    assert node.world.state.fills.disputed == {}
    assert node.world.state.orders.orders[node.at_a].remaining_lots == LOTS
    node.assert_lives_on()


@pytest.mark.parametrize("kind", ["acked", "finished", "lost", "not known"])
@pytest.mark.parametrize("which", ["at_b", "local"])
def test_only_its_own_venue_says_what_became_of_an_order(kind, which):
    node = Node()
    named = {"venue": "a", "order_id": getattr(node, which)}
    event = {
        "acked": Acked(**named),
        "finished": Finished(**named, reason="canceled", cum_lots=0),
        "lost": NotAnswered(**named, detail=""),
        "not known": NotKnown(**named),
    }[kind]
    before = node.world.state.orders.orders[named["order_id"]].state
    assert node.say(event) == ["BreakOpened"]
    assert node.breaks() == {"venue_message"}
    assert node.world.state.orders.orders[named["order_id"]].state is before


NUMBERS = ("quantity_lots", "price_ticks")


@pytest.mark.parametrize(
    "changes",
    [
        *({name: number} for name in NUMBERS for number in (0, -5, NUMBER_END, 2**63, 2**70)),
        *({"fee_minor": number} for number in (FEE_END, -FEE_END, 2**200)),
        *({"venue_time_ns": number} for number in (-1, 2**63)),
        *({"exec_id": name} for name in ("", "e" * (NAME_BYTES_MAX + 1), "e" * 70_000, "\n", "é")),
        {"fee_currency": "X" * 65},
        {"venue": "local"},
        {"side": "both"},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_what_cannot_be_is_one_break_of_its_venue(changes):
    node = Node()
    before = digest(node.world.state).parts
    assert node.say(fill(node.at_a, **changes)) == ["BreakOpened"]
    assert node.say(fill(node.at_a, **changes)) == []
    assert node.breaks() == {"venue_message"}
    after = digest(node.world.state).parts
    assert {name for name in after if after[name] != before[name]} <= {"breaks", "limits"}
    assert node.world.exposure().overlay.high == 3 * LOTS  # what is open stays reserved
    node.assert_lives_on()


def test_sums_stay_numbers_that_can_be_kept_however_many_large_executions_are_said(monkeypatch):
    monkeypatch.setattr(credible, "MONEY_END", 1 << 62)
    node = Node()
    large = (1 << 62) // (150_000 * 100) // 3
    said = [node.say(fill("none", exec_id=f"n{n}", quantity_lots=large)) for n in range(6)]
    assert said[0][:2] == ["FillRecorded", "BreakOpened"]
    assert said[-1] == []
    assert {"venue_message", "unknown_order", "grant_overdrawn"} == node.breaks()
    node.assert_lives_on()


def test_the_largest_numbers_that_a_venue_may_say_are_booked_and_kept():
    node = Node()
    for n in range(6):
        most = {"quantity_lots": NUMBER_END - 1, "price_ticks": NUMBER_END - 1}
        report = fill("none", exec_id=f"n{n}", fee_minor=FEE_END - 1, fee_currency="ETH", **most)
        assert node.say(report)[:2] == ["FillRecorded", "BreakOpened"]
    assert node.net(DESK_SUSPENSE) == 6 * (NUMBER_END - 1)
    node.assert_lives_on()


names = st.one_of(
    st.sampled_from(["x1", "x2", "old"]), st.text(max_size=70), st.just("n" * 70_000)
)
whole = st.one_of(st.integers(-5, 200), st.integers(-(2**70), 2**70))
prices = st.one_of(st.integers(149_000, 151_000), whole)
venues = st.sampled_from(["a", "b", "local", "", "zz"])
which = st.one_of(st.integers(0, 6), names)


@st.composite
def events(draw):
    """Draw anything a venue could say; order ids as indices of a node's, or any text."""
    venue, order = draw(venues), draw(which)
    made = FillReport(
        venue=venue, venue_account=draw(st.sampled_from(["desk", "", "x" * 65])), scope="a",
        exec_id=draw(names), order_id=order,
        instrument=draw(st.sampled_from([WETH, "NO-PE", ""])),
        side=draw(st.sampled_from(["buy", "sell", "?"])), quantity_lots=draw(whole),
        price_ticks=draw(prices), fee_minor=draw(whole),
        fee_currency=draw(st.sampled_from(["USDC", "XYZ", ""])), venue_time_ns=draw(whole),
    )  # fmt: skip
    detail = draw(st.text(st.characters(), max_size=300))  # lone surrogates among them
    return draw(
        st.sampled_from(
            [
                made, made, made,
                CorrectReport(fill=made, refers_to=draw(names), version=draw(whole)),
                BustReport(venue=venue, venue_account="desk", scope="a", exec_id=draw(names),
                           version=draw(whole), detail=detail),
                Acked(venue=venue, order_id=order), NotKnown(venue=venue, order_id=order),
                NotAnswered(venue=venue, order_id=order, detail=detail),
                Finished(venue=venue, order_id=order, cum_lots=draw(whole),
                         reason=draw(st.sampled_from(["filled", "canceled", "?" * 99]))),
                LinkChanged(venue=venue, state=detail), Unreadable(venue=venue, detail=detail),
            ]
        )
    )  # fmt: skip


def meant(node, event):
    """Put a node's own order ids where indices were drawn."""
    if isinstance(event, CorrectReport):
        return replace(event, fill=meant(node, event.fill))
    if isinstance(getattr(event, "order_id", None), int):
        return replace(event, order_id=node.ids[event.order_id])
    return event


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(events(), max_size=8))
def test_whatever_a_venue_says_nothing_is_raised_and_the_node_lives_on(said):
    node = Node()
    for event in said:
        node.say(meant(node, event))
    assert node.world.state.orders.orders[node.local].state is OrderState.WORKING
    node.assert_lives_on()


def test_an_event_of_our_own_venues_is_not_strange():
    assert strange(fill("o")) == ""
    assert strange(CorrectReport(fill=fill("o"), refers_to="x0", version=1)) == ""
    assert strange(LinkChanged(venue="a", state="live")) == ""
