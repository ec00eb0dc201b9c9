"""The integrator's kit: does a venue keep what the `Venue` port promises?

Each check drives the real adapter against a URL and looks at what it says. A venue that offers
`/faults` (the sandbox does) is also asked to misbehave, and what it then says must still add up:
the executions that it reports, folded as the ledger folds them, equal the position that it shows.
"""

import asyncio
from dataclasses import dataclass

from edgenode.adapters.venues.http import HttpVenue
from edgenode.model.errors import EdgenodeError
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.sim.conformance.checks import CHECKS, Check, NotKeptError
from edgenode.sim.conformance.trial import WITHIN_S, SkippedError, Trial


@dataclass(frozen=True, slots=True)
class Result:
    """One check: passed | failed | skipped, and what was found."""

    name: str
    outcome: str
    detail: str


async def run(url: str, instrument: str, account: str, tag: str) -> list[Result]:
    """Run every check in order against one venue; `tag` makes this run's order ids its own."""
    venue = HttpVenue(
        venue_id=VenueId("kit"), url=url, account=account, instrument=InstrumentId(instrument)
    )
    session = Trial(venue, url.rstrip("/"), InstrumentId(instrument), account, tag)
    results: list[Result] = []
    try:
        session.began = await session.position()
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(session.listen())
            results += [await _result(check, session) for check in CHECKS]
            listening.cancel()
    finally:
        await venue.close()
    return results


async def _result(check: Check, session: Trial) -> Result:
    name = check.__name__
    try:
        return Result(name, "passed", await check(session))
    except SkippedError as error:
        return Result(name, "skipped", str(error))
    except TimeoutError:
        return Result(name, "failed", f"nothing within {WITHIN_S:.0f} s")
    except (NotKeptError, EdgenodeError) as error:
        return Result(name, "failed", str(error))
