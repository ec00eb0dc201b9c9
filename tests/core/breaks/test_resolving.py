"""People decide what evidence cannot: the books follow, and a difference never goes unseen."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgenode.core.breaks import evidence
from edgenode.core.breaks.executions import versions
from edgenode.core.breaks.opening import opened
from edgenode.core.breaks.resolving import DECISIONS, must_be_decided
from edgenode.core.node import Recorded, evolve, record
from edgenode.core.observations import (
    BreakCloseAsked,
    Difference,
    OrderAsked,
    Reconciled,
    ResolveAsked,
)
from edgenode.core.risk.pnl import pnl
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    Adopted,
    BreakOpened,
    BreakResolved,
    ResolutionAsked,
    ResolutionProposed,
)
from edgenode.model.venue import BustReport, CorrectReport, Finished
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH, World, intent

RICH = PaperWorld(
    venues=("a",), decide_alone_max=10**12, cost_limit=10**9, cash_limit=10**9,
    event_spend_max=10**9,
)  # fmt: skip
OVERLAY = "desk:overlay"


def two_orders(figures=RICH):
    """Two hedges that executed 40 and 30 lots under one execution id."""
    world = World(figures)
    world.publish("a", 150_000)
    ids = []
    for name in ("H1", "H2"):
        ask = intent(name, account=OVERLAY, venue="a", lots=100, price=150_100,
                     time_in_force="ioc")  # fmt: skip
        ids.append(world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id)
    say(world, fill(ids[0], lots=40))
    say(world, fill(ids[1], lots=30))
    (break_id,) = world.state.breaks.open
    return world, ids, break_id


def resolve(world, break_id, decision, person="ann", **more):
    asked = ResolveAsked(
        break_id=break_id, decision=decision, reason="the venue said so", person=person,
        actor=f"person:{person}", **more,
    )  # fmt: skip
    return world.facts(asked)


def told(world, break_id, decision, person="ann", *, version=None, account=None, amount=None):
    """Let a person at the centre say what `resolve` says at the box."""
    seen = evidence.name_of(evidence.of_break(world.state, break_id))
    asked = ResolutionAsked(
        at_ns=world.now, break_id=break_id, decision=decision, version=version, account=account,
        carried=amount, price_ticks=None, evidence=seen, person=person, reason="the venue said so",
    )  # fmt: skip
    adopted, *facts = [recorded.fact for recorded in world.adopt(asked)]
    assert isinstance(adopted, Adopted)
    return facts


SAID = {"at the box": resolve, "at the centre": told}


def ids(world, type_):
    return [break_id for break_id in world.state.breaks.open if break_id.startswith(type_)]


def open_break(world, type_, subject):
    (act,) = opened(world.state, type_, subject, "as a rule would open it", world.now)
    entry = record(world.state, act, world.hlc.stamp(world.now))
    evolve(world.state, entry, act.fact)
    world.recorded.append(Recorded(entry, act.fact))


def held(world):
    return world.state.positions.net(OVERLAY, WETH)


def interval(world):
    return world.exposure().overlay


def hashes(world, break_id):
    return {
        v.order_id: v.content_hash.hex()
        for v in versions(world.state, world.state.breaks.open[break_id])
    }


def test_both_are_booked_each_on_its_order():
    world, ids, break_id = two_orders()
    assert (held(world), interval(world).high) == (0, 270), "nothing is sure, all may be true"
    (resolved, *_) = resolve(world, break_id, "both")
    assert isinstance(resolved, BreakResolved)
    assert resolved.persons == ("ann",)
    assert held(world) == 70
    assert [world.state.orders.orders[id_].filled_lots for id_ in ids] == [40, 30]
    assert world.state.breaks.open == {}
    assert world.state.fills.disputed == {}
    world.assert_refolds()


def corrected(world, order_id, lots, own="x2"):
    report = CorrectReport(fill=fill(order_id, own, lots=lots), refers_to="x1", version=1)
    return say(world, report)


def test_of_an_execution_and_its_correction_both_books_the_correction():
    world, ids, break_id = two_orders()
    corrected(world, ids[0], 35)
    resolve(world, break_id, "both")
    assert held(world) == 65
    assert [world.state.orders.orders[id_].filled_lots for id_ in ids] == [35, 30]
    world.assert_refolds()


def test_both_leaves_out_what_people_found_false():
    world, ids, break_id = two_orders()
    resolve(world, break_id, "version", version=hashes(world, break_id)[ids[0]])
    say(world, fill(ids[1], lots=7))
    resolve(world, break_id, "both")
    assert held(world) == 47
    world.assert_refolds()


def ended(world, ids):
    for id_, lots in zip(ids, (40, 30), strict=True):
        say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=lots))


def test_all_that_is_told_after_a_decision_may_be_true_beside_it():
    world, ids, break_id = two_orders()
    resolve(world, break_id, "both")
    ended(world, ids)
    for lots in (20, 25):
        say(world, fill(ids[0], lots=lots))
    assert interval(world) == (50, 115)
    resolve(world, break_id, "both")
    assert held(world) == 115
    world.assert_refolds()


def test_of_which_execution_a_correction_is_people_say_by_naming_what_is_true():
    world, ids, break_id = two_orders()
    resolve(world, break_id, "both")
    ended(world, ids)
    say(world, fill(ids[0], lots=20))
    resolve(world, break_id, "both")
    corrected(world, ids[0], 80)
    assert interval(world).high >= 150
    told = {v.quantity_lots: v.content_hash.hex() for v in shown(world, break_id)}
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "both")
    assert (refused.value.code, held(world)) == ("EN002", 90)
    resolve(world, break_id, "version", version=",".join(told[lots] for lots in (80, 40, 30)))
    assert held(world) == 150
    assert break_id not in world.state.breaks.open
    world.assert_refolds()


def shown(world, break_id):
    return versions(world.state, world.state.breaks.open[break_id])


def test_an_execution_and_its_correction_are_not_both_true():
    world, ids, break_id = two_orders()
    corrected(world, ids[0], 35)
    named = [v.content_hash.hex() for v in shown(world, break_id) if v.order_id == ids[0]]
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "version", version=",".join(named))
    assert (refused.value.code, held(world)) == ("EN002", 0)


def test_one_version_is_booked_and_the_other_is_not():
    world, ids, break_id = two_orders()
    resolve(world, break_id, "version", version=hashes(world, break_id)[ids[1]][:12])
    assert held(world) == 30
    assert [world.state.orders.orders[id_].filled_lots for id_ in ids] == [0, 30]
    world.assert_refolds()


def test_what_never_happened_is_not_booked_and_no_more_exposure():
    world, _, break_id = two_orders()
    resolve(world, break_id, "never_happened")
    assert (held(world), world.state.fills.disputed) == (0, {})
    world.assert_refolds()


def test_a_decision_is_corrected_by_another_one():
    world, ids, break_id = two_orders()
    wanted = hashes(world, break_id)[ids[0]]
    resolve(world, break_id, "both")
    resolve(world, break_id, "never_happened")
    assert held(world) == 0
    resolve(world, break_id, "version", version=wanted)
    assert held(world) == 40
    world.assert_refolds()


def test_what_is_told_after_a_decision_is_disputed_again():
    world, ids, break_id = two_orders()
    resolve(world, break_id, "both")
    say(world, fill(ids[1], lots=90))
    assert break_id in world.state.breaks.open
    assert held(world) == 70
    assert interval(world).high >= 160
    resolve(world, break_id, "both")
    assert held(world) == 160
    world.assert_refolds()


def test_a_bust_after_a_decision_reopens_it_as_far_as_nothing():
    world, _, break_id = two_orders()
    resolve(world, break_id, "both")
    say(world, BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1", version=1,
                          detail="trade cancel"))  # fmt: skip
    assert break_id in world.state.breaks.open
    assert interval(world).low == 0
    resolve(world, break_id, "never_happened")
    assert (held(world), world.state.fills.disputed) == (0, {})
    world.assert_refolds()


def test_above_the_policys_amount_two_persons_decide_the_same():
    world, ids, break_id = two_orders(PaperWorld(venues=("a",), decide_alone_max=10**6))
    wanted = hashes(world, break_id)[ids[0]]
    (proposed,) = resolve(world, break_id, "both")
    assert isinstance(proposed, ResolutionProposed)
    assert proposed.amount_minor > 10**6
    assert (held(world), break_id in world.state.breaks.open) == (0, True)
    resolve(world, break_id, "both", person="ANN")
    assert held(world) == 0, "one person twice"
    resolve(world, break_id, "version", person="bob", version=wanted)
    assert held(world) == 0, "another decision"
    (resolved, *_) = resolve(world, break_id, "version", version=wanted)
    assert resolved.persons == ("bob", "ann")
    assert held(world) == 40
    assert world.state.breaks.proposals == {}
    world.assert_refolds()


def test_of_two_persons_one_may_be_at_the_box_and_one_at_the_centre():
    world, _, break_id = two_orders(PaperWorld(venues=("a",), decide_alone_max=10**6))
    (proposed,) = told(world, break_id, "both")
    assert isinstance(proposed, ResolutionProposed)
    resolve(world, break_id, "both", person="Ann")
    assert held(world) == 0, "one person at both places is one person"
    (resolved, *_) = told(world, break_id, "both", person="bob")
    assert (resolved.persons, held(world)) == (("Ann", "bob"), 70)
    world.assert_refolds()


@pytest.mark.parametrize(
    ("decision", "person", "more"),
    [
        ("write_off", "ann", {}),
        ("version", "ann", {"version": "00"}),
        ("both", " ", {}),
    ],
)
def test_what_the_centre_says_that_makes_no_sense_is_adopted_without_effect(
    decision, person, more
):
    world, _, break_id = two_orders()
    (opened,) = told(world, break_id, decision, person, **more)
    assert isinstance(opened, BreakOpened)
    assert (opened.type, held(world)) == ("not_applied", 0)
    assert break_id in world.state.breaks.open
    world.assert_refolds()


def test_a_break_with_a_difference_is_not_closed_without_a_decision():
    world, _, break_id = two_orders()
    assert must_be_decided(world.state, break_id)
    with pytest.raises(RefusedError) as refused:
        world.observe(BreakCloseAsked(break_id=break_id, reason="seen", actor="person:ann"))
    assert refused.value.code == "EN408"
    assert "breaks resolve" in refused.value.do


def unknown_order(figures=RICH):
    world = World(figures)
    world.publish("a", 150_000)
    say(world, fill("NOT-OURS-0000000000A", lots=40))
    (break_id,) = world.state.breaks.open
    assert break_id.startswith("unknown_order:a/x1-")
    return world, break_id


@pytest.mark.parametrize("closed", [False, True])
def test_an_execution_of_an_unknown_order_becomes_ours_or_nobodys(closed):
    for decision, account, booked in (("carry_in", OVERLAY, 40), ("never_happened", None, 0)):
        world, break_id = unknown_order()
        if closed:
            world.close_orders()
        assert (held(world), world.exposure().book.high) == (0, 40)
        resolve(world, break_id, decision, account=account)
        assert held(world) == booked
        assert world.exposure().book.high == 0
        assert world.state.breaks.open == {}
        world.assert_refolds()


def test_a_forgotten_order_ends_and_its_worst_case_with_it():
    world, order_id = sent()
    say(world, fill(order_id, lots=40))
    open_break(world, "forgotten", order_id)
    assert interval(world).high == 100
    resolve(world, f"forgotten:{order_id}", "never_happened")
    assert interval(world) == (40, 40)
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=40))
    assert interval(world) == (40, 40)


def test_a_balance_that_differs_is_carried_in_by_two_persons():
    world = World(RICH)
    open_break(world, "balance_mismatch", "a/USDC")
    what = {"account": OVERLAY, "amount": -5}
    before = world.state.wallet.balances[OVERLAY, "a", "USDC"]
    resolve(world, "balance_mismatch:a/USDC", "carry_in", person="ann", **what)
    assert world.state.wallet.balances[OVERLAY, "a", "USDC"] == before
    resolve(world, "balance_mismatch:a/USDC", "carry_in", person=" Ann ", **what)
    other = {**what, "amount": -6}
    resolve(world, "balance_mismatch:a/USDC", "carry_in", person="bob", **other)
    assert world.state.wallet.balances[OVERLAY, "a", "USDC"] == before, "they do not agree"
    resolve(world, "balance_mismatch:a/USDC", "carry_in", person="ann", **what)
    resolve(world, "balance_mismatch:a/USDC", "carry_in", person="bob", **what)
    assert world.state.wallet.balances[OVERLAY, "a", "USDC"] == before - 5
    assert world.state.breaks.open == {}


LOTS = st.one_of(st.integers(-3_000, -1), st.integers(1, 3_000))


@given(LOTS, st.sampled_from((OVERLAY, "desk:book")), st.one_of(st.none(), st.integers(1, 10**6)))
def test_a_position_that_is_carried_in_is_no_gain_or_loss(lots, account, price):
    """It comes with its cash, at the price that is named or at the reference."""
    world = World(RICH)
    world.publish("a", 150_000)
    found = Difference(type="position_mismatch", subject=f"a/{WETH}", venue_says="1", we_say="0")
    world.observe(Reconciled(venue="a", differences=(found,), lasting=(found,)))
    for person in ("ann", "bob"):
        resolve(world, f"position_mismatch:a/{WETH}", "carry_in", person, account=account,
                amount=lots, price_ticks=price)  # fmt: skip
    assert world.state.positions.net(account, WETH) == lots
    assert pnl(world.state, WETH, price or 150_000).total_minor == 0
    assert world.restricted() == {}
    world.assert_refolds()


def test_a_position_without_any_price_is_not_carried_in():
    world = World(replace(RICH, static_reference_ticks=None))
    open_break(world, "position_mismatch", f"a/{WETH}")
    asked = {"account": OVERLAY, "amount": 5}
    with pytest.raises(RefusedError) as refused:
        resolve(world, f"position_mismatch:a/{WETH}", "carry_in", **asked)
    assert (refused.value.code, refused.value.found) == ("EN002", "a position without a price")
    assert "--price" in refused.value.do
    resolve(world, f"position_mismatch:a/{WETH}", "carry_in", price_ticks=150_000, **asked)
    (proposed,) = resolve(world, f"position_mismatch:a/{WETH}", "carry_in", "bob",
                          price_ticks=140_000, **asked)  # fmt: skip
    assert isinstance(proposed, ResolutionProposed), "another price is another decision"


@pytest.mark.parametrize(
    ("decision", "more", "beside"),
    [
        ("both", {"version": "00"}, "version"),
        ("never_happened", {"account": OVERLAY}, "account"),
        ("version", {"version": "00", "amount": 5}, "amount"),
    ],
)
@pytest.mark.parametrize("place", SAID)
def test_what_a_decision_does_not_use_is_refused_with_it(decision, more, beside, place):
    world, _, break_id = two_orders()
    if place == "at the centre":
        (said,) = told(world, break_id, decision, **more)
        assert (said.type, break_id in world.state.breaks.open) == ("not_applied", True)
        return
    with pytest.raises(RefusedError, match=f"^{decision} with {beside}$") as refused:
        resolve(world, break_id, decision, **more)
    assert refused.value.code == "EN002"


def test_a_balance_of_unknown_scale_is_not_carried_in():
    world = World(RICH)
    open_break(world, "balance_mismatch", "a/XYZ")
    with pytest.raises(RefusedError) as refused:
        resolve(world, "balance_mismatch:a/XYZ", "carry_in", account=OVERLAY, amount=5)
    assert (refused.value.code, refused.value.found) == ("EN006", "'XYZ', whose scale is unknown")


@pytest.mark.parametrize(
    ("decision", "more", "code"),
    [
        ("carry_in", {"account": OVERLAY}, "EN002"),
        ("version", {"version": "00ff"}, "EN006"),
        ("version", {}, "EN006"),
        ("write_off", {}, "EN002"),
        ("both", {"person": " "}, "EN503"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(decision, more, code):
    world, _, break_id = two_orders()
    before = digest(world.state).digest
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, decision, **more)
    assert (refused.value.code, digest(world.state).digest) == (code, before)


def test_what_is_no_break_is_refused():
    for break_id in ("fill_content:a/none-00000000", "forgotten:X", "nonsense"):
        decision = (DECISIONS.get(break_id.partition(":")[0]) or ("both",))[0]
        with pytest.raises(RefusedError):
            resolve(World(RICH), break_id, decision)


STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(SAID)), st.one_of(
        st.tuples(st.just("fill"), st.integers(0, 1), st.integers(1, 60)),
        st.tuples(st.just("both")), st.tuples(st.just("never_happened")),
        st.tuples(st.just("version"), st.integers(0, 3)),
        st.tuples(st.just("bust")),
    )),
    max_size=8,
)  # fmt: skip


@given(STEPS)
@example([
    *(("at the box", ("fill", 0, lots)) for lots in (22, 53, 56)),
    ("at the box", ("never_happened",)), ("at the box", ("both",)),
])  # fmt: skip
def test_after_each_decision_exactly_what_people_said_is_booked(steps):
    """Whatever venues tell before, between and after: the fold agrees, and nothing is hidden."""
    world, ids, break_id = two_orders()
    chosen, seen = [], []  # of a decision: what it says, and what people looked at
    for where, step in steps:
        key = next(iter(world.state.fills.executions()))
        told = world.state.fills.versions(key)
        disputed = world.state.fills.execution(key).disputed
        match step:
            case ("fill", index, lots):
                say(world, fill(ids[index], lots=lots))
                continue
            case ("bust",):
                say(world, BustReport(venue="a", venue_account="desk", scope="venue",
                                      exec_id="x1", version=1, detail="cancel"))  # fmt: skip
                continue
            case ("version", index):
                chosen = [told[index % len(told)]]
                SAID[where](world, break_id, "version", version=chosen[0].content_hash.hex())
            case (decision,):
                goes_on = seen and disputed
                stands = chosen if goes_on else []
                news = [one for one in told if not (goes_on and one in seen)]
                chosen = [*stands, *news] if decision == "both" else []
                high = interval(world).high
                SAID[where](world, break_id, decision)
                within = held(world) <= high or not disputed  # a correction says what it wants
                assert within, "what may be decided was in the worst case"
            case _:
                raise AssertionError(step)
        seen = list(told)
        assert held(world) == sum(version.quantity_lots for version in chosen)
        assert world.state.fills.disputed == {}
        assert break_id not in world.state.breaks.open
    execution = world.state.fills.execution(next(iter(world.state.fills.executions())))
    if execution.disputed:
        assert world.state.fills.span(OVERLAY, WETH) != (0, 0)
    world.assert_refolds()
