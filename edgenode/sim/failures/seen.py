"""What was seen of one world: its course by half seconds, and what its ledgers hold at the end.

    net        E + core + overlay in lots, by the venues' truth; None while the box is off
    waiting    entries of the box that the centre does not hold
    unknown    its orders of which nothing is known; None while the box is off

It looks on and changes nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.daemon.paper import WETH_USDC
from edgenode.model.facts import BreakClosed, BreakOpened
from edgenode.model.orders import OrderState
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.population import Population
from edgenode.wire import facts as wire_facts


class Sample(NamedTuple):
    """One look, in virtual seconds."""

    at_s: float
    net: int | None
    waiting: int
    unknown: int | None


@dataclass(slots=True)
class Seen:
    """Implements `Witness` for worlds of one node; other boxes of it are its copies."""

    samples: list[Sample] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)  # breaks by type
    left: Counter[str] = field(default_factory=Counter)  # of these, still open
    made: Mapping[str, int] = field(default_factory=dict)  # checks by invariant
    repeated: int = 0  # reports of fills that had been reported
    carried: int = 0  # frames that the centre took from a courier
    torn: int = 0  # power cuts within a commit
    ended_by: frozenset[str] = frozenset()  # codes by which a box ended itself
    stopped_by: tuple[str, ...] = ()  # a code for each box that stopped for good
    settled_s: float | None = None  # from the last fault's end until nothing waits
    _epochs: dict[str, str] = field(default_factory=dict)  # of each venue, when last looked at

    def counted(self, kind: str) -> int:
        """Return how many entries of a kind the box's ledgers hold."""
        return self.kinds[kind]

    @property
    def waiting_max(self) -> int:
        """Return the most entries that ever waited for the centre."""
        return max((sample.waiting for sample in self.samples), default=0)

    def looked(self, world: Population) -> None:
        """Take a sample."""
        box = world.boxes[0]
        held = world.centre.disk.files.mirrors.get(box.ledger.name)
        size = len(box.disk.files.chains[box.ledger.name].sealed)
        waiting = max(0, size - len(held.sealed if held else ()))
        net = unknown = None
        if box.live is not None:
            orders = box.live.recorder.state.orders.at_venues()
            unknown = sum(order.state is OrderState.UNKNOWN for order in orders)
            net = _net(world, box)
        self.samples.append(Sample(round(world.loop.passed_s, 3), net, waiting, unknown))
        for venue in world.exchanges[box.node]:
            engine = venue.engine
            if self._epochs.setdefault(engine.name, engine.epoch) != engine.epoch:
                self._epochs[engine.name] = engine.epoch
                self.repeated += len(engine.fills)  # a fail-over tells all of them again

    def ended(self, world: Population) -> None:
        """Read what is left, once it is judged."""
        for box in world.boxes:
            self._read(box)
        self.made = world.invariants.made
        for exchange in world.exchanges[world.boxes[0].node]:
            told = [e["exec_id"] for e in exchange.engine.events if e["type"] == "fill"]
            self.repeated += len(told) - len(set(told))
        lines = [line.split() for line in world.trace.lines]
        self.carried = sum(line[1] == "courier" and "said=PushAck" in line for line in lines)
        self.torn = sum(line[2] == "power_off" and line[-1] != "torn=" for line in lines)
        codes = [line[3] for line in lines if line[2] == "ended"]
        self.ended_by = frozenset(code.removeprefix("code=") for code in codes)
        self.stopped_by = tuple(b.stopped_for_good for b in world.boxes if b.stopped_for_good)
        over = [float(line[0]) for line in lines if line[1] == "fault" and "_over" in line[2]]
        self.settled_s = self._settled_s(max(over, default=0.0))

    def _read(self, box: SimBox) -> None:
        """Count the entries of a box's ledger, and its breaks."""
        types: dict[str, str] = {}
        for sealed in box.disk.files.chains[box.ledger.name].sealed:
            kind = sealed.entry.kind
            self.kinds[kind] += 1
            if kind in {BreakOpened.__name__, BreakClosed.__name__}:
                fact = wire_facts.decode(kind, sealed.entry.body)
                if isinstance(fact, BreakOpened):
                    types[fact.break_id] = fact.type
                    self.opened[fact.type] += 1
                elif isinstance(fact, BreakClosed):
                    types.pop(fact.break_id, None)
        self.left.update(types.values())

    def _settled_s(self, over_s: float) -> float | None:
        for sample in self.samples:
            if sample.at_s > over_s and not sample.waiting and sample.unknown == 0:
                return round(sample.at_s - over_s, 1)
        return None


def _net(world: Population, box: SimBox) -> int:
    assert box.live is not None
    exposed = box.live.recorder.state.exposure(WETH_USDC).agreed
    overlay = sum(venue.net_lots(WETH_USDC) for venue in world.exchanges[box.node])
    return exposed + overlay + world.centre.core_lots(box.node, WETH_USDC)
