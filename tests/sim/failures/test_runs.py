"""Which worlds are lived through, and that the command tells of them."""

import json

import pytest
from click.testing import CliRunner

from edgenode.cli.edgenode import cli
from edgenode.model.errors import RefusedError
from edgenode.sim.failures import runs
from edgenode.sim.failures.cases import FAILURES


def test_without_names_all_are_drilled_each_with_its_seeds():
    todo = runs.tasks((), 3, first=5)
    assert len(todo) == 3 * len(FAILURES)
    assert {task.seed for task in todo} == {5, 6, 7}


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(RefusedError) as refused:
        runs.tasks(("flood",), 1)
    assert refused.value.code == "EN002"
    assert "flood" in str(refused.value)
    assert "power_cut" in str(refused.value.expected)


def test_the_command_tells_one_summary_last(tmp_path):
    done = CliRunner().invoke(
        cli,
        ["drill", "failures", "twin", "--seeds", "1", "--jobs", "1", "--json",
         "--into", str(tmp_path)],
    )  # fmt: skip
    assert done.exit_code == 0
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["schema"] == "edgenode.drill.failures/1"
    assert [row["failure"] for row in told["failures"]] == ["twin"]
    assert told["held"] is True
