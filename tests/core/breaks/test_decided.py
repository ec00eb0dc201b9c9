"""Decisions on executions: of each, however it is called, on the evidence that was looked at."""

from dataclasses import replace

import pytest

from edgenode.core.breaks.executions import versions
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import ResolutionProposed
from edgenode.model.venue import BustReport, CorrectReport
from tests.core.breaks.test_resolving import (
    OVERLAY,
    RICH,
    held,
    ids,
    interval,
    resolve,
    two_orders,
)
from tests.core.orders.sent import fill, say, sent
from tests.core.world import World


def executed(**told):
    """A world in which venue a told executions of no order of ours, or of `order_id`."""
    world = World(PaperWorld(venues=("a",)))
    world.publish("a", 150_000)
    say(world, fill("NOT-OURS-0000000000A", **told))
    return world


def test_what_is_carried_in_counts_on_no_order():
    world, order_id = sent()
    say(world, fill(order_id, side="sell", lots=60))
    (break_id,) = ids(world, "not_as_ordered")
    for person in ("ann", "bob"):
        resolve(world, break_id, "carry_in", person, account=OVERLAY)
    order = world.state.orders.orders[order_id]
    assert (held(world), order.filled_lots, order.remaining_lots) == (-60, 0, 100)
    assert interval(world) == (-60, 40)
    world.assert_refolds()


@pytest.mark.parametrize("scope", ["venue", "other"])
@pytest.mark.parametrize("exec_id", ["x1", "20261130/17", "e" * 64])
def test_an_execution_is_decided_whatever_its_venue_calls_it(exec_id, scope):
    world = executed(exec_id=exec_id, scope=scope, lots=1)
    say(world, fill("NOT-OURS-0000000000A", exec_id, 1, scope="third"))
    assert len(ids(world, "unknown_order")) == 2, "each has its own"
    for break_id in ids(world, "unknown_order"):
        resolve(world, break_id, "carry_in", account=OVERLAY)
    assert (held(world), world.state.breaks.open) == (2, {})


def test_what_is_carried_in_of_a_disputed_execution_is_named():
    world = executed(lots=1)
    say(world, fill("NOT-OURS-0000000000A", lots=2))
    (break_id,) = ids(world, "unknown_order")
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "carry_in", account=OVERLAY)
    assert refused.value.code == "EN006"
    assert world.exposure().book == (0, 2)
    two = next(v for v in versions(world.state, world.state.breaks.open[break_id])
               if v.quantity_lots == 2)  # fmt: skip
    resolve(world, break_id, "carry_in", account=OVERLAY, version=two.content_hash.hex())
    assert (held(world), world.state.breaks.open) == (2, {}), "every break of it is decided"
    assert (world.exposure().book, world.state.fills.disputed) == ((0, 0), {})


def test_an_execution_of_an_order_of_ours_is_not_carried_in():
    world, _, break_id = two_orders()
    resolve(world, break_id, "never_happened")
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id.replace("fill_content", "unknown_order"), "carry_in",
                account=OVERLAY, version=hashes_of(world)[0])  # fmt: skip
    assert (refused.value.code, refused.value.found) == (
        "EN002", "an execution of an order of ours",
    )  # fmt: skip


def hashes_of(world):
    key = next(iter(world.state.fills.executions()))
    return [v.content_hash.hex() for v in world.state.fills.versions(key)]


@pytest.mark.parametrize("decision", ["carry_in", "never_happened"])
def test_one_person_decides_no_more_than_the_policy_says(decision):
    world = executed(lots=9_000)
    (break_id,) = ids(world, "unknown_order")
    account = OVERLAY if decision == "carry_in" else None
    (proposed,) = resolve(world, break_id, decision, account=account)
    assert isinstance(proposed, ResolutionProposed)
    assert proposed.amount_minor >= 9_000 * 150_050 * 100


def test_a_small_version_among_large_ones_is_a_large_decision():
    world = executed(lots=10)
    say(world, fill("NOT-OURS-0000000000A", lots=9_000))
    (break_id,) = ids(world, "fill_content")
    (proposed,) = resolve(world, break_id, "version", version=min(
        (v.quantity_lots, v.content_hash.hex())
        for v in versions(world.state, world.state.breaks.open[break_id])
    )[1])  # fmt: skip
    assert isinstance(proposed, ResolutionProposed)
    assert proposed.amount_minor >= 8_990 * 150_050 * 100


def test_a_second_person_agrees_on_the_same_evidence():
    world, _, break_id = two_orders(PaperWorld(venues=("a",), decide_alone_max=0))
    wanted = hashes_of(world)[0]
    resolve(world, break_id, "version", "ann", version=wanted)
    say(world, fill("NOT-OURS-0000000000A", lots=900))
    (proposed,) = resolve(world, break_id, "version", "bob", version=wanted)
    assert isinstance(proposed, ResolutionProposed), "ann did not see the third content"
    (resolved, *_) = resolve(world, break_id, "version", "ann", version=wanted)
    assert resolved.persons == ("bob", "ann")
    assert len(resolved.evidence) == 3


@pytest.mark.parametrize("news", ["bust", "correction", "content"])
def test_what_is_told_of_a_carried_execution_is_disputed_until_another_decision(news):
    world = World(RICH)
    world.publish("a", 150_000)
    first = fill("NOT-OURS-0000000000A", lots=60)
    say(world, first)
    resolve(world, *ids(world, "unknown_order"), "carry_in", account=OVERLAY)
    bust = BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1", version=1,
                      detail="trade cancel")  # fmt: skip
    say(world, {
        "bust": bust,
        "correction": CorrectReport(fill=replace(first, quantity_lots=90), refers_to="x1",
                                    version=1),
        "content": replace(first, quantity_lots=90),
    }[news])  # fmt: skip
    (break_id,) = ids(world, "fill_content")
    expected = {"bust": (0, 60), "correction": (60, 90), "content": (60, 150)}
    assert interval(world) == expected[news]
    resolve(world, break_id, "never_happened")
    assert (held(world), interval(world), world.state.breaks.open) == (0, (0, 0), {})
    world.assert_refolds()


def test_a_venue_that_says_what_people_decided_disputes_nothing():
    world, _, break_id = two_orders()
    resolve(world, break_id, "never_happened")
    say(world, BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1", version=1,
                          detail="trade cancel"))  # fmt: skip
    assert (world.state.breaks.open, world.state.fills.disputed) == ({}, {})
