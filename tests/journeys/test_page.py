"""The page in a real browser, over a real node: what a thumb can do, and what it must not fake."""

import asyncio

import pytest

from tests.browser import browsing
from tests.journeys.box import command, order, running

PHONE = {"width": 360, "height": 640}
VERDICT = "document.querySelector('#verdict strong').textContent"


@pytest.fixture
def box(tmp_path):
    assert command("init", "--data", str(tmp_path / "node"), "--node-id", "edge-07")[0] == 0
    with running(tmp_path / "node") as started:
        yield started


@pytest.mark.needs("chromium")
async def test_the_page_lives_pauses_and_resumes_by_hand(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        assert await page.value(VERDICT) == "READY"
        assert await page.value("document.title") == "READY · edge-07 · PAPER"
        # nothing to scroll sideways, and what a thumb hits is large enough
        assert await page.value("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await page.value("document.querySelector('.pause').offsetHeight") >= 48

        size = "document.querySelector('#ledger').textContent"
        before = await page.value(size)
        status, _, _ = await asyncio.to_thread(box.ask, "POST", "/api/v1/orders", order("B1"))
        assert status == 201
        await page.until(f"{size} !== {before!r}")  # it follows by itself

        await page.click(".pause")
        await page.until(f"{VERDICT} === 'PAUSED'")
        await page.until("document.querySelector('#answer').textContent.startsWith('Paused, rec')")

        # resuming is held, never tapped
        await page.click(".resume")
        await page.until("document.querySelector('.resume.held') === null")
        assert await page.value(VERDICT) == "PAUSED"
        await page.press(".resume")
        await page.until(f"{VERDICT} === 'READY'")
        await page.release(".resume")
        assert page.problems == []


@pytest.mark.needs("chromium")
async def test_old_figures_are_never_shown_as_live(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        await page.until("document.querySelector('#stale').hidden")
        await asyncio.to_thread(box.stop)
        await page.until("!document.querySelector('#stale').hidden")
        assert (await page.value("document.querySelector('#stale').textContent")).startswith(
            "Not live"
        )
        assert await page.value("document.querySelector('.resume').disabled")


@pytest.mark.needs("chromium")
async def test_it_can_be_used_with_scripts_switched_off(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(f"{box.url}/", **PHONE)
        assert await page.value(VERDICT) == "READY"
        await page.click(".pause")
        await page.until(f"location.search.startsWith('?paused=') && {VERDICT} === 'PAUSED'")
