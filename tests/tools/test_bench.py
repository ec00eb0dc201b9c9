"""What tools/bench says of given samples, and that each area runs; no time is judged here."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tools.benchmarks import __main__ as bench_main
from tools.benchmarks import measure, picture
from tools.benchmarks.bench import Bench
from tools.benchmarks.flow import flow
from tools.benchmarks.measure import Contender, Sample, Spread
from tools.benchmarks.report import Curve, Report

TOOLS = Path(bench_main.__file__).parent.parent


def sample(cpu_ns, wall_ns=None, operations=10):
    return Sample(operations, cpu_ns, wall_ns or cpu_ns)


def report(**more):
    made = Report("book", **more)
    made.bar("times <peer>", ">=", 2.5, Spread(2.6, 2.4, 2.7))
    made.bar("size", "<=", 1.5, 1.6, unit="ms")
    made.costs({"ours": [sample(10_000), sample(30_000), sample(20_000)]})
    made.curves.append(Curve("Growth", "n", "us", {"ours": [(1, 0.5), (1_000, 2.0)], "<b>": []}))
    return made


def test_a_ratio_is_taken_within_each_round_and_its_median_is_judged():
    samples = {
        "peer": [sample(30), sample(800), sample(50)],
        "ours": [sample(10), sample(100), sample(25)],
    }
    assert measure.ratio(samples, "peer", "ours") == Spread(3.0, 2.0, 8.0)


def test_operations_of_unequal_number_are_compared_each_by_each():
    samples = {"peer": [sample(100, operations=1)], "ours": [sample(100, operations=50)]}
    assert measure.ratio(samples, "peer", "ours").median == 50
    assert measure.ratio(samples, "peer", "ours", measure.wall).median == 50


def test_wall_and_cpu_are_told_apart():
    samples = {"peer": [sample(10, 400)], "ours": [sample(10, 100)]}
    assert measure.ratio(samples, "peer", "ours").median == 1
    assert measure.ratio(samples, "peer", "ours", measure.wall).median == 4


def test_contenders_take_turns_in_an_order_that_rotates_and_the_first_round_is_thrown_away():
    ran = []

    def contender(name):
        def work():
            ran.append(name)
            return 1

        return Contender(name, lambda: work)

    taken = measure.rounds([contender(n) for n in "abc"], 2, lambda _: None)
    assert "".join(ran) == "abcbcacab"
    assert {name: len(found) for name, found in taken.items()} == {"a": 2, "b": 2, "c": 2}


def test_a_quantile_is_a_figure_that_was_seen():
    figures = list(range(100))
    assert measure.quantile(figures, 0.5) == 50
    assert measure.quantile(figures, 0.99) == 99
    assert measure.quantile([7], 0.99) == 7


@pytest.mark.parametrize(
    ("sense", "limit", "found", "verdict"),
    [
        (">=", 2.5, 2.5, "pass"),
        (">=", 2.5, 2.49, "MISSED"),
        ("<=", 0.35, 0.35, "pass"),
        ("<=", 0.35, 0.36, "MISSED"),
    ],
)
def test_a_bar_is_met_at_its_limit_and_missed_beyond_it(sense, limit, found, verdict):
    made = Report("gate")
    made.bar("b", sense, limit, found)
    assert made.bars[0].verdict == verdict
    assert bool(made.missed) == (verdict == "MISSED")


def test_a_missed_bar_is_said_with_its_figure_and_ends_in_code_four(monkeypatch, capsys):
    def run(bench):
        bench.report.bar("times peer", ">=", 2.5, 1.19)

    area = type("Area", (), {"PEERS": (), "run": staticmethod(run)})
    monkeypatch.setattr(bench_main.importlib, "import_module", lambda _: area)
    assert bench_main.main(["book"]) == bench_main.MISSED == 4
    assert re.search(r"times peer +>= 2.5x +1.19x .*MISSED", capsys.readouterr().out)


def test_a_quick_run_judges_nothing():
    made = report(quick=True)
    assert not made.missed
    assert {bar.verdict for bar in made.bars} == {"not judged"}
    assert "judges nothing" in made.to_text()


def test_a_run_without_anything_recorded_judges_nothing():
    made = report(invented=True)
    assert not made.missed
    assert "invented signals, which judge nothing" in made.to_text()


def test_the_report_gives_programs_all_that_people_see():
    made = report()
    body = json.loads(made.to_json())
    assert body["schema"] == "edgenode.bench/1"
    assert [bar["verdict"] for bar in body["bars"]] == ["pass", "MISSED"]
    assert body["rows"][0]["cpu_us"] == {"median": 2.0, "low": 1.0, "high": 3.0}
    assert body["curves"][0]["lines"]["ours"] == [[1, 0.5], [1000, 2.0]]
    text = made.to_text()
    assert "1 of 2 bars MISSED" in text
    assert "2.40 to 2.70" in text
    assert "1.60 ms" in text


def test_the_page_holds_its_pictures_and_asks_nobody_for_anything():
    page = picture.page(report())
    assert "<b>" not in page  # a name is text
    assert not re.search(r"src=|href=|url\(|@import|<script", page)
    for drawn in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314  our own text
    assert page.count("<svg") == 2


def test_a_flow_is_the_same_each_time_and_cancels_only_what_rests():
    made = flow(1, 400, 20)
    assert made == flow(1, 400, 20)
    assert made != flow(2, 400, 20)
    cancels = [op.name for op in made.ops if not op.submits]
    assert cancels
    assert len(set(cancels)) == len(cancels)
    known = {op.name for op in (*made.resting, *made.ops) if op.submits}
    assert set(cancels) <= known


def test_a_peer_left_out_is_named_in_the_report():
    bench = Bench(Report("book"), without=frozenset({"slow"}))
    assert bench.wants("fast")
    assert not bench.wants("slow")
    assert not bench.wants("slow")
    assert bench.report.left_out == ["slow"]


def test_a_peer_of_no_area_is_refused(capsys):
    assert bench_main.main(["book", "--without", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().out


def test_an_absent_peer_is_an_error_that_says_how_to_go_on(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cython_orderbook", None)
    assert bench_main.main(["book", "--quick"]) == bench_main.ABSENT == 3
    said = capsys.readouterr().err
    assert "the peer cython-orderbook is absent" in said
    assert "--without" in said


@pytest.mark.parametrize(
    "area", ["aggregate", "book", "events", "forecast", "gate", "ledger", "sync", "trading"]
)
def test_each_area_runs_without_its_peers(area, tmp_path, capsys):
    found = tmp_path / "found.json"
    argv = [area, "--quick", "--without", "all", "--json", str(found)]
    assert bench_main.main([*argv, "--html", str(tmp_path / "found.html")]) == 0
    body = json.loads(found.read_text())
    assert body["quick"]
    assert body["rows"]
    assert body["profiles"]
    assert body["left_out"]
    assert body["machine"]["python"]
    assert (tmp_path / "found.html").read_text().startswith("<!doctype html>")
    assert "left out" in capsys.readouterr().out


@pytest.mark.parametrize(("args", "code"), [(["--help"], 0), (["gate", "-h"], 0), ([], 2)])
def test_help_is_shown_without_a_set_up(tmp_path, args, code):
    """In a fresh checkout; whatever would install something is caught by its name."""
    shutil.copytree(TOOLS, tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    caught = tmp_path / "bin" / "uv"
    caught.parent.mkdir()
    caught.write_text("#!/bin/sh\nexit 77\n")
    caught.chmod(0o755)
    path = f"{caught.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", str(tmp_path / "tools" / "bench"), *args],
        capture_output=True, text=True, check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.returncode == code
    assert "usage: tools/bench" in done.stdout + done.stderr
    assert not (tmp_path / ".venv-bench").exists()


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(option, capsys):
    with pytest.raises(SystemExit) as ended:
        bench_main.main(["book", "--quick", "--without", "all", option, "/nope/x"])
    assert ended.value.code == 2
    assert "/nope/x cannot be written" in capsys.readouterr().err
