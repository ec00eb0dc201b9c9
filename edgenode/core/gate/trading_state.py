"""What a trading state admits.

    state      customers, quotes             overlay                        cancels
    ---------  ----------------------------  -----------------------------  -------
    active     all                           all                            all
    reducing   risk-reducing ones            risk-reducing ones             all
    halted     none                          none                           all

While a break `grant_overdrawn` is open, `active` means `reducing`. Pause acts on customers and
quotes as `reducing` does, and on hedges only where it says so; then they are held altogether.
"""

from edgenode.core.state.breaks import Breaks
from edgenode.core.state.limits import CENTRE, Limits
from edgenode.core.state.restrictions import LEVELS, Restrictions
from edgenode.model.ids import DESK_OVERLAY, AccountId, EventId, InstrumentId, VenueId

NOTHING = Restrictions()


def of_node(limits: Limits, breaks: Breaks, restrictions: Restrictions = NOTHING) -> str:
    """Give the node's own trading state."""
    state = max(limits.state_of(), restrictions.level(), key=LEVELS.index)
    return "reducing" if state == "active" and breaks.overdrawn else state


def effective(  # noqa: PLR0913, PLR0917  what is held against what
    limits: Limits,
    breaks: Breaks,
    restrictions: Restrictions,
    account: AccountId,
    venue: VenueId,
    instrument: InstrumentId,
    event_id: EventId,
) -> tuple[str, str]:
    """Give (state, scope that set it) for an order of an account."""
    state, scope = "active", "node"
    if limits.states:
        scopes = (f"venue:{venue}", f"instrument:{instrument}", f"event:{event_id}")
        state = limits.state_of(*scopes)
        every = ("node", CENTRE, *scopes)
        scope = next((s for s in every if limits.states.get(s, "active") == state), "node")
    covers = (f"venue:{venue}", f"instrument:{instrument}", f"event:{event_id}")
    level, where, _ = restrictions.strictest(*covers, f"account:{account}")
    if LEVELS.index(level) > LEVELS.index(state):
        state, scope = level, where
    if state == "active" and breaks.overdrawn:
        state, scope = "reducing", f"break:{min(breaks.overdrawn)}"
    if account == DESK_OVERLAY:
        return ("halted", "pause") if limits.hedges_paused else (state, scope)
    if limits.paused and state == "active":
        return "reducing", "pause"
    return state, scope
