"""What must hold behind each step, and from entry to entry within it.

name                 when looked at           what must hold
-------------------  -----------------------  --------------------------------------------------
quote_beyond_room    behind each step         each side of a live quote is within the hedge room
                                                  of its side
risk_beyond_room     a customer's order is    what the desk would take of it reduces |net|, or is
                     accepted                     within the hedge room; a change to less is no
                                                  order
stale_match          a quote executes         it was priced on the newest reference that is seen
overdrawn_by_us      every entry              only a venue's act or a person's word passes a grant
taken_before_freed   a quote is renewed       no quote of another instrument took more before, in
                                                  a step in which this one frees some; a hedge
                                                  begins that anew: what it frees comes later
folds_otherwise      now and then             the entries alone make the state, to the digest

The room is worked out anew (naive_room) on what was published then. A book that came since the
last look changes no quote before the next market second: so behind a step that set no quote and is
no market second, the last books count on which the quote was within its room.

Each step is folded again, entry by entry, into a state of the judge's own.
"""

from collections import Counter
from dataclasses import dataclass, field

from edgenode.core import node
from edgenode.core.node import Recorded
from edgenode.core.observations import Observation, Tick
from edgenode.core.seen import Seen
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import quote_order_id
from edgenode.model.facts import (
    BreakResolved,
    CarriedIn,
    Fact,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
    OrderAmended,
    OrderCounted,
    OrderGated,
    OrderReopened,
    QuotesSet,
)
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    LOCAL_VENUE,
    AccountId,
    InstrumentId,
    VenueId,
    is_customer,
)
from edgenode.model.orders import SIDES, Side, opposite, sign
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.naive_room import Look, admitted, nets

OF_OTHERS = (
    *(FeeRecorded, FillDisputed, FillCorrected, FillBusted, BreakResolved),
    *(OrderReopened, OrderCounted, CarriedIn),
)
STATE_EVERY = 64  # steps between two looks at the whole state


@dataclass(slots=True)
class StepInvariants:
    """Judges the steps of one start of a box."""

    judged: Judged
    box: SimBox
    state: NodeState
    seen: Seen
    _looks: dict[tuple[InstrumentId, Side], Look] = field(default_factory=dict)
    _steps: int = 0

    def stepped(self, observation: Observation, recorded: list[Recorded]) -> None:
        """Judge a step that was just taken."""
        look = Look(dict(self.seen.books), self.box.clock.now_ns())
        if recorded:
            self._catch_up(recorded[0].entry.seq)
        took: set[InstrumentId] = set()
        executing = {at for at in range(len(recorded) - 1) if _executes(*recorded[at : at + 2])}
        for index, (entry, fact) in enumerate(recorded):
            self._accepted(fact, look)
            self._matched(fact, look)
            before, beyond = self._held(fact), set(self.state.grants.beyond)
            node.evolve(self.state, entry, fact)
            if isinstance(fact, OrderGated) and fact.account == DESK_OVERLAY:
                took.clear()  # what its hedge frees was not known before
            if index > 0 and index not in executing:
                self._ordered(fact, before, took)
            ours = not isinstance(fact, OF_OTHERS) and not _at_a_venue(fact)
            passed = self.state.grants.beyond - beyond
            found = f"{self.box.name} {entry.seq}: {entry.kind} passes {passed}"
            self.judged.hold("overdrawn_by_us", not (ours and passed), found)
        quoted = {fact.instrument for _, fact in recorded if isinstance(fact, QuotesSet)}
        self._quoted(quoted, look, due=isinstance(observation, Tick))
        self._folded()

    def _quoted(self, renewed: set[InstrumentId], look: Look, *, due: bool) -> None:
        """Judge every live quote by the room that its side has."""
        state, policy = self.state, self.state.rules.policy
        if policy is None:
            return
        held = nets(state)
        for name in state.orders.quotes:
            for side, lots in zip(SIDES, state.orders.quote_lots(name), strict=True):
                if not lots:
                    self._looks.pop((name, side), None)
                    continue
                room = admitted(state, look, policy, name, held[name], side)
                if lots <= room:
                    self._looks[name, side] = look
                elif not due and name not in renewed:
                    last = self._looks.get((name, side), look)
                    room = admitted(state, last, policy, name, held[name], side)
                found = f"{self.box.name} {state.size}: {side} {lots} of {name}, room is {room}"
                self.judged.hold("quote_beyond_room", lots <= room, found)

    def _accepted(self, fact: Fact, look: Look) -> None:
        """Judge a customer's order that the gate lets in, or lets change."""
        state, policy = self.state, self.state.rules.policy
        match fact:
            case OrderGated(account=account, venue=venue, instrument=name, side=side):
                lots = fact.quantity_lots
            case OrderAmended(order_id=order_id):
                order = state.orders.orders[order_id]
                (account, venue, name), side = place_of(order.gated), order.gated.side
                lots = fact.quantity_lots - order.filled_lots
                nearer = sign(side) * (fact.price_ticks - order.gated.price_ticks) > 0
                if lots <= order.remaining_lots and not nearer:
                    return
            case _:
                return
        if policy is None or not is_customer(account) or venue != LOCAL_VENUE:
            return
        room = admitted(state, look, policy, name, nets(state)[name], opposite(side))
        found = f"{self.box.name} {state.size + 1}: {side} {lots} of {name}, room is {room}"
        self.judged.hold("risk_beyond_room", lots <= room, found)

    def _matched(self, fact: Fact, look: Look) -> None:
        """Judge an execution of the desk's quote by what it was priced on."""
        if not isinstance(fact, FillRecorded) or fact.venue != LOCAL_VENUE:
            return
        standing, policy = self.state.orders.quotes.get(fact.instrument), self.state.rules.policy
        if fact.account != DESK_BOOK or standing is None or policy is None:
            return
        if fact.order_id != quote_order_id(standing.quote_id, fact.side):
            return
        newest = Seen(look.books).reference(policy, fact.instrument, look.now_ns)
        ticks = newest.ticks if newest else None
        found = f"{self.box.name} {fact.order_id}: {standing.reference_ticks}, newest is {ticks}"
        self.judged.hold("stale_match", standing.reference_ticks == ticks, found)

    def _held(self, fact: Fact) -> Counter[tuple[str, ...]]:
        """Return all that is held of balances and grants, and the quote's lots."""
        if not isinstance(fact, QuotesSet):
            return Counter()
        held = Counter[tuple[str, ...]]({tuple(k): n for k, n in self.state.wallet.held.items()})
        held.update({(id_,): a.reserved for id_, a in self.state.grants.accounts.items()})
        lots = self.state.orders.quote_lots(fact.instrument)
        held.update(dict(zip((("buy", ""), ("sell", "")), lots, strict=True)))
        return held

    def _ordered(
        self, fact: Fact, before: Counter[tuple[str, ...]], took: set[InstrumentId]
    ) -> None:
        """Judge the order of renewals; the first entry may renew a quote before it is met."""
        if not isinstance(fact, QuotesSet) or len(self.state.orders.quotes) == 1:
            return
        after = self._held(fact)
        if after - before:
            took.add(fact.instrument)
        elif before - after:
            found = f"{self.box.name}: {fact.instrument} frees behind {took}"
            self.judged.hold("taken_before_freed", not took - {fact.instrument}, found)

    def _folded(self) -> None:
        """Hold the whole state against the box's own, at times."""
        self._steps += 1
        live = self.box.live
        if live is not None and self._steps % STATE_EVERY == 0:
            same = self.state.size == live.recorder.state.size
            same = same and digest(self.state) == digest(live.recorder.state)
            found = f"{self.box.name} at {self.state.size}"
            self.judged.hold("folds_otherwise", same, found)

    def _catch_up(self, seq: int) -> None:
        """Fold what came into the ledger by no step: what a restored copy took back."""
        chain = self.box.disk.files.chains[self.box.ledger.name].sealed
        for sealed in chain[self.state.size : seq - 1]:
            node.take(self.state, sealed.entry)


def _executes(quote: Recorded, behind: Recorded) -> bool:
    """Return whether a quote executes as it is set: it then waits with those that take more."""
    return isinstance(quote.fact, QuotesSet) and isinstance(behind.fact, FillRecorded)


def begun(judged: Judged, box: SimBox) -> StepInvariants:
    """Return the judge of one start, from the state that it starts with."""
    assert box.live is not None
    recorder = box.live.recorder
    state = snapshot.load(box.ledger, snapshot.dump(recorder.state))
    return StepInvariants(judged, box, state, recorder.seen)


def place_of(gated: OrderGated) -> tuple[AccountId, VenueId, InstrumentId]:
    """Return whose an order is, where, and of what."""
    return gated.account, gated.venue, gated.instrument


def _at_a_venue(fact: Fact) -> bool:
    return isinstance(fact, FillRecorded) and fact.venue != LOCAL_VENUE
