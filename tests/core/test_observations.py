"""Every observation is decided on, and every kind of fact that a node records can be folded."""

import typing

import pytest

from edgenode.core import node, observations
from edgenode.core.observations import NOTHING, Decision, Observation
from edgenode.core.state.execution import FillKey
from edgenode.model.facts import DESK_KINDS, DOWN_KINDS, KINDS
from tests.core.world import START, World, intent

ASKED = {
    "Born": {"ledger_key": b"k", "previous_head": None, "approval": ""},
    "Started": {"boot_tag": 2, "version": "1", "mode": "paper"},
    "Funded": {
        "account": "customer:c9", "venue": "local", "currency": "USDC", "instrument": None,
        "amount": 1, "reference": "r",
    },
    "OrderAsked": {"intent": intent(), "actor": "customer:c1"},
    "CancelAsked": {"order_id": "NONE", "actor": "customer:c1"},
    "PauseAsked": {"paused": True, "hedges": False, "reason": "r", "actor": "person:p"},
    "DiskFound": {"level": "reducing", "free_mib": 100},
    "StateAsked": {"scope": "node", "state": "halted", "reason": "r", "actor": "person:p"},
    "EventDeclared": {
        "event_id": "e1", "source": "declared", "name": "drop", "starts": START,
        "ends": START + 1, "actor": "person:p",
    },
    "CalendarRead": {"events": ()},
    "SurgeFound": {
        "instrument": "WETH-USDC", "source": "a/WETH-USDC", "at_ns": START, "times_milli": 6_000,
    },
    "VolumesAhead": {"lots": (("WETH-USDC", 10**6),)},
    "CancelAllAsked": {"account": "customer:c1", "actor": "customer:c1"},
    "SessionBegan": {"account": "customer:c1", "actor": "customer:c1"},
    "SessionEnded": {"account": "customer:c1", "actor": "customer:c1"},
    "AuctionAsked": {"instrument": "WETH-USDC", "ends": START + 1, "actor": "person:p"},
    "AuctionDue": {"instrument": "WETH-USDC"},
    "Filled": {"order_id": "NONE"},
    "Retold": {"key": FillKey("a", "desk", "venue", "none")},
    "Reconciled": {"venue": "a", "differences": (), "lasting": ()},
    "NotReconciled": {"venue": "a", "found": "no answer"},
    "CentreAllows": {"trading": "reducing", "reason": "revoked"},
    "ConfigRead": {"applied": ("log_level",), "waiting": ()},
    "Requote": {"instrument": "WETH-USDC"},
    "HedgeDue": {"instrument": "WETH-USDC"},
    "SliceDue": {"intent": intent(account="desk:overlay", venue="a", price=150_000)},
}  # fmt: skip


# What can only be refused here has its own tests: test_adoption, test_micro_events, test_person,
# test_approvals, test_overdrawn, orders/*.
ELSEWHERE = {
    "BreakCloseAsked",
    "EventCloseAsked",
    "ResolveAsked",
    "ReleaseAsked",
    "CentreSaid",
    "Reported",
    "AmendAsked",
    "PlanAnswered",
}


@pytest.mark.parametrize(
    "kind",
    [k for k in typing.get_args(Observation) if k.__name__ not in ELSEWHERE],
    ids=lambda kind: kind.__name__,
)
def test_each_observation_gives_a_decision_and_changes_nothing_by_itself(kind):
    world = World()
    before = world.state.size
    found = node.decide(world.state, world.seen, kind(**ASKED.get(kind.__name__, {})), world.now)
    assert isinstance(found, Decision)
    assert world.state.size == before
    world.assert_refolds()


def test_an_act_is_automatic_unless_it_says_otherwise():
    assert observations.Act(None, "rule:x").automatic
    assert Decision((), ()) == NOTHING


def test_desk_kinds_never_reach_a_node():
    assert not set(DESK_KINDS) & set(DOWN_KINDS)
    assert set(DESK_KINDS) | set(DOWN_KINDS) < set(KINDS.values())
