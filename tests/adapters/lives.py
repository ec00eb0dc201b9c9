"""A node's ledger that grows over short segments: a world whose steps are stored as they are."""

from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.observations import OrderAsked, PauseAsked, Reported
from edgenode.core.past import names_of
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.wire import entry as wire_entry
from tests.core.gate.orders import hedge
from tests.core.orders.test_evidence import Said
from tests.core.sync.parties import LEDGER, SIGNER
from tests.core.world import SECOND, World

LENGTH = 40  # entries in a segment
EVERY = 25  # entries between snapshots
RICH = PaperWorld(venues=("a", "b"), cost_limit=10**9, event_spend_max=10**9, cash_limit=10**10,
                  position_lots=10**7)  # fmt: skip


class Life:
    """A world with its ledger at `path`; `own` is open while it lives."""

    def __init__(self, path, *, length=LENGTH, every=EVERY):
        self.path, self.length, self.every = path, length, every
        self.world = World(RICH)
        self.world.publish("a", 150_000)
        self.stored = self.snapshot_at = self.number = 0
        if not path.exists():
            ledger_store.create(path, LEDGER, {"mode": "paper"})
        self.own = self.open()

    def open(self):
        self.own = OwnLedger(self.path, LEDGER, SIGNER, length=self.length)
        return self.own

    @property
    def entries(self):
        return [r.entry for r in self.world.recorded]

    @property
    def sealed(self):
        prev, run = bytes(32), []
        for entry in self.entries:
            run.append(wire_entry.seal(LEDGER, entry, prev))
            prev = run[-1].leaf
        return run

    async def store(self):
        """Make durable what the world has recorded since."""
        if self.stored == len(self.world.recorded):
            return self.own.head
        return await self.put()

    def put(self):
        """Append what the world has recorded since, with a snapshot now and then."""
        new = self.world.recorded[self.stored :]
        names = [(name, r.entry.seq) for r in new for name in names_of(r.fact)]
        due = self.world.state.size - self.snapshot_at >= self.every
        if due:
            self.snapshot_at = self.world.state.size
        taken = snapshot.taken(self.world.state) if due else None
        self.stored = len(self.world.recorded)
        return self.own.append([r.entry for r in new], names, taken)

    async def grow(self, count):
        """Live on for about so many entries: pauses, orders that end, executions."""
        until = self.world.state.size + count
        while self.world.state.size < until:
            self.step()
            await self.store()

    def step(self):
        """Live on by one step."""
        self.number += 1
        self.world.now += SECOND
        self.world.publish("a", 150_000)
        if self.number % 5 == 0:
            self.trade(f"N{self.number}")
        else:
            paused = not self.world.state.restrictions.held
            asked = PauseAsked(paused=paused, hedges=False, reason="", actor="person:p")
            self.world.observe(asked)

    def trade(self, name, *, lots=5):
        """Send an order that executes at once and leaves the state; gives its id."""
        self.world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
        asked = OrderAsked(hedge(lots, name=name), "rule:overlay")
        order_id = self.world.facts(asked)[0].order_id
        self.world.observe(Reported(Said("fill", f"x{name}", lots).report(order_id, "buy")))
        self.world.close_orders()
        return order_id

    def digest(self):
        return digest(self.world.state)


async def lived(path, count, **how):
    """Return a life of at least so many entries whose segments are all sealed."""
    life = Life(path, **how)
    await life.grow(count)
    life.own.rest()
    return life
