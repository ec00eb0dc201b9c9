"""Sizing in outward shapes: the own book's quantile of 95 %, and a problem before the onset."""

from dataclasses import replace

import pytest

from edgenode.cli.forecast import _sized
from edgenode.core.observations import EventDeclared, Tick, VolumesAhead
from edgenode.core.risk import shown
from edgenode.daemon.page import forecast as page
from edgenode.daemon.view import sizing
from edgenode.model.facts import FillRecorded
from tests.core.estimate.forecast.series import wandering
from tests.core.report.lived import hedged, publish
from tests.core.world import START as START_NS
from tests.core.world import WETH
from tests.services.test_signals import OWN, Stage

MINUTE_NS = 60 * 10**9
START = START_NS // 10**9


def traded(stage, lots):
    """Let customers trade so many lots in the own book."""
    fill = next(
        r.fact for r in stage.world.recorded
        if isinstance(r.fact, FillRecorded) and r.fact.account == "desk:book"
    )  # fmt: skip
    stage.signals.sources.traded(replace(fill, quantity_lots=lots))


async def stage_of(minutes, lots=50):
    stage = await Stage(at_s=START).started()
    publish(stage.world)
    stage.world.observe(Tick())
    hedged(stage.world, lots=100)
    for i, value in enumerate(wandering(3, minutes, step_s=60)):
        await stage.at(START + 60 * i + 5)
        traded(stage, max(1, round(value * lots / 100)))
    await stage.at(START + 60 * (minutes + 1))
    stage.world.now = stage.clock.now_ns()
    publish(stage.world)
    return stage


def rows(stage):
    return sizing.rows(stage.world.state, stage.world.seen, stage.signals, stage.world.now)


def problems(stage):
    return sizing.problems(stage.world.state, stage.world.seen, stage.signals, stage.world.now)


def declare(stage, begins_min):
    starts = stage.world.now + begins_min * MINUTE_NS
    stage.world.observe(
        EventDeclared(event_id="e", source="declared", name="Friday drop", starts=starts,
                      ends=starts + 60 * MINUTE_NS, actor="person:p")
    )  # fmt: skip


async def test_a_young_forecast_sizes_nothing_and_says_how_young_it_is():
    stage = await stage_of(20)
    (row,) = rows(stage)
    assert row["needs"] == []
    assert "the forecast of our own book is warming: 20 of" in row["why"]
    assert "not sized" in _sized([row])
    assert page._sized(row) == ""


async def test_a_warm_forecast_sizes_and_an_event_ahead_makes_it_a_problem():
    stage = await stage_of(400, lots=5_000)
    (row,) = rows(stage)
    live = stage.signals.sources.live[OWN].shown(stage.clock.at_s)
    hour = next(h for h in live.horizons if h.minutes == 60)
    assert float(row["quantity"]) == pytest.approx(hour.quantiles["q95"], abs=0.0101)
    assert float(row["quantity"]) >= hour.quantiles["q95"]
    kinds = {need["kind"]: need for need in row["needs"]}
    assert kinds["cash"]["unit"] == "USDC"
    assert kinds["position_buy"]["unit"] == "WETH"
    assert float(kinds["cash"]["short"]) > 0
    assert problems(stage) == []  # nothing is ahead
    declare(stage, 30)
    (problem,) = problems(stage)
    assert problem["code"] == "EN604"
    assert problem["text"].startswith(f"Friday drop may bring {row['quantity']} WETH to hedge")
    assert "cash granted" in problem["text"]
    assert "cash" in _sized([row])
    assert "Too little for at most" in page._sized(row)
    assert stage.world.state.rules.instruments[WETH]


async def test_enough_is_no_problem():
    stage = await stage_of(400, lots=1)
    declare(stage, 30)
    (row,) = rows(stage)
    assert {need["short"] for need in row["needs"]} <= {"0.00", "0"}
    assert problems(stage) == []
    assert "Enough is granted" in page._sized(row)


async def test_each_minute_the_forecast_lets_the_node_ask_for_what_is_short():
    stage = await stage_of(400, lots=5_000)
    told = []

    async def learned():
        state, now = stage.world.state, stage.clock.now_ns()
        stage.world.now = now
        publish(stage.world)
        told.append(sizing.ahead(state, stage.signals, now))
        stage.world.observe(VolumesAhead(told[-1]))

    stage.signals.learned = learned
    declare(stage, 30)
    await stage.at(START + 60 * 402)
    entries = stage.world.state.size
    await stage.at(START + 60 * 403)
    assert len(told) > 1
    assert stage.world.state.size == entries  # asked for once
    ((name, lots),) = told[-1]
    (row,) = rows(stage)
    assert (name, f"{lots / 100:.2f}") == (WETH, row["quantity"])
    asked = {one.need: one for one in stage.world.state.limits.needs.rows()}
    short = {need["kind"] for need in row["needs"] if float(need["short"])}
    assert set(asked) == short != set()
    assert "Asked of the desk" in page._requests(shown.listed(stage.world.state, stage.world.now))


async def test_a_cold_forecast_asks_for_nothing():
    stage = await stage_of(20)
    assert sizing.ahead(stage.world.state, stage.signals, stage.world.now) == ()
