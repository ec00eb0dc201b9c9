"""A folder's report is made from its rows alone, as often as one likes."""

import json

import pytest
from click.testing import CliRunner

from edgenode.cli.drill import drill
from edgenode.sim.popup import seeds
from edgenode.sim.popup.prior import BASE, digest
from edgenode.sim.popup.seeds import Plan
from edgenode.sim.popup.told_files import made
from tests.sim.popup.test_report import ROWS, row


def folder_of(path, rows):
    (path / "prior.json").write_text(json.dumps(Plan(0.01, 1, 0).told))
    (path / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_report_is_made_again_from_the_rows_as_it_was(tmp_path):
    folder = folder_of(tmp_path, ROWS["all"])
    told = made(folder)
    first = (folder / "report.html").read_bytes()
    assert json.loads((folder / "summary.json").read_text()) == json.loads(json.dumps(told))
    (folder / "report.html").unlink()
    assert made(folder) == told
    assert (folder / "report.html").read_bytes() == first
    assert told["report"] == str(folder / "report.html")


def test_rows_in_another_order_tell_the_same(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = made(folder_of(tmp_path / "one", ROWS["all"]))
    two = made(folder_of(tmp_path / "two", ROWS["all"][::-1]))
    assert {**one, "report": ""} == {**two, "report": ""}


def popup(*args):
    """Run the command; returns (exit code, the last line as JSON, what it said beside)."""
    done = CliRunner().invoke(drill, ["popup", *map(str, args), "--jobs", 1, "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.fixture
def asked(monkeypatch):
    """Rows by hand, and the worlds for which one was asked."""
    worlds = []

    def stand_in(_, world):
        worlds.append(world)
        return row(world.name, world.seed, world.parameters)

    monkeypatch.setattr(seeds, "row", stand_in)
    return worlds


def test_the_command_lives_through_all_worlds_once_and_tells_them_twice(asked, tmp_path):
    code, told, said = popup("--seeds", 3, "--drawn", 16, "--into", tmp_path / "new")
    assert (code, told["seeds"], told["drawn"]["seeds"]) == (0, 3, 16)
    assert said.startswith(f"base {digest(BASE)}, prior "), "before any world"
    assert "1/" in said
    assert " worlds, about 1 min left\n" in said
    lived = len(asked)
    assert popup("--report", "--into", tmp_path / "new")[:2] == (0, told)
    assert popup("--seeds", 3, "--drawn", 16, "--into", tmp_path / "new")[:2] == (0, told)
    assert len(asked) == lived == told["worlds"]


def test_a_world_of_yours_is_the_base_and_its_nulls_follow_it(asked, tmp_path):
    (tmp_path / "mine.toml").write_text("surge = 9\nrefill_s = 240\n")
    args = ("--seeds", 1, "--world", tmp_path / "mine.toml", "--into", tmp_path / "new")
    code, told, _ = popup(*args)
    assert (code, told["base"]["surge"], told["base"]["refill_s"]) == (0, 9.0, 240.0)
    surges = {world.name: world.parameters.surge for world in asked}
    assert (surges["base"], surges["no surge"], surges["instant refill"]) == (9.0, 1.0, 9.0)
    code, told, _ = popup("--seeds", 1, "--into", tmp_path / "new")
    assert (code, told["code"]) == (1, "EN006")


def test_a_world_that_is_none_runs_nothing(asked, tmp_path):
    (tmp_path / "mine.json").write_text('{"surge": 900}')
    args = ("--seeds", 1, "--world", tmp_path / "mine.json", "--into", tmp_path / "new")
    code, told, _ = popup(*args)
    assert (code, told["code"]) == (2, "EN002")
    assert not asked
    assert not (tmp_path / "new").exists()
