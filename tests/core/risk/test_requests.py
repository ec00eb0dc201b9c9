"""What is short ahead of a micro-event is asked for: once, in integers, and it opens nothing."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.gate import gate
from edgenode.core.node import evolve, record
from edgenode.core.observations import Act, EventCloseAsked, EventDeclared, Tick, VolumesAhead
from edgenode.core.risk.sizing import size
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.needs import QUIET_NS
from edgenode.daemon.paper import USDC
from edgenode.model.facts import EventSized, NeedAsked, NeedEnded
from tests.core.report.lived import begun, hedged, publish
from tests.core.world import LEDGER, SECOND, WETH, World, intent

MINUTE = 60 * SECOND
LOTS = 40_000  # needs more of everything but cost than the paper world grants


def ready():
    world = World()
    publish(world)
    world.observe(Tick())
    return world


def ahead(world, lots=LOTS):
    """Let the forecast say what may come; returns what is asked for, or withdrawn."""
    publish(world)
    facts = world.facts(VolumesAhead(((WETH, lots),)))
    return [fact for fact in facts if not isinstance(fact, EventSized)]


def open_now(world):
    return {one.need: one for one in world.state.limits.needs.rows()}


def declare(world, begins_min=30, event_id="soon"):
    starts = world.now + begins_min * MINUTE
    world.observe(
        EventDeclared(event_id=event_id, source="declared", name="Friday drop",
                      starts=starts, ends=starts + 60 * MINUTE, actor="p")
    )  # fmt: skip


def grants(world, kind="cash", amount=10**9 * USDC):
    held = next(a.grant for a in world.state.grants.accounts.values() if a.grant.kind == kind)
    return replace(held, id=f"more-{kind}-{world.state.size}", limit=amount)


def ends(facts):
    return {f.need_id: f.reason for f in facts if isinstance(f, NeedEnded)}


def test_what_is_short_before_an_onset_is_asked_for_with_the_integers_of_its_sizing():
    world = ready()
    declare(world)
    facts = ahead(world)
    rules = world.state.rules
    sized = size(world.state, world.seen, rules.policy, rules.instruments[WETH], LOTS, world.now)
    short = {need.kind: need for need in sized.needs if need.short}
    assert {f.need: (f.needed, f.left) for f in facts} == {
        kind: (need.needed, need.left) for kind, need in short.items()
    }
    assert {"cash", "position_buy", "position_sell", "event_spend"} <= set(short)
    starts = world.state.limits.events["soon"].starts
    for fact in facts:
        assert fact.event_id == "soon"
        assert fact.at_ns < starts < fact.until
        (row,) = fact.sized
        assert (row.instrument, row.lots, row.needed) == (WETH, LOTS, fact.needed)
        assert row.reference_ticks == 150_000
    lots = next(f for f in facts if f.need == "position_buy")
    assert (lots.unit, lots.instrument, lots.decimals) == ("lots", WETH, 2)
    cash = next(f for f in facts if f.need == "cash")
    assert (cash.unit, cash.instrument, cash.decimals) == ("USDC", None, 6)


def test_a_request_is_named_by_its_own_entry():
    world = ready()
    declare(world)
    publish(world)
    sized, *asked = world.observe(VolumesAhead(((WETH, LOTS),)))
    assert isinstance(sized.fact, EventSized)
    assert len(asked) > 1
    for recorded in asked:
        assert recorded.fact.need_id == f"need-{recorded.entry.seq}"
        assert recorded.entry.actor == "rule:sizing"


def test_enough_is_not_asked_for_and_a_node_that_does_not_hedge_asks_for_nothing():
    world = ready()
    declare(world)
    assert ahead(world, lots=1) == []
    world.policy(overlay_enabled=False)
    assert ahead(world) == []


def test_without_an_event_it_is_for_the_hour_and_ends_with_it():
    world = ready()
    asked = ahead(world)
    assert {f.event_id for f in asked} == {"none"}
    assert {f.until for f in asked} == {world.now + 60 * MINUTE}
    world.now += 60 * MINUTE
    publish(world)
    assert ends(world.facts(Tick())) == {f.need_id: "unmet" for f in asked}
    assert open_now(world) == {}


def test_a_grant_ends_the_request_that_it_covers_and_no_other():
    world = ready()
    declare(world)
    ahead(world)
    before = open_now(world)
    world.adopt(grants(world))
    facts = world.facts(Tick())
    assert ends(facts) == {before["cash"].need_id: "granted"}
    assert "event_spend" in open_now(world)
    world.policy(event_spend_max=10**6 * USDC)
    assert ends(world.facts(Tick())) == {before["event_spend"].need_id: "granted"}


def test_too_small_a_grant_leaves_the_request_open():
    world = ready()
    declare(world)
    ahead(world)
    world.adopt(grants(world, amount=1))
    assert ends(world.facts(Tick())) == {}
    assert "cash" in open_now(world)


def test_the_end_of_its_event_leaves_a_request_unmet():
    world = ready()
    declare(world)
    asked = ahead(world)
    world.observe(EventCloseAsked(event_id="soon", reason="called off", actor="p"))
    assert ends(world.facts(Tick())) == {f.need_id: "unmet" for f in asked}


def test_the_same_need_is_asked_for_once():
    world = ready()
    declare(world)
    assert ahead(world)
    for _ in range(5):
        world.now += MINUTE
        assert ahead(world) == []
        assert ahead(world, LOTS + 100) == []


def test_a_need_that_grew_by_a_clear_step_supersedes_its_request():
    world = ready()
    declare(world)
    first = {f.need: f for f in ahead(world)}
    world.now += QUIET_NS - SECOND
    assert not set(first) & {f.need for f in ahead(world, LOTS * 2)}
    world.now += SECOND
    assert not set(first) & {f.need for f in ahead(world, LOTS * 5 // 4 - 1)}
    again = {f.need: f for f in ahead(world, LOTS * 2)}
    assert set(again) == set(first)
    assert open_now(world).items() >= again.items()


def test_what_is_not_needed_any_more_is_withdrawn_with_a_margin():
    world = ready()
    declare(world)
    ahead(world)
    held = open_now(world)["position_buy"]
    left, need_id = held.left, held.need_id
    assert need_id not in ends(ahead(world, left))
    assert ends(ahead(world, left * 4 // 5))[need_id] == "withdrawn"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * LOTS), st.integers(1, 300)), max_size=60))
def test_no_forecast_brings_more_than_four_requests_an_hour_of_one_need(said):
    world = ready()
    declare(world)
    asked = []
    for lots, seconds in said:
        world.now += seconds * SECOND
        asked += [f for f in ahead(world, lots) if isinstance(f, NeedAsked)]
        world.observe(Tick())
    keys = {(f.need, f.event_id) for f in asked}
    for key in keys:
        times = [f.at_ns for f in asked if (f.need, f.event_id) == key]
        for at in times:
            assert sum(at <= other < at + 60 * MINUTE for other in times) <= 4
    per_need = {(one.need, one.event_id) for one in world.state.limits.needs.rows()}
    assert len(per_need) == len(world.state.limits.needs.rows())
    world.assert_refolds()


def without(state):
    """Return a state as bytes, but for its requests, its size and newest time."""
    copy = snapshot.load(LEDGER, snapshot.dump(state))
    copy.limits.needs = type(copy.limits.needs)()
    copy.limits.newest_ns = 0
    return digest(copy).parts


def answer(world, order):
    """Return what the gate says of an order, and what it would hold."""
    found = gate.judge(world.state, world.seen, order, world.now)
    return found.reasons, found.would_reserve


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["buy", "sell"]), st.integers(1, 60_000), st.integers(149_000, 151_000),
    st.sampled_from(["customer:c1", "desk:overlay"]), st.sampled_from(["local", "a"]),
)  # fmt: skip
def test_a_request_changes_no_grant_no_cap_and_no_answer_of_the_gate(
    side, lots, price, account, venue
):
    """Law: the states with and without requests differ in nothing but the requests."""
    world = begun()
    hedged(world)
    order = replace(intent("X", side=side, lots=lots, price=price), account=account, venue=venue)
    publish(world)
    before, told = without(world.state), answer(world, order)
    assert ahead(world)
    assert without(world.state) == before
    assert answer(world, order) == told
    for one in world.state.limits.needs.rows():
        ended = NeedEnded(at_ns=world.now, need_id=one.need_id, reason="unmet", left=0)
        entry = record(world.state, Act(ended, "rule:sizing"), world.hlc.stamp(world.now))
        evolve(world.state, entry, ended)
    assert without(world.state) == before
    assert answer(world, order) == told


def test_another_currency_of_the_policy_withdraws_requests_for_money():
    world = ready()
    declare(world)
    ahead(world)
    held = world.state.limits.needs
    key = next(k for k in held.open if k.need == "cash")
    held.open[key] = replace(held.open[key], unit="EUR")
    assert "withdrawn" in ends(world.facts(Tick())).values()


def test_requests_come_back_from_a_snapshot():
    world = ready()
    declare(world)
    ahead(world)
    read = snapshot.load(LEDGER, snapshot.dump(world.state))
    assert digest(read) == digest(world.state)
    assert read.limits.needs == world.state.limits.needs
    world.assert_refolds()
