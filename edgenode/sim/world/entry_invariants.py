"""What must hold of every entry as it is told, of the state behind it, and of what customers hear.

name                  when looked at              what must hold
--------------------  --------------------------  -------------------------------------------
told_before_durable   an entry or answer is told  it is in the ledger on the disk
grant_exceeded        every durable entry         spent + reserved <= grant, and no position grows
                                                  beyond its grants, unless the break
                                                  `grant_overdrawn` says that a venue did it
lots_lost             every durable entry         target - done = carried + planned + working of
                                                      each hedge programme, as positions and
                                                      orders have them
beyond_worst_case     every durable entry         what honest venues executed lies within what
                                                      the books hold possible
fill_counted_twice    every durable entry         one `FillRecorded` for each execution, the
                                                      ledgers counted whose books it carries
clock_went_back       every durable entry         stamps of one ledger rise
written_after_end     a box stopped cleanly       its ledger ends with the digest of the stop
"""

from collections.abc import Mapping, Sequence

from edgenode.core.node import Recorded
from edgenode.core.restrictions.overdrawn import break_id
from edgenode.core.state.execution import key_of
from edgenode.daemon.control.facade import PlaceAnswer
from edgenode.model.facts import FillRecorded, StateDigest
from edgenode.model.ids import LOCAL_VENUE, InstrumentId, NodeId
from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.exchange import Exchange
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.watch import Watch, limits, touched


class EntryInvariants:
    """Judges entries as they are told, and a box that stopped."""

    def __init__(self, judged: Judged) -> None:
        self.honest: Mapping[NodeId, Sequence[Exchange]] = {}  # venues that take nothing back
        self._judged = judged

    def durable(self, box: SimBox, watch: Watch, recorded: Recorded) -> None:
        """Judge an entry that is told, and the state that the box has by now."""
        entry, fact, hold = recorded.entry, recorded.fact, self._judged.hold
        chain = box.disk.files.chains[box.ledger.name].sealed
        hold(
            "told_before_durable",
            len(chain) >= entry.seq and chain[entry.seq - 1].entry == entry,
            f"{box.name} tells entry {entry.seq}, {len(chain)} are durable",
        )
        hold("clock_went_back", entry.hlc > watch.last_hlc, f"{box.name} at {entry.seq}")
        watch.last_hlc = entry.hlc
        assert box.live is not None
        state = box.live.recorder.state
        for grant_id, account in state.grants.accounts.items():
            hold(
                "grant_exceeded",
                account.spent + account.reserved <= account.grant.limit
                or break_id(grant_id) in state.breaks.open,
                f"{box.name}: {account}",
            )
        names = touched(state, fact)
        carried = box.incarnation == 1 or state.rules.policy is not None  # else it comes in now
        for name in names:
            self._hold_positions(box, watch, name, due=carried)
            watch.saw(name, entry.seq, state.exposure(name))
        lost = explained.lost_lots(state, names)
        hold("lots_lost", not lost, f"{box.name}: {lost}")
        if carried:
            self._hold_worst_case(box, watch, names)
        if isinstance(fact, FillRecorded) and fact.venue != LOCAL_VENUE:
            key = key_of(fact)
            fresh = key not in watch.executions
            hold("fill_counted_twice", fresh, f"{box.name} books {key} again")
            watch.executions.add(key)

    def answered(self, box: SimBox, order: dict[str, object], answer: PlaceAnswer) -> None:
        """Judge what a customer was told."""
        seq = int(answer.body.get("ledger_seq") or 0)
        held = len(box.disk.files.chains[box.ledger.name].sealed)
        found = f"{box.name} answers {answer.status} to {order['client_order_id']}, seq {seq}"
        self._judged.hold("told_before_durable", seq <= held, f"{found}: {held} are durable")

    def stopped(self, box: SimBox) -> None:
        """Judge a box that was asked to stop and did: what follows the digest nobody waits for."""
        last = box.disk.files.chains[box.ledger.name].sealed[-1].entry
        clean = last.kind == StateDigest.__name__
        found = f"{box.name} ends with {last.kind} at {last.seq}"
        self._judged.hold("written_after_end", clean, found)

    def _hold_worst_case(self, box: SimBox, watch: Watch, names: Sequence[InstrumentId]) -> None:
        """Judge the books against what honest venues have executed until now."""
        assert box.live is not None
        for exchange in self.honest.get(box.node, ()):
            for name in names:
                low, high = explained.worst_case(box.live.recorder.state, exchange.venue, name)
                if box.incarnation > 1:
                    less, more = watch.late(box, exchange, name)
                    low, high = low + less, high + more
                true = exchange.net_lots(name)
                found = f"{box.name} holds {low} to {high} lots of {name} possible"
                found += f" at {exchange.venue}, true are {true}"
                self._judged.hold("beyond_worst_case", low <= true <= high, found)

    def _hold_positions(self, box: SimBox, watch: Watch, name: InstrumentId, *, due: bool) -> None:
        """Judge what grew since the last look by what was granted then or is now."""
        assert box.live is not None
        state, granted = box.live.recorder.state, limits(box, name)
        use = explained.use(state, name)
        before = watch.limits.get(name, granted)
        for (account, side), lots in use.items():
            limit = max(granted[side], before[side])
            subject = f"{account}/{name}/{side}"
            was = watch.use.get(name, {}).get((account, side), 0)
            self._judged.hold(
                "grant_exceeded",
                not due or lots <= max(0, was, limit) or break_id(subject) in state.breaks.open,
                f"{box.name}: {subject} uses {lots} of {limit}, {was} before",
            )
        watch.use[name], watch.limits[name] = use, granted
