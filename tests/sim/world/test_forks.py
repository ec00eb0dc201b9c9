"""Whoever signs a second history is found, and neither goes on; each invariant of it bites."""

from dataclasses import replace

import pytest

from edgenode.central.sync.quarantine import Quarantine
from edgenode.sim.world.mirrors import SimMirrors
from edgenode.sim.world.plan import SCENARIOS, THIEF_WAYS, Fault
from edgenode.sim.world.world import live

ONE_BOX = replace(SCENARIOS["stolen_keys"], lasts_s=60.0, orders_per_s=2.0)


def stolen(way, at_s=10.0, for_s=15.0):
    return Fault("stolen_key", at_s, for_s, amount=3, detail=way)


def lived(plan, seed=1):
    """Return what the thief was told, and what the box ended by."""
    outcome = live(ONE_BOX, seed, plan, lines_max=None)
    words = [line.split() for line in outcome.lines]
    told = [word[-1].removeprefix("said=") for word in words if word[1] == "thief"]
    told = [said for said in told if said != "EN306"]  # he only learns how far the centre is
    ended = [word[3].removeprefix("code=") for word in words if word[2] == "ended"]
    return outcome, told, ended


def found_in(plan, seeds=3):
    """Return the name of the first violation in a few worlds."""
    for seed in range(seeds):
        violation = lived(plan, seed)[0].violation
        if violation is not None:
            return violation.name
    return None


def test_a_branch_from_an_old_copy_is_found_when_it_is_shown_and_both_are_stopped():
    outcome, told, ended = lived([stolen("old_copy")])
    assert outcome.violation is None
    assert told == ["EN303"] * 3
    assert ended == ["EN303"]


def test_a_branch_from_the_newest_entry_is_found_when_the_true_box_speaks():
    outcome, told, ended = lived([stolen("newest")], seed=3)
    assert outcome.violation is None
    assert told.count("PushAck") == 1, "there is one history until the true box writes"
    assert told[-1] == "EN303"
    assert ended == ["EN303"]


def test_a_branch_that_came_before_the_true_boxs_own_is_found_when_that_comes():
    outcome, told, ended = lived([Fault("cut", 9.0, 30.0), stolen("newest", for_s=10.0)])
    assert outcome.violation is None
    assert told[:1] == ["PushAck"]
    assert ended == ["EN303"]


def test_a_longer_true_branch_is_shown_to_the_centre_before_the_box_stops():
    """The thief signs little, the box much; the centre cannot tell by the box's head alone."""
    busy = [Fault("cut", 9.0, 45.0), stolen("old_copy", at_s=9.5, for_s=1.0)]
    outcome, told, ended = lived(busy)
    assert outcome.violation is None
    assert ended == ["EN303"]
    assert "PushAck" in told


def test_a_centre_that_starts_again_still_knows_it():
    outcome, told, _ = lived([stolen("old_copy"), Fault("centre_kill", 27.0, 1.0)])
    assert outcome.violation is None
    assert told == ["EN303"] * 3


def test_one_history_that_a_thief_wrote_on_is_no_fork():
    """The true box is off, wrote nothing, and takes the entries for its own: only it reduces."""
    outcome, told, ended = lived([Fault("kill", 14.0, 40.0), stolen("newest")])
    assert outcome.violation is None
    assert told == ["PushAck"] * 3
    assert ended == []


@pytest.mark.parametrize("name", ["links", "centre", "clocks"])
def test_nobody_is_quarantined_where_there_is_one_writer_on_an_honest_disk(name):
    for seed in range(3):
        lines = live(SCENARIOS[name], seed, lines_max=None).lines
        assert not [line for line in lines if "code=EN303" in line or "code=EN305" in line]


@pytest.mark.parametrize("way", THIEF_WAYS)
def test_a_centre_that_keeps_no_evidence(way, monkeypatch):
    async def begin(*_):
        return

    monkeypatch.setattr(Quarantine, "begin", begin)
    assert found_in([stolen(way)]) == "fork_not_found"


@pytest.mark.parametrize("way", THIEF_WAYS)
def test_a_centre_that_goes_on_with_one_of_the_two(way, monkeypatch):
    async def refuse(*_):
        return

    monkeypatch.setattr(Quarantine, "refuse", refuse)
    assert found_in([stolen(way)]) == "not_quarantined"


def _storing(monkeypatch, change):
    store = SimMirrors.store

    async def storing(self, before, taken, cosigned=""):
        await store(self, before, taken, cosigned)
        mirror = self._disk.files.mirrors[before.ledger.name]
        if cosigned and taken.after.size > 30:
            change(mirror.sealed, len(taken.sealed))

    monkeypatch.setattr(SimMirrors, "store", storing)


def test_a_centre_that_changes_what_it_had_cosigned(monkeypatch):
    def change(sealed, fresh):
        at = len(sealed) - fresh - 1
        sealed[at] = sealed[at]._replace(leaf=bytes(32))

    _storing(monkeypatch, change)
    assert found_in([]) == "cosigned_lost"


def test_a_centre_that_holds_an_entry_twice(monkeypatch):
    def change(sealed, _):
        sealed[2] = sealed[1]

    _storing(monkeypatch, change)
    assert found_in([]) == "counted_twice"
