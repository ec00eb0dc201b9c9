"""A clock is set forward, entries are written, and it is set right: what then holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, PauseAsked, Reported, Requote, Started, Tick
from edgenode.core.restrictions.clock import AGREES_NS
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.facts import BreakOpened, HedgeProgramme, OrderGated, OrderUnknown, TimeTrusted
from edgenode.model.release_day import RELEASED_NS
from edgenode.model.venue import NotAnswered
from tests.core.gate.orders import codes, hedge, names, ready
from tests.core.gate.test_plans import approve, strict
from tests.core.world import CUSTOMER, LEDGER, SECOND, START, WETH, intent

DAY = 86_400 * SECOND
DENIED = ["clock", "trading_state"]


def publish(world):
    world.publish("a", 150_000)
    world.publish("b", 150_000)


def at(world, now, trusted=None):
    """Let a second tick at a time; `trusted` is what the centre's time is."""
    world.now = now
    publish(world)
    return world.facts(Tick(None if trusted is None else Trusted(trusted, "the note")))


def stepped(mode="live", days=90, **figures):
    """Return a world that traded while its clock was ahead, and is right again."""
    world = ready(**figures)
    world.observe(Started(boot_tag=2, version="0", mode=mode))
    at(world, START)
    at(world, START + days * DAY)
    assert world.facts(OrderAsked(intent("AHEAD"), CUSTOMER))
    at(world, START + 2 * SECOND)
    return world


def set_right(facts):
    return [fact for fact in facts if isinstance(fact, TimeTrusted)]


def test_without_a_time_by_the_centre_it_denies_until_real_time_catches_up():
    world = stepped()
    assert names(world, intent("T")) == DENIED
    assert not set_right(at(world, START + 89 * DAY))
    assert names(world, intent("T")) == DENIED
    at(world, START + 90 * DAY)
    assert names(world, intent("T")) == []


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_with_one_that_agrees_it_trades_again_at_once(mode):
    world = stepped(mode)
    now = world.now + SECOND
    (said,) = set_right(at(world, now, now + 2 * SECOND))
    assert (said.at_ns, said.trusted_ns, said.evidence) == (now, now + 2 * SECOND, "the note")
    assert world.recorded[-1].entry.hlc > world.recorded[-2].entry.hlc
    assert codes(world, intent("T")) == []
    assert not set_right(at(world, now + SECOND, now + 2 * SECOND)), "it is said once"
    world.assert_refolds()
    assert digest(snapshot.load(LEDGER, snapshot.dump(world.state))) == digest(world.state)
    stamps = [one.entry.hlc for one in world.recorded]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("away", [-AGREES_NS - 1, AGREES_NS + 1, 90 * DAY])
def test_a_clock_that_does_not_agree_is_not_believed(away):
    world = stepped()
    now = world.now + SECOND
    assert not set_right(at(world, now, now + away))
    assert names(world, intent("T")) == DENIED


def test_a_clock_that_is_not_behind_needs_no_word_of_the_centre():
    world = ready()
    at(world, START)
    assert not set_right(at(world, START + SECOND, START + SECOND))
    assert not set_right(at(world, START, START))


def causes(world):
    return [cause for _, cause in world.restricted()]


def test_a_clock_behind_the_ledger_is_a_cause_of_its_own_until_it_has_caught_up():
    world = stepped()
    row = world.state.restrictions.find("node", "clock")
    assert row.reason == f"the clock is {90 * 86_400 - 2} s behind what is recorded"
    at(world, START + 90 * DAY - SECOND // 2)
    assert causes(world) == ["clock"], "within a second it is credible, but has not caught up"
    at(world, START + 90 * DAY)
    assert causes(world) == []
    world.assert_refolds()


def test_a_start_behind_its_ledger_holds_at_once_unless_a_drill_says_that_time_begins_anew():
    for anew, held in ((False, ["clock"]), (True, [])):
        world = ready()
        world.now -= DAY
        world.observe(Started(boot_tag=2, version="0", mode="paper", time_anew=anew))
        assert causes(world) == held
        world.assert_refolds()


def test_no_person_lifts_it_and_the_centres_time_does():
    world = stepped()
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert causes(world) == ["clock"]
    at(world, world.now, world.now)
    assert causes(world) == []


def test_time_never_goes_back_behind_one_that_the_centre_signed():
    world = stepped()
    right = world.now + SECOND
    assert set_right(at(world, right, right))
    before = right - 10 * SECOND  # the clock, and whoever signs now, say an earlier time
    assert not set_right(at(world, before, before))
    assert names(world, intent("T")) == DENIED
    assert not set_right(at(world, before, right - 1))
    assert set_right(at(world, before, right))


def test_a_grant_that_expired_by_what_is_recorded_is_not_alive_for_a_clock_set_back():
    """Nor is what it keeps for reducing: when that ends cannot be told."""
    world = ready(quote_size_lots=500)
    at(world, START)
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), CUSTOMER))
    assert world.exposure().agreed == -400  # buying reduces
    world.policy(quote_size_lots=0, overlay_enabled=False)
    expiry = world.state.grants.accounts["cost-1"].grant.expiry
    at(world, expiry + SECOND)
    assert codes(world, hedge(100, name="GRACE")) == []  # of what is kept for reducing
    world.observe(Requote(WETH))
    world.facts(OrderAsked(intent("LATE", side="sell", price=150_500, lots=1), CUSTOMER))
    at(world, expiry - DAY)
    assert set(names(world, hedge(100))) == {"grant_position", "grant_cost", "grant_cash"}
    assert "clock" in names(world, hedge(100, side="sell", price=149_900))


def exposed(**policy):
    """Return a desk that is 4.00 short, its clock behind and nobody to say so."""
    world = ready(quote_size_lots=500)
    at(world, START)
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), CUSTOMER))
    world.policy(quote_size_lots=0, **policy)
    at(world, START + 90 * DAY)
    world.facts(OrderAsked(intent("AHEAD", side="sell", price=150_500, lots=1), CUSTOMER))
    at(world, START + 60 * SECOND)
    return world


def test_what_reduces_passes_while_the_clock_is_behind_and_nothing_else():
    world = exposed(overlay_enabled=False)
    assert codes(world, hedge(100)) == []
    assert codes(world, intent("OUT", side="sell", lots=100, price=149_000)) == []
    assert names(world, intent("IN")) == DENIED
    assert "clock" in names(world, hedge(100, side="sell", price=149_900))


def test_hedges_go_on_and_do_not_wait_for_the_time_of_the_last_plan():
    world = exposed()
    facts = at(world, START + 120 * SECOND)
    silent = OrderUnknown, BreakOpened  # of orders that were sent long ago, or are to come
    kinds = [type(fact) for fact in facts if not isinstance(fact, silent)]
    assert kinds[:2] == [HedgeProgramme, OrderGated]
    world.assert_refolds()


def test_what_is_unknown_is_not_so_since_a_time_that_has_not_come():
    world = ready()
    world.policy(overlay_enabled=False, quote_size_lots=0)
    at(world, START + 90 * DAY)
    (gated, *_) = world.facts(OrderAsked(hedge(10), "rule:overlay"))
    world.observe(Reported(NotAnswered(venue="a", order_id=gated.order_id, detail="")))
    order = world.state.orders.orders[gated.order_id]
    assert order.unknown_ns == START + 90 * DAY
    now = START + SECOND
    assert set_right(at(world, now, now))
    assert order.unknown_ns == now
    assert world.state.limits.day == now // DAY
    world.assert_refolds()


def test_a_plan_of_a_time_that_has_not_come_is_declined():
    world, _ = strict(overlay_enabled=False)
    at(world, START + 90 * DAY)
    (_, late) = world.facts(OrderAsked(hedge(100, name="LATE"), "rule:overlay"))
    approve(world, late, "p", "q")
    assert codes(world, hedge(100, name="PLANNED")) == []
    now = START + 3 * SECOND
    at(world, now, now)
    assert not world.state.limits.approvals.plans


def ahead(world, days):
    """Let the clock jump ahead by so many days, for five ticks."""
    right = world.now
    for k in range(5):
        world.now = right + days * DAY + k * SECOND
        world.observe(Tick())
    return right


def running():
    world = ready()
    world.observe(Started(boot_tag=2, version="0", mode="live"))
    at(world, max(START, RELEASED_NS))
    return world


@pytest.mark.parametrize(("days", "believed"), [(399, True), (401, False), (500, False)])
def test_a_clock_is_believed_400_days_ahead_of_what_is_recorded_and_no_further(days, believed):
    world = running()
    right = ahead(world, days)
    assert (world.state.limits.newest_ns < right + DAY) != believed
    assert (causes(world) == ["clock"]) != believed


def test_what_such_a_clock_says_is_neither_recorded_nor_the_cause_of_anything_else():
    world = running()
    count = len(world.recorded)
    right = ahead(world, 500)
    world.observe(OrderAsked(intent("T"), CUSTOMER))
    world.observe(PauseAsked(paused=False, hedges=False, reason="r", actor="person:p"))
    said = world.recorded[count:]
    assert said
    assert all(one.fact.at_ns <= right for one in said)
    assert all(one.entry.hlc >> 16 <= right // 10**6 + 1_000 for one in said)
    assert causes(world) == ["clock"]
    row = world.state.restrictions.find("node", "clock")
    assert "500 days ahead" in row.reason
    assert not any(type(one.fact).__name__ == "TradingDayOpened" for one in said)
    world.assert_refolds()


@given(days=st.integers(401, 100_000), seconds=st.integers(2, 10_000))
@settings(max_examples=25)
def test_once_such_a_clock_is_right_the_node_goes_on_at_the_next_tick(days, seconds):
    world = running()
    right = ahead(world, days)
    at(world, right + seconds * SECOND)
    assert causes(world) == []
    assert names(world, intent("T")) == []


def test_the_time_of_the_centre_makes_such_a_clock_credible():
    world = running()
    right = ahead(world, 500)
    now = right + 500 * DAY + 9 * SECOND
    assert not set_right(at(world, now, right))
    (said,) = set_right(at(world, now, now + SECOND))
    assert said.at_ns == now == world.state.limits.newest_ns
    assert causes(world) == []


def test_an_order_of_such_a_clock_is_denied_by_its_cause():
    world = running()
    ahead(world, 500)
    assert "trading_state" in names(world, intent("T"))


def test_a_drill_may_begin_its_time_anew_ahead():
    world = running()
    world.now += 500 * DAY
    world.observe(Started(boot_tag=3, version="0", mode="paper", time_anew=True))
    assert world.state.limits.newest_ns == world.now
