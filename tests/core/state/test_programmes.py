"""The programmes part alone: what each fact does, whatever the decision says of itself."""

from dataclasses import replace

from edgenode.core.state import snapshot
from edgenode.core.state.programmes import Programmes
from edgenode.model.facts import OrderDenied, Reason
from tests.core.hedge.test_overlay import heading
from tests.core.world import LEDGER, START, WETH, World

REASON = Reason(
    code="EN113", name="grant_cost", limit="1.00", value="2.00", unit="USDC", scope="node"
)


def denied(reasons=(REASON,), venue="a", account="desk:overlay", at_ns=START):
    return OrderDenied(
        at_ns=at_ns, account=account, client_order_id="H1", venue=venue, instrument=WETH,
        side="buy", quantity_lots=10, price_ticks=1, event_id="none", reasons=reasons,
        limits_version=1, content_hash=b"",
    )  # fmt: skip


def decision(**changes):
    made = heading(0).newest
    return replace(made, **changes)


def test_what_a_decision_leaves_is_carried_whatever_it_says():
    part = Programmes()
    part.decided(decision(target_lots=100, slots=(20, 30), carried_lots=7))
    assert part.of(WETH).carried == 50
    assert part.of(WETH).remaining == 100


def test_a_counter_never_goes_back():
    part = Programmes()
    for counter in (5, 3):
        part.decided(decision(counter=counter))
    assert part.of(WETH).counter == 5
    assert part.of(WETH).child(6) == "overlay:WETH-USDC:6"


def test_an_unknown_programme_is_read_as_one_that_holds_nothing():
    part = Programmes()
    assert (part.of(WETH).remaining, part.held) == (0, {})


def test_denials_are_counted_by_cause_and_the_second_is_an_alarm():
    part = Programmes()
    part.refused(denied())
    assert part.of(WETH).alarms == []
    part.refused(denied(venue="b", at_ns=START + 1))
    ((cause, said),) = part.of(WETH).alarms
    assert (cause, said.times, said.since_ns) == ("EN113 grant_cost", 2, START)
    assert said.detail == "b: 2.00 USDC, limit 1.00"
    assert part.of(WETH).tried == {"a", "b"}


def test_other_accounts_have_no_programme():
    part = Programmes()
    part.refused(denied(account="desk:book"))
    assert part.held == {}


def test_a_new_slice_tries_every_venue_again_and_nothing_left_to_do_ends_the_alarm():
    part = Programmes()
    part.decided(decision(target_lots=10))
    for _ in range(2):
        part.refused(denied())
    part.decided(decision(target_lots=10, reason="denied"))
    assert (part.of(WETH).tried, len(part.of(WETH).alarms)) == ({"a"}, 1)
    part.decided(decision(target_lots=10, slice_ns=START + 30))
    assert (part.of(WETH).tried, len(part.of(WETH).alarms)) == (set(), 1)
    part.decided(decision(target_lots=0, slice_ns=START + 60))
    assert part.of(WETH).alarms == []


def test_a_snapshot_gives_the_same_programme():
    world = World()
    part = world.state.programmes
    part.decided(decision(target_lots=10, slots=(1, 2), counter=4))
    part.refused(denied())
    loaded = snapshot.load(LEDGER, snapshot.dump(world.state))
    assert loaded.programmes == part
    assert loaded.programmes.canonical() == part.canonical()
