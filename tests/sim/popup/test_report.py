"""The report is whole and needs nothing else, whatever few rows there are."""

import re
from dataclasses import asdict
from xml.etree import ElementTree as ET

import pytest

from edgenode.sim.popup.prior import BASE, LATE, NULLS, drawn
from edgenode.sim.popup.report import report
from edgenode.sim.popup.seeds import Plan
from edgenode.sim.popup.summary import NAMES, summary
from tests.daemon.report.test_document import Balanced


def arm(seed, policy):
    peak = {"none": 20.0, "ours": 5.0, "static": 9.0}[policy]
    return {
        "cost": 25.0 + seed, "loss": 40.0 - seed, "shortfall": 65.0, "peak_net": peak,
        "rms_net": peak / 3, "area": 60.0, "within_min": 3.0 if policy == "ours" else None,
        "orders": 9, "hedged_quantity": 1.0, "cap_left": 200.0, "cash_least": 500_000,
        "capital_hours": 100, "breaches": 0, "answers": {"201": 1},
        "net_by_minute": [peak * minute / 90 for minute in range(91)], "digest_equal": True,
    }  # fmt: skip


def row(world, seed, parameters=BASE):
    return {
        "world": world,
        "seed": seed,
        "prior": "",
        "parameters": asdict(parameters),
        "arms": {name: arm(seed, name.partition("-")[0]) for name in NAMES},
        "foresight": {"cost": 10.0, "rms_net": 1.0},
    }


ROWS = {
    "one seed": [row("base", 1)],
    "some": [row("base", n) for n in range(5)] + [row(n, 1, w) for n, w in NULLS.items()],
    "all": [
        *(row("base", n) for n in range(12)),
        *(row(name, n, world) for name, world in NULLS.items() for n in range(4)),
        *(row(LATE, n) for n in range(4)),
        *(row("drawn", n, drawn(n)) for n in range(20)),
    ],
}


def made(rows):
    return report(summary(Plan(0.01, 1, 0).told, rows), rows)


@pytest.mark.parametrize("name", ROWS)
def test_a_report_is_whole_with_its_verdict_before_any_table(name):
    html = made(ROWS[name])
    found = Balanced(html)
    text = "".join(found.text)
    assert "None" not in text
    assert "nan" not in text.lower().split()
    assert text.index("popups the net exposure") < text.index("What it had to show")
    assert not re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"|url\((?!#)|@import|<script", html)


@pytest.mark.parametrize("name", ROWS)
def test_every_chart_is_well_formed_and_a_sentence(name):
    charts = re.findall(r"<svg.*?</svg>", made(ROWS[name]), re.DOTALL)
    assert len(charts) == (6 if name == "all" else 5)
    for chart in charts:
        assert ET.fromstring(chart).get("aria-label").endswith(".")  # noqa: S314  ours


def test_a_trial_of_few_seeds_is_called_one_and_differing_books_are_a_fault():
    assert "A trial of 5 seeds." in made(ROWS["some"])
    apart = [row("base", 1)]
    apart[0]["arms"]["ours-up"]["digest_equal"] = False
    assert '<div class="state fault"' in made(apart)


def test_where_it_loses_is_said_or_that_nobody_knows():
    assert "Too few drawn worlds" in made(ROWS["some"])
    lost = [row("base", 1), *(row("drawn", n, drawn(n)) for n in range(20))]
    for found in lost[1:]:
        found["arms"]["ours-up"]["shortfall"] = 80.0
    assert "It loses where: all drawn worlds" in made(lost)
