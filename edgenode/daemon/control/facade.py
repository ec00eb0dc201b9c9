"""What the control port needs from the node, and the shapes that cross it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import msgspec

from edgenode.adapters.config_names import Name as FeedName
from edgenode.wire.foreign import Int64

Json = dict[str, Any]
# Not `$`, which in Python also matches before a newline at the end.
NAME = r"^[\x21-\x7e]+(?![\s\S])"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=NAME)]
Decimal = Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
Instant = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]  # RFC 3339
Feed = asyncio.Queue[tuple[str, int, Json]]


class OrderRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as programs send it; amounts are decimal strings."""

    client_order_id: Name
    account: Name
    venue: Name
    instrument: Name
    side: Literal["buy", "sell"]
    quantity: Decimal
    price: Decimal | None = None
    type: Literal["limit", "market"] = "limit"
    time_in_force: Literal["day", "gtd", "ioc", "fok"] = "day"
    expires: Instant | None = None  # of gtd
    post_only: bool = False
    reduce_only: bool = False
    event_id: Name | None = None


class AmendRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another price or total quantity for a working order; what is left out stays."""

    client_order_id: Name
    quantity: Decimal | None = None
    price: Decimal | None = None


class ApprovalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to a plan: yes with a signature over its digest, no without."""

    person: Name
    signature: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}(?![\s\S])")] | None = None


class ResolveRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decides about a break: `both`, `version`, `never_happened` ...

    `version` is the first digits of a content's hash, or of several with commas between, `amount`
    a decimal text in whole units, `price` that at which a position is carried in. `evidence` is
    what the person saw, as the break shows it.
    """

    decision: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    person: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    version: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    account: Name | None = None
    amount: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    price: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    evidence: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program that trades while it listens: the account's orders here end with it."""

    account: Name


class CloseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person has looked at a break and closes it, saying why, and who that is."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    person: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None


class EventCloseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person ends a micro-event before its end, saying why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AuctionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call auction on the local book; `ends` in market ns since the epoch."""

    instrument: Name
    ends: Int64


class PauseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pause; `hedges` holds hedges of existing exposure too."""

    hedges: bool = False
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ResumeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The end of a person's pause: an empty object, or no body."""


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The release of a cause that restricts trading, by a person who looked at it."""

    cause: Name
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class EventRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A micro-event declared by hand; times in market ns since the epoch."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    ends: Int64
    starts: Int64 | None = None
    event_id: Name | None = None
    source: Literal["declared", "scheduled"] = "declared"
    auction: AuctionRequest | None = None  # a drop's opening

    def __post_init__(self) -> None:
        """Refuse a name that nobody can read, as the calendar does."""
        if not self.name.isprintable() or not self.name.strip():
            raise ValueError("name: expected characters that can be read")


Seconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 36)]  # since 1970


class SignalRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of a demand feed: when, how much, and an id where several have one time.

    `flag`: it was not measured (an estimate of its writer); such a row is refused and counted.
    """

    t: Instant | Seconds
    v: Decimal | Annotated[float, msgspec.Meta(ge=0, le=1e15)]
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    flag: Annotated[str, msgspec.Meta(max_length=64)] = ""


class SignalsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a demand feed; the first push says its instrument, and what its rows are.

    `until`: all that happened before is told, so a bar without a row is a zero and not unknown.
    """

    feed: FeedName
    rows: Annotated[tuple[SignalRow, ...], msgspec.Meta(max_length=1_000)] = ()
    until: Instant | Seconds | None = None
    instrument: Name | None = None
    kind: Literal["count", "amount"] | None = None
    form: Literal["each", "counter"] | None = None
    step_s: Literal[60, 300] | None = None
    decimals: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """An HTTP status with its JSON body."""

    status: int
    body: Json


class NodeReads(Protocol):
    """What a GET may ask of the node: nothing here changes anything.

    Answers tell only what is durable.
    """

    def approvals(self) -> list[Json]:
        """Return the plans that wait or hold."""
        ...

    def micro_events(self) -> list[Json]:
        """Return the micro-events that run or are to begin."""
        ...

    async def event_report(self, event_id: str) -> Json:
        """Return the report of a micro-event; EN006 if the ledger here does not name it."""
        ...

    def breaks(self) -> list[Json]:
        """Return the open breaks."""
        ...

    def break_(self, break_id: str) -> Json | None:
        """Return one open break with its versions and the decisions that it admits."""
        ...

    async def order(self, account: str | None, id_: str) -> Json | None:
        """Return one order with its fills."""
        ...

    async def orders(self) -> list[Json]:
        """Return the orders at hand, newest first."""
        ...

    async def fills(self, limit: int) -> list[Json]:
        """Return the newest fills, newest first."""
        ...

    def status(self) -> Json:
        """Return the status of `status --json`."""
        ...

    def series(self) -> Json:
        """Return the chart's columns."""
        ...

    def instruments(self) -> list[Json]:
        """Return the instruments."""
        ...

    def positions(self) -> list[Json]:
        """Return the positions."""
        ...

    def exposure(self) -> list[Json]:
        """Return the exposure rows."""
        ...

    def limits(self) -> Json:
        """Return the limits in force."""
        ...

    def forecast(self) -> Json:
        """Return what is forecast, by instrument and source."""
        ...

    def venues(self) -> Json:
        """Return what each outside venue is like."""
        ...

    def risk(self) -> Json:
        """Return the live book's P&L in its parts, triggers and scenarios."""
        ...

    def signals(self) -> Json:
        """Return the sources of signals, and what became of what they said."""
        ...

    def health(self) -> Json:
        """Return {"live", "ready", "online", "reasons"}."""
        ...

    def metrics(self) -> str:
        """Return OpenMetrics text."""
        ...

    def ledger(self, after: int, limit: int) -> list[Json]:
        """Return durable entries after a seq."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[Feed]:
        """Return a bounded feed of ("status", seq, status); the newest wins."""
        ...


class NodeActs(Protocol):
    """What changes the node, on behalf of an actor. Answers are given once they are durable."""

    async def place(self, body: OrderRequest, actor: str) -> PlaceAnswer:
        """Take an order: 201, 200 the same again, 409 id re-used, 422 denied, 503 not durable."""
        ...

    async def cancel(self, account: str | None, id_: str, actor: str) -> PlaceAnswer:
        """Stop a working order."""
        ...

    async def amend(
        self, account: str | None, id_: str, body: AmendRequest, actor: str
    ) -> PlaceAnswer:
        """Change a working order: 200, 422 denied and it works on as it was."""
        ...

    async def cancel_all(self, account: str, actor: str) -> Json:
        """Cancel all that an account has in the local book."""
        ...

    def session(self, account: str, actor: str) -> AbstractAsyncContextManager[None]:
        """Cancel an account's orders when the block ends, or the node does."""
        ...

    async def answer_plan(self, plan_id: str, body: ApprovalRequest, actor: str) -> int:
        """Take a person's answer; returns the ledger seq."""
        ...

    async def resolve_break(self, break_id: str, body: ResolveRequest, actor: str) -> Json:
        """Take a person's decision; tells if it is settled or waits for a second person."""
        ...

    async def close_break(self, break_id: str, reason: str, actor: str) -> int:
        """Close a break; returns the ledger seq. RefusedError EN006 if it is not open."""
        ...

    async def pause(self, actor: str, *, hedges: bool, reason: str) -> int:
        """Pause; returns the ledger seq."""
        ...

    async def resume(self, actor: str) -> int:
        """End a person's pause, and nothing else; returns the ledger seq."""
        ...

    async def release(self, cause: str, reason: str, actor: str) -> int:
        """Release a cause. RefusedError EN006 if it restricts nothing, EN507 if it may not be."""
        ...

    async def declare_event(self, body: Json, actor: str) -> Json:
        """Declare a micro-event."""
        ...

    async def close_event(self, event_id: str, reason: str, actor: str) -> int:
        """End a micro-event before its end; returns the ledger seq. EN006 if it is not open."""
        ...

    def admit_push(self) -> None:
        """Count a push before its body is read; EN012 if there were too many in this minute."""
        ...

    async def push_signals(self, body: SignalsRequest) -> Json:
        """Take rows of a demand feed. EN013 if none was taken and some were refused."""
        ...

    async def forget_feed(self, name: str) -> Json:
        """Forget a demand feed and its bars. EN006 if there is none."""
        ...


class NodeFacade(NodeReads, NodeActs, Protocol):
    """The node as seen from its control port."""
