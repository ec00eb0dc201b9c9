"""A drill's folder: the page and the summary that it was made from."""

import errno
import json

import pytest

from edgenode.adapters import durable_file
from edgenode.model.errors import RefusedError
from edgenode.sim.told import begin, into


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


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    assert list(begin(tmp_path / "new" / "one").iterdir()) == []
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "x", tmp_path / ("x" * 300)):
        with pytest.raises(RefusedError, match="cannot be written") as caught:
            begin(folder)
        assert (caught.value.code, "--into" in caught.value.do) == ("EN404", True)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable_file, "write", full)
    with pytest.raises(RefusedError, match="No space left on device"):
        into(tmp_path, {"a": 1}, json.dumps)
