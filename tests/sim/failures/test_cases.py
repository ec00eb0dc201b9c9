"""The failures that are drilled: each is drawn from its seed, and strikes while there is trade."""

import pytest

from edgenode.sim.failures.cases import BY_NAME, FAILURES, LASTS_S
from edgenode.sim.world.faults import KINDS


def test_no_two_have_one_name():
    assert len(BY_NAME) == len(FAILURES)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_plan_is_its_seeds_and_is_over_before_trade_is(failure):
    for seed in range(20):
        plan = failure.faults(seed)
        assert plan == failure.faults(seed)
        assert plan != failure.faults(seed + 1)
        assert {fault.kind for fault in plan} <= KINDS.keys()
        assert all(fault.at_s > 0 and fault.at_s + fault.for_s < LASTS_S for fault in plan)
