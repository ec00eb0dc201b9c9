"""State that clients could make grow is bounded by what is open, however often they ask.

No time passes here but the seconds of the message rate, and no tick comes: the step itself bounds
the state.
"""

import random

import pytest

from edgenode.core.node import ENDED_ORDERS_KEPT
from edgenode.core.observations import (
    AmendAsked,
    CancelAllAsked,
    CancelAsked,
    OrderAsked,
    SessionBegan,
    SessionEnded,
    Tick,
)
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from tests.core.world import CUSTOMER, LEDGER, SECOND, World, intent

ASKED = 3_000
ID = 40  # letters of a client's id
BYTES_EACH = 1_500  # of what ended and has not left yet: an order, its fills and its name


class Client:
    """An account that repeats itself: every id is new, most of what it asks ends at once."""

    def __init__(self, seed):
        self.rng, self.number = random.Random(seed), 0
        self.world = World(PaperWorld(quote_size_lots=500, venues=("a",)))
        self.world.publish("a", 150_000)
        self.world.observe(Tick())
        rests = OrderAsked(intent("rests", lots=100, price=140_000), CUSTOMER)
        self.rests = self.world.facts(rests)[0].order_id

    def name(self):
        self.number += 1
        return f"{self.number:0{ID}d}"

    def order(self, **more):
        asked = intent(self.name(), **more)
        facts = self.world.facts(OrderAsked(asked, CUSTOMER))
        return facts[0]

    def denied(self):
        self.order(lots=10**9)

    def canceled(self):
        gated = self.order(lots=10, price=139_000)
        self.world.observe(CancelAsked(gated.order_id, CUSTOMER))

    def executed(self):
        side = "buy" if self.number % 2 else "sell"
        price = 152_000 if side == "buy" else 148_000
        self.order(side=side, lots=1, price=price, time_in_force="ioc")

    def killed(self):
        self.order(lots=1, price=139_000, time_in_force="fok")

    def change(self, lots):
        self.world.observe(AmendAsked(
            order_id=self.rests, client_order_id=self.name(), quantity_lots=lots,
            price_ticks=140_000, actor="c",
        ))  # fmt: skip

    def changed(self):
        self.change(100 + self.number % 2)

    def change_denied(self):
        self.change(10**9)

    def repeated(self):
        self.world.observe(OrderAsked(intent("rests", lots=100, price=140_000), CUSTOMER))

    def connected(self):
        self.world.observe(SessionBegan(account=f"customer:{self.name()}", actor="c"))
        self.world.observe(SessionEnded(account=f"customer:{self.name()}", actor="c"))

    def all_canceled(self):
        self.world.observe(CancelAllAsked(account=f"customer:{self.name()}", actor="c"))

    def unknown(self):
        self.order(account=f"customer:{self.name()}", venue=self.name(), instrument=self.name(),
                   event_id=self.name())  # fmt: skip


KINDS = (
    *("denied", "canceled", "executed", "killed", "changed", "change_denied", "repeated"),
    *("connected", "all_canceled", "unknown"),
)


def size(world):
    return len(snapshot.dump(world.state))


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_what_a_client_repeats_leaves_a_bounded_state(kind):
    """Law: whatever is asked thousands of times, the snapshot stays below one fixed size."""
    client = Client(1)
    world = client.world
    bound = size(world) + BYTES_EACH * (ENDED_ORDERS_KEPT + 2)
    for number in range(ASKED if kind == "all" else ASKED // 3):
        world.now += SECOND // 50
        if number % 100 == 0:
            world.publish("a", 150_000)
        getattr(client, client.rng.choice(KINDS) if kind == "all" else kind)()
        world.recorded.clear()  # what is recorded is the ledger's to keep
        assert world.state.orders.ended_count <= ENDED_ORDERS_KEPT
        if number % 250 == 249:
            assert size(world) <= bound
    assert digest(snapshot.load(LEDGER, snapshot.dump(world.state))) == digest(world.state)
