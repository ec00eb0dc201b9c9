"""The merge law: however several nodes' ledgers arrive at the centre, the book is the same.

Frames are cut anywhere, permuted, repeated and interleaved between nodes; one that does not start
at what is held is refused and comes again later. Money is folded for each ledger in its own order
and then added, so nothing here depends on the order of arrival. One node was re-keyed: it has two
ledgers. What folds is the product's own centre.
"""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.central.centre import Centre
from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.observations import OrderAsked, PauseAsked, Tick
from edgenode.core.state.digest import digest
from edgenode.core.sync import receive
from edgenode.core.sync.receive import HeldLedger, OffsetError
from edgenode.core.sync.tree import Tree
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FillRecorded
from edgenode.model.ledgers import LedgerId
from edgenode.wire import checkpoint
from edgenode.wire.frame import Frame
from edgenode.wire.note import Signer
from tests.core.world import CUSTOMER, SECOND, World, intent
from tests.examples import examples

NAMES = (("edge-1", 1), ("edge-1", 2), ("edge-2", 1), ("edge-3", 1))


class Ledger:
    """A node's finished ledger, from which any frame can be cut."""

    def __init__(self, name, incarnation, seed):
        self.id = LedgerId(name, "main", incarnation)
        self.signer = Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))
        world = World(PaperWorld(quote_size_lots=500, venues=("a",)))
        rng = random.Random(seed)
        for number in range(25):
            world.now += SECOND
            world.publish("a", 150_000 + rng.randint(-50, 50))
            world.observe(Tick())
            side = rng.choice(("buy", "sell"))
            price = 151_000 if side == "buy" else 149_000
            ask = intent(f"T{number}", side=side, lots=rng.randint(1, 60), price=price,
                         time_in_force="ioc")  # fmt: skip
            world.observe(OrderAsked(ask, CUSTOMER))
        world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
        self.entries = [r.entry for r in world.recorded]
        self.sealed = seal_run(Tip(self.id), self.entries)
        self.tree = Tree(lambda a, b: [s.leaf for s in self.sealed[a:b]])
        self.size = len(self.entries)
        self.lots = sum(
            f.fact.quantity_lots for f in world.recorded if isinstance(f.fact, FillRecorded)
        )

    def frame(self, first, end):
        root = self.tree.root_at(end)
        return Frame(
            ledger=self.id, first=first, entries=tuple(self.entries[first - 1 : end]),
            note=checkpoint.sign(self.id, end, root, self.signer),
            from_root=self.tree.root_at(first - 1), proof=self.tree.proof(first - 1, end),
        )  # fmt: skip


LEDGERS = {name: Ledger(*name, seed) for seed, name in enumerate(NAMES, start=1)}


class Memory:
    """The centre's own ledgers, empty; implements what it needs of `ports.Ledgers`."""

    def __init__(self):
        self.on_commit = []

    def open(self, *_):
        return Memory()

    def read(self, *_):
        return []


class Arriving:
    """The product's centre, and what it holds of each ledger, as frames arrive."""

    def __init__(self):
        self.held = {name: HeldLedger(LEDGERS[name].id) for name in NAMES}
        signer = Signer("centre", Ed25519PrivateKey.from_private_bytes(bytes(32)))
        self.centre = Centre(Memory(), signer, None, None)
        self.book = self.centre.book
        self.folded = dict.fromkeys(NAMES, 0)

    def push(self, name, frame):
        ledger = LEDGERS[name]
        taken = receive.take(frame, self.held[name], ledger.signer.vkey)
        self.held[name] = taken.after
        assert self.centre.project(ledger.id, taken.sealed) == {}
        self.folded[name] += len(taken.sealed)

    def whole(self):
        return all(self.held[name].size == LEDGERS[name].size for name in NAMES)


def straight():
    centre = Arriving()
    for name, ledger in LEDGERS.items():
        centre.push(name, ledger.frame(1, ledger.size))
    return centre


EXPECTED = straight()


def frames_of(ledger, cuts):
    ends = sorted({min(max(1, cut % ledger.size), ledger.size) for cut in cuts} | {ledger.size})
    starts = [1, *(end + 1 for end in ends[:-1])]
    return [(start, end) for start, end in zip(starts, ends, strict=True)]


@settings(max_examples=examples(150))
@given(
    st.lists(
        st.lists(st.integers(1, 10_000), max_size=8), min_size=len(NAMES), max_size=len(NAMES)
    ),
    st.randoms(use_true_random=False),
)
def test_any_delivery_gives_one_book(cuts, rng):
    centre = Arriving()
    waiting = [
        (name, *span)
        for name, cut in zip(NAMES, cuts, strict=True)
        for span in frames_of(LEDGERS[name], cut)
    ]
    waiting += rng.choices(waiting, k=rng.randint(0, 10))  # some come twice
    rng.shuffle(waiting)
    while waiting:
        again = []
        for name, first, end in waiting:
            try:
                centre.push(name, LEDGERS[name].frame(first, end))
            except OffsetError as error:
                if error.size < first - 1:  # not yet: its predecessor is still under way
                    again.append((name, first, end))
        rng.shuffle(again)
        waiting = again
    assert centre.whole()
    assert centre.book.digest() == EXPECTED.book.digest()
    assert centre.book.positions() == EXPECTED.book.positions()
    assert centre.book.exposure() == EXPECTED.book.exposure()
    assert centre.folded == {name: LEDGERS[name].size for name in NAMES}  # each entry once


def test_a_node_that_returns_late_costs_its_own_entries_alone():
    centre = Arriving()
    late, *others = NAMES
    for name in others:
        centre.push(name, LEDGERS[name].frame(1, LEDGERS[name].size))
    states = {name: digest(centre.book.ledgers[LEDGERS[name].id].state) for name in others}
    before = dict(centre.folded)
    centre.push(late, LEDGERS[late].frame(1, LEDGERS[late].size))
    assert {n: centre.folded[n] - before[n] for n in NAMES} == {
        late: LEDGERS[late].size, **dict.fromkeys(others, 0),
    }  # fmt: skip
    for name in others:
        assert digest(centre.book.ledgers[LEDGERS[name].id].state) == states[name]
    assert centre.book.digest() == EXPECTED.book.digest()


def test_money_of_every_incarnation_counts():
    whole = {row["venue"]: row["lots"] for row in EXPECTED.book.positions("edge-1")}
    alone = []
    for name in NAMES[:2]:
        one = Arriving()
        one.push(name, LEDGERS[name].frame(1, LEDGERS[name].size))
        alone.append({row["venue"]: row["lots"] for row in one.book.positions("edge-1")})
    assert whole == {venue: sum(one.get(venue, 0) for one in alone) for venue in whole}
    assert all(any(one.values()) for one in alone)
    assert EXPECTED.book.states["edge-1"].ledger.incarnation == 2


@pytest.mark.parametrize("name", NAMES)
def test_the_ledgers_that_are_merged_hold_money(name):
    assert LEDGERS[name].lots > 0
