"""What must hold once everything is healed and nothing moves.

name                what must hold
------------------  -------------------------------------------------------------------------
ended_strangely     every box runs, but one that had to stop for good
clock_stuck         a clock that is right again is no reason to deny
unknown_left        no order is UNKNOWN, but one of which a disputed execution tells
fill_lost           the books show what each venue executed, within what is disputed of it and what
                        is open of orders like that
fill_counted_twice  the ledger books each execution once
balance_wrong       the books hold of each currency what the venue says, if nothing is disputed
books_differ        node and centre fold to the same digest
"""

from collections.abc import Sequence

from edgenode.core.state.digest import digest
from edgenode.model.ids import NodeId
from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.exchange import Exchange
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.watch import executions


class RestInvariants:
    """Judges a box at rest against its venues and its centre."""

    def __init__(self, judged: Judged, centre: SimCentre) -> None:
        self._judged = judged
        self._centre = centre

    def at_rest(self, box: SimBox, venues: Sequence[Exchange]) -> None:
        """Judge a box once everything is healed and nothing moves."""
        hold = self._judged.hold
        hold("ended_strangely", box.live is not None, f"{box.name} does not run")
        if box.live is None:
            return
        state = box.live.recorder.state
        behind = state.limits.is_behind(box.clock.now_ns())
        hold("clock_stuck", not behind, f"{box.name} at {box.clock.now_ns()}")
        unknown = explained.unknown(state)
        hold("unknown_left", not unknown, f"{box.name}: {unknown}")
        for exchange in venues:
            self._fills_agree(box, exchange)
            self._balances_agree(box, exchange)
        keys = list(executions(box.disk.files.chains[box.ledger.name].sealed))
        twice = len(keys) - len(set(keys))
        hold("fill_counted_twice", not twice, f"{box.name} booked {twice} again")
        self._books_agree(box)

    def _fills_agree(self, box: SimBox, exchange: Exchange) -> None:
        """Judge the lots that the books hold at a venue."""
        assert box.live is not None
        state, venue = box.live.recorder.state, exchange.venue
        for name in exchange.instruments:
            true = exchange.net_lots(name)
            booked = explained.booked(state, venue, name)
            low, high = explained.span(state, venue, name)
            less, more = explained.kept_open(state, venue, name)
            found = f"{box.name} books {booked} lots of {name} at {venue}, which executed {true}; "
            found += f"{low} to {high} are disputed, {less} to {more} of orders like that open"
            self._judged.hold("fill_lost", low + less <= true - booked <= high + more, found)

    def _balances_agree(self, box: SimBox, exchange: Exchange) -> None:
        """Judge what the books hold at a venue, in the smallest unit of each currency."""
        assert box.live is not None
        state, venue = box.live.recorder.state, exchange.venue
        if state.fills.disputed:
            return
        booked: dict[str, int] = {}
        for key, amount in state.wallet.balances.items():
            if key.venue == venue and key.asset not in exchange.instruments:
                booked[key.asset] = booked.get(key.asset, 0) + amount
        for true in exchange.balances():
            wrong = {a: (booked.get(a, 0), true.get(a, 0)) for a in {**booked, **true}}
            wrong = {asset: pair for asset, pair in wrong.items() if pair[0] != pair[1]}
            self._judged.hold("balance_wrong", not wrong, f"{box.name} at {venue}: {wrong}")

    def _books_agree(self, box: SimBox) -> None:
        opened = self._centre.opened
        assert opened is not None
        assert box.live is not None
        mine = digest(box.live.recorder.state)
        theirs = opened.centre.book.states.get(NodeId(box.node))
        assert theirs is not None
        size = len(box.disk.files.chains[box.ledger.name].sealed)
        same = theirs.size == size == mine.size
        found = f"{box.name} has {mine.size}, {size} on disk, the centre {theirs.size}"
        self._judged.hold("books_differ", same and digest(theirs) == mine, found)
