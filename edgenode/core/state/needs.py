"""What this node asked the desk for, and waits for: one request a need. It decides nothing.

A request is held by what it is for: the need, its unit and instrument, the micro-event. When each
was asked last is kept for a while, so that none is asked again at once.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import EventSized, NeedAsked, NeedEnded
from edgenode.model.ids import EventId, InstrumentId

QUIET_NS = 15 * 60 * 1_000_000_000  # between two requests of one need
MONEY = InstrumentId("")


class NeedKey(NamedTuple):
    """What a request is for."""

    event_id: EventId
    need: str
    unit: str
    instrument: InstrumentId  # "" for money


def key_of(fact: NeedAsked) -> NeedKey:
    """Return what a request is for."""
    return NeedKey(fact.event_id, fact.need, fact.unit, fact.instrument or MONEY)


@dataclass(slots=True)
class Needs:
    """Open requests."""

    open: dict[NeedKey, NeedAsked] = field(default_factory=dict)
    asked: dict[NeedKey, int] = field(default_factory=dict)  # when, within QUIET_NS
    sized: set[EventId] = field(default_factory=set)  # open micro-events that were

    def asks(self, fact: NeedAsked) -> None:
        """Open a request in place of an older one of the same need."""
        key = key_of(fact)
        self.open[key] = fact
        self.asked = {k: at for k, at in self.asked.items() if not _is_past(at, fact.at_ns)}
        self.asked[key] = fact.at_ns

    def ended(self, fact: NeedEnded) -> None:
        """End a request; one that is not open any more stays so."""
        self.open = {k: one for k, one in self.open.items() if one.need_id != fact.need_id}

    def event_sized(self, fact: EventSized) -> None:
        """Note that a micro-event was sized: it is recorded once."""
        self.sized.add(fact.event_id)

    def event_closed(self, event_id: EventId) -> None:
        """Forget that it was: an id that is opened again is sized again."""
        self.sized.discard(event_id)

    def is_quiet(self, key: NeedKey, now_ns: int) -> bool:
        """Return whether it was asked for so shortly ago that it is not asked for again yet."""
        at_ns = self.asked.get(key)
        return at_ns is not None and at_ns <= now_ns and not _is_past(at_ns, now_ns)

    def rows(self) -> list[NeedAsked]:
        """Return the open requests in order of what they are for."""
        return [one for _, one in sorted(self.open.items())]

    def canonical(self) -> object:
        """Return the content for the digest."""
        open_ = [[*key, one.need_id, one.needed, one.until] for key, one in self.open.items()]
        asked = [[*key, at] for key, at in self.asked.items()]
        return [sorted(open_), sorted(asked), sorted(self.sized)]


def _is_past(at_ns: int, now_ns: int) -> bool:
    return now_ns - at_ns >= QUIET_NS
