"""A venue's act beyond a grant: booked, one break, and the gate is closed for risk until a person
has closed it."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenode.core import effects
from edgenode.core.observations import (
    BreakCloseAsked,
    OrderAsked,
    PauseAsked,
    ReleaseAsked,
    Reported,
    Tick,
)
from edgenode.core.restrictions import overdrawn
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakClosed, BreakOpened, CarriedIn, OrderGated, QuotesSet
from edgenode.model.money import format_minor
from edgenode.model.venue import Acked, BustReport, CorrectReport, Finished, NotKnown
from tests.core.gate.orders import codes, hedge, reasons
from tests.core.orders.sent import fill
from tests.core.world import SECOND, WETH, World, intent
from tests.examples import examples

USDC = 10**6
YEAR = 366 * 24 * 3600 * SECOND


def sent(lots=100, side="buy", **figures):
    """Return a world with a hedge of 1.00 WETH at venue a, and its id."""
    world = World(PaperWorld(venues=("a",), **figures))
    world.publish("a", 150_000)
    price = 150_100 if side == "buy" else 149_900
    order = world.facts(OrderAsked(hedge(lots, side, time_in_force="ioc", price=price), "x"))[0]
    assert isinstance(order, OrderGated)
    return world, order.order_id


def opened(world, event):
    """Return the subjects of the breaks that this evidence opens."""
    facts = world.facts(Reported(event))
    return [f.subject for f in facts if isinstance(f, BreakOpened) and "grant_" in f.type]


def ended(world, order_id):
    end = Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0)
    world.observe(Reported(end))


def close(world, subject):
    world.observe(
        BreakCloseAsked(
            break_id=f"grant_overdrawn:{subject}", reason="looked at", actor="person:p"
        )
    )


def test_an_unexpected_fee_is_booked_and_opens_one_break_of_its_grant():
    world, id_ = sent(cost_limit=10)
    assert opened(world, fill(id_, lots=40, fee_minor=5 * USDC)) == []
    assert opened(world, fill(id_, "x2", lots=40, fee_minor=5 * USDC)) == ["cost-1"]
    account = world.state.grants.accounts["cost-1"]
    used = account.spent + account.reserved
    assert used > account.grant.limit
    found = world.state.breaks.open["grant_overdrawn:cost-1"]
    assert found.detail == f"{format_minor(used, 6)} used of 10.00 USDC"
    assert opened(world, fill(id_, "x3", lots=20, fee_minor=5 * USDC)) == []  # it is open
    assert world.exposure().overlay_agreed == 100
    world.assert_refolds()


def test_a_late_fill_beyond_the_cash_grant_is_booked_and_a_break():
    world, id_ = sent(cash_limit=1_600)
    ended(world, id_)
    other = world.facts(OrderAsked(hedge(100, name="H2", time_in_force="ioc"), "x"))[0]
    assert isinstance(other, OrderGated)  # the room was free again
    assert opened(world, fill(id_, lots=10)) == ["cash-1"]
    world.assert_refolds()


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_lots_beyond_the_position_grants_are_booked_and_a_break(side):
    world, id_ = sent(position_lots=120, side=side)
    subject = f"desk:overlay/WETH-USDC/{side}"
    assert opened(world, fill(id_, lots=100, side=side)) == []
    assert opened(world, fill(id_, "late", lots=20, side=side)) == []  # granted, if not ordered
    assert opened(world, fill(id_, "later", lots=1, side=side)) == [subject]
    assert world.exposure().overlay_agreed == (121 if side == "buy" else -121)
    world.assert_refolds()


def test_executions_of_nobodys_order_count_against_the_position_grants_too():
    world, _ = sent(position_lots=100)
    assert opened(world, fill("SOMEONE", lots=101)) == ["desk:suspense/WETH-USDC/buy"]


def test_a_correction_a_dispute_and_a_bust_may_pass_a_grant_as_a_fill_may():
    subject = "desk:overlay/WETH-USDC/buy"
    world, id_ = sent(position_lots=100)
    world.observe(Reported(fill(id_, lots=100)))
    more = fill(id_, "c1", lots=101)
    assert opened(world, CorrectReport(fill=more, refers_to="x1", version=1)) == [subject]
    world, id_ = sent(position_lots=100)
    world.observe(Reported(fill(id_, lots=100)))
    assert opened(world, fill(id_, lots=101)) == [subject]
    world, id_ = sent(position_lots=100)
    world.observe(Reported(fill(id_, lots=100)))
    other = world.facts(OrderAsked(hedge(50, "sell", "S", price=149_900), "x"))[0].order_id
    world.observe(Reported(fill(other, "s1", lots=50, side="sell")))
    world.observe(Reported(fill(id_, "late", lots=40)))
    assert opened(world, bust("s1")) == [subject]  # 1.40 long where it had been 0.90
    world.assert_refolds()


def test_an_order_that_works_again_may_pass_cash_and_position_grants():
    world, id_ = sent(cash_limit=2_000, position_lots=100)
    missing = Reported(NotKnown(venue="a", order_id=id_, snapshot_read=True))
    for _ in range(3):
        world.now += 11 * SECOND
        world.publish("a", 150_000)
        world.observe(missing)
    assert world.state.orders.orders[id_].done_reason == "never_received"
    other = world.facts(OrderAsked(hedge(100, name="H2", time_in_force="ioc"), "x"))[0]
    assert isinstance(other, OrderGated)  # the room was free again
    assert opened(world, Acked(venue="a", order_id=id_)) == [
        "cash-1", f"desk:overlay/{WETH}/buy"
    ]  # fmt: skip
    assert world.restricted() == {("node", "overdrawn"): "reducing"}
    world.assert_refolds()


def test_lots_that_are_taken_back_again_and_again_pass_a_cost_grant():
    world, id_ = sent(cost_limit=8)
    subjects = []
    for number in range(9):
        fee = 450_000  # stays spent
        subjects += opened(world, fill(id_, f"x{number}", lots=60, fee_minor=fee))
        subjects += opened(
            world,
            BustReport(venue="a", venue_account="desk", scope="venue", exec_id=f"x{number}",
                       version=1, detail=""),
        )  # fmt: skip
    assert subjects == ["cost-1"]
    world.assert_refolds()


@pytest.mark.parametrize(("lots", "side"), [(300, "buy"), (-300, "sell")])
def test_lots_that_people_carry_in_may_pass_the_position_grants(lots, side):
    world = World(PaperWorld(venues=("a",), position_lots=100))
    fact = CarriedIn(
        at_ns=world.now, account="desk:overlay", venue="a", currency=None, instrument=WETH,
        amount=lots, is_position=True, cash_minor=0, totals=None, from_ledger="", from_size=0,
        approvals=("ann", "bob"),
    )  # fmt: skip
    effects.EFFECTS[CarriedIn](world.state, fact, 0)
    assert overdrawn.due(world.state)
    assert world.state.grants.beyond == {f"desk:overlay/{WETH}/{side}"}


def test_a_correction_that_gives_back_what_it_takes_is_no_act_beyond():
    world, id_ = sent(cash_limit=1_502)
    first = fill(id_, "x1", lots=60, price_ticks=150_100, fee_minor=0)
    assert opened(world, first) == []
    right = replace(first, exec_id="x2", quantity_lots=59)
    assert opened(world, CorrectReport(fill=right, refers_to="x1", version=1)) == []
    world.assert_refolds()


def test_what_was_let_in_before_a_grant_expired_is_no_act_beyond_it():
    world, id_ = sent()
    world.now += YEAR
    assert opened(world, fill(id_, lots=100)) == []
    assert opened(world, fill(id_, "late", lots=1)) == ["desk:overlay/WETH-USDC/buy"]


def test_while_it_is_open_only_what_reduces_risk_passes_and_quotes_are_pulled():
    world, id_ = sent(cost_limit=10, quote_size_lots=50)
    world.observe(Tick())
    assert world.state.orders.open_lots("desk:book", WETH, "buy") == 50
    step = world.facts(Reported(fill(id_, lots=100, fee_minor=20 * USDC)))
    assert isinstance(step[-1], QuotesSet)  # in the same step
    assert world.state.orders.open_lots("desk:book", WETH, "buy") == 0
    assert world.state.orders.open_lots("desk:book", WETH, "sell") == 50  # 1.00 long: it reduces
    (reason,) = [r for r in reasons(world, hedge(1, name="N")) if r.code == "EN121"]
    assert (reason.limit, reason.value) == ("active", "reducing: overdrawn")
    assert reason.scope == "node"
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    with pytest.raises(RefusedError, match="not a person's to release"):
        world.observe(ReleaseAsked(cause="overdrawn", reason="please", actor="person:p"))
    assert world.restricted() == {("node", "overdrawn"): "reducing"}
    assert "EN121" in codes(world, intent("T1", side="sell", lots=1, price=149_000))
    assert codes(world, intent("T2", side="buy", lots=1, price=140_000)) == []
    # it closes a hedge, and that was paid for when the hedge was opened
    assert codes(world, hedge(50, "sell", name="R", price=149_900)) == []
    close(world, "cost-1")
    assert world.restricted() == {}
    assert "EN121" not in codes(world, hedge(1, name="N"))
    world.assert_refolds()


def test_a_person_closes_the_break_and_the_next_act_beyond_opens_it_again():
    world, id_ = sent(cost_limit=10)
    assert opened(world, fill(id_, lots=50, fee_minor=20 * USDC)) == ["cost-1"]
    close(world, "cost-1")
    (made,) = [r for r in world.recorded if isinstance(r.fact, BreakClosed)]
    assert made.entry.actor == "person:p"
    assert not made.entry.automatic
    assert opened(world, fill(id_, lots=50, fee_minor=20 * USDC)) == []  # the same again
    assert opened(world, fill(id_, "x2", lots=50, fee_minor=1)) == ["cost-1"]
    with pytest.raises(RefusedError, match="no break grant_overdrawn:never is open") as caught:
        close(world, "never")
    assert (caught.value.code, caught.value.do) == ("EN006", "edgenode breaks ls")
    world.assert_refolds()


def test_without_a_grant_to_charge_the_act_is_a_break_too():
    world = World(PaperWorld(venues=("a",)), funded=False)
    fresh = World(PaperWorld(venues=("a",)))
    rules = fresh.state.rules
    for fact in (*rules.currencies.values(), rules.instruments[WETH], rules.policy):
        world.adopt(fact)
    assert opened(world, fill("SOMEONE", lots=1)) == [
        "desk:suspense/WETH-USDC/buy", "no cash grant in USDC", "no cost grant in USDC",
    ]  # fmt: skip


def test_a_late_fill_is_charged_to_what_the_grants_have_left():
    world, id_ = sent(cash_limit=1_600)
    held = world.state.grants.accounts["cash-1"].grant
    world.adopt(type(held)(**{**fields(held), "id": "cash-2", "expiry": held.expiry + 1}))
    world.observe(Reported(fill(id_, lots=100)))
    assert opened(world, fill(id_, "late", lots=50)) == []  # 750 of 1,700 that are left
    spent = [world.state.grants.accounts[i].spent // USDC for i in ("cash-1", "cash-2")]
    assert spent == [1_600, 650]


def bust(exec_id):
    return BustReport(
        venue="a", venue_account="desk", scope="venue", exec_id=exec_id, version=0, detail=""
    )


def fields(fact):
    return {name: getattr(fact, name) for name in type(fact).__dataclass_fields__}


acts = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.integers(0, 9), st.integers(1, 90)),
        st.tuples(st.just("strange"), st.integers(10, 14), st.integers(1, 90)),
        st.tuples(st.just("correct"), st.integers(0, 9), st.integers(1, 90)),
        st.tuples(st.just("bust"), st.integers(0, 14), st.just(0)),
        st.tuples(st.just("end"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("order"), st.integers(0, 1), st.integers(1, 60)),
    ),
    max_size=16,
)


def act(world, orders, number, said, fee):
    """Let a venue say something of an order, or ask for another one."""
    what, a, lots = said
    side = "buy" if a % 2 else "sell"
    order_id = orders[a % len(orders)] if what != "strange" else "SOMEONE"
    made = fill(order_id, f"x{a}", lots, side=side, fee_minor=fee)
    match what:
        case "fill" | "strange":
            world.observe(Reported(made))
        case "correct":
            correction = CorrectReport(fill=made, refers_to=f"x{a // 2}", version=number)
            world.observe(Reported(correction))
        case "bust":
            world.observe(Reported(bust(f"x{a}")))
        case "end":
            ended(world, order_id)
        case _:
            price = 150_100 if side == "buy" else 149_900
            ask = hedge(lots, side, name=f"N{number}", time_in_force="ioc", price=price)
            verdict = world.facts(OrderAsked(ask, "x"))[0]
            if isinstance(verdict, OrderGated):
                orders.append(verdict.order_id)


@settings(max_examples=examples(300))
@example(run=[("fill", 1, 2), ("fill", 0, 1), ("order", 0, 17), ("fill", 1, 1)], fee=0)
@given(acts, st.sampled_from([0, 1, 5 * USDC]))
def test_after_any_evidence_what_is_beyond_a_grant_has_its_break_open(run, fee):
    """Cost and cash: spent + reserved > limit implies the break. Positions: growth beyond does.

    What sales restored ahead of buys that were taken back is no outlay: the buys use it first.
    """
    world, id_ = sent(cost_limit=12, cash_limit=1_700, position_lots=110, event_spend_max=10**6)
    orders = [id_]
    for number, said in enumerate(run):
        before = {side: overlay_use(world, side) for side in ("buy", "sell")}
        act(world, orders, number, said, fee)
        open_now = {b.subject for b in world.state.breaks.open.values() if "grant_" in b.type}
        for name, account in world.state.grants.accounts.items():
            used = account.spent - account.ahead + account.reserved
            assert used <= account.grant.limit or name in open_now
        for side, was in before.items():
            grew = overlay_use(world, side) > max(110, was)
            assert not grew or f"desk:overlay/WETH-USDC/{side}" in open_now
        assert not world.state.grants.beyond
    assert digest(world.refolded()) == digest(world.state)


def overlay_use(world, side):
    return world.state.position_use("desk:overlay", WETH, side)
