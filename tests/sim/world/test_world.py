import os
import subprocess
import sys
from dataclasses import replace

import pytest

from edgenode.sim.world import campaign
from edgenode.sim.world.plan import SCENARIOS, Fault, drawn
from edgenode.sim.world.world import live

SHORT = replace(SCENARIOS["everything"], lasts_s=40.0)
WORLDS_EACH = int(os.environ.get("EDGENODE_WORLDS", "3"))  # of each scenario
SCRIPT = """
from dataclasses import replace
from edgenode.sim.world.plan import SCENARIOS
from edgenode.sim.world.world import live
print(live(replace(SCENARIOS["everything"], lasts_s=40.0), 5).digest)
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_the_same_seed_gives_the_same_trace_in_every_process(hash_seed):
    here = live(SHORT, 5)
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environ, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here.digest
    assert here.happenings > 100


def test_another_seed_gives_another_world():
    assert live(SHORT, 5).digest != live(SHORT, 6).digest


def test_a_fault_taken_out_leaves_the_world_before_it_as_it_was():
    whole = live(SHORT, 5, lines_max=None)
    first = whole.faults[0]
    rest = live(SHORT, 5, whole.faults[1:], lines_max=None)
    before = [line for line in whole.lines if float(line.split()[0]) < first.at_s]
    assert list(rest.lines[: len(before)]) == before


@pytest.mark.timeout(600)  # on a busy machine
@pytest.mark.parametrize("name", SCENARIOS)
def test_worlds_of_every_scenario_hold(name):
    """A slice of the campaign; `tools/campaign sim` runs as many as one likes."""
    done = campaign.run([name], WORLDS_EACH, jobs=os.cpu_count() or 1, progress=lambda _: None)
    assert done.worlds == WORLDS_EACH
    assert [f"{o.scenario} {o.seed}: {o.violation}" for o in done.failures] == []
    assert done.tallies[name].fills > 0, "a scenario without fills shows nothing"


def test_every_kind_of_fault_is_drawn():
    drawn_kinds = {
        fault.kind for name in SCENARIOS for seed in range(60)
        for fault in drawn(SCENARIOS[name], seed)
    }  # fmt: skip
    assert drawn_kinds == {kind for s in SCENARIOS.values() for kind in s.kinds}


def test_a_box_whose_disk_fails_ends_and_comes_back():
    outcome = live(
        replace(SHORT, boxes=1), 1, [Fault("fails", 10.0, 5.0), Fault("full", 25.0, 3.0)],
        lines_max=None,
    )  # fmt: skip
    assert outcome.violation is None
    ended = [line for line in outcome.lines if " ended " in line]
    assert ended
    assert all("code=EN404" in line for line in ended)


@pytest.mark.parametrize("kind", ["torn", "centre_torn"])
def test_power_cuts_in_the_middle_of_commits_are_survived_whatever_was_kept(kind):
    plan = [Fault(kind, at, 0.1, amount=0.5) for at in range(8, 38, 4)]
    outcome = live(replace(SHORT, boxes=1), 4, plan, lines_max=None)
    assert outcome.violation is None
    cuts = [line for line in outcome.lines if " power_off " in line][:-1]
    assert any("torn=whole" in line for line in cuts)
    assert any("torn=gone" in line for line in cuts)
    assert not [line for line in outcome.lines if " ended " in line or " unhandled " in line]


def test_a_clone_and_its_original_are_stopped_once_both_have_written():
    outcome = live(replace(SHORT, boxes=1), 2, [Fault("clone", 12.0)], lines_max=None)
    assert outcome.violation is None
    stopped = [line for line in outcome.lines if "code=EN303" in line or "code=EN305" in line]
    assert len(stopped) == 2


def test_a_restored_disk_takes_its_entries_back():
    outcome = live(replace(SHORT, boxes=1), 3, [Fault("restore", 12.0, 10.0)], lines_max=None)
    assert outcome.violation is None
    sizes = [int(line.rsplit("size=", 1)[1]) for line in outcome.lines if " starts " in line]
    assert sizes[-1] < sizes[0] + 200
    seqs = [int(line.rsplit("seq=", 1)[1]) for line in outcome.lines if "seq=" in line]
    assert seqs.count(max(seqs)) == 1, "no entry was told twice"


def test_a_box_that_comes_back_from_a_power_cut_hears_its_venues_at_once():
    outcome = live(replace(SHORT, boxes=1), 1, [Fault("kill", 15.0, 5.0)], lines_max=None)
    assert outcome.violation is None
    gated = [float(line.split()[0]) for line in outcome.lines if " OrderGated " in line]
    assert [at_s for at_s in gated if 34.0 < at_s < 40.0], "a book is believed for 10 s"
