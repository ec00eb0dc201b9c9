"""A folder's report is made from its rows alone, as often as one likes."""

import json

from edgenode.sim.popup.seeds import Plan
from edgenode.sim.popup.told_files import made
from tests.sim.popup.test_report import ROWS


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
