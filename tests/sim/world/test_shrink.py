from dataclasses import replace

from edgenode.sim.world.judged import Violation
from edgenode.sim.world.plan import SCENARIOS, Fault
from edgenode.sim.world.shrink import shrunk
from edgenode.sim.world.world import Outcome

LINKS = SCENARIOS["links"]
FAULTS = tuple(Fault("cut", float(at)) for at in range(9))
FAILED = Outcome(
    seed=1, scenario="links", digest="", violation=Violation("fill_lost", ""), faults=FAULTS,
    lines=(), happenings=0, checks=0, virtual_s=0.0, entries=0, orders=0, fills=0,
)  # fmt: skip


def worlds_that_fail_with(*needed, name="fill_lost"):
    lived = []

    def run(_, __, faults):
        lived.append(faults)
        failed = {fault.at_s for fault in faults} >= set(needed)
        violation = Violation(name, "") if failed else None
        return replace(FAILED, faults=tuple(faults), violation=violation)

    return run, lived


def test_only_the_faults_that_are_needed_stay():
    run, lived = worlds_that_fail_with(2.0, 7.0)
    smallest = shrunk(LINKS, FAILED, run=run)
    assert [fault.at_s for fault in smallest.faults] == [2.0, 7.0]
    assert len(lived) < 40


def test_another_violation_is_not_the_one_that_is_looked_for():
    run, _ = worlds_that_fail_with(name="books_differ")
    assert shrunk(LINKS, FAILED, run=run) is FAILED


def test_where_no_fault_is_needed_none_is_left():
    run, _ = worlds_that_fail_with()
    assert shrunk(LINKS, FAILED, run=run).faults == ()
