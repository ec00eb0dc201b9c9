"""The order state machine. It is total: every (state, event) pair has a row.

    event     GATED    SENT     WORKING  PARTIAL  UNKNOWN  DONE
    --------  -------  -------  -------  -------  -------  ----
    sent      SENT     SENT     WORKING  PARTIAL  UNKNOWN  DONE
    working   WORKING  WORKING  WORKING  PARTIAL  WORKING  DONE
    fill      PARTIAL  PARTIAL  PARTIAL  PARTIAL  UNKNOWN  DONE     the fill is always booked
    unknown   UNKNOWN  UNKNOWN  UNKNOWN  UNKNOWN  UNKNOWN  DONE
    done      DONE     DONE     DONE     DONE     DONE     DONE

`working` of an UNKNOWN order that has fills gives PARTIAL. A fill does not resolve UNKNOWN: the
rest may still work. DONE is final for the reservation, never for fills.
"""

from typing import Literal, assert_never

from edgenode.model.orders import OrderState

OrderEvent = Literal["sent", "working", "fill", "unknown", "done"]


def next_state(state: OrderState, event: OrderEvent, *, filled_lots: int) -> OrderState:
    """Return the state after an event; `filled_lots` counts this event's fill too."""
    if state is OrderState.DONE or event == "done":
        return OrderState.DONE
    match event:
        case "sent":
            return OrderState.SENT if state is OrderState.GATED else state
        case "working":
            return OrderState.PARTIAL if filled_lots else OrderState.WORKING
        case "fill":
            return state if state is OrderState.UNKNOWN else OrderState.PARTIAL
        case "unknown":
            return OrderState.UNKNOWN
        case _:
            assert_never(event)
