"""Drills: a folder that cannot be written is refused before anything is lived through."""

import json

import pytest
from click.testing import CliRunner

from edgenode.cli.edgenode import cli


@pytest.mark.parametrize("name", ["popup", "spike", "failures", "latency"])
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path, name):
    (tmp_path / "file").touch()
    into = str(tmp_path / "file" / "x")
    done = CliRunner().invoke(cli, ["drill", name, "--into", into, "--json"])
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, said["code"]) == (1, "EN404")
    assert "cannot be written" in said["found"]
    assert "worlds" not in done.stderr
