"""What a step still has to look at: a set of dirty things, each taken once, in a fixed order.

    rank     thing                            decided by          may make dirty
    -------  -------------------------------  ------------------  --------------
    ORDERS   an order whose fills changed     venues/reports      -
             an execution that was retold     venues/disputes     -
    CALLS    a call auction that is over      orders/local        quotes
    FREEING  a desk quote that takes nothing  orders/quotes       its cut
    HEDGES   a hedge programme, its children  hedge/programme     children, quotes
    BEHIND   as FREEING, behind a hedge       orders/quotes       its cut
    TAKING   a desk quote that takes room     orders/quotes       its cut

What is freed comes before what is taken: a quote that takes more lots or money than the one that
it replaces moves on from FREEING, to BEHIND where hedges come between, and from there to TAKING,
unless nothing else is dirty. Within a rank
things come in the order of their names, hedges in the order in which they were asked for.

A step ends whatever its size. Each thing is in a rank once, and a decision makes only things of a
later rank dirty (`add` refuses others), so one pass over the ranks takes each instrument and order
of the state at most once per rank. Three things go on within bounds of their own. A child that is
denied makes its programme dirty, which sends to venues that it has not tried in this slice: once
to each at most. A quote that executes as it is set is cut to what hedge room is left, at its
prices, at which it executes no more. An act beyond a grant opens its break and makes all quotes
dirty: its subject is noted once, for then its break is open, and there are as many subjects as
grants and positions.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import assert_never

from edgenode.core.observations import (
    AuctionDue,
    Filled,
    FollowUp,
    HedgeDue,
    Requote,
    Retold,
    SliceDue,
)


class Rank(IntEnum):
    """When a dirty thing is taken within a pass."""

    FIRST = 0  # the observation itself
    ORDERS = 1
    CALLS = 2
    FREEING = 3
    HEDGES = 4
    BEHIND = 5
    TAKING = 6


RANKS = tuple(Rank)
FREE_FIRST = (Rank.FREEING, Rank.BEHIND)  # where a quote that takes more waits
GO_ON = (Rank.HEDGES, Rank.TAKING)  # what follows within these ranks ends as the module says


class Dirty:
    """The dirty things of one step."""

    __slots__ = ("_now", "_sets")

    def __init__(self) -> None:
        self._sets: dict[Rank, dict[FollowUp, None]] = {}  # a rank without dirty things has none
        self._now: list[FollowUp] = []  # of the rank that is taken, the next one last

    def __bool__(self) -> bool:
        """Return whether anything is left to look at."""
        return bool(self._now or self._sets)

    def add(self, things: Iterable[FollowUp], after: Rank) -> None:
        """Mark what a decision of rank `after` made dirty."""
        for thing in things:
            rank = self._rank(thing, after)
            assert rank > after or (rank is after and rank in GO_ON), (
                f"{thing} may not follow {after.name}"
            )
            found = self._sets.get(rank)
            if found is None:
                found = self._sets[rank] = {}
            if isinstance(thing, Requote) and thing.cut and Requote(thing.instrument) in found:
                continue  # a quote that is made anew is cut with it
            found[thing] = None

    def take(self) -> Iterator[tuple[Rank, FollowUp]]:
        """Yield each dirty thing, rank by rank, until none is left."""
        while self._sets:
            for rank in RANKS:
                while found := self._sets.pop(rank, None):
                    names = found if rank is Rank.HEDGES else sorted(found, key=_name)
                    self._now = list(names)[::-1]
                    while self._now:
                        yield rank, self._now.pop()

    def _rank(self, thing: FollowUp, after: Rank) -> Rank:
        match thing:
            case Filled() | Retold():
                return Rank.ORDERS
            case AuctionDue():
                return Rank.CALLS
            case SliceDue() | HedgeDue():
                return Rank.HEDGES
            case Requote():
                if after < Rank.FREEING:
                    return Rank.FREEING
                hedged = after is Rank.HEDGES or (
                    after < Rank.HEDGES and Rank.HEDGES in self._sets
                )
                return Rank.BEHIND if hedged else Rank.TAKING
            case _:
                assert_never(thing)


def _name(thing: FollowUp) -> str:
    match thing:
        case Filled(order_id=order_id):
            return order_id
        case Retold(key=key):
            return "/".join(key)
        case AuctionDue(instrument=name) | Requote(instrument=name) | HedgeDue(instrument=name):
            return name
        case SliceDue(intent=intent):
            return intent.client_order_id
        case _:
            assert_never(thing)
