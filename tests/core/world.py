"""A small invented node for tests of the core: a paper world, a market, a step at a time."""

from dataclasses import replace
from typing import Any

from edgenode.core import node
from edgenode.core.observations import Act, Born, CentreSaid, Observation, Started
from edgenode.core.past import Recalled, names_of, past_of
from edgenode.core.restrictions import causes
from edgenode.core.seen import Seen
from edgenode.core.state.digest import digest
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.node_state import NodeState
from edgenode.daemon import paper
from edgenode.model.facts import Fact, Genesis, OrdersClosed, TimeTrusted
from edgenode.model.hlc import Hlc
from edgenode.model.ids import AccountId, ClientOrderId, VenueId
from edgenode.model.ledgers import Entry, ExternalId, LedgerId
from edgenode.model.orders import OrderIntent, Side
from edgenode.model.venue import BookView
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts

SECOND = 1_000_000_000
START = 1_658_943_600 * SECOND  # 2022-07-27T17:40:00Z, a slice boundary
LEDGER = LedgerId("edge-07", "main", 1)
DOWN = LedgerId("paper", ">edge-07", 1)
WETH = paper.WETH_USDC
CUSTOMER = paper.CUSTOMER


class World:
    """One node's state with its recorded entries; `now` is market and wall time at once."""

    def __init__(
        self,
        figures: paper.PaperWorld | None = None,
        *,
        funded: bool = True,
        ledger: LedgerId | None = None,
    ) -> None:
        self.ledger = ledger or LEDGER
        self.state = node.new_state(self.ledger)
        self.books: dict[tuple[VenueId, str], BookView] = {}
        self.seen = Seen(self.books)
        self.hlc = Hlc()
        self.now = START
        self.recorded: list[node.Recorded] = []
        self.names: dict[ExternalId, Recalled] = {}
        self.figures = figures or paper.PaperWorld(quote_size_lots=500, venues=("a", "b"))
        self._down_seq, self._down_prev = 0, bytes(32)
        self.observe(Born(ledger_key=b"key", previous_head=None, approval="paper"))
        if funded:
            genesis = Genesis(at_ns=START, ledger_key=b"down", previous_head=None, approval="")
            for fact in (genesis, *paper.down_ledger(self.figures, START)):
                self.adopt(fact)
            for grant in paper.funds(self.figures):
                self.observe(grant)
            self.observe(Started(boot_tag=1, version="0", mode="paper"))

    def observe(self, observation: Observation) -> list[node.Recorded]:
        seen = replace(self.seen, past=past_of(self.state, observation, self.names.get))
        step = node.step(
            self.state, seen, observation, now_ns=self.now, wall_ns=self.now, hlc=self.hlc
        )
        self.recorded.extend(step)
        for entry, fact in step:
            self.names |= {name: Recalled(entry.seq, fact) for name in names_of(fact)}
        return step

    def facts(self, observation: Observation) -> list[Fact]:
        return [recorded.fact for recorded in self.observe(observation)]

    def adopt(self, fact: Fact) -> list[node.Recorded]:
        """Let the centre say a fact: sealed as the next entry of the down-ledger."""
        self._down_seq += 1
        seq = self._down_seq
        idem = seq.to_bytes(16, "big")
        kind, body = type(fact).__name__, wire_facts.encode(fact)
        entry = Entry(seq, self.now // 1_000_000 << 16, kind, "centre", True, idem, body)
        sealed = wire_entry.seal(DOWN, entry, self._down_prev)
        self._down_prev = sealed.leaf
        return self.observe(CentreSaid(wire_entry.data_of(DOWN, sealed)))

    def publish(self, venue: str, mid: int, *, lots: int = 90, late_s: int = 0) -> None:
        """Let a venue publish a book of five levels a side, ten ticks apart."""
        levels = range(5, 55, 10)
        self.books[VenueId(venue), WETH] = BookView(
            venue=VenueId(venue),
            instrument=WETH,
            published_ns=self.now - late_s * SECOND,
            mid_ticks=mid,
            bids=tuple((mid - d, lots) for d in levels),
            asks=tuple((mid + d, lots) for d in levels),
        )

    def policy(self, **changes: object) -> None:
        """Let the centre send the next policy with some fields changed."""
        held = self.state.rules.policy
        assert held is not None
        self.adopt(replace(held, version=held.version + 1, **changes))

    def close_orders(self) -> None:
        """Let all that ended leave the state, as it does once there is much of it."""
        fact = OrdersClosed(at_ns=self.now, to_seq=self.state.size)
        entry = node.record(self.state, Act(fact, "rule:node"), self.hlc.stamp(self.now))
        node.evolve(self.state, entry, fact)
        self.recorded.append(node.Recorded(entry, fact))

    def trust(self) -> None:
        """Let time count from now, as the centre's signed time does."""
        fact = TimeTrusted(at_ns=self.now, trusted_ns=self.now, evidence="test")
        entry = node.record(self.state, Act(fact, "rule:clock"), self.hlc.stamp(self.now))
        node.evolve(self.state, entry, fact)
        self.recorded.append(node.Recorded(entry, fact))

    def restrict(self, scope: str, level: str, cause: str = "stress:test") -> None:
        """Let a rule restrict a scope, or (`active`) lift that again."""
        if level == "active":
            acts = causes.lift(self.state, scope, cause, "test", "test", self.now)
        else:
            acts = causes.restrict(self.state, scope, cause, level, "test", "test", self.now)
        for act in acts:
            entry = node.record(self.state, act, self.hlc.stamp(self.now))
            node.evolve(self.state, entry, act.fact)
            self.recorded.append(node.Recorded(entry, act.fact))

    def restricted(self) -> dict[tuple[str, str], str]:
        """Return the level of every cause by (scope, cause)."""
        return {(scope, cause): row.level for scope, cause, row in self.state.restrictions.rows()}

    def exposure(self) -> Exposure:
        return self.state.exposure(WETH)

    def refolded(self) -> NodeState:
        """Fold the recorded entries from nothing."""
        return node.fold(node.new_state(self.ledger), [r.entry for r in self.recorded])

    def assert_refolds(self) -> None:
        """A fold of the entries gives the live state's digest, part by part."""
        assert digest(self.refolded()) == digest(self.state)


def intent(
    name: str = "T1",
    *,
    side: Side = "buy",
    lots: int = 100,
    price: int | None = 145_200,
    account: str = CUSTOMER,
    **more: Any,
) -> OrderIntent:
    """Return an order as a customer would ask for it."""
    made = OrderIntent(
        client_order_id=ClientOrderId(name),
        account=AccountId(account),
        venue=VenueId("local"),
        instrument=WETH,
        side=side,
        quantity_lots=lots,
        price_ticks=price,
    )
    return replace(made, **more)
