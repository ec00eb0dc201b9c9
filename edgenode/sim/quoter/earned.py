"""What an arm's quotes earned, and what it cost to bear what they took, in USDC.

earned      of customers: sum of quantity x distance from A's mid at the execution
selection   what those executions made within the next minute, by A's mid; mostly lost
utility     earned - the overlay's cost - gamma x risk (sim/arms/score)
"""

from dataclasses import dataclass

from edgenode.sim.arms.figures import LOT, TICK, deals
from edgenode.sim.arms.played import Played
from edgenode.sim.arms.score import Score, score
from edgenode.sim.recorded import MINUTE_NS


@dataclass(frozen=True, slots=True)
class Earned:
    """One arm. `quantity` is what customers traded, in WETH, in so many `executions`."""

    earned: float
    selection: float
    quantity: float
    executions: int
    hedged: Score

    def utility(self, gamma: float) -> float:
        """Return what is left when hedges and risk are paid."""
        return self.earned - self.hedged.total(gamma)


def earned(played: Played) -> Earned:
    """Judge one arm from its ledgers."""
    setting, mid = played.setting, played.setting.day.mid_ticks
    found = deals(played.facts(), played.core_fills(), setting.name, mid)
    book = [deal for deal in found if deal.tier == "book"]
    at, after = 0.0, 0.0
    for deal in book:
        then = mid(deal.traded_ns) * TICK
        at += deal.lots * LOT * (then - deal.price)
        after += deal.lots * LOT * (mid(deal.traded_ns + MINUTE_NS) * TICK - then)
    return Earned(
        earned=at,
        selection=after,
        quantity=sum(deal.times * abs(deal.lots) for deal in book) * LOT,
        executions=sum(deal.times for deal in book),
        hedged=score(played),
    )
