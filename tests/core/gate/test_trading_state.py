import pytest

from edgenode.core.gate.trading_state import effective
from edgenode.core.state.restrictions import Restrictions
from edgenode.model.facts import RestrictionSet

SCOPES = ["node", "venue:a", "instrument:X", "event:e1", "account:customer:c1"]


def restricted(*rows):
    made = Restrictions()
    for scope, cause, level in rows:
        fact = RestrictionSet(
            at_ns=0, scope=scope, cause=cause, level=level, reason="", evidence=""
        )
        made.restricted(fact)
    return made


def ask(made):
    return effective(made, "customer:c1", "a", "X", "e1")


def test_where_no_cause_is_held_trading_is_active():
    assert ask(Restrictions()) == ("active", "node", "")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("level", ["reducing", "halted"])
def test_any_scope_that_covers_the_order_restricts_it_and_is_named_with_its_cause(scope, level):
    assert ask(restricted((scope, "stress:x", level))) == (level, scope, "stress:x")


@pytest.mark.parametrize("scope", ["venue:b", "instrument:Y", "event:e2", "account:desk:overlay"])
def test_another_scope_does_not(scope):
    assert ask(restricted((scope, "person", "halted"))) == ("active", "node", "")


@pytest.mark.parametrize("strict", SCOPES)
def test_the_strictest_of_all_scopes_holds(strict):
    rows = [(scope, "clock", "reducing") for scope in SCOPES]
    made = restricted(*rows, (strict, "person", "halted"))
    assert ask(made) == ("halted", strict, "person")
