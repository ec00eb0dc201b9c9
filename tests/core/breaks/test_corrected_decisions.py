"""A decision is corrected by another one, of any break: the last one alone counts."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenode.core.breaks import evidence, shown
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.core.restrictions.overdrawn import DESK
from edgenode.core.risk.pnl import total
from edgenode.core.state import snapshot
from edgenode.core.state.breaks import DECIDED_MAX
from edgenode.core.state.digest import digest
from edgenode.core.state.doubts import COST
from edgenode.model import break_types as types
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakResolved, ResolutionProposed
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.model.orders import SIDES
from edgenode.model.venue import Acked, BustReport, Finished
from tests.core.breaks.test_resolving import (
    RICH,
    ids,
    open_break,
    resolve,
    told,
    two_orders,
    unknown_order,
)
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH, World
from tests.examples import examples

MARK = 151_000
BALANCE_ID, POSITION_ID = "balance_mismatch:a/USDC", f"position_mismatch:a/{WETH}"


def of_order(type_):
    world, order_id = sent()
    say(world, fill(order_id, lots=40))
    open_break(world, type_, order_id)
    return world


def executed(type_):
    world, order_id = sent()
    match type_:
        case types.BEYOND_LIMIT:
            say(world, fill(order_id, lots=40, price_ticks=150_200))
        case types.AFTER_END:
            say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
            say(world, fill(order_id, lots=40))
        case types.OVERFILL:
            say(world, fill(order_id, lots=120))
        case types.CUM_QUANTITY:
            say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
            say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=30))
        case types.NOT_AS_ORDERED:
            say(world, fill(order_id, side="sell", lots=40))
        case _:
            assert type_ == types.TOMBSTONE
            say(world, BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1",
                                  version=1, detail=""))  # fmt: skip
    return world


def begun(type_):
    """Return a world in which a break of this type is open, and its id."""
    if type_ == types.FILL_CONTENT:
        world = two_orders()[0]
    elif type_ == types.UNKNOWN_ORDER:
        world = unknown_order()[0]
    elif type_ in {types.FORGOTTEN, types.UNRESOLVED, types.NOT_CANCELED}:
        world = of_order(type_)
    elif type_ in {types.POSITION, types.BALANCE, types.RESTORED}:
        world = World(RICH)
        world.publish("a", 150_000)
        subject = {types.POSITION: f"a/{WETH}", types.BALANCE: "a/USDC"}.get(type_, "local")
        open_break(world, type_, subject)
    else:
        world = executed(type_)
    (break_id,) = ids(world, type_)
    return world, break_id


def options(type_):
    """Return decisions that a break of this type admits, with what each says beside."""
    found = []
    for decision in DECISIONS[type_]:
        if decision == types.VERSION:
            found += [(decision, {"version": index}) for index in (0, 1)]
        elif decision == types.CARRY_IN:
            for account in (DESK_OVERLAY, DESK_BOOK):
                for amount in (-30, 7) if type_ in {types.POSITION, types.BALANCE} else (None,):
                    more = {"account": account, "amount": amount}
                    if type_ == types.POSITION:
                        more["price_ticks"] = 150_000 + amount
                    found.append((decision, more))
        else:
            found.append((decision, {}))
    return found


def decide(world, break_id, decision, more, reason="the venue said so"):
    """Let one person decide, and a second one where that takes two; returns what was recorded."""
    more = dict(more)
    if "version" in more:
        held = world.state.fills.executions().values()
        hashes = sorted(v.content_hash.hex() for v in next(iter(held)).versions)
        more["version"] = hashes[more["version"]]
    facts = resolve(world, break_id, decision, "ann", **more)
    if isinstance(facts[0], ResolutionProposed):
        facts = resolve(world, break_id, decision, "bob", **more)
    (resolved,) = [fact for fact in facts if isinstance(fact, BreakResolved)]
    assert (resolved.break_id, resolved.decision) == (break_id, decision)
    return resolved


def held(world):
    """Return money, positions and worst cases."""
    state, policy = world.state, world.state.rules.policy
    return (
        {key: amount for key, amount in state.wallet.balances.items() if amount},
        {key: amount for key, amount in state.obligations.delivered.items() if amount},
        {key: lots for key, lots in state.positions._net.items() if lots},
        {key: lots for key, lots in state.positions._at_venue.items() if lots},
        {side: [state.position_use(desk, WETH, side) for desk in DESK] for side in SIDES},
        (world.exposure(), state.fills.disputed, state.orders.counted),
        {key: span for key, span in state.fills.sums.items() if key[0] != COST},
        total(state, world.seen, policy, None, world.now),
        {
            name: (order.remaining_lots, order.filled_lots)
            for name, order in state.orders.orders.items()
        },
        (set(state.breaks.open), state.breaks.proposals),
    )


@pytest.mark.parametrize("type_", sorted(DECISIONS))
@settings(max_examples=examples(15))
@given(st.data())
def test_of_all_decisions_on_a_break_the_last_one_alone_counts(type_, data):
    said = data.draw(st.lists(st.sampled_from(options(type_)), min_size=2, max_size=4))
    (world, break_id), (other, _) = begun(type_), begun(type_)
    for decision, more in said:
        world.now += 1
        decide(world, break_id, decision, more)
    other.now = world.now
    decide(other, break_id, *said[-1])
    world.publish("a", MARK)
    other.publish("a", MARK)
    assert held(world) == held(other)
    world.assert_refolds()


@pytest.mark.parametrize(
    ("break_id", "more"),
    [(BALANCE_ID, {}), (POSITION_ID, {"price_ticks": 140_000})],
    ids=["balance", "position"],
)
def test_what_was_carried_in_for_a_difference_that_was_none_is_taken_out(break_id, more):
    type_ = break_id.partition(":")[0]
    world, _ = begun(type_)
    before = held(world)[:5]
    with pytest.raises(RefusedError, match="nothing to carry in"):
        decide(world, break_id, "carry_in", {"account": DESK_BOOK, "amount": 0})
    decide(world, break_id, "carry_in", {"account": DESK_OVERLAY, "amount": -12, **more})
    assert held(world)[:5] != before
    resolved = decide(world, break_id, "carry_in", {"account": DESK_BOOK, "amount": 0})
    assert held(world)[:5] == before
    assert resolved.effect.endswith(" into desk:overlay")
    world.assert_refolds()


def test_a_correction_that_ends_within_a_grant_passes_none_on_its_way():
    world = World(replace(RICH, position_lots=50))
    world.publish("a", 150_000)
    for venue, lots in (("a", 30), ("b", -80)):
        open_break(world, types.POSITION, f"{venue}/{WETH}")
        said = {"account": DESK_BOOK, "amount": lots, "price_ticks": 150_000}
        decide(world, f"position_mismatch:{venue}/{WETH}", "carry_in", said)
    decide(world, POSITION_ID, "carry_in", {**said, "amount": 31})  # 0.80 short without it
    assert (world.state.positions.net(DESK_BOOK, WETH), world.state.breaks.open) == (-49, {})
    decide(world, POSITION_ID, "carry_in", {**said, "amount": 29})
    assert list(world.state.breaks.open) == [f"grant_overdrawn:{DESK_BOOK}/{WETH}/sell"]
    world.assert_refolds()


def test_a_difference_that_is_found_again_is_another_one():
    world, _ = begun(types.BALANCE)
    said = {"account": DESK_OVERLAY, "amount": 5}
    before = world.state.wallet.balances[DESK_OVERLAY, "a", "USDC"]
    decide(world, BALANCE_ID, "carry_in", said)
    open_break(world, types.BALANCE, "a/USDC")
    decide(world, BALANCE_ID, "carry_in", said)
    assert world.state.wallet.balances[DESK_OVERLAY, "a", "USDC"] == before + 10
    decide(world, BALANCE_ID, "carry_in", {**said, "amount": 1})
    assert world.state.wallet.balances[DESK_OVERLAY, "a", "USDC"] == before + 6


def test_a_decision_on_an_order_that_works_again_is_ended_by_that():
    world = of_order(types.FORGOTTEN)
    (break_id,) = ids(world, types.FORGOTTEN)
    decide(world, break_id, "never_happened", {})
    order_id = break_id.partition(":")[2]
    say(world, Acked(venue="a", order_id=order_id))
    assert world.exposure().overlay.high == 100
    assert break_id not in world.state.breaks.decided
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "never_happened")
    assert (refused.value.code, world.exposure().overlay.high) == ("EN006", 100)


def test_two_persons_correct_what_two_persons_decided_on_evidence_that_they_see():
    world, _ = begun(types.BALANCE)
    decide(world, BALANCE_ID, "carry_in", {"account": DESK_OVERLAY, "amount": 5})
    first = evidence.name_of(evidence.of_break(world.state, BALANCE_ID))
    world.now += 1
    (proposed,) = told(world, BALANCE_ID, "carry_in", account=DESK_BOOK, amount=5)
    assert isinstance(proposed, ResolutionProposed)
    (row,) = shown.listed(world.state)
    assert row["text"].startswith("This was decided")
    assert shown.one(world.state, BALANCE_ID)["evidence"] == first
    resolve(world, BALANCE_ID, "carry_in", "bob", account=DESK_BOOK, amount=5, evidence=first)
    assert evidence.name_of(evidence.of_break(world.state, BALANCE_ID)) != first
    with pytest.raises(RefusedError) as refused:
        resolve(world, BALANCE_ID, "carry_in", account=DESK_BOOK, amount=6, evidence=first)
    assert refused.value.code == "EN408"
    again = snapshot.load(world.state.ledger, snapshot.dump(world.state))
    assert digest(again) == digest(world.state)
    assert again.breaks.decided == world.state.breaks.decided


@settings(max_examples=examples(5))
@given(st.integers(1, 3))
@example(1)
def test_what_was_decided_is_kept_until_as_many_others_were(more):
    world = World(RICH)
    names = [f"forgotten:N{number}" for number in range(DECIDED_MAX + more)]
    for name in names:
        open_break(world, types.FORGOTTEN, name.partition(":")[2])
        resolve(world, name, "never_happened")
    assert list(world.state.breaks.decided) == names[more:]
    resolve(world, names[more], "never_happened")
    assert list(world.state.breaks.decided) == [*names[more + 1 :], names[more]]
    with pytest.raises(RefusedError) as refused:
        resolve(world, names[0], "never_happened")
    assert refused.value.code == "EN006"
    world.assert_refolds()


def test_a_decided_break_is_shown_with_what_was_decided():
    world = of_order(types.FORGOTTEN)
    (break_id,) = ids(world, types.FORGOTTEN)
    opened = world.state.breaks.open[break_id]
    decide(world, break_id, "never_happened", {})
    row = shown.one(world.state, break_id)
    assert row["text"] == (
        "Decided by ann as never_happened: 0.60 WETH of the order never executed"
    )
    assert row["decide"] == ["--never-happened"]
    assert world.state.breaks.subject_of(break_id) == replace(opened)
    assert shown.listed(world.state) == []
