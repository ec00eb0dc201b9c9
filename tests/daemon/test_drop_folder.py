"""Files in the drop folder: each read once, whole, and a bad row loses no other."""

import os
from dataclasses import replace

import msgspec
import pytest

from edgenode.adapters import plain_file
from edgenode.daemon import drop_folder
from edgenode.daemon.drop_folder import ROWS_MAX, DropFolder
from edgenode.daemon.view.signals import Heard, problems, signals
from edgenode.model.errors import UnreachableError
from tests.services.test_signals import FEED, START, Stage

NAME = FEED.id.removeprefix("feed:")


class Drop:
    def __init__(self, folder, stage):
        self.folder, self.stage = folder, stage
        self.files = DropFolder(folder, stage.store, stage.signals)

    def put(self, name, *lines, header="t,v,id,flag"):
        (self.folder / name).write_text("\n".join([header, *lines, ""]))

    async def look(self, times=2):
        for _ in range(times):
            await self.files.look()
        return self.files.told[-1] if self.files.told else None

    @property
    def readings(self):
        return [r.value for r in self.stage.store.kept[FEED.id].readings]


@pytest.fixture
async def drop(tmp_path):
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    return Drop(tmp_path, stage)


async def test_a_bad_row_is_told_with_its_line_and_loses_no_other(drop):
    drop.put(f"{NAME}.monday.csv", f"{START},1,,", "2022-02-30,1,,", f"{START + 1},2,,",
             f"{START + 2}", f"{START + 3},3,,EX", f"{START},1,,")  # fmt: skip
    told = await drop.look()
    assert (told.rows, told.taken, told.duplicates, told.refused) == (6, 2, 1, 3)
    assert [(line, found.partition(":")[0]) for line, found in told.lines] == [
        (3, "malformed"),
        (5, "malformed"),
        (6, "flagged"),
    ]
    assert drop.readings == [100, 200]
    heard = Heard(drop.stage.signals, drop.files)
    (problem,) = problems(heard)
    assert problem["code"] == "EN013"
    assert "3 of 6 rows of x.monday.csv were refused; first line 3: malformed" in problem["text"]
    (shown,) = signals(heard, drop.stage.world.state.rules, START * 10**9)["files"]
    assert (shown["file"], shown["lines"][0]["line"]) == ("x.monday.csv", 3)


async def test_a_file_is_read_once_also_by_the_next_start_and_under_another_name(drop):
    drop.put(f"{NAME}.csv", f"{START},1,a,")
    assert (await drop.look()).taken == 1
    drop.put(f"{NAME}.copy.csv", f"{START},1,a,")
    again = Drop(drop.folder, drop.stage)
    assert await again.look(3) is None
    assert drop.stage.signals.sources.counts[FEED.id, "duplicate"] == 0
    assert drop.readings == [100]


async def test_a_file_that_still_grows_is_left_until_it_does_not(drop):
    drop.put(f"{NAME}.csv", f"{START},1,,")
    await drop.look(1)
    drop.put(f"{NAME}.csv", f"{START},1,,", f"{START + 1},2,,")
    assert await drop.look(1) is None
    assert (await drop.look(1)).taken == 2


async def test_at_a_start_files_are_read_before_the_bars_of_the_outage_are_closed(tmp_path):
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await stage.row(1)
    await stage.at(START + 120)
    later = Stage(stage.store, START + 3_600)
    await later.started()
    drop = Drop(tmp_path, later)
    drop.put(f"{NAME}.csv", *(f"{START + 60 * i},7,," for i in range(2, 50)))
    await drop.files.look(at_start=True)
    await later.at(START + 3_601)
    assert drop.files.told[-1].taken == 48
    assert len(later.store.held[FEED.id]) == 49


async def test_a_disk_that_fails_leaves_the_file_to_be_read_again(drop):
    drop.put(f"{NAME}.csv", f"{START},1,,")
    drop.stage.store.fails = True
    assert isinstance((await drop.look()).error, UnreachableError)
    await drop.look()
    assert len(drop.files.told) == 1
    drop.stage.store.fails = False
    assert (await drop.look()).taken == 1
    assert problems(Heard(drop.stage.signals, drop.files)) == []


async def test_a_kill_before_the_mark_is_no_second_count(drop, monkeypatch):
    drop.put(f"{NAME}.csv", f"{START},1,,")

    async def cut_off(*_, **__):
        raise UnreachableError("cut", expected="no cut", do="start again", code="EN404")

    monkeypatch.setattr(drop.stage.store, "mark_read", cut_off)
    await drop.look()
    monkeypatch.undo()
    stage = await Stage(drop.stage.store).started()
    told = await Drop(drop.folder, stage).look()
    assert (told.taken, told.duplicates) == (0, 1)


async def test_a_file_of_an_unknown_feed_waits_for_it(drop):
    drop.put("y.csv", f"{START},1,,")
    told = await drop.look(4)
    assert told.error.code == "EN006"
    (problem,) = problems(Heard(drop.stage.signals, drop.files))
    assert "y.csv was not taken" in problem["text"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "EN002"), (b"a,b\n", "EN002"), (b"\xff\xff", "EN002"),
     (b"t,v\n" + b"1,1\n" * (ROWS_MAX + 1), "EN004")],
)  # fmt: skip
async def test_a_file_that_is_none_is_told_once_and_stops_no_other(drop, data, code):
    (drop.folder / f"{NAME}.a.csv").write_bytes(data)
    drop.put(f"{NAME}.b.csv", f"{START},1,,")
    await drop.look(4)
    broken, good = drop.files.told
    assert (broken.error.code, good.taken) == (code, 1)


async def test_a_folder_that_is_not_there_is_told(tmp_path):
    stage = await Stage().started()
    drop = Drop(tmp_path / "none", stage)
    await drop.look()
    (problem,) = problems(Heard(stage.signals, drop.files))
    assert "is not there" in problem["text"]


async def test_a_name_that_is_no_text_is_told_as_text(drop):
    for data in (b"nonsense", f"t,v\n{START},1\n".encode()):
        name = os.path.join(os.fsencode(drop.folder), NAME.encode() + b".\xff.csv")  # noqa: PTH118
        with open(name, "wb") as file:  # noqa: PTH123, ASYNC230  a name that no Path is written as
            file.write(data)
        told = await drop.look()
        assert told.name == f"{NAME}.\\udcff.csv"
        heard = Heard(drop.stage.signals, drop.files)
        shown = signals(heard, drop.stage.world.state.rules, START * 10**9)
        assert msgspec.json.encode([shown, problems(heard)])
    assert drop.readings == [100]


async def test_equal_files_of_two_feeds_are_rows_of_each(drop):
    other = replace(FEED, id="feed:y")
    await drop.stage.signals.declare(other)
    drop.put(f"{NAME}.csv", f"{START},1,,")
    drop.put("y.csv", f"{START},1,,")
    await drop.look()
    assert [told.taken for told in drop.files.told] == [1, 1]


async def test_a_feed_whose_name_holds_a_dot_gets_its_files(drop):
    await drop.stage.signals.declare(replace(FEED, id=f"{FEED.id}.b"))
    drop.put(f"{NAME}.b.csv", f"{START},1,,")
    drop.put(f"{NAME}.c.csv", f"{START},2,,")
    await drop.look()
    assert [r.value for r in drop.stage.store.kept[f"{FEED.id}.b"].readings] == [100]
    assert drop.readings == [200]


async def test_files_that_were_read_hold_up_no_other_however_many_they_are(drop):
    for i in range(1_100):
        drop.put(f"{NAME}.{i:04}.csv")
    await drop.look()
    drop.put(f"{NAME}.last.csv", f"{START},1,,")
    assert (await drop.look()).taken == 1


async def test_a_history_in_several_files_is_one_history(drop, monkeypatch):
    for day in (2, 0, 1):
        drop.put(f"{NAME}.{day}.csv", *(f"{START - 86_400 * day - 60 * i},1,," for i in range(9)))
    push = drop.stage.signals.push

    async def pushed(*args):
        found = await push(*args)
        await drop.stage.signals.close()  # as it does every second meanwhile
        return found

    monkeypatch.setattr(drop.stage.signals, "push", pushed)
    await drop.look()
    assert [told.taken for told in drop.files.told] == [9, 9, 9]
    await drop.stage.at(START + 180)
    assert len(drop.stage.store.held[FEED.id]) == 27


async def test_what_is_very_much_is_read_at_the_next_look(drop, monkeypatch):
    monkeypatch.setattr(drop_folder, "ROWS_A_LOOK", 1)
    for name in "abc":
        drop.put(f"{NAME}.{name}.csv", f"{START},1,{name},")
    await drop.look()
    assert len(drop.files.told) == 1
    await drop.look()
    assert [told.taken for told in drop.files.told] == [1, 1, 1]


async def test_a_file_that_could_not_be_read_is_read_once_it_can(drop, monkeypatch):
    drop.put(f"{NAME}.csv", f"{START},1,,")

    def fails(path, _):
        raise plain_file.unreadable(path.name, PermissionError(13, "Permission denied"))

    monkeypatch.setattr(plain_file, "read", fails)
    assert (await drop.look()).error.found == f"{NAME}.csv: Permission denied"
    monkeypatch.undo()
    assert (await drop.look()).taken == 1


async def test_a_refused_file_that_was_taken_away_is_no_problem_any_more(drop):
    drop.put(f"{NAME}.csv", header="nonsense")
    assert (await drop.look()).error
    (drop.folder / f"{NAME}.csv").unlink()
    await drop.look()
    assert problems(Heard(drop.stage.signals, drop.files)) == []
