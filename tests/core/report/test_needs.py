"""What a micro-event was sized to need, what it took, and what became of each request."""

from edgenode.core.observations import EventDeclared, Tick, VolumesAhead
from edgenode.core.report.needs import use_of
from edgenode.core.state.needs import QUIET_NS
from edgenode.model.facts import EventSized
from tests.core.report.lived import EVENT, begun, ended, folded, hedged, publish
from tests.core.risk.test_requests import grants
from tests.core.world import SECOND, WETH


def said(world, lots):
    publish(world)
    return world.facts(VolumesAhead(((WETH, lots),)))


def test_an_event_is_sized_once_also_where_nothing_is_short():
    world = begun()
    assert [type(fact) for fact in said(world, 10)] == [EventSized]
    assert said(world, 10) == []
    plan = folded(world).needs.plan
    assert plan.event_id == EVENT
    kinds = {one.need: one for one in plan.needs}
    assert kinds["position_buy"].needed == 10
    assert set(kinds) == {"position_buy", "position_sell", "cash", "cost", "event_spend"}
    world.assert_refolds()


def test_what_was_used_is_beyond_what_was_in_use_as_it_began():
    world = begun()
    said(world, 1_000)
    hedged(world, lots=400)
    fold = folded(world)
    plan = {one.need: fold.needs.used[use_of(one)] for one in fold.needs.plan.needs
            if one.need != "event_spend"}  # fmt: skip
    bought = fold.trades.of[WETH].hedges_bought
    assert bought > 0
    assert plan["position_buy"] == bought
    assert plan["cash"] >= bought * 150_000
    assert plan["cost"] >= fold.spent_minor > 0


def test_another_event_begins_at_what_is_in_use():
    world = begun()
    hedged(world, lots=400)
    world.observe(EventDeclared(event_id="other", source="declared", name="o", starts=world.now,
                                ends=world.now + 60 * SECOND, actor="p"))  # fmt: skip
    assert set(folded(world, "other").needs.used.values()) == {0}


def test_each_request_is_told_with_what_became_of_it():
    world = begun()
    said(world, 40_000)
    world.now += QUIET_NS
    said(world, 60_000)
    world.adopt(grants(world))
    world.observe(Tick())
    ended(world)
    world.now += SECOND
    publish(world)
    world.observe(Tick())
    fold = folded(world)
    became = [(one.asked.need, one.outcome) for one in fold.needs.requests.values()]
    assert ("cash", "superseded") in became
    assert ("cash", "granted") in became
    assert ("position_buy", "unmet") in became
    assert "" not in {outcome for _, outcome in became}
    told = [row.what for row in fold.happened]
    assert any(what.startswith("Asked of the desk") for what in told)
    assert any(what.endswith("ends: granted") for what in told)
