"""A model of sync over clone, restore and partition: the state table drives it, nothing else.

Boxes are copies of one node's disk; a ledger is the tuple of its entries, each entry unique in
the world, so that "consistent" is simply "is a prefix of". What the model lets happen: entries
appended, answers lost after the centre has committed, crashes, restarts from an old copy of the
disk (with the anchor that lies outside it, or without), clones of a whole box, partitions, a
centre restored.
"""

from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edgenode.core.sync.table import (
    Action,
    Anchor,
    Heads,
    Proof,
    SyncVerdict,
    judge,
    may_append,
)
from tests.examples import examples

Chain = tuple[int, ...]
BOXES_MAX = 4
WINDOW = 2


@dataclass(frozen=True)
class Disk:
    """What survives a crash: the ledger and the newest cosignature, in one database."""

    chain: Chain = ()
    cosigned: Chain = ()


@dataclass
class Box:
    """A running copy of the node; `anchor` lies outside the ledger's partition."""

    disk: Disk = Disk()
    anchor: Chain = ()
    linked: bool = True
    verdict: SyncVerdict | None = None
    waited_out: bool = False
    fresh: bool = True
    cursor: int | None = None  # the centre's size as last heard; volatile
    centre_at_hello: int = 0
    backups: list[Disk] = field(default_factory=list)

    def start(self, disk: Disk) -> None:
        self.disk, self.verdict, self.fresh = disk, None, True
        self.waited_out, self.cursor = False, None

    @property
    def stopped(self) -> bool:
        return self.verdict is not None and self.verdict.action is Action.STOP

    def anchor_says(self) -> Anchor:
        if not self.anchor and self.disk.chain:
            return Anchor.ABSENT
        return Anchor.AGREES if prefix(self.anchor, self.disk.chain) else Anchor.DIFFERS

    def may_append(self) -> bool:
        return may_append(
            self.verdict,
            waited_out=self.waited_out,
            anchor=self.anchor_says(),
            empty=not self.disk.chain,
        )


def prefix(a: Chain, b: Chain) -> bool:
    return b[: len(a)] == a


def agree(a: Chain, b: Chain) -> bool:
    return prefix(a, b) or prefix(b, a)


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.boxes = [Box()]
        self.centre: Chain = ()
        self.centre_backups: list[Chain] = []
        self.clock = 0
        self.evidence: list[tuple[str, Chain, Chain, Chain]] = []  # own, centre's, cosigned

    def box(self, index: int) -> Box:
        return self.boxes[index % len(self.boxes)]

    # -- what parties do ----------------------------------------------------------------------

    @rule(i=st.integers(0, 3))
    def append(self, i):
        box = self.box(i)
        if not box.may_append():
            return
        if box.verdict is None:  # alone: patience is over, and no entry is known to be missing
            assert box.waited_out
            assert prefix(box.anchor, box.disk.chain)
        else:  # a rollback was found, and made good, before anything new is written
            assert len(box.disk.chain) >= box.centre_at_hello
        self.clock += 1
        box.disk = replace(box.disk, chain=(*box.disk.chain, self.clock))
        box.fresh = False

    @rule(i=st.integers(0, 3))
    def anchor_written(self, i):
        box = self.box(i)
        if box.may_append():
            box.anchor = box.disk.chain

    @rule(i=st.integers(0, 3))
    def hello(self, i):
        box = self.box(i)
        if not box.linked or box.stopped:
            return
        own, held, seen = box.disk.chain, self.centre, box.disk.cosigned
        consistent = agree(own, held)
        verdict = judge(
            Heads(
                own=len(own),
                mirror=len(held),
                proof=Proof.HOLDS if consistent else Proof.FAILS,
                cosigned=len(seen),
                cosignature_holds=agree(seen, held),
                fresh=box.fresh,
            )
        )
        box.verdict, box.cursor, box.centre_at_hello = verdict, len(held), len(held)
        if verdict.action is Action.STOP:
            self.evidence.append((verdict.name, own, held, seen))
        elif verdict.action is Action.PULL_BACK:
            box.disk = Disk(held, held)  # its own entries, under its own signature
            box.verdict = replace(verdict, appends=True)  # worked off; stays reducing
        box.fresh = False
        # a fork is found at the first exchange after which a party holds both heads
        assert consistent or box.stopped
        assert prefix(self.centre, box.disk.chain) or box.stopped

    @rule(i=st.integers(0, 3), lost=st.booleans())
    def push(self, i, lost):
        box = self.box(i)
        if not box.linked or box.stopped or box.cursor is None:
            return
        first, chain = box.cursor, box.disk.chain
        end = min(len(chain), first + WINDOW)
        if first != len(self.centre):  # 409: the size held, read under the head row
            box.cursor = None if lost else len(self.centre)
            return
        if not prefix(self.centre, chain[:end]):  # 422: the proof fails
            self.evidence.append(("fork", chain, self.centre, box.disk.cosigned))
            if not lost:
                box.verdict = judge(Heads(own=2, mirror=1, proof=Proof.FAILS))
            return
        self.centre = chain[:end]
        if lost:
            box.cursor = None  # whether it was stored is unknown: ask again
        else:
            box.cursor = end
            box.disk = replace(box.disk, cosigned=max(box.disk.cosigned, self.centre, key=len))

    # -- what the world does ------------------------------------------------------------------

    @rule(i=st.integers(0, 3))
    def partition(self, i):
        self.box(i).linked = False

    @rule(i=st.integers(0, 3))
    def heal(self, i):
        self.box(i).linked = True

    @rule(i=st.integers(0, 3))
    def patience_ends(self, i):
        if not self.box(i).linked:
            self.box(i).waited_out = True

    @rule(i=st.integers(0, 3))
    def back_up(self, i):
        self.box(i).backups.append(self.box(i).disk)

    @rule(i=st.integers(0, 3), which=st.integers(0, 9), whole=st.booleans())
    def crash_and_restart(self, i, which, whole):
        box = self.box(i)
        disk = box.backups[which % len(box.backups)] if box.backups and which else box.disk
        if whole and disk is not box.disk:
            box.anchor = disk.chain  # an image of the whole disk takes the anchor with it
        box.start(disk)

    @precondition(lambda self: len(self.boxes) < BOXES_MAX)
    @rule(i=st.integers(0, 3))
    def clone_disk(self, i):
        copy = Box(anchor=self.box(i).anchor, backups=list(self.box(i).backups))
        copy.start(self.box(i).disk)
        self.boxes.append(copy)

    @rule()
    def centre_backed_up(self):
        self.centre_backups.append(self.centre)

    @precondition(lambda self: self.centre_backups)
    @rule(which=st.integers(0, 9))
    def centre_restored_from_backup(self, which):
        self.centre = self.centre_backups[which % len(self.centre_backups)]

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def no_two_histories_are_merged(self):
        # entries carry the order in which they were made, and one maker extends its own chain:
        # a merge would show an entry behind a younger one, or one entry twice
        for chain in (self.centre, *(box.disk.chain for box in self.boxes)):
            assert list(chain) == sorted(set(chain))

    @invariant()
    def a_cosignature_is_of_what_the_box_holds(self):
        for box in self.boxes:
            assert prefix(box.disk.cosigned, box.disk.chain)

    @invariant()
    def evidence_shows_what_it_claims(self):
        for name, own, held, seen in self.evidence:
            match name:
                case "fork":
                    assert not agree(own, held) or not agree(seen, held)
                case "clone":
                    assert len(held) > len(own)
                case _:
                    assert name == "lost"
                    assert len(seen) > max(len(own), len(held))

    def teardown(self):
        """Heal everything: whoever is left running ends equal with the centre."""
        for box in self.boxes:
            box.linked = True
        for _ in range(2):
            for index, box in enumerate(self.boxes):
                before = set(box.disk.chain) | set(self.centre)
                self.hello(index)
                for _ in range(len(box.disk.chain) + 2):
                    self.push(index, lost=False)
                held = set(box.disk.chain) | set(self.centre)
                assert before <= held  # nothing that a party held is lost by an exchange
        for box in self.boxes:
            assert box.stopped or box.disk.chain == self.centre


World.TestCase.settings = settings(
    max_examples=examples(150), stateful_step_count=40, deadline=None
)
TestTheModel = World.TestCase


def test_a_restored_disk_that_waits_for_hello_loses_nothing_and_forks_nothing():
    world = World()
    box = world.box(0)
    world.hello(0)
    world.append(0)
    world.back_up(0)
    world.append(0)
    world.push(0, lost=False)
    world.crash_and_restart(0, which=1, whole=True)
    world.append(0)  # refused: no HELLO was answered yet
    assert len(box.disk.chain) == 1
    world.hello(0)
    assert box.verdict is not None
    assert box.verdict.name == "rollback"
    assert list(box.disk.chain) == [1, 2]
    assert not world.evidence


def test_two_live_copies_are_found_by_whichever_speaks_second():
    world = World()
    world.hello(0)
    world.append(0)
    world.clone_disk(0)
    world.hello(1)
    world.append(1)
    world.push(1, lost=True)
    world.push(1, lost=False)
    world.hello(1)
    world.push(1, lost=False)
    world.hello(0)
    assert world.boxes[0].stopped
    assert not world.boxes[1].stopped
