import pytest

from edgenode.core.gate.trading_state import effective, of_node
from edgenode.core.state.breaks import Breaks
from edgenode.core.state.limits import Limits
from edgenode.core.state.restrictions import Restrictions
from edgenode.model.facts import BreakClosed, BreakOpened, PauseSet, TradingStateSet

CUSTOMER, BOOK, OVERLAY = "customer:c1", "desk:book", "desk:overlay"


def limits(state="active", scope="node", paused=False, hedges=False):
    made = Limits()
    made.state_set(TradingStateSet(at_ns=0, scope=scope, state=state, reason=""))
    made.pause_set(PauseSet(at_ns=0, paused=paused, hedges=hedges, reason=""))
    return made


def ask(made, account):
    return effective(made, Breaks(), Restrictions(), account, "a", "X", "e1")


def test_a_grant_overdrawn_lets_only_what_reduces_risk_pass():
    breaks = Breaks()
    break_ = {"at_ns": 1, "subject": "s", "detail": ""}
    breaks.opened(BreakOpened(break_id="other", type="other", **break_))
    assert effective(limits(), breaks, Restrictions(), CUSTOMER, "a", "X", "e1") == (
        "active",
        "node",
    )
    breaks.opened(BreakOpened(break_id="b", type="grant_overdrawn", **break_))
    for account in (CUSTOMER, BOOK, OVERLAY):
        found = effective(limits(), breaks, Restrictions(), account, "a", "X", "e1")
        assert found == ("reducing", "break:b")
    assert of_node(limits(), breaks) == "reducing"
    assert of_node(limits("halted"), breaks) == "halted"
    breaks.closed(BreakClosed(at_ns=2, break_id="b", reason=""))
    assert of_node(limits(), breaks) == "active"


@pytest.mark.parametrize("scope", ["node", "venue:a", "instrument:X", "event:e1"])
@pytest.mark.parametrize("state", ["reducing", "halted"])
def test_any_scope_that_covers_the_order_restricts_it_and_is_named(scope, state):
    assert ask(limits(state, scope), CUSTOMER) == (state, scope)


@pytest.mark.parametrize("scope", ["venue:b", "instrument:Y", "event:e2"])
def test_another_scope_does_not(scope):
    assert ask(limits("halted", scope), CUSTOMER) == ("active", "node")


@pytest.mark.parametrize(
    ("paused", "hedges", "customer", "overlay"),
    [
        (False, False, "active", "active"),
        (True, False, "reducing", "active"),
        (True, True, "reducing", "halted"),
    ],
)
def test_a_pause_stops_new_customer_risk_and_hedges_only_where_asked(
    paused, hedges, customer, overlay
):
    made = limits(paused=paused, hedges=hedges)
    assert ask(made, CUSTOMER)[0] == ask(made, BOOK)[0] == customer
    assert ask(made, OVERLAY)[0] == overlay


def test_a_halt_is_stricter_than_a_pause():
    assert ask(limits("halted", paused=True), CUSTOMER) == ("halted", "node")
