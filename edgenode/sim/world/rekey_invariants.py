"""What must hold of a node that was keyed anew, at the centre and at its box.

name               when looked at               what must hold
-----------------  ---------------------------  ------------------------------------------------
superseded_grew    the centre answers           once a node is keyed anew, nothing more of its
                                                    older ledger is taken in
counted_elsewhere  a new ledger's entry         the lots of each account, venue and instrument
                                                    count once: those that were carried, and
                                                    what the counted ledger executed since
core_elsewhere     a new ledger's entry         what the registry holds for a node's ledgers is
                                                    what core traded for it
tiers_differ       a new ledger's entry         the mandate that was carried is the core
                                                    position; a later one is a slice away at most

They are looked at while the centre's book has all that is stored, also behind a restart of it.
"""

from collections import Counter
from dataclasses import dataclass, field

from edgenode.central.centre import DESK
from edgenode.central.folder import OpenedCentre
from edgenode.core import node
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import BooksCarried, CoreFillRecorded, FillRecorded, NodeRekeyed
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.model.orders import sign
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.judged import Judged
from edgenode.wire import facts as wire_facts

CORE_SLICE_LOTS = 200
Lots = Counter[tuple[str, str, str]]  # by account, venue and instrument


@dataclass(slots=True)
class RekeyInvariants:
    """Judges nodes that were keyed anew, by what is on the centre's disk and in its book."""

    judged: Judged
    centre: SimCentre
    _read: int = 0  # entries of the desk's ledger
    _final: dict[str, int] = field(default_factory=dict)  # older ledgers, with the size carried
    _core_now: Counter[tuple[str, str]] = field(default_factory=Counter)
    _carried_core: dict[tuple[str, str], int] = field(default_factory=dict)  # as it was carried
    _from: dict[str, LedgerId] = field(default_factory=dict)  # whose books a ledger carries
    _frozen: dict[str, Lots] = field(default_factory=dict)

    def looked(self, box: SimBox) -> None:
        """Judge a node at an entry that its box tells."""
        self._read_desk()
        opened = self.centre.opened
        if box.incarnation == 1 or opened is None or opened.projector.progress(box.node).behind:
            return
        stored = {older for older in box.older if older.name in self.centre.disk.files.mirrors}
        if stored <= {*opened.centre.book.ledgers}:
            self._lots(box, opened)
            self._core(box, opened)
        self._tiers(box)

    def _lots(self, box: SimBox, opened: OpenedCentre) -> None:
        counted = opened.centre.book.incarnations(box.node)
        names = [state.ledger.name for state in counted]
        found = f"{box.node}: {', '.join(names) or 'no ledger'} count"
        self.judged.hold("counted_elsewhere", len(counted) == 1, found)
        for state in counted[:1]:
            held, due = _lots(state), self._due(state)
            wrong = {key: (held[key], due[key]) for key in {*held, *due} if held[key] != due[key]}
            found = f"{state.ledger.name} at {state.size} holds, and is due: {wrong}"
            self.judged.hold("counted_elsewhere", not wrong, found)

    def _due(self, state: NodeState) -> Lots:
        """Return what a ledger must hold: what it carries, and what it executed."""
        ledger = state.ledger
        due, sealed = Lots(), self.centre.disk.files.mirrors[ledger.name].sealed[: state.size]
        if ledger.name in self._from:
            due.update(self._carried(self._from[ledger.name]))
        for one in sealed:
            if one.entry.kind == FillRecorded.__name__:
                fact = wire_facts.decode(one.entry.kind, one.entry.body)
                assert isinstance(fact, FillRecorded)
                key = fact.account, fact.venue, fact.instrument
                due[key] += sign(fact.side) * fact.quantity_lots
        return due

    def _carried(self, older: LedgerId) -> Lots:
        """Return what an older ledger held at its end; folded once."""
        if older.name not in self._frozen:
            mirror = self.centre.disk.files.mirrors[older.name]
            entries = (one.entry for one in mirror.sealed)
            self._frozen[older.name] = _lots(node.fold(NodeState.empty(older), entries))
        return self._frozen[older.name]

    def _core(self, box: SimBox, opened: OpenedCentre) -> None:
        registry = opened.centre.registry
        if any(sent.node == box.node for sent in registry.unfilled.values()):
            return  # its execution may be durable, and not told yet
        held = Counter[str]()
        for (ledger, name), totals in registry.core.items():
            if ledger.party == box.node:
                held[name] += totals.lots
        for (owner, name), true in self.centre.core_of_all().items():
            if owner == box.node:
                found = f"{owner} {name}: {held[name]} lots in the registry, core traded {true}"
                self.judged.hold("core_elsewhere", held[name] == true, found)

    def _tiers(self, box: SimBox) -> None:
        state = box.live.recorder.state if box.live else None
        if state is None or state.rules.policy is None:
            return  # its books are on their way
        for name in state.rules.instruments:
            held, core = state.mandates.mandates.get(name), self.centre.core_lots(box.node, name)
            mandate, version = (held.quantity_lots, held.version) if held else (0, 0)
            carried = self._carried_core.get((box.ledger.name, name), 0)
            most = 0 if version == bool(carried) else CORE_SLICE_LOTS
            found = f"{box.name}: mandate {version} of {mandate} {name}, core is {core}"
            self.judged.hold("tiers_differ", abs(mandate - core) <= most, found)

    def _read_desk(self) -> None:
        """Note which ledgers are final, and that they are."""
        chain = self.centre.disk.files.chains[DESK.name].sealed
        for one in chain[self._read :]:
            if one.entry.kind == NodeRekeyed.__name__:
                fact = wire_facts.decode(one.entry.kind, one.entry.body)
                assert isinstance(fact, NodeRekeyed)
                older = LedgerId(NodeId(fact.node), MAIN, fact.from_incarnation)
                self._final[older.name] = fact.from_size
            elif one.entry.kind == CoreFillRecorded.__name__:
                fill = wire_facts.decode(one.entry.kind, one.entry.body)
                assert isinstance(fill, CoreFillRecorded)
                self._core_now[fill.node, fill.instrument] += sign(fill.side) * fill.quantity_lots
            elif one.entry.kind == BooksCarried.__name__:
                books = wire_facts.decode(one.entry.kind, one.entry.body)
                assert isinstance(books, BooksCarried)
                newer = LedgerId(books.node, MAIN, books.into_incarnation).name
                self._from[newer] = LedgerId(books.node, MAIN, books.from_incarnation)
                for (owner, name), lots in self._core_now.items():
                    if owner == books.node:
                        self._carried_core[newer, name] = lots
        self._read = len(chain)
        for name, size in self._final.items():
            held = len(self.centre.disk.files.mirrors[name].sealed)
            found = f"{name} was final at {size}, {held} are held"
            self.judged.hold("superseded_grew", held == size, found)


def _lots(state: NodeState) -> Lots:
    """Return what a state holds, as it was traded."""
    lots = Lots()
    for key, totals in state.positions.totals.items():
        lots[key.account, key.venue, key.instrument] += totals.traded_lots
    return lots
