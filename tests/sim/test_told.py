"""A drill's folder: the page and the summary that it was made from."""

import json

from edgenode.sim.told import into


def test_the_page_is_made_from_the_summary_as_it_is_written(tmp_path):
    folder = tmp_path / "new" / "one"
    told = into(folder, {"a": 1}, json.dumps)
    assert told == {"a": 1, "report": str(folder / "report.html")}
    assert json.loads((folder / "report.html").read_text()) == told
    assert json.loads((folder / "summary.json").read_text()) == told
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "summary.json"]


def test_another_run_replaces_both(tmp_path):
    into(tmp_path, {"a": 1}, json.dumps)
    into(tmp_path, {"a": 2}, json.dumps)
    assert json.loads((tmp_path / "summary.json").read_text())["a"] == 2
    assert '"a": 2' in (tmp_path / "report.html").read_text()
