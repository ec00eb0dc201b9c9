"""Whatever a node signs, the centre's fold of it goes on, and what is set aside leaves nothing."""

from dataclasses import replace

import pytest

from edgenode.central.book import folded as module
from edgenode.central.book.book import Book
from edgenode.central.book.folded import Folded
from edgenode.central.registry import Registry
from edgenode.core import node
from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.core.state.digest import digest
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import BustReport, FillReport
from tests.core.world import CUSTOMER, LEDGER, SECOND, WETH, World, intent


def traded(orders=6):
    """Return a node's entries, fills among them."""
    world = World()
    for number in range(orders):
        world.now += SECOND
        world.publish("a", 150_000)
        world.observe(Tick())
        ask = intent(f"T{number}", lots=10, price=151_000, time_in_force="ioc")
        world.observe(OrderAsked(ask, CUSTOMER))
    return world, [recorded.entry for recorded in world.recorded]


def with_poison(entries, poison, at):
    """Put an entry among others, and number them anew."""
    run = [*entries[:at], poison, *entries[at:]]
    return [e._replace(seq=n, idem=n.to_bytes(16, "big")) for n, e in enumerate(run, start=1)]


def folded_from(entries):
    folded = Folded(LEDGER)
    reasons = {s.entry.seq: folded.take(s) for s in seal_run(Tip(LEDGER), entries)}
    return folded, {seq: reason for seq, reason in reasons.items() if reason}


@pytest.mark.parametrize("every", [3, 1_000])
def test_an_entry_that_cannot_be_folded_leaves_no_half_of_its_effect(monkeypatch, every):
    monkeypatch.setattr(module, "COPY_EVERY", every)
    _, entries = traded()
    fills = [n for n, e in enumerate(entries) if e.kind == "FillRecorded"]
    twice = entries[fills[2]]  # the same execution once more: found out when it is half booked
    run = with_poison(entries, twice, fills[2] + 4)
    folded, reasons = folded_from(run)
    assert list(reasons) == [fills[2] + 5]
    assert "AssertionError" in reasons[fills[2] + 5]
    clean = node.new_state(LEDGER)
    for entry in run:
        if entry.seq in reasons:
            clean.size = entry.seq
        else:
            node.fold(clean, [entry])
    assert digest(folded.state) == digest(clean)


@pytest.mark.parametrize(
    "changes", [{"kind": "FromTheFuture"}, {"body": b"\x80"}, {"kind": "OrderDone"}], ids=str
)
def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(changes):
    _, entries = traded(2)
    run = with_poison(entries, entries[-1]._replace(**changes), len(entries) - 3)
    folded, reasons = folded_from(run)
    assert list(reasons) == [len(entries) - 2]
    assert folded.state.size == len(run)


def test_an_entry_that_comes_again_changes_nothing():
    _, entries = traded(1)
    folded, _ = folded_from(entries)
    before = digest(folded.state)
    assert folded.take(seal_run(Tip(LEDGER), entries)[3]) == ""
    assert digest(folded.state) == before


def test_disputed_lots_are_shown_with_their_position_also_where_nothing_is_booked():
    world = World()
    world.publish("a", 150_000)
    ids = [
        world.facts(OrderAsked(intent(name, account=DESK_OVERLAY, venue="a", lots=60,
                                      price=150_300), "rule:overlay"))[0].order_id
        for name in ("A", "B")
    ]  # fmt: skip
    made = FillReport(
        venue="a", venue_account="desk", scope="a", exec_id="x1", order_id=ids[0],
        instrument=WETH, side="buy", quantity_lots=20, price_ticks=150_000, fee_minor=0,
        fee_currency="USDC", venue_time_ns=1,
    )  # fmt: skip
    book = Book(Registry())

    def shown():
        run = seal_run(Tip(LEDGER), [recorded.entry for recorded in world.recorded])
        assert book.fold(LEDGER, run) == {}
        return [(row["venue"], row["lots"], row["disputed_lots"]) for row in book.positions()]

    world.observe(Reported(made))
    assert shown() == [("a", 20, 0)]
    world.observe(Reported(replace(made, quantity_lots=25)))
    assert shown() == [("a", 20, 5)]
    for order_id in ids:  # two orders under one id: nothing of it is booked
        world.observe(Reported(replace(made, exec_id="x2", order_id=order_id)))
    assert shown() == [("a", 20, 5 + 40)]
    bust = BustReport(venue="a", venue_account="desk", scope="a", exec_id="x1", version=0,
                      detail="")  # fmt: skip
    world.observe(Reported(bust))
    assert shown() == [("a", 0, 40)]
