"""What the centre allows a node, recorded: it holds beside all else until the centre ends it."""

import pytest

from edgenode.core.observations import (
    CentreAllows,
    OrderAsked,
    PauseAsked,
    ReleaseAsked,
    StateAsked,
)
from edgenode.core.sync.table import TABLE, Action
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    OrderDenied,
    OrderGated,
    QuotesSet,
    RestrictionLifted,
    RestrictionSet,
)
from tests.core.gate.orders import hedge
from tests.core.world import World, intent

REVOKED = CentreAllows("reducing", "This node was revoked: it only reduces.")
FREE = CentreAllows("active", "Synced.")
PERSON = "person:p"


def world():
    made = World(PaperWorld(venues=("a",)))
    made.publish("a", 150_000)
    return made


def denied(made, name):
    fact = made.facts(OrderAsked(intent(name), "x"))[0]
    if isinstance(fact, OrderGated):
        return None
    assert isinstance(fact, OrderDenied)
    return {(r.code, r.value) for r in fact.reasons}


def test_a_revoked_node_takes_no_order_that_adds_risk_until_the_centre_says_other():
    made = world()
    assert denied(made, "before") is None
    made.observe(REVOKED)
    assert ("EN121", "reducing: centre") in denied(made, "after")
    assert isinstance(made.facts(OrderAsked(hedge(100), "x"))[0], OrderDenied)
    made.observe(FREE)
    assert denied(made, "again") is None


def test_it_is_recorded_once_and_quotes_look_again():
    made = world()
    facts = made.facts(REVOKED)
    assert isinstance(facts[0], RestrictionSet)
    assert (facts[0].scope, facts[0].cause, facts[0].level) == ("node", "centre", "reducing")
    assert {type(fact) for fact in facts[1:]} <= {QuotesSet}
    assert made.facts(REVOKED) == []
    assert isinstance(made.facts(FREE)[0], RestrictionLifted)
    assert made.facts(FREE) == []


def test_another_answer_tells_its_own_reason():
    made = world()
    made.observe(REVOKED)
    (again, *_) = made.facts(CentreAllows("reducing", "This node waits for approval."))
    assert again.reason == "This node waits for approval."
    assert made.state.restrictions.find("node", "centre").reason == again.reason
    assert made.restricted() == {("node", "centre"): "reducing"}


def test_no_person_ends_it_and_a_stricter_cause_of_the_node_stays():
    made = world()
    made.observe(REVOKED)
    for asked, code in (
        (StateAsked(scope="centre", state="active", reason="", actor=PERSON), "EN006"),
        (ReleaseAsked(cause="centre", reason="please", actor=PERSON), "EN507"),
    ):
        with pytest.raises(RefusedError) as told:
            made.observe(asked)
        assert told.value.code == code
    level = made.state.restrictions.level
    made.observe(StateAsked(scope="node", state="active", reason="", actor=PERSON))
    made.observe(PauseAsked(paused=False, hedges=False, reason="", actor=PERSON))
    assert level() == "reducing"
    made.observe(StateAsked(scope="node", state="halted", reason="", actor=PERSON))
    assert level() == "halted"
    made.observe(FREE)
    assert level() == "halted"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.verdict.name)
def test_every_row_that_lets_the_node_go_on_bounds_what_it_does(row):
    verdict = row.verdict
    if verdict.action in {Action.STOP, Action.PULL_BACK}:
        return  # it ends, or greets again once its entries are back
    made = world()
    made.observe(CentreAllows(str(verdict.trading), verdict.page))
    assert made.state.restrictions.level() == str(verdict.trading)
