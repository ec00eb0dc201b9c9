"""What a micro-event was sized to need beside what it took, and what was asked for it."""

from dataclasses import dataclass, field

from edgenode.core.risk.requests import LOTS
from edgenode.core.risk.sizing import POSITION
from edgenode.core.state.needs import MONEY, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.ids import DESK_OVERLAY, EventId, InstrumentId

SUPERSEDED = "superseded"
Use = tuple[str, InstrumentId]  # a need, and the instrument of lots


@dataclass(slots=True)
class Request:
    """A request with how it ended; "" while it waits."""

    asked: f.NeedAsked
    outcome: str = ""
    ended_ns: int | None = None


@dataclass(slots=True)
class Needs:
    """Requests, the newest plan, and the most that was in use beyond what was as it began."""

    event_id: EventId  # that requests are for
    requests: dict[str, Request] = field(default_factory=dict)
    plan: f.EventSized | None = None
    used: dict[Use, int] = field(default_factory=dict)
    _before: dict[Use, int] = field(default_factory=dict)

    def take(self, fact: f.Fact) -> None:
        """Take what was asked for, or ended, or planned."""
        match fact:
            case f.EventSized(event_id=self.event_id):
                self.plan = fact
            case f.NeedAsked(event_id=self.event_id):
                for one in self.requests.values():
                    if not one.outcome and key_of(one.asked) == key_of(fact):
                        one.outcome, one.ended_ns = SUPERSEDED, fact.at_ns
                self.requests[fact.need_id] = Request(fact)
            case f.NeedEnded(need_id=need_id) if need_id in self.requests:
                one = self.requests[need_id]
                one.outcome, one.ended_ns = fact.reason, fact.at_ns
            case _:
                pass

    def use(self, state: NodeState, *, begun: bool) -> None:
        """Note what is in use now: before the micro-event has begun, or for it."""
        now = _uses(state)
        if not begun:
            self._before = now
        for key, amount in now.items():
            more = amount - self._before.get(key, 0)
            self.used[key] = max(self.used.get(key, 0), more)


def use_of(need: f.NeedSized) -> Use:
    """Return what a need is counted in use by."""
    return need.need, need.instrument or MONEY


def _uses(state: NodeState) -> dict[Use, int]:
    policy = state.rules.policy
    found: dict[Use, int] = {
        (kind, name): state.position_use(DESK_OVERLAY, name, side)
        for name in state.rules.instruments
        for kind, side in POSITION.items()
    }
    for account in state.grants.accounts.values():
        if policy is not None and account.grant.unit == policy.currency != LOTS:
            key = account.grant.kind, MONEY
            found[key] = found.get(key, 0) + account.used
    return found
