"""What is remembered of one box to judge it by, and what is read of its ledger and state."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edgenode.core.state.execution import FillKey, key_of
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Fact, FillRecorded
from edgenode.model.ids import InstrumentId
from edgenode.model.ledgers import Sealed
from edgenode.model.orders import SIDES, Side
from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.exchange import Exchange
from edgenode.wire import facts as wire_facts

E_KEPT = 64  # entries back to an exposure: a hedge is judged by what its sender could know
Limits = dict[Side, int]


@dataclass(slots=True)
class Watch:
    """What is remembered of one box to judge it by; by instrument what is of one."""

    executions: set[FillKey] = field(default_factory=set)
    last_hlc: int = 0
    diverged: bool = False
    use: dict[InstrumentId, explained.Use] = field(default_factory=dict)  # when last looked at
    limits: dict[InstrumentId, Limits] = field(default_factory=dict)
    _exposures: dict[InstrumentId, deque[tuple[int, Exposure]]] = field(default_factory=dict)
    _seq: int = 0

    def saw(self, name: InstrumentId, seq: int, exposure: Exposure) -> None:
        """Remember an exposure behind an entry."""
        self._seq = seq
        kept = self._exposures.setdefault(name, deque())
        kept.append((seq, exposure))
        while len(kept) > 1 and kept[1][0] < seq - E_KEPT:  # the one before the last E_KEPT stays
            kept.popleft()

    def late(self, box: SimBox, exchange: Exchange, name: InstrumentId) -> tuple[int, int]:
        """Return the least and most lots of older ledgers' orders that are in no books yet."""
        assert box.live is not None
        low = high = 0
        known = box.live.recorder.state.orders.orders
        for key, fill in exchange.executions(name):
            if key not in self.executions and fill["client_id"] not in known:
                lots = fill["lots"] if fill["side"] == "buy" else -fill["lots"]
                low, high = low + min(0, lots), high + max(0, lots)
        return low, high

    def recent(self, name: InstrumentId) -> list[Exposure]:
        """Return the exposures that a sender of a hedge could still know."""
        return [exposure for _, exposure in self._exposures.get(name, ())]


def begun(box: SimBox) -> Watch:
    """Return what is known of a box as it starts."""
    assert box.live is not None
    chain, state = box.disk.files.chains[box.ledger.name].sealed, box.live.recorder.state
    watch = Watch(last_hlc=chain[-1].entry.hlc if chain else 0)
    watch.executions.update(executions(chain))
    for older in box.older:  # what the centre held of it is what was carried
        mirror = box.centre.disk.files.mirrors.get(older.name)
        watch.executions.update(executions(mirror.sealed if mirror else ()))
    for name in state.rules.instruments:
        watch.use[name], watch.limits[name] = explained.use(state, name), limits(box, name)
    return watch


def limits(box: SimBox, name: InstrumentId) -> Limits:
    """Return the most lots that position grants let an account hold on each side now."""
    assert box.live is not None
    limit, now_ns = box.live.recorder.state.grants.position_limit, box.clock.now_ns()
    return {side: limit(name, side, now_ns, reducing=True) for side in SIDES}


def touched(state: NodeState, fact: Fact) -> list[InstrumentId]:
    """Return the instruments that a fact may move: the one that it names, or all."""
    named = getattr(fact, "instrument", None)
    order = state.orders.orders.get(getattr(fact, "order_id", None))  # type: ignore[arg-type]
    if named is None and order is not None:
        named = order.gated.instrument
    return [named] if named in state.rules.instruments else list(state.rules.instruments)


def executions(chain: Iterable[Sealed]) -> Iterator[FillKey]:
    """Return the executions that a ledger books, in its order."""
    for sealed in chain:
        if sealed.entry.kind == FillRecorded.__name__:
            fact = wire_facts.decode(sealed.entry.kind, sealed.entry.body)
            assert isinstance(fact, FillRecorded)
            yield key_of(fact)


def same_history(own: list[Sealed], held: list[Sealed]) -> bool:
    """Return whether the shorter is a prefix of the longer; nothing is a prefix of anything."""
    at = min(len(own), len(held)) - 1
    return at < 0 or own[at].leaf == held[at].leaf
