"""Couriers: the centre takes in what a stick brings, once, in order, whoever hands it over how."""

from dataclasses import replace

import pytest

from edgenode.central.sync.server import SyncServer
from edgenode.core.sync import receive
from edgenode.core.sync.receive import HeldLedger, Taken
from edgenode.sim.world.plan import COURIER_WAYS, SCENARIOS, Fault
from edgenode.sim.world.world import live
from edgenode.wire import checkpoint

ONE_BOX = replace(SCENARIOS["couriers"], boxes=1, lasts_s=60.0, orders_per_s=2.0)


def said_to(outcome):
    """Return (first, end, answer) of every frame that a courier handed over."""
    lines = [line.split() for line in outcome.lines if line.split()[1] == "courier"]
    return [tuple(word.partition("=")[2] for word in line[3:]) for line in lines]


def carried(way, walk_s=5.0, after=()):
    plan = [Fault("courier", 10.2, 20.0, 0, walk_s, way), *after]
    outcome = live(ONE_BOX, 1, plan, lines_max=None)
    assert outcome.violation is None
    return said_to(outcome), outcome


@pytest.mark.parametrize("way", COURIER_WAYS)
def test_whatever_a_courier_does_the_book_is_whole_once_the_link_is_back(way):
    said, outcome = carried(way)
    assert said
    assert not [line for line in outcome.lines if " ended " in line]


def test_a_stick_brings_every_entry_before_the_link_is_back():
    said, _ = carried("in_order")
    assert [answer for _, _, answer in said] == ["PushAck"] * 3
    firsts, ends = [int(first) for first, *_ in said], [int(end) for _, end, _ in said]
    assert firsts[1:] == [end + 1 for end in ends[:-1]]


def test_the_same_stick_again_brings_nothing():
    said, _ = carried("twice")
    assert [answer for *_, answer in said] == ["PushAck"] * 3 + ["EN306"] * 3


def test_a_stick_in_the_wrong_order_is_taken_in_frame_by_frame():
    said, _ = carried("wrong_order")
    answers = [answer for *_, answer in said]
    assert answers[:3] == ["EN306", "EN306", "PushAck"]
    assert answers.count("PushAck") == 3
    assert answers[-3:] == ["EN306"] * 3


def test_a_stale_stick_and_one_that_the_link_overtook_bring_nothing():
    said, _ = carried("stale")
    assert [answer for *_, answer in said] == [*["PushAck"] * 3, "EN306"]
    said, _ = carried("late", walk_s=60.0)
    assert {answer for *_, answer in said} == {"EN306"}


def test_a_stick_from_before_the_disk_was_put_back_makes_the_fork_known():
    """The box trades on an older copy of its disk, alone: its stick tells of another history."""
    rewound = [Fault("cut", 9.2, 40.0), Fault("restore", 14.0, 8.0)]
    _, outcome = carried("in_order", after=rewound)
    assert any("code=EN303" in line or "code=EN305" in line for line in outcome.lines)


def test_a_centre_that_believes_a_courier_is_found(monkeypatch):
    """It takes whatever is signed, without holding it against what it has."""

    def take(frame, held, vkey, **_):
        said = checkpoint.verify(frame.note, vkey)
        sealed = receive._chained(frame, HeldLedger(held.ledger))
        head = receive.Head(held.size + len(sealed), said.root, frame.note)
        return Taken(sealed, held.grown(sealed, head), said.size)

    real, push = receive.take, SyncServer._push
    handed = []

    async def pushing(self, sender, vkey, pushed):
        monkeypatch.setattr(receive, "take", take if pushed.end in handed else real)
        handed.append(pushed.end)
        return await push(self, sender, vkey, pushed)

    monkeypatch.setattr(SyncServer, "_push", pushing)
    plan = [Fault("courier", 10.0, 20.0, 0, 5.0, "twice")]
    outcome = live(ONE_BOX, 1, plan)
    assert outcome.violation is not None
    assert outcome.violation.name == "merged_silently"
