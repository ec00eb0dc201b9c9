"""A restored box is careful whenever it is cut off: behind the restore, before its first step."""

from dataclasses import replace

import pytest

from edgenode.daemon.folder.folder import OpenedNode
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.facts import RestrictionSet
from edgenode.services.recorder import Recorder
from edgenode.sim.world.plan import SCENARIOS, Fault
from edgenode.sim.world.world import live
from edgenode.wire import facts as wire_facts

ONE_BOX = replace(SCENARIOS["copies"], lasts_s=60.0, orders_per_s=2.0)
PLAN = [Fault("restore", 10.0, 15.0)]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("at", ["restored", "first step", "never"])
def test_the_first_step_behind_what_was_taken_back_restricts_the_node(monkeypatch, at, seed):
    restored, ends = [], []
    take_back, begin = OpenedNode.take_back, Recorder.begin

    def cut_off(here):
        if here == at and restored and not ends:
            ends.append(here)
            raise InvariantBrokenError("the process was ended here", code="EN404")

    def taken(self, entries, head):
        take_back(self, entries, head)
        restored.append((self.store, head.size))
        cut_off("restored")

    async def begun(self, *firsts):
        cut_off("first step")
        await begin(self, *firsts)

    monkeypatch.setattr(OpenedNode, "take_back", taken)
    monkeypatch.setattr(Recorder, "begin", begun)
    outcome = live(ONE_BOX, seed, PLAN)
    assert outcome.violation is None
    assert ends == ([] if at == "never" else [at])
    store, size = restored[-1]
    behind = [sealed.entry for sealed in store.read(size, 20)]
    assert behind[0].kind == "BootStarted"
    step = [entry for entry in behind if entry.actor.startswith("rule:")]
    facts = [wire_facts.decode(entry.kind, entry.body) for entry in step]
    causes = [fact.cause for fact in facts if isinstance(fact, RestrictionSet)]
    assert any(cause.startswith("restore:") for cause in causes), causes
