"""The forecast in outward shapes: strings and null, and the same in the metrics."""

import json

from edgenode.daemon.view import forecast as view
from edgenode.daemon.view.metrics import metrics
from edgenode.daemon.view.signals import signals
from tests.core.world import WETH
from tests.daemon.signals_stage import heard, said, stage_of
from tests.services.test_signals import FEED, START, VENUE

NAMES = ["q01", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q99"]


async def test_the_reference_venue_speaks_for_its_instrument_and_each_source_for_itself():
    stage = await stage_of(170)
    found = json.loads(json.dumps(said(stage)))
    (row,) = found["instruments"]
    assert (row["instrument"], row["source"], row["unit"]) == (WETH, VENUE, "WETH")
    assert [source["source"] for source in row["sources"]] == [FEED.id, VENUE]
    for source in row["sources"]:
        assert (source["state"], source["fallback"]) == ("ready", None)
        assert [ahead["minutes"] for ahead in source["horizons"]] == [5, 15, 30, 60]
        for ahead in source["horizons"]:
            assert list(ahead["quantiles"]) == NAMES
            values = [float(value) for value in ahead["quantiles"].values()]
            assert values == sorted(values)


async def test_each_source_says_what_the_others_add():
    stage = await stage_of(170)
    feed, venue = said(stage)["instruments"][0]["sources"]
    (beside,) = feed["feeds"]
    assert (beside["source"], beside["state"], beside["weight"]) == (VENUE, "shadow", "0.000")
    assert beside["skill"] is beside["since"] is beside["copy_of"] is None
    assert beside["last_bar_age_s"] > 0
    assert beside["sentence"].startswith("in shadow: 0 days scored, 5 needed")
    assert [ahead["alone"] for ahead in venue["horizons"]] == [None] * 4


async def test_what_is_not_known_is_null_with_how_much_is_lacking():
    found = said(await stage_of(20))
    source = found["instruments"][0]["sources"][0]
    assert source["state"] == "warming"
    assert [h["quantiles"] for h in source["horizons"]] == [None] * 4
    assert (source["horizons"][0]["have"], source["horizons"][0]["need"]) == (20, 105)
    assert float(source["usual_a_bar"]) > 0
    assert source["fallback"].startswith("half-hour average")


async def test_a_feed_alone_speaks_where_no_venue_was_heard():
    stage = await stage_of(20)
    for name in (VENUE,):
        del stage.signals.sources.live[name]
    assert said(stage)["instruments"][0]["source"] == FEED.id


async def test_stale_is_told_with_its_time():
    stage = await stage_of(130)
    await stage.at(START + 60 * 145)
    source = said(stage)["instruments"][0]["sources"][0]
    assert source["state"] == "stale"
    assert source["stale_since"] == source["heard_until"] == "2027-01-15T10:10:00.000Z"


def test_where_no_signals_are_kept_that_is_said():
    assert view.forecast(None, None, START * 10**9)["kept"] is False
    assert signals(None, None, 0)["sources"] == []


async def test_metrics_have_a_bounded_set_of_labels():
    stage = await stage_of(170)
    status = {"sync": {"online": 1, "acked_size": 0, "unsynced_entries": 0},
              "ledger": {"size": 1}, "orders": {"open": 0, "unknown": 0}, "breaks": 0,
              "log_lines_dropped": 0, "exposure": [], "restrictions": [], "exposed": False,
              "verdict": "READY", "triggers": []}  # fmt: skip
    lines = metrics(status, heard(stage), said(stage)).splitlines()
    assert f'edgenode_forecast_state{{source="{FEED.id}",state="ready"}} 1' in lines
    assert f'edgenode_signal_rows_total{{source="{FEED.id}",outcome="taken"}} 170' in lines
    quantiles = [line for line in lines if line.startswith("edgenode_forecast_volume{")]
    assert len(quantiles) == 4 * 3
    assert lines[-1] == "# EOF"


async def test_refused_feeds_of_the_configuration_are_named():
    stage = await stage_of(3)
    assert heard(stage)["refused_feeds"] == []
    rows = {row["source"]: row for row in heard(stage)["sources"]}
    assert rows[FEED.id]["feed"] == "x"
    assert rows[VENUE]["feed"] is None
