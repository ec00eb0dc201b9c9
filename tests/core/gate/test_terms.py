"""Terms are kept while rules stand, and let go of at the very instant that one of them turns."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.gate import terms
from edgenode.core.gate.terms import DAY_NS, KINDS_MAX
from edgenode.core.observations import OrderAsked, StateAsked
from edgenode.core.seen import Seen
from edgenode.model.facts import FxRate, OrderDenied
from tests.core.gate.orders import codes, declare, hedge, names, ready
from tests.core.gate.test_money_limits import in_euro
from tests.core.world import SECOND, intent

HALF = SECOND // 2  # no rule here turns at a whole second


def terms_of(world, ask, at=None):
    return terms.terms_of(world.state, world.seen, ask, world.now if at is None else at)


def grant(world, **changes):
    """Replace all grants by ones that end at other times."""
    for held in list(world.state.grants.accounts.values()):
        world.state.grants.accounts[held.grant.id].revoked = True
        world.adopt(replace(held.grant, id=f"{held.grant.id}-2", **changes))


def test_they_are_kept_while_only_orders_happen():
    world = ready()
    ask = hedge()
    held = terms_of(world, ask)
    world.observe(OrderAsked(hedge(name="H1"), "rule:overlay"))
    world.observe(OrderAsked(hedge(10**6, name="H2"), "rule:overlay"))
    assert isinstance(world.recorded[-1].fact, OrderDenied)
    assert terms_of(world, ask, world.now + HALF) is held
    assert terms_of(world, hedge(side="sell")) is not held


def test_any_other_fact_lets_go_of_them():
    world = ready()
    held = terms_of(world, hedge())
    world.observe(StateAsked(scope="venue:b", state="halted", reason="", actor="p"))
    assert terms_of(world, hedge()) is not held


def test_they_are_kept_until_midnight_and_not_for_a_clock_that_was_set_back():
    world = ready()
    midnight = (world.now // DAY_NS + 1) * DAY_NS
    held = terms_of(world, hedge())
    assert terms_of(world, hedge(), midnight - 1) is held
    assert terms_of(world, hedge(), midnight) is not held
    held = terms_of(world, hedge())
    assert terms_of(world, hedge(), world.now - 1) is not held


def test_terms_of_a_clock_that_lies_behind_hold_while_what_is_recorded_stays():
    world = ready()
    held = terms_of(world, hedge())
    newest = world.now = world.now + 60 * SECOND
    world.observe(OrderAsked(intent("late"), "c"))
    assert terms_of(world, hedge()) is held
    behind = newest - 10 * SECOND
    found = terms_of(world, hedge(), behind)
    assert found is not held
    assert terms_of(world, hedge(), newest - SECOND - 1) is found
    assert terms_of(world, hedge(), newest - SECOND) is not found  # it is within what is allowed
    found = terms_of(world, hedge(), behind)
    world.now += 1
    world.observe(OrderAsked(intent("later"), "c"))
    assert terms_of(world, hedge(), behind) is not found


@given(opens=st.integers(0, 86_400), closes=st.integers(0, 86_400), at=st.integers(0, 2 * 86_400))
@settings(deadline=None, max_examples=40)
def test_kept_terms_turn_with_the_hours_at_any_second(opens, closes, at):
    """Law: an hour ends for kept terms in the very nanosecond in which it ends for new ones."""
    world = ready()
    (row,) = world.state.rules.policy.permissions
    world.policy(permissions=(replace(row, opens_s=opens, closes_s=closes),))
    for moment in sorted(
        (world.now + at * SECOND, *(world.now + s * SECOND - 1 for s in (1, at)))
    ):
        new = terms.terms_of(world.state, Seen(), hedge(), moment)
        assert terms_of(world, hedge(), moment).reasons == new.reasons


def test_a_micro_event_begins_and_ends_between_two_orders():
    world = ready()
    world.now += HALF
    declare(world, "drop", starts_s=10, ends_s=20)
    for at_s, events in ((10, ("none", "drop")), (20, ("drop", "none"))):
        turn = world.now + at_s * SECOND
        found = [terms_of(world, hedge(), at).event_id for at in (turn - 1, turn)]
        assert tuple(found) == events


@pytest.mark.parametrize("what", ["expiry", "grace_until"])
def test_a_grant_ends_between_two_orders(what):
    world = ready()
    world.observe(OrderAsked(hedge(50, name="H1"), "rule:overlay"))
    end = world.now + HALF
    times = {"expiry": end, "grace_until": end + 60 * SECOND}
    if what == "grace_until":
        times = {"expiry": world.now, "grace_until": end}
    grant(world, reducing_reserve=1, **times)
    closes = hedge(10, side="sell", price=149_900)
    ask = hedge(1) if what == "expiry" else closes
    kinds = [
        (found.live, found.position_lots, found.reducing_lots)
        for found in (terms_of(world, ask, at) for at in (end - 1, end))
    ]
    assert kinds[0] != kinds[1]


def test_a_rate_comes_to_be_and_grows_too_old_between_two_orders():
    world = in_euro(ready())
    age_ns = world.state.rules.policy.fx_age_ms_max * 10**6
    first = {"base": "USDC", "quote": "EUR", "bid_ppb": 9 * 10**8, "ask_ppb": 9 * 10**8}
    world.adopt(FxRate(at_ns=world.now, as_of=world.now + HALF, source="desk", **first))
    last = world.now + HALF + age_ns
    for moment, denied in ((world.now + HALF, (True, False)), (last + 1, (False, True))):
        found = [terms_of(world, hedge(), at).rate is None for at in (moment - 1, moment)]
        assert tuple(found) == denied


def test_hours_turn_with_the_second():
    world = ready()
    second = world.now // SECOND % 86_400
    (row,) = world.state.rules.policy.permissions
    world.policy(permissions=(replace(row, opens_s=second, closes_s=second + 1),))
    assert codes(world, hedge()) == []
    world.now += SECOND
    world.publish("a", 150_000)
    assert "permission" in names(world, hedge())


def test_a_cause_that_closes_the_gate_does_so_at_once_and_opens_it_at_once():
    world = ready()
    ask = intent(lots=1, price=140_000)
    assert codes(world, ask) == []
    world.restrict("node", "reducing")
    assert codes(world, ask) == ["EN121"]
    world.restrict("node", "active")
    assert codes(world, ask) == []


def test_they_are_bounded():
    world = ready()
    for number in range(KINDS_MAX + 3):
        terms_of(world, intent(account=f"customer:{number}"))
    assert 0 < len(world.seen.memo.of(world.state)) <= KINDS_MAX
