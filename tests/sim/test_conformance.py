"""The integrator's kit: the sandbox venue keeps every promise, and a careless one is found out."""

import pytest
from aiohttp import web

from edgenode.adapters.clock import WallClock
from edgenode.model.errors import RefusedError
from edgenode.sim.conformance import kit
from edgenode.sim.venue.server import VenueSpec, serving
from tests.journeys.box import command


async def outcomes(**spec):
    async with serving([VenueSpec(name="v", **spec)], WallClock(), speed=20) as (_, url):
        results = await kit.run(url, "WETH-USDC", "desk", "KIT")
    return {r.name: (r.outcome, r.detail) for r in results}


async def test_the_sandbox_venue_keeps_every_promise():
    found = await outcomes()
    assert {outcome for outcome, _ in found.values()} == {"passed"}
    assert len(found) == len(kit.CHECKS) == 17


async def test_a_venue_that_executes_a_repeat_is_found_out():
    found = await outcomes(dedupe=False)
    failed = {name: detail for name, (outcome, detail) in found.items() if outcome == "failed"}
    assert "an_order_sent_again_executes_once" in failed
    assert failed["an_order_sent_again_executes_once"] == (
        "the position moved by 6, the order by 2"
    )


@pytest.fixture
async def empty():
    """Serve a venue that answers nothing sensible."""

    async def snapshot(_: web.Request) -> web.Response:
        return web.json_response({"orders": 7})

    app = web.Application()
    app.router.add_get("/snapshot", snapshot)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_what_is_no_venue_is_an_error_with_a_code(empty):
    with pytest.raises(RefusedError) as refused:
        await kit.run(empty, "WETH-USDC", "desk", "KIT")
    assert refused.value.code == "EN002"


def test_the_command_says_where_nobody_is():
    code, body = command("conformance", "venue", "http://127.0.0.1:9")
    assert code == 5
    assert body["code"] == "EN302"
