"""A venue that tells a newer ledger everything again changes nothing; what is new is found."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.breaks import books, history
from edgenode.core.breaks.history import CARRIED, History
from edgenode.core.centre.fitness import unfit
from edgenode.core.observations import Reported, ResolveAsked, Started
from edgenode.core.risk.pnl import total
from edgenode.core.state import unwind
from edgenode.core.state.streams import Stream
from edgenode.core.state.unpriced import Owed
from edgenode.daemon import paper
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    Adopted,
    BreakOpened,
    CarriedFees,
    CarriedHistory,
    CarriedPlace,
    Currency,
    FillRecorded,
    OrderGated,
    Policy,
    WorstRate,
)
from edgenode.model.ledgers import LedgerId
from edgenode.model.orders import OrderState
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    NotKnown,
)
from tests.core.breaks.test_books import PERSONS, assert_same_books
from tests.core.breaks.test_books import carried as newer_of
from tests.core.breaks.test_books import owed as owed_by
from tests.core.hedge.laws import assert_programmes
from tests.core.state.test_escrow import hedge, ready
from tests.core.world import SECOND, START, WETH, World

FEES = st.sampled_from(["USDC", "EUR", "WETH", "BNB"])  # nobody declared BNB
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["fill", "fill", "fill", "fee", "correct", "bust", "dispute", "stranger", "reuse",
             "close", "decide", "count"]
        ),
        st.integers(0, 7), st.integers(1, 60), st.integers(0, 900), FEES,
    ),
    max_size=9,
)  # fmt: skip


class Venue:
    """What a venue told of its executions, in order."""

    def __init__(self, world):
        self.world, self.asked, self.told, self.orders, self.fills = world, 0, [], [], []
        self.ended = []

    def tell(self, report):
        self.told.append(report)
        self.world.observe(Reported(report))

    def fill(self, order_id, side, lots, fee, currency):
        report = FillReport(
            venue="a", venue_account="desk", scope="venue", exec_id=f"x{len(self.told)}",
            order_id=order_id, instrument=WETH, side=side, quantity_lots=lots,
            price_ticks=150_000, fee_minor=fee, fee_currency=currency, venue_time_ns=START,
        )  # fmt: skip
        self.fills.append(report)
        self.tell(report)

    def step(self, kind, which, lots, fee, currency):
        if kind == "fill" or not self.fills:
            self.asked += 1
            name, side = f"H{self.asked}", "buy" if which % 2 else "sell"
            order = hedge(self.world, name, side=side, lots=lots, price=150_000)
            if isinstance(order, OrderGated):
                self.orders.append(order)
                self.fill(order.order_id, side, lots - lots // 3, fee, currency)
            return
        known = self.fills[which % len(self.fills)]
        match kind:
            case "stranger":
                self.fill(f"Z{len(self.told)}", "buy", lots, fee, currency)
            case "close":
                self.world.close_orders()
            case "decide":
                decide(self.world, which)
            case "count":
                ended = Finished(
                    venue="a", order_id=known.order_id, reason="canceled", cum_lots=lots
                )
                self.ended.append(ended)
                self.world.observe(Reported(ended))
            case _:
                self.tell(self.evidence(kind, known, which, lots, fee, currency))

    def evidence(self, kind, known, which, lots, fee, currency):
        match kind:
            case "fee":
                return replace(known, fee_minor=fee, fee_currency=currency)
            case "dispute":
                return replace(known, quantity_lots=lots)
            case "reuse":
                return replace(known, order_id=f"Z{which}", quantity_lots=lots)
            case "correct":
                fixed = replace(known, exec_id=f"c{len(self.told)}", quantity_lots=lots)
                return CorrectReport(fill=fixed, refers_to=known.exec_id, version=which)
            case _:
                return BustReport(
                    venue="a", venue_account="desk", scope="venue", version=1, detail="",
                    exec_id=known.exec_id if which else f"y{len(self.told)}",
                )  # fmt: skip


def decide(world, which):
    """Let two persons decide the first break that admits it."""
    decision = ("never_happened", "carry_in", "both")[which % 3]
    account = "desk:overlay" if decision == "carry_in" else None
    for id_ in sorted(world.state.breaks.open):
        for person in ("ann", "bob"):
            asked = ResolveAsked(
                break_id=id_, decision=decision, reason="", person=person, actor=person,
                account=account,
            )  # fmt: skip
            try:
                world.observe(asked)
            except RefusedError:
                break


def lived(steps):
    world = ready()
    world.policy(quote_size_lots=0)
    venue = Venue(world)
    for step in steps:
        venue.step(*step)
    world.state.orders.streams["a"] = Stream("e1", len(venue.told))
    return world, venue


def past_of(world):
    past = History()
    for _, fact in world.recorded:
        past.take(fact)
    return past


def rekeyed(world, past):
    """The newer node once it has adopted its books."""
    new, _ = newer_of(world.state)
    for fact in books.facts(world.state, {}, PERSONS, START, past):
        told = new.adopt(fact)[0].fact
        assert isinstance(told, Adopted)
        assert told.applied, told.reason
    return new


def open_at_venues(world):
    return {o.gated.order_id: o.remaining_lots for o in world.state.orders.at_venues()}


def counted(orders):
    """What venues count of orders beside what is booked, open or not."""
    return {
        id_: (count.account, count.span(orders.executed(id_, count.done_lots), 0))
        for id_, count in orders.counted.items()
    }


def profit(world):
    """The desk's P&L at one price, fees that nothing prices included."""
    for venue in "ab":
        world.publish(venue, 150_000)
    return total(world.state, world.seen, world.state.rules.policy, None, world.now)


def shown(state):
    return (
        owed_by(state),
        state.positions.canonical(), sorted(state.wallet.balances.items()),
        sorted(state.fills.disputed.items()), state.exposure(WETH), sorted(state.breaks.open),
    )  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(STEPS, st.randoms(use_true_random=False))
def test_a_venue_that_tells_a_newer_ledger_everything_again_changes_nothing(steps, random):
    old, venue = lived(steps)
    new = rekeyed(old, past_of(old))
    assert_same_books(old.state, new.state)
    assert new.state.fills.disputed == old.state.fills.disputed
    assert new.state.orders.streams == old.state.orders.streams
    assert counted(new.state.orders) == counted(old.state.orders)
    assert new.exposure() == old.exposure(), "what may still execute is carried too"
    assert open_at_venues(new) == open_at_venues(old)
    of_venues = {
        id_ for id_, b in old.state.breaks.open.items() if b.type in history.CARRIED_TYPES
    }
    assert set(new.state.breaks.open) == of_venues
    assert profit(new) == profit(old)
    before = shown(new.state)
    again = random.sample(venue.told, len(venue.told))
    for report in (*venue.told, *again):
        new.observe(Reported(report))
        assert shown(new.state) == before, report
    new.assert_refolds()
    third = rekeyed(
        _as_first(new), past_of(new)
    )  # an older ledger whose own history was carried in
    for report in venue.told:
        third.observe(Reported(report))
    assert_same_books(old.state, third.state)
    assert third.state.fills.disputed == old.state.fills.disputed


def _as_first(world):
    world.state = replace(world.state, ledger=LedgerId("edge-07", "main", 1))
    return world


@settings(deadline=None, max_examples=40)
@given(STEPS)
def test_later_evidence_moves_the_newer_books_as_it_would_have_moved_the_older(steps):
    """Corrections and busts of carried executions, and executions of carried orders."""
    old, venue = lived(steps)
    old.close_orders()
    new = rekeyed(old, past_of(old))
    told = []
    for number, report in enumerate(venue.fills):
        if number % 3 == 0:
            told.append(BustReport(
                venue="a", venue_account="desk", scope="venue", exec_id=report.exec_id,
                version=2, detail="",
            ))  # fmt: skip
        elif number % 3 == 1:
            fixed = replace(report, exec_id=f"d{number}", quantity_lots=7)
            told.append(CorrectReport(fill=fixed, refers_to=report.exec_id, version=90))
    told += [
        replace(report, exec_id=f"n{number}", quantity_lots=1, fee_minor=0)
        for number, report in enumerate(venue.fills)
    ]
    for report in told:
        old.observe(Reported(report))
        new.observe(Reported(report))
    assert_same_books(old.state, new.state)
    assert new.state.fills.disputed == old.state.fills.disputed
    assert profit(new) == profit(old)


@pytest.mark.parametrize("keyed_anew", [False, True])
def test_a_fee_of_another_execution_stays_charged_where_a_carried_one_is_corrected(keyed_anew):
    world, venue = lived([("fill", 1, 60, 1000, "BNB")])
    if keyed_anew:
        new = rekeyed(world, past_of(world))
        for grant in paper.grants(world.figures, START):
            new.adopt(grant)
        world = new
    profit(world)  # a fresh reference
    first, order = venue.fills[0], hedge(world, "N1", side="buy", lots=30, price=150_100)
    other = replace(first, exec_id="n1", order_id=order.order_id, quantity_lots=30)
    world.observe(Reported(other))
    right = replace(first, exec_id="fix", fee_minor=5, fee_currency="USDC")
    world.observe(Reported(CorrectReport(fill=right, refers_to=first.exec_id, version=1)))
    of_cost = [a for a in world.state.grants.accounts.values() if a.grant.kind == "cost"]
    counts = world.state.rules.policy.fee_unlisted_minor
    assert sum(account.spent for account in of_cost) == counts + 5
    assert world.state.limits.spent("none") == counts + 5
    assert owed_by(world.state) == {("none", "BNB"): Owed(1000, counts)}


def test_a_policy_in_another_currency_does_not_fit_while_a_carried_fee_counts_in_the_one_before():
    old, _ = lived([("fill", 1, 60, 1000, "BNB")])
    new = rekeyed(old, past_of(old))
    policy = new.state.rules.policy
    in_euro = replace(
        policy, currency="EUR", version=policy.version + 1,
        fee_worst_rates=(WorstRate(currency="USDC", ppb=10**9),),
    )  # fmt: skip
    assert "another currency" in unfit(new.state, in_euro, new.now)


def test_an_execution_that_the_older_ledger_had_not_recorded_is_booked_on_its_order():
    old, venue = lived([("fill", 1, 60, 0, "USDC")])
    (order,) = venue.orders
    new = rekeyed(old, past_of(old))
    for grant in paper.grants(old.figures, START):
        new.adopt(grant)
    late = replace(venue.fills[0], exec_id="late", quantity_lots=20)
    facts = [r.fact for r in new.observe(Reported(late))]
    (booked,) = [fact for fact in facts if isinstance(fact, FillRecorded)]
    assert booked.account == "desk:overlay"
    assert not [fact for fact in facts if isinstance(fact, BreakOpened)], "nothing is strange"
    assert new.exposure().overlay_agreed == 60
    ended = Finished(venue="a", order_id=order.order_id, reason="filled", cum_lots=60)
    assert new.observe(Reported(ended)) == [], "the venue's count agrees"
    unknown = replace(late, exec_id="lost", order_id="Z" * 20)
    new.observe(Reported(unknown))
    assert "unknown_order:a/lost-036ac0c7" in new.state.breaks.open
    assert new.exposure().book.high == 20


def test_what_a_restore_lost_is_open_in_the_newer_ledger_until_people_decide_it():
    old, _ = lived([])
    old.observe(Started(boot_tag=2, version="0", mode="paper", restored=("a",)))
    new = rekeyed(old, past_of(old))
    assert list(new.state.breaks.open) == ["restored:local"]
    for person in ("ann", "bob"):
        decided = ResolveAsked(break_id="restored:local", decision="write_off",
                               reason="looked up", person=person, actor=person)  # fmt: skip
        new.observe(decided)
    assert not new.state.breaks.open
    new.assert_refolds()


def test_what_is_older_than_any_venue_repeats_is_not_carried():
    old, _ = lived([("fill", 1, 60, 0, "USDC")])
    old.close_orders()
    past = past_of(old)
    old.state.limits.newest_ns += history.KEPT_NS + 1
    told = [f for f in history.facts(old.state, past) if isinstance(f, CarriedHistory)]
    assert not [fill for fact in told for fill in fact.fills]


def test_many_executions_are_told_in_entries_that_can_be_stored():
    old, venue = lived([("fill", 1, 3, 0, "USDC")])
    (fill,) = [r.fact for r in old.recorded if isinstance(r.fact, FillRecorded)]
    past = History()
    for number in range(300):
        past.take(replace(fill, exec_id=f"m{number}"))
    told = [f for f in history.facts(old.state, past) if isinstance(f, CarriedHistory)]
    assert sum(len(fact.fills) for fact in told) == 301
    assert len(told) > 3
    new = rekeyed(old, past)
    for number in range(300):
        report = replace(venue.fills[0], exec_id=f"m{number}")
        assert new.observe(Reported(report)) == []


def test_an_execution_with_very_much_on_it_is_told_in_parts_and_is_one_again():
    old, venue = lived([("fill", 1, 3, 0, "USDC")])
    for lots in range(4, 120):
        venue.tell(replace(venue.fills[0], quantity_lots=lots))
    assert len(history.executions(old.state)) > 1
    new = rekeyed(old, past_of(old))
    (one,) = {id(e): e for e in new.state.fills.executions().values()}.values()
    (before,) = {id(e): e for e in old.state.fills.executions().values()}.values()
    assert one.contents == before.contents
    assert new.state.fills.disputed == old.state.fills.disputed


def test_an_order_that_was_open_is_carried_with_what_it_executed():
    old, venue = lived([("fill", 1, 60, 0, "USDC")])
    (order,) = [o for f in history.facts(old.state, History()) if isinstance(f, CarriedHistory)
                for o in f.orders if o.gated.order_id == venue.orders[0].order_id]  # fmt: skip
    assert {row.grant for row in order.gated.reserved} == {""}, "its grants stay behind"
    assert (order.done.reason, order.done.filled_lots) == (CARRIED, 40)


def left_open():
    """A newer ledger of a node that had bought 40 of 60 lots, and its order."""
    old, venue = lived([("fill", 1, 60, 0, "USDC")])
    return rekeyed(old, past_of(old)), venue.orders[0]


def test_an_order_that_was_open_is_unknown_in_the_newer_ledger_and_asked_to_cancel():
    new, gated = left_open()
    order = new.state.orders.orders[gated.order_id]
    assert (order.state, order.cancel_sent) == (OrderState.UNKNOWN, True)
    assert new.exposure().overlay == (40, 60)
    held = {row.kind for row in new.state.reservations.orders[gated.order_id]}
    assert held == {"funds"}, "its grants stay behind"
    new.assert_refolds()


def late(order_id, lots):
    return FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id="late", order_id=order_id,
        instrument=WETH, side="buy", quantity_lots=lots, price_ticks=150_000, fee_minor=0,
        fee_currency="USDC", venue_time_ns=START,
    )  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["acked", "listed", "part", "whole", "ended", "counts", "unknown"]
)
def test_whatever_a_venue_says_of_an_order_that_was_open_its_lots_are_in_the_worst_case(kind):
    new, gated = left_open()
    named = {"venue": "a", "order_id": gated.order_id}
    ended = Finished(**named, reason="canceled", cum_lots=40)
    reports, expected = {
        "acked": ([Acked(**named)], (40, 60)),
        "listed": ([Acked(**named), NotKnown(**named), Acked(**named)], (40, 60)),
        "part": ([late(gated.order_id, 5)], (45, 60)),
        "whole": ([late(gated.order_id, 20)], (60, 60)),
        "ended": ([ended], (40, 40)),
        "counts": ([replace(ended, cum_lots=50)], (40, 60)),
        "unknown": ([NotKnown(**named)] * 2, (40, 60)),
    }[kind]
    for report in reports:
        new.now += 20 * SECOND
        new.observe(Reported(report))
    assert new.exposure().overlay == expected
    assert ("forgotten:" + gated.order_id in new.state.breaks.open) == (kind == "unknown")
    assert_programmes(new.state)
    new.assert_refolds()


def test_what_executes_of_an_order_that_was_open_is_a_venues_act_and_its_unwind_is_kept():
    new, gated = left_open()
    assert not any(id_.startswith("grant_overdrawn") for id_ in new.state.breaks.open)
    world = World(paper.PaperWorld(venues=("a", "b")))
    for fact in world.state.grants.accounts.values():
        new.adopt(fact.grant)
    before = unwind.kept(new.state, WETH)
    new.observe(Reported(late(gated.order_id, 20)))
    after = unwind.kept(new.state, WETH)
    assert (before.lots, after.lots) == (40, 60)
    assert after.cost >= before.cost * 60 // 40
    new.assert_refolds()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (CarriedPlace, {"approvals": ("ann",)}),
        (CarriedPlace, {"venue": ""}),
        (CarriedPlace, {"cursor": -1}),
        (CarriedFees, {"fees_minor": 0}),
        (CarriedHistory, {"from_ledger": "edge-07/2"}),
        (Currency, {"decimals": 19}),
    ],
)
def test_books_of_which_anything_does_not_apply_bring_no_policy(kind, wrong):
    old, _ = lived([("fill", 1, 60, 3, "BNB")])
    new, facts = newer_of(old.state)
    refused = next(number for number, fact in enumerate(facts) if isinstance(fact, kind))
    for number, fact in enumerate(facts):
        new.adopt(replace(fact, **wrong) if number == refused else fact)
    (cursor,) = new.state.grants.cursors.values()
    assert cursor.refused == refused + 2, "behind its Genesis"
    assert new.state.rules.policy is None
    new.adopt(next(fact for fact in facts if isinstance(fact, Policy)))
    assert new.state.rules.policy is None
    assert any(id_.startswith("not_applied:") for id_ in new.state.breaks.open)


def test_a_first_ledger_takes_its_policy_whatever_did_not_apply_before():
    world = World(funded=False, ledger=LedgerId("edge-07", "main", 1))
    old, _ = lived([])
    for fact in (
        Currency(at_ns=START, code="X Y", decimals=2),
        *books.facts(old.state, {}, (), 1),
    ):
        world.adopt(fact)
    assert world.state.rules.policy is not None
