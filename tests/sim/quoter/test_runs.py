"""`edgenode drill replay --quoter`: a row an arm, the verdict first, the report beside it."""

import gzip
import json
from importlib import resources

import pytest
from click.testing import CliRunner

from edgenode.cli.drill import drill

FROM = "2022-07-27T18:00:00Z"


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    data = resources.files("edgenode.sim").joinpath(
        "data", "uniswap-v3-polygon-weth-usdc-2022-07-27.csv.gz"
    )
    path = tmp_path_factory.mktemp("flow") / "day.csv"
    path.write_bytes(gzip.decompress(data.read_bytes()))
    return path


def run(flow, into, *more):
    args = ["replay", "--flow", str(flow), "--from", FROM, "--minutes", "3", "--quoter"]
    return CliRunner().invoke(drill, [*args, "--jobs", "1", "--into", str(into), *more])


def test_each_way_of_quoting_has_its_rows_and_a_report(flow, tmp_path):
    done = run(flow, tmp_path / "r", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout.splitlines()[-1])
    rows = {(r["policy"], r["flow"], r["link"]): r for r in told["arms"]}
    assert len(rows) == 12
    assert told["digest_equal"]
    for row in rows.values():
        worth = row["earned"] - row["cost"] - row["gamma"] * row["risk"]
        assert row["utility"] == pytest.approx(worth, abs=1e-2)
    fixed, priced = (rows[policy, "recorded", "up"] for policy in ("fixed", "priced"))
    assert fixed["quantity"] > priced["quantity"], "who asks more sells less"
    assert json.loads((tmp_path / "r" / "summary.json").read_text()) == told
    assert told["verdict"] in (tmp_path / "r" / "report.html").read_text()


@pytest.mark.parametrize("more", [["--frontier"], ["--keep", "kept"]])
def test_what_has_arms_of_its_own_takes_no_other_arms(flow, tmp_path, more):
    done = run(flow, tmp_path / "r", *more)
    assert done.exit_code == 2
    assert "--quoter has arms of its own" in done.output
    assert not (tmp_path / "r").exists()
