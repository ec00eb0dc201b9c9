"""What a venue answers to a request: it is this order's view, or it decides nothing.

    answer                                          submit     query      cancel
    ----------------------------------------------  ---------  ---------  ---------
    2xx, JSON, a view of this order                 the view   the view   taken
    4xx, JSON, a view of this order, rejected       the view   unclear    unclear
    404, JSON, the venue's own "no such order"      unclear    not found  not found
    anything else                                   unclear    unclear    unclear

Anything else is a redirect, a page, another status, an empty or cut body, a view of another order,
a state that is not documented, a number that cannot be. Unclear is UnreachableError: the order may
be at the venue, so its lots stay in the worst case.
"""

from typing import NamedTuple, TypeVar

import msgspec

from edgenode.adapters.venues.messages import QueryAnswer, Reader, SnapshotAnswer, decode
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import OrderId
from edgenode.model.venue import MassStatus, NotFound, VenueView

JSON = "application/json"
NOT_FOUND = 404
SHOWN_MAX = 120  # characters of a page, in a detail for a person

T = TypeVar("T")


class Answer(NamedTuple):
    """One answer as it came: status, media type, body."""

    status: int
    media_type: str
    body: bytes

    @property
    def done(self) -> bool:
        """Return whether the request was done (2xx)."""
        return self.status // 100 == 2  # noqa: PLR2004  the class of a status

    @property
    def refused(self) -> bool:
        """Return whether the request was refused (4xx)."""
        return self.status // 100 == 4  # noqa: PLR2004  the class of a status


class Missing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The venue's own "no such order"."""

    status: int = NOT_FOUND
    detail: str = ""
    client_id: str = ""


def submitted(reader: Reader, order_id: OrderId, answer: Answer) -> VenueView:
    """Return the venue's view of an order just handed over; UnreachableError if it is none."""
    view = _view(reader, order_id, answer) if answer.done or answer.refused else None
    if view is None or (answer.refused and view.state != "rejected"):
        raise unclear(reader, answer, "a view of the order")
    return view


def asked(reader: Reader, order_id: OrderId, answer: Answer) -> VenueView | NotFound:
    """Return what the venue knows of an order; UnreachableError if it does not tell."""
    if _missing(order_id, answer):
        return NotFound()
    view = _view(reader, order_id, answer) if answer.done else None
    if view is None:
        raise unclear(reader, answer, "a view of the order")
    return view


def canceled(reader: Reader, order_id: OrderId, answer: Answer) -> None:
    """Return if the venue took a cancel or does not know the order; else UnreachableError."""
    if _missing(order_id, answer):
        return
    said = _decoded(answer, CancelAnswer) if answer.done else None
    if said is None or said.client_id != order_id:
        raise unclear(reader, answer, "a cancel that was taken")


def shown(reader: Reader, answer: Answer) -> MassStatus:
    """Return a snapshot; UnreachableError if it is none, RefusedError EN002 if it is misshapen."""
    if not answer.done or answer.media_type != JSON:
        raise unclear(reader, answer, "a snapshot")
    return reader.status(decode(answer.body, SnapshotAnswer))


def unclear(reader: Reader, answer: Answer, expected: str) -> UnreachableError:
    """Make the error for an answer that tells nothing of an order."""
    text = answer.body[:SHOWN_MAX].decode("utf-8", "replace")
    return UnreachableError(
        f"venue {reader.venue} answered {answer.status} {answer.media_type}: {text!r}",
        expected=expected,
        do="nothing: the order counts as UNKNOWN and the venue is asked",
    )


class CancelAnswer(msgspec.Struct, frozen=True):
    """A cancel was taken; what became of the order is asked."""

    client_id: str


def _missing(order_id: OrderId, answer: Answer) -> bool:
    if answer.status != NOT_FOUND:
        return False
    said = _decoded(answer, Missing)
    return said is not None and said.status == NOT_FOUND and said.client_id in {"", order_id}


def _view(reader: Reader, order_id: OrderId, answer: Answer) -> VenueView | None:
    said = _decoded(answer, QueryAnswer)
    if said is None or said.client_id != order_id:
        return None
    try:
        return reader.view(said)
    except RefusedError:
        return None


def _decoded(answer: Answer, kind: type[T]) -> T | None:
    if answer.media_type != JSON:
        return None
    try:
        return decode(answer.body, kind)
    except RefusedError:
        return None
