"""What a level of restriction admits.

    level      customers, quotes             overlay                        cancels
    ---------  ----------------------------  -----------------------------  -------
    active     all                           all                            all
    reducing   risk-reducing ones            risk-reducing ones             all
    halted     none                          none                           all

`reducing` also admits a change of an order to less. The level is that of the strictest cause
(core/state/restrictions) over the node and the order's venue, instrument, micro-event and account.
"""

from edgenode.core.state.restrictions import Restrictions
from edgenode.model.ids import AccountId, EventId, InstrumentId, VenueId


def effective(
    restrictions: Restrictions,
    account: AccountId,
    venue: VenueId,
    instrument: InstrumentId,
    event_id: EventId,
) -> tuple[str, str, str]:
    """Return (level, scope, cause) that holds for an order of an account."""
    if not restrictions.held:
        return restrictions.strictest()
    return restrictions.strictest(
        f"venue:{venue}", f"instrument:{instrument}", f"event:{event_id}", f"account:{account}"
    )
