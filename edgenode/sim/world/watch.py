"""What is remembered of one box to judge it by, and what is read of its ledger and state."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edgenode.core.state.execution import FillKey, key_of
from edgenode.daemon.paper import WETH_USDC
from edgenode.model.facts import FillRecorded
from edgenode.model.ledgers import Sealed
from edgenode.model.orders import SIDES, Side
from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.wire import facts as wire_facts

E_KEPT = 64  # recent exposures: a hedge is judged by what its sender could know


@dataclass(slots=True)
class Watch:
    """What is remembered of one box to judge it by."""

    durable: set[str] = field(default_factory=set)  # orders with a durable OrderSent
    executions: set[FillKey] = field(default_factory=set)
    exposures: deque[int] = field(default_factory=lambda: deque(maxlen=E_KEPT))
    last_hlc: int = 0
    diverged: bool = False
    use: explained.Use = field(default_factory=dict)  # of position grants, when last looked at
    limits: dict[Side, int] = field(default_factory=dict)


def limits(box: SimBox) -> dict[Side, int]:
    """Return the most lots that position grants let an account hold on each side now."""
    assert box.live is not None
    limit, now_ns = box.live.recorder.state.grants.position_limit, box.clock.now_ns()
    return {side: limit(WETH_USDC, side, now_ns, reducing=True) for side in SIDES}


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
