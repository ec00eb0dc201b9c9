"""The demo's page says, at each turn, what goes on and what is known; never more."""

import re
from html.parser import HTMLParser

import aiohttp
import pytest

from edgenode.model.errors import RefusedError
from edgenode.sim.demo import story_page, story_parts, story_server, world
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.story import Story
from edgenode.sim.recorded import MINUTE_NS
from tests.browser import browsing
from tests.sim.demo.stories import status, stories

VOID = {"meta", "link", "input", "br"}
TURNS = tuple(stories())


class Balanced(HTMLParser):
    """Checks that elements close in order; collects ids and text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.text = [], [], []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


@pytest.mark.parametrize("turn", TURNS)
def test_each_turn_is_a_whole_page_and_a_report_that_needs_nothing_else(turn):
    story = stories()[turn]
    for html in (story_page.page(story), story_page.report(story)):
        found = Balanced(html)
        assert len(found.ids) == len(set(found.ids))
        assert set(story_parts.parts(story)) <= set(found.ids)
        assert "None" not in "".join(found.text)
    report = story_page.report(story)
    assert not re.findall(
        r"(?:src|href)=\"(?!data:|http://127)[^\"]*\"|url\((?!#)|@import", report
    )
    assert "<script" not in report


def said(turn):
    return story_parts.parts(stories()[turn])


def test_while_it_plays_the_large_chart_is_the_live_nodes_and_the_panels_fill_in():
    parts = said("playing")
    assert "Playing 18:04." in parts["state"]
    assert "5 of 12 arms played" in parts["state"]
    assert "with overlay, live" in parts["cut-chart"]
    assert parts["panels"].count("both books equal") == 2
    assert "1 of 2 played" in parts["panels"]
    assert "318 records wait, none is lost" in parts["live"]
    assert 'href="http://127.0.0.1:1234/?a=1&amp;b=2"' in parts["live"]


def test_before_the_first_minute_there_are_no_empty_axes():
    parts = said("setting up")
    assert "<svg" not in parts["cut-chart"]
    assert "first minute arrives at 17:41" in parts["cut-chart"]
    assert "Not played yet" in parts["numbers"]


def test_at_the_end_the_sentence_leads_and_result_stands_with_chance():
    parts = said("finished")
    assert "<strong>Finished. The overlay cut the exposure by" in parts["state"]
    assert 'class="state ready" role="status"' in parts["state"]
    assert "live" not in parts["cut-chart"]
    assert parts["panels"].count("both books equal") == 6
    assert parts["table"].count("<tr>") == 1 + len(ARMS)
    assert parts["minutes"].count("<tr>") == 1 + 71
    assert '<th scope="row">18:50</th>' in parts["minutes"]
    assert "chance" in parts["numbers"]
    assert "stood still" in parts["live"]
    assert "for 24.3 s of them" in parts["live"]


def test_books_that_differ_and_gains_that_cannot_be_are_alerts():
    apart = said("apart")
    assert 'class="state fault" role="alert"' in apart["state"]
    assert ARMS[3].node_id in apart["state"]
    assert "1 of 2 books differ" in apart["panels"]
    gains = said("gains")["state"]
    assert 'class="state warn" role="alert"' in gains
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in gains


def test_a_minute_keeps_what_was_first_heard_in_it():
    story, arm = Story(world.ENDS, 60, 1.0), Arm("recorded", overlay=True, link="cut")
    for at_s, net in ((0, "1.00"), (59, "2.00"), (60, "3.00")):
        story.heard(world.BEGINS + at_s * 10**9, {arm: status(net)})
    assert story.nets[arm] == {0: 1.0, 1: 3.0}
    assert story.market_ns == world.BEGINS + MINUTE_NS


async def test_the_server_answers_its_own_names_and_changes_nothing():
    story = stories()["playing"]
    async with story_server.serving(story, 0) as page, aiohttp.ClientSession() as session:
        assert not page.is_looked_at
        async with session.get(page.url) as answer:
            assert answer.status == 200
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        async with session.get(page.url + "parts") as answer:
            assert set((await answer.json())["parts"]) == set(story_parts.parts(story))
        assert page.is_looked_at
        async with session.get(page.url, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 421
        async with session.post(page.url) as answer:
            assert answer.status == 405
        port = int(page.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(RefusedError) as caught:
            async with story_server.serving(story, port):
                pass
        assert caught.value.code == "EN008"


WIDTHS = (320, 360, 1024, 1600)


@pytest.mark.needs("chromium")
async def test_it_lives_in_a_browser_and_never_scrolls_sideways(tmp_path):
    """The page's own script swaps each turn in, and says it when nobody answers any more."""
    turns = stories()
    async with browsing(tmp_path / "profile") as page:
        async with story_server.serving(turns["setting up"], 0) as server:
            await page.open(server.url, width=1600, height=1000)
            for turn, story in turns.items():
                server.story = story
                shown = re.findall("<strong>(.*?)</strong>", story_parts.parts(story)["state"])[0]
                said = f"document.querySelector('#state strong').textContent === {shown!r}"
                await page.until(said)
                for width in WIDTHS:
                    await page.call(
                        "Emulation.setDeviceMetricsOverride",
                        width=width, height=700, deviceScaleFactor=1, mobile=width < 600,
                    )  # fmt: skip
                    wide = await page.value("document.documentElement.scrollWidth")
                    assert wide <= width, (turn, width)
                    charts = "[...document.querySelectorAll('#cut-chart svg')]"
                    visible = f"{charts}.filter(one => one.checkVisibility()).length"
                    assert await page.value(visible) == await page.value(f"+!!{charts}.length")
            up = "document.querySelector('#up-chart').checkVisibility()"
            assert not await page.value(up)
            await page.click(".switch label:last-of-type")
            await page.until(up)
            assert await page.value("document.querySelector('#lost').hidden")
            assert page.problems == []
        await page.until("!document.querySelector('#lost').hidden")


@pytest.mark.needs("chromium")
async def test_text_of_twice_the_size_needs_no_sideways_scrolling_either(tmp_path):
    async with (
        browsing(tmp_path / "profile") as page,
        story_server.serving(stories()["finished"], 0) as server,
    ):
        for width in (360, 1024):
            await page.open(server.url, width=width, height=700)
            await page.value("document.documentElement.style.fontSize = '200%'")
            wide = await page.value("document.documentElement.scrollWidth")
            assert wide <= width, width
