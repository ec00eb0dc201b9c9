"""What programs push of a demand feed: admitted, declared where it is new, and taken."""

from decimal import Decimal
from typing import Any

from edgenode.core.signals.rows import Row
from edgenode.daemon.config import DemandFeed
from edgenode.daemon.control.facade import SignalRow, SignalsRequest
from edgenode.model.errors import RefusedError
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import nanoseconds
from edgenode.model.signals import FEED, Source, SourceId
from edgenode.ports.clock import Clock
from edgenode.services.signals import Pushed, Signals
from edgenode.services.sources import unknown_feed

Json = dict[str, Any]
SECOND_NS = 1_000_000_000
DECLARES = ("instrument", "kind", "form", "step_s", "decimals")


class Pushes:
    """The pushes of one box."""

    def __init__(self, signals: Signals, wall: Clock) -> None:
        self._signals, self._wall = signals, wall

    def admit(self) -> None:
        """Count a push; EN012 if the minute's pushes are used up."""
        now_ns = self._wall.now_ns()
        if not self._signals.quota.admits(now_ns):
            bounds = self._signals.sources.bounds
            most = f"{bounds.requests_per_minute_max} pushes"
            raise self._too_many(f"{most} and {bounds.rows_per_minute_max} rows")

    async def push(self, body: SignalsRequest) -> Json:
        """Take the rows; EN012 if they are too many, EN013 if all of them were refused."""
        source = await self._declared(body)
        if not self._signals.quota.charge(len(body.rows), self._wall.now_ns()):
            most = self._signals.sources.bounds.rows_per_minute_max
            raise self._too_many(f"{most} rows of all feeds")
        until_s = 0 if body.until is None else _seconds(body.until)
        pushed = await self._signals.push(source.id, [_row(r) for r in body.rows], until_s)
        if pushed.refused and not pushed.taken + pushed.duplicates:
            raise _all_refused(pushed)
        return {"feed": body.feed, **told(pushed)}

    async def forget(self, name: str) -> Json:
        """Forget a feed."""
        await self._signals.forget(SourceId(f"{FEED}{name}"))
        return {"feed": name, "forgotten": True}

    async def _declared(self, body: SignalsRequest) -> Source:
        """Return the feed, declared if it is new and its instrument is named."""
        said = {name: value for name in DECLARES if (value := getattr(body, name)) is not None}
        name = SourceId(f"{FEED}{body.feed}")
        held = self._signals.sources.live.get(name)
        if held is not None:
            same = all(getattr(held.source, field) == value for field, value in said.items())
            if same:
                return held.source
        elif body.instrument is None:
            raise unknown_feed(name)
        source = source_of(DemandFeed(**{"id": body.feed, "instrument": "", **said}))
        await self._signals.declare(source)  # EN007 where it is known as another
        return source

    def _too_many(self, most: str) -> RefusedError:
        wait_s = self._signals.quota.wait_s(self._wall.now_ns())
        return RefusedError(
            "more than is admitted in a minute",
            expected=f"at most {most} a minute; see [signals] in the configuration",
            do=f"send it again in {wait_s} s; nothing of it was taken",
            code="EN012",
        )


def source_of(feed: DemandFeed) -> Source:
    """Return a feed of the configuration as a source."""
    return Source(
        id=SourceId(f"{FEED}{feed.id}"),
        instrument=InstrumentId(feed.instrument),
        kind=feed.kind,
        form=feed.form,
        step_s=feed.step_s,
        decimals=feed.decimals,
        offset_min=feed.utc_offset_min,
    )


def told(pushed: Pushed) -> Json:
    """Return what became of rows."""
    return {
        "taken": pushed.taken,
        "duplicates": pushed.duplicates,
        "refused": pushed.refused,
        "first_refused": [
            {"row": row.row, "outcome": row.outcome.value, "found": row.found}
            for row in pushed.first_refused
        ],
    }


def _row(row: SignalRow) -> Row:
    value = row.v if isinstance(row.v, str) else format(Decimal(repr(row.v)), "f")
    return Row(t=str(row.t), v=value, id=row.id, flag=row.flag)


def _seconds(at: str | int) -> int:
    return at if isinstance(at, int) else nanoseconds(at) // SECOND_NS


def _all_refused(pushed: Pushed) -> RefusedError:
    first = pushed.first_refused[0]
    return RefusedError(
        f"all of {pushed.refused} rows; row {first.row}: {first.outcome.value}, {first.found}",
        expected="rows of now, each once, of the documented shape",
        do="correct them; edgenode help signals says when a row is late",
        code="EN013",
    )
