"""The calendar file: read again when it changes; one that cannot be read leaves the older one."""

import os

import pytest

from edgenode.adapters import plain_file
from edgenode.core.signals.calendar import Scheduled
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
    assert problems(heard)[0]["code"] == "EN404"
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


async def test_what_begins_soon_is_told_once_and_again_when_it_changes(tmp_path):
    stage = await stage_of(3)
    now_s, told = stage.clock.at_s, []

    async def tell(read):
        told.append([(one.name, one.starts // 10**9 - now_s) for one in read.events])

    file = CalendarFile(tmp_path / "events.csv", now_s=lambda: stage.clock.at_s, tell=tell)
    await file.look()
    await file.announce()
    assert told == []  # a file that was never read whole names nothing
    file.path.write_text(HEAD + line(now_s + 600, "soon") + line(now_s + 9_000, "later"))
    for _ in range(2):
        await file.look()
        await file.announce()
    assert told == [[("soon", 600)]]
    file.path.write_bytes(b"\xff\xff\xff")  # the older one holds
    await file.look()
    await file.announce()
    assert len(told) == 1
    file.path.write_text(HEAD + line(now_s + 1_200, "soon"))
    await file.look()
    await file.announce()
    assert told[-1] == [("soon", 1_200)]


def test_an_event_has_another_id_if_anything_of_it_changes():
    base = {"begins_s": 1, "ends_s": 2, "name": "n", "instrument": "i"}
    changed = [{**base, key: value} for key, value in
               (("begins_s", 0), ("ends_s", 3), ("name", "m"), ("instrument", ""))]  # fmt: skip
    ids = {Scheduled(**one).event_id for one in (base, *changed)}
    assert len(ids) == 5
    assert Scheduled(**base).event_id in ids
    assert all(len(id_) <= 40 for id_ in ids)


async def test_what_cannot_be_told_is_told_at_the_next_look(tmp_path):
    stage = await stage_of(3)
    now_s, tries = stage.clock.at_s, []

    async def tell(read):
        tries.append(read)
        if len(tries) == 1:
            raise RuntimeError("busy")

    file = CalendarFile(tmp_path / "events.csv", now_s=lambda: now_s, tell=tell)
    file.path.write_text(HEAD + line(now_s + 600, "soon"))
    await file.look()
    with pytest.raises(RuntimeError):
        await file.announce()
    await file.announce()
    assert len(tries) == 2


async def test_a_pipe_is_refused_and_what_takes_its_place_is_read(tmp_path):
    file = CalendarFile(tmp_path / "events.csv")
    os.mkfifo(file.path)
    await file.look()
    assert (file.error.code, file.error.found) == ("EN002", "events.csv: a pipe or a device")
    file.path.unlink()
    file.path.write_text(HEAD + line(1_700_000_000, "soon"))
    await file.look()
    assert (file.error, len(file.calendar.events)) == (None, 1)


async def test_a_file_that_could_not_be_read_is_read_once_it_can(tmp_path, monkeypatch):
    file = CalendarFile(tmp_path / "events.csv")
    file.path.write_text(HEAD + line(1_700_000_000, "soon"))

    def fails(path, _):
        raise plain_file.unreadable(path.name, PermissionError(13, "Permission denied"))

    monkeypatch.setattr(plain_file, "read", fails)
    await file.look()
    assert file.error.found == "events.csv: Permission denied"
    monkeypatch.undo()
    await file.look()
    assert (file.error, len(file.calendar.events)) == (None, 1)
