"""A long day at an invented node: a legitimate ledger of any length, the same for the same seed.

Twenty customers trade with each other in our own book: two thirds new orders, a third cancels; a
market second passes every twenty acts. About one order in two executes at once. The entries are
those that the node's own core decides, so a centre folds them as it folds any node's.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from edgenode.core.observations import CancelAsked, Funded, OrderAsked, Tick
from edgenode.model.facts import OrderDone, OrderWorking
from edgenode.model.ids import AccountId, Actor, OrderId, VenueId
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.model.orders import Side
from tools.benchmarks.node import (
    AMPLE,
    LEDGER,
    MIDDLE,
    PLENTY,
    SECOND,
    VENUES,
    WETH,
    Node,
    customer,
)

CUSTOMERS = 20
ACTS_PER_SECOND = 20
CANCELS = 1 / 3
AWAY_LOW, AWAY_HIGH = -10, 10
QUIET = replace(AMPLE, overlay_enabled=False)


class Story:
    """A node that goes on trading for as long as entries are wanted."""

    def __init__(self, seed: int, ledger: LedgerId = LEDGER, ledger_key: bytes = b"key") -> None:
        self.node = Node(QUIET, ledger=ledger, ledger_key=ledger_key, keep=True)
        self._rng = random.Random(seed)  # noqa: S311  seeded: a ledger can be made again
        self._open: list[OrderId] = []
        self._acts = 0
        self._fund()

    def entries(self, count: int) -> Iterator[list[Entry]]:
        """Return what each step recorded, up to `count` entries; the last step is whole."""
        given = 0
        while given < count:
            if not self.node.entries:
                self._act()
            step, self.node.entries = self.node.entries, []
            given += len(step)
            if step:
                yield step

    def _act(self) -> None:
        self._acts += 1
        if self._acts % ACTS_PER_SECOND == 0:
            self.node.now += SECOND
            for venue in VENUES:
                self.node.publish(venue, MIDDLE)
            self.node.observe(Tick())
            return
        if self._open and self._rng.random() < CANCELS:
            index = self._rng.randrange(len(self._open))
            self._open[index], gone = self._open[-1], self._open[index]
            self._open.pop()
            self.node.observe(CancelAsked(gone, Actor("person:bench")))
            return
        self._order()

    def _order(self) -> None:
        rng = self._rng
        side: Side = rng.choice(("buy", "sell"))
        away = rng.randint(AWAY_LOW, AWAY_HIGH) * 10
        price = MIDDLE - away if side == "buy" else MIDDLE + away
        order = customer(f"s{self._acts}", side=side, lots=rng.randint(1, 100), price=price)
        whose = AccountId(f"customer:c{rng.randrange(CUSTOMERS) + 1}")
        asked = OrderAsked(replace(order, account=whose), Actor("program:bench"))
        for _, fact in self.node.observe(asked):
            match fact:
                case OrderWorking():
                    self._open.append(fact.order_id)
                case OrderDone() if fact.order_id in self._open:
                    self._open.remove(fact.order_id)
                case _:
                    pass

    def _fund(self) -> None:
        for number in range(2, CUSTOMERS + 1):
            for currency, instrument in (("USDC", None), (None, WETH)):
                funded = Funded(
                    account=AccountId(f"customer:c{number}"),
                    venue=VenueId("local"),
                    currency=currency,
                    instrument=instrument,
                    amount=PLENTY,
                    reference="bench",
                )
                self.node.observe(funded)
