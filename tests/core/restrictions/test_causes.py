"""A cause is recorded when it sets and when it lifts, and once for each."""

import pytest

from edgenode.core import node
from edgenode.core.observations import OrderAsked
from edgenode.core.restrictions.causes import lift, requotes, restrict
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import OrderDenied, OrderGated
from tests.core.world import World, intent


def world():
    made = World(PaperWorld(venues=("a",)))
    made.publish("a", 150_000)
    return made


def record(made, acts):
    for act in acts:
        entry = node.record(made.state, act, made.hlc.stamp(made.now))
        node.evolve(made.state, entry, act.fact)
        made.recorded.append(node.Recorded(entry, act.fact))
    return acts


def held(made):
    return {(scope, cause): row.level for scope, cause, row in made.state.restrictions.rows()}


def test_what_stands_already_is_not_set_again_and_what_does_not_stand_is_not_lifted():
    made = world()
    words = ("why", "seen", made.now)
    assert lift(made.state, "node", "disk", *words) == ()
    (act,) = record(made, restrict(made.state, "node", "disk", "reducing", *words))
    assert (act.actor, act.automatic) == ("rule:disk", True)
    assert restrict(made.state, "node", "disk", "reducing", "other", "words", made.now) == ()
    record(made, restrict(made.state, "node", "disk", "halted", *words))
    assert held(made) == {("node", "disk"): "halted"}
    (act,) = record(made, lift(made.state, "node", "disk", *words))
    assert act.fact.level == "halted"
    assert held(made) == {}
    made.assert_refolds()


def test_a_persons_act_is_not_automatic():
    made = world()
    (act,) = restrict(made.state, "node", "person", "reducing", "", "", made.now, by="person:p")
    assert (act.actor, act.automatic) == ("person:p", False)


def test_two_causes_of_one_scope_are_lifted_one_by_one():
    made = world()
    for cause in ("restore:a", "loss:day"):
        record(made, restrict(made.state, "node", cause, "reducing", "", "", made.now))
    record(made, lift(made.state, "node", "loss:day", "", "", made.now))
    assert held(made) == {("node", "restore:a"): "reducing"}


def test_long_or_broken_text_of_others_is_cut_to_what_an_entry_takes():
    made = world()
    (act,) = restrict(made.state, "node", "disk", "reducing", "x" * 900, "\ud800", made.now)
    assert (len(act.fact.reason), act.fact.evidence) == (200, "?")


@pytest.mark.parametrize(
    "scope", ["node", "venue:local", "instrument:WETH-USDC", "event:none", "account:customer:c1"]
)
def test_the_gate_denies_what_a_cause_of_any_scope_restricts(scope):
    made = world()
    assert isinstance(made.facts(OrderAsked(intent("1"), "x"))[0], OrderGated)
    record(made, restrict(made.state, scope, "stress:x", "reducing", "", "", made.now))
    denied = made.facts(OrderAsked(intent("2"), "x"))[0]
    assert isinstance(denied, OrderDenied)
    assert ("EN121", scope) in {(r.code, r.scope) for r in denied.reasons}
    record(made, lift(made.state, scope, "stress:x", "", "", made.now))
    assert isinstance(made.facts(OrderAsked(intent("3"), "x"))[0], OrderGated)


def test_every_quote_is_looked_at_again():
    assert [asked.instrument for asked in requotes(world().state)] == ["WETH-USDC"]
