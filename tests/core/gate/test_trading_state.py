import pytest

from edgenode.core.gate.trading_state import effective
from edgenode.core.state.limits import Limits
from edgenode.model.facts import PauseSet, TradingStateSet

CUSTOMER, BOOK, OVERLAY = "customer:c1", "desk:book", "desk:overlay"


def limits(state="active", scope="node", paused=False, hedges=False):
    made = Limits()
    made.state_set(TradingStateSet(at_ns=0, scope=scope, state=state, reason=""))
    made.pause_set(PauseSet(at_ns=0, paused=paused, hedges=hedges, reason=""))
    return made


def ask(made, account):
    return effective(made, account, "a", "X", "e1")


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
