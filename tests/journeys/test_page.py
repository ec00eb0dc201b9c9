"""The page in a real browser, over a real node: what a thumb can do, and what it must not fake."""

import asyncio
import copy
import json
import signal

import pytest

from edgenode.daemon.page.page import VERDICTS, fragments
from tests.browser import browsing
from tests.daemon.test_page import SERIES, STATUS
from tests.journeys.box import command, order, running
from tests.patience import free_port

PHONE = {"width": 360, "height": 640}
VERDICT = "document.querySelector('#verdict strong').textContent"
ANSWER = "document.querySelector('#answer').textContent"


@pytest.fixture
def box(tmp_path):
    assert command("init", "--data", str(tmp_path / "node"), "--node-id", "edge-07")[0] == 0
    with running(tmp_path / "node", "--port", str(free_port())) as started:
        yield started


@pytest.mark.needs("chromium")
async def test_the_page_lives_pauses_and_resumes_by_hand(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        await page.until(f"{VERDICT} === 'READY' && document.title === 'READY · edge-07 · PAPER'")
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
        await page.until("!document.querySelector('.resume').disabled")  # what is shown is new
        await page.press(".resume")
        await page.until(f"{VERDICT} === 'READY'")
        await page.release(".resume")
        assert page.problems == []


LONG = "X" * 90  # a name with no place to break
AS_IT_IS = {"verdict", "mode", "trading_state", "since", "side"}
BIG = "123456789012345678901234567890.12345678"


def grown(found, key=""):
    """Return a status in which every free text and every figure is as long as it may be."""
    match found:
        case dict():
            return {name: grown(value, name) for name, value in found.items()}
        case list():
            return [grown(one, key) for one in found]
        case str() if key in AS_IT_IS or key.endswith(("_at", "_since", "_time", "ends")):
            return found
        case str() if found.strip("-").replace(".", "").isdecimal():
            return BIG
        case str():
            return f"{LONG} {found}"
        case _:
            pass
    return found


def states():
    """Return statuses of each verdict: with all that the page may show, as it is and grown."""
    problem = {"code": "EN408", "severity": "warning", "text": "A text", "do": "Ask",
               "since": "2026-11-23T10:00:00.000Z", "break_id": "b", "detail": "d",
               "cause": "c", "scope": "s", "ends": "e"}  # fmt: skip
    for verdict in VERDICTS:
        found = copy.deepcopy(STATUS) | {"verdict": verdict, "problems": [problem]}
        found["paused"] = verdict == "PAUSED"
        found["exposure"][0]["programme"] = {"said": "buys 1.00 WETH by slices"}
        yield found
        yield grown(found)


@pytest.mark.needs("chromium")
async def test_no_state_scrolls_sideways_on_the_smallest_phone(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        for width in (320, 360, 412):
            await page.open(f"{box.url}/?{width}", width=width, height=640)
            for status in states():
                parts = json.dumps(fragments(status, SERIES))
                shown = (
                    f"(() => {{ for (const [id, html] of Object.entries({parts}))"
                    " document.getElementById(id).innerHTML = html;"
                    " for (const one of document.querySelectorAll('[hidden]')) one.hidden = false;"
                    " for (const one of document.querySelectorAll('details')) one.open = true;"
                    f" document.querySelector('h1').textContent = {LONG!r};"
                    f" document.querySelector('#answer').textContent = {LONG!r};"
                    " return document.documentElement.scrollWidth; })()"
                )
                found = await page.value(shown)
                assert found <= width, (status["verdict"], status["residual"][:9])


@pytest.mark.needs("chromium")
async def test_old_figures_are_never_shown_as_live(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        header = "document.querySelector('header').innerText"
        await page.until(
            f"document.querySelector('#stale').hidden && !{header}.includes('No conn')"
        )
        await asyncio.to_thread(box.stop)
        await page.until("!document.querySelector('#stale').hidden")
        assert (await page.value("document.querySelector('#stale').textContent")).startswith(
            "Not live"
        )
        assert await page.value("document.querySelector('.resume').disabled")

        # whatever is in view says so: tab, header, and a bar that stays on a scrolled phone
        assert await page.value("document.title") == "NOT LIVE · edge-07 · PAPER"
        assert await page.value(f"{header}.includes('No conn')")
        assert not await page.value(f"{header}.includes('alone')")
        await page.value("document.querySelector('footer').scrollIntoView()")
        assert await page.value("scrollY") > 0
        assert (
            await page.value("document.querySelector('#stale').getBoundingClientRect().top") == 0
        )
        grey = "(e) => getComputedStyle(document.querySelector(e)).filter.startsWith('grayscale')"
        for part in ("header", ".verdict", ".cards", ".chart", "footer", "#residual"):
            assert await page.value(f"({grey})({part!r})"), part

        with running(box.data, "--port", str(box.port)):
            live = "document.title === 'READY · edge-07 · PAPER'"
            live += f" && document.querySelector('#stale').hidden && !({grey})('header')"
            await page.until(f"{live} && {header}.includes('alone')")


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("change", ["restart", "new token", "another box's cookie"])
async def test_a_page_that_was_open_over_a_restart_pauses_by_one_tap(box, tmp_path, change):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        await page.value("window.same = true")
        await asyncio.to_thread(box.stop)
        if change == "new token":
            (box.data / "api-token").unlink()
        if change == "another box's cookie":
            await page.call("Network.setCookie", name="edgenode_csrf", value="x", url=box.url)
        with running(box.data, "--port", str(box.port)):
            await page.click(".pause")
            await page.until(f"{ANSWER}.startsWith('Paused, recorded as entry')")
            await page.until(f"{VERDICT} === 'PAUSED'")  # it follows again
            assert await page.value("window.same")


@pytest.mark.needs("chromium")
async def test_a_pause_that_nobody_answers_is_said_and_the_page_lives_on(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        await page.value("window.same = true")
        await asyncio.to_thread(box.stop)
        await page.click(".pause")
        await page.until(f"{ANSWER}.startsWith('Not done: the box does not answer')")
        await page.until("!document.querySelector('#stale').hidden")
        await page.value("document.querySelector('#answer').textContent = ''")
        await page.click(".pause")  # the bar does not lie over it
        await page.until(f"{ANSWER}.startsWith('Not done: the box does not answer')")
        assert await page.value(f"location.href === '{box.url}/' && window.same")
        with running(box.data, "--port", str(box.port)):
            await page.until(f"{ANSWER}.startsWith('The box answers again')")
            await page.click(".pause")
            await page.until(f"{VERDICT} === 'PAUSED'")
            assert await page.value("window.same")


@pytest.mark.needs("chromium")
async def test_a_pause_at_a_box_that_stands_still_is_not_said_to_be_undone(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        box.process.send_signal(signal.SIGSTOP)
        await page.click(".pause")
        await page.until(f"{ANSWER}.startsWith('Not known to be done: the box does not answer')")
        box.process.send_signal(signal.SIGCONT)
        await page.until(f"{ANSWER}.startsWith('The box answers again')")


@pytest.mark.needs("chromium")
async def test_held_hedges_are_said_and_holding_them_is_asked_for_each_time(box, tmp_path):
    ticked = "document.querySelector('[name=hedges]').checked"
    meaning = "document.querySelector('#verdict span').textContent"
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        await page.click("[name=hedges]")
        await page.click(".pause")
        await page.until(f"{meaning}.includes('Hedges are held too')")
        assert box.ask("GET", "/api/v1/status")[1]["hedges_paused"] is True
        await page.open(f"{box.url}/?again", **PHONE)
        assert await page.value(ticked)  # a second pause must not let go of the hedges
        # whoever resumes, from wherever
        assert (await asyncio.to_thread(box.ask, "POST", "/api/v1/resume", {}))[0] == 200
        await page.until(f"{VERDICT} === 'READY'")
        assert not await page.value(ticked)
        await page.click(".pause")
        await page.until(f"{meaning}.includes('Hedging goes on')")
        assert box.ask("GET", "/api/v1/status")[1]["hedges_paused"] is False
        # a tick that was not followed by a pause is gone with the resume as well
        await page.click("[name=hedges]")
        assert (await asyncio.to_thread(box.ask, "POST", "/api/v1/resume", {}))[0] == 200
        await page.until(f"{VERDICT} === 'READY'")
        assert not await page.value(ticked)
        assert page.problems == []


@pytest.mark.needs("chromium")
async def test_an_event_is_on_the_page_as_soon_as_it_runs(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.open(f"{box.url}/", **PHONE)
        body = {"name": "Cup final", "ends": 4_102_444_800_000_000_000}
        assert (await asyncio.to_thread(box.ask, "POST", "/api/v1/micro-events", body))[0] < 300
        said = "Cup final until 2100-01-01 00:00 UTC: 0.00 of 250.00"
        await page.until(f"document.querySelector('#event').textContent.includes('{said}')")
        (row,) = box.ask("GET", "/api/v1/status")[1]["events"]
        assert (row["name"], row["running"]) == ("Cup final", True)


@pytest.mark.needs("chromium")
async def test_it_can_be_used_with_scripts_switched_off(box, tmp_path):
    async with browsing(tmp_path / "profile") as page:
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(f"{box.url}/", **PHONE)
        assert await page.value(VERDICT) == "READY"
        await page.click(".pause")
        await page.until(f"location.search.startsWith('?paused=') && {VERDICT} === 'PAUSED'")
        # the form that stands open is good over a restart
        assert (await asyncio.to_thread(box.ask, "POST", "/api/v1/resume", {}))[0] == 200
        await page.open(f"{box.url}/", **PHONE)
        await asyncio.to_thread(box.stop)
        with running(box.data, "--port", str(box.port)):
            await page.click(".pause")
            await page.until(f"location.search.startsWith('?paused=') && {VERDICT} === 'PAUSED'")
