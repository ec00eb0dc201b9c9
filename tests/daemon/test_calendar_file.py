"""The calendar file: read again when it changes; one that cannot be read leaves the older one."""

from edgenode.daemon.calendar_file import CalendarFile
from edgenode.daemon.page.forecast import card
from edgenode.daemon.view import forecast as view
from edgenode.daemon.view.signals import Heard, events, problems
from edgenode.model.instants import instant
from tests.daemon.signals_stage import stage_of

HEAD = "begins,ends,name,instrument\n"


def line(begins_s, name):
    times = (instant(at * 10**9) for at in (begins_s, begins_s + 3_600))
    return f"{','.join(times)},{name},\n"


async def test_it_is_read_again_when_it_changes_and_bad_lines_are_told(tmp_path):
    stage = await stage_of(3)
    now_s = stage.clock.at_s
    file = CalendarFile(tmp_path / "events.csv")
    heard = Heard(stage.signals, None, file)
    await file.look()
    assert problems(heard)[0]["code"] == "EN002"
    file.path.write_text(HEAD + line(now_s + 2_520, "Friday drop") + "soon,later,x,\n")
    await file.look()
    assert [event["name"] for event in events(heard, now_s)] == ["Friday drop"]
    (problem,) = problems(heard)
    assert "1 lines of events.csv are no events; first line 3: 'soon'" in problem["text"]
    file.path.write_bytes(b"\xff\xff\xff")
    await file.look()
    assert "the older one holds" in problems(heard)[0]["text"]
    assert [event["name"] for event in events(heard, now_s)] == ["Friday drop"]


async def test_the_card_says_what_comes_and_what_runs(tmp_path):
    stage = await stage_of(3)
    now_s = stage.clock.at_s
    file = CalendarFile(tmp_path / "events.csv")
    file.path.write_text(HEAD + line(now_s + 2_520, "<b>drop") + line(now_s - 600, "Session"))
    await file.look()
    told = events(Heard(stage.signals, None, file), now_s)
    html = card(view.forecast(stage.signals, stage.world.state.rules, now_s * 10**9, told))
    assert "&lt;b&gt;drop begins 08:46 UTC, in 42 min" in html
    assert "Session runs until" in html
    assert "for 50 min more" in html
