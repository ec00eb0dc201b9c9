"""The end of a demo: what is kept, how long the page stays, what the exit code is."""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edgenode.cli import demo as command
from edgenode.cli.demo_screen import Screen
from edgenode.sim.demo import show, world
from edgenode.sim.demo.show import Ask
from edgenode.sim.demo.story import Story
from edgenode.sim.demo.world import Places
from tests.sim.demo.stories import arms, ended


def ask(folder, *, keep=False):
    return Ask(
        until_ns=world.ENDS, spike=1.0, jobs=2, port=0, keep=keep, keep_report=folder / "reports"
    )


@pytest.fixture
def places(tmp_path):
    data = tmp_path / "data"
    (data / "logs").mkdir(parents=True)
    return Places(data=data, speed=60, seed=1)


def told(**changed):
    return ended(arms(), ledger={"verified": True}, data="D", report="R", **changed)


def over(places, *, keep=False, **changed):
    """Let a run with this summary end; gives (its summary, the report's text)."""
    story = Story(world.ENDS, 60, 1.0, arms=arms())
    made = show._ended(places, ask(places.data.parent, keep=keep), story, told(**changed))
    assert story.phase == "finished"
    return made, Path(made["report"]).read_text()


def test_where_all_went_well_the_report_alone_is_kept(places):
    made, report = over(places)
    assert made["data"] is None
    assert not places.data.exists()
    assert made["report"] == str(places.data.parent / "reports" / "report.html")
    assert "Finished." in report


def test_what_was_asked_to_be_kept_is(places):
    made, _ = over(places, keep=True)
    assert made["report"] == str(places.data / "report.html")
    assert json.loads((places.data / "summary.json").read_text()) == made


@pytest.mark.parametrize(
    "changed",
    [
        {"differing": [{"node_id": "quiet-on-up", "live": False, "part": "orders"}]},
        {"ledger": {"verified": False}},
    ],
)
def test_where_books_differ_they_are_evidence_and_stay(places, changed):
    story = Story(world.ENDS, 60, 1.0, arms=arms())
    made = show._ended(places, ask(places.data.parent), story, told() | changed)
    assert made["data"] == str(places.data)
    assert (places.data / "report.html").is_file()


def test_a_report_that_cannot_be_written_is_said_not_to_be(places):
    (places.data.parent / "reports").write_text("a file is in the way")
    story = Story(world.ENDS, 60, 1.0, arms=arms())
    assert show._ended(places, ask(places.data.parent), story, told())["report"] is None


def test_the_estimate_grows_with_the_window_and_falls_with_cores(tmp_path):
    whole = ask(tmp_path).estimate_s(60)
    assert whole < 180
    assert whole > ask(tmp_path).estimate_s(600) > show.BEGIN_S + show.END_S
    alone = Ask(world.ENDS, 1.0, 1, 0, keep=False, keep_report=tmp_path).estimate_s(60)
    assert alone > whole


class Page:
    url = "http://127.0.0.1:1/"

    def __init__(self):
        self.is_looked_at = True


@pytest.fixture
def shown(monkeypatch):
    """A demo that is over at once; its page, and what its table would be."""
    page = Page()

    @asynccontextmanager
    async def over_at_once(*_):
        yield told(), page

    monkeypatch.setattr(show, "shown", over_at_once)
    monkeypatch.setattr(command.demo_table, "table", lambda _: "")
    monkeypatch.setattr(command, "LOOK_S", 0.001)
    return page


def running(tasks, places, exit_after_s=None, *, watched=False):
    screen = Screen(as_json=False, browser=False)
    screen._moving = watched
    ran = command._run(places, ask(places.data), screen, exit_after_s, as_json=False)
    return tasks.create_task(ran), screen


async def turns():
    """Let the other tasks run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_without_a_terminal_the_page_stays_while_somebody_looks_at_it(places, shown):
    async with asyncio.TaskGroup() as tasks:
        task, _ = running(tasks, places)
        await turns()
        assert not task.done()
        shown.is_looked_at = False
        assert await task == 0


async def test_at_a_terminal_the_page_stays_until_ctrl_c_and_that_is_no_failure(places, shown):
    shown.is_looked_at = False
    async with asyncio.TaskGroup() as tasks:
        task, _ = running(tasks, places, watched=True)
        await turns()
        assert not task.done()
        os.kill(os.getpid(), signal.SIGINT)
        assert await task == 0


async def test_a_given_time_counts_from_when_the_page_was_told(places, shown):
    async with asyncio.TaskGroup() as tasks:
        task, screen = running(tasks, places, exit_after_s=60)
        await turns()
        assert not task.done()
        screen._listens -= 60
        assert await task == 0


async def test_a_signal_before_the_end_is_the_exit_code(places, monkeypatch, capsys):
    @asynccontextmanager
    async def never_over(*_):
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(show, "shown", never_over)
    async with asyncio.TaskGroup() as tasks:
        task, _ = running(tasks, places)
        await turns()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 128 + signal.SIGTERM
        assert f"kept in {places.data}" in capsys.readouterr().err
