"""Evidence has a name: a decision that says it is of that evidence, and of no other."""

from contextlib import suppress

import pytest
from hypothesis import given

from edgenode.core.breaks import evidence, shown
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.model.errors import RefusedError
from edgenode.model.facts import Adopted, BreakResolved, ResolutionAsked, ResolutionProposed
from edgenode.model.venue import BustReport
from tests.core.breaks.test_history import STEPS, lived
from tests.core.breaks.test_resolving import ids, resolve, two_orders
from tests.core.orders.sent import fill, say


def name(world, break_id):
    return evidence.name_of(evidence.of_break(world.state, break_id))


def asked(world, break_id, seen):
    return ResolutionAsked(
        at_ns=world.now, break_id=break_id, decision="both", version=None, account=None,
        carried=None, price_ticks=None, evidence=seen, person="ann", reason="asked",
    )  # fmt: skip


def test_what_show_names_decides_what_was_shown():
    world, orders, break_id = two_orders()
    seen = shown.one(world.state, break_id)["evidence"]
    say(world, fill(orders[0], lots=50))  # a third content of the same execution
    now = shown.one(world.state, break_id)["evidence"]
    with pytest.raises(RefusedError) as refused:
        resolve(world, break_id, "never_happened", evidence=seen)
    error = refused.value
    assert (error.code, error.found) == (
        "EN408",
        f"a decision on evidence {seen}, which has changed since",
    )
    assert error.expected == f"evidence {now}"
    assert error.do == f"edgenode breaks show {break_id}, then decide again"
    assert break_id in ids(world, "fill_content")
    (resolved,) = resolve(world, break_id, "never_happened", evidence=now)[:1]
    assert evidence.name_of(resolved.evidence) == now, "the entry says what was looked at"


def test_a_decision_of_the_centre_has_no_effect_where_the_node_has_heard_more():
    world, orders, break_id = two_orders()
    seen = name(world, break_id)
    say(world, fill(orders[0], lots=50))
    adopted = world.adopt(asked(world, break_id, seen))[0].fact
    assert isinstance(adopted, Adopted)
    assert not adopted.applied
    assert adopted.reason == f"a decision on evidence {seen}, which has changed since"
    assert break_id in world.state.breaks.open
    assert world.adopt(asked(world, break_id, name(world, break_id)))[0].fact.applied
    world.assert_refolds()


def test_evidence_of_nothing_has_a_name_too():
    world, _, _ = two_orders()
    assert evidence.of_break(world.state, "restored:local") == ()
    assert evidence.of_break(world.state, "fill_content:nothing") == ()


@given(STEPS)
def test_every_decision_records_the_evidence_that_its_break_shows(steps):
    """And what is told again changes no evidence."""
    world, venue = lived(steps)
    for break_id in sorted(world.state.breaks.open):
        seen = name(world, break_id)
        for report in venue.told:
            if not isinstance(report, BustReport):
                say(world, report)
        assert name(world, break_id) == seen
        for decision in DECISIONS.get(break_id.partition(":")[0], ()):
            with suppress(RefusedError):  # it needs more than its name
                facts = resolve(world, break_id, decision, evidence=seen)
                decided = [f for f in facts if isinstance(f, BreakResolved | ResolutionProposed)]
                assert {evidence.name_of(f.evidence) for f in decided} <= {seen}
                break
