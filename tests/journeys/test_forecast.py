"""A real box is pushed a feed, says quantiles, is killed, and says the same."""

from edgenode.adapters.lockstep import LockstepFile
from tests.core.estimate.forecast.series import wandering
from tests.journeys.box import command, running

NOW_S = 1_800_000_000
# Market time stands still at NOW_S: no bar closes meanwhile.
STILL = {"EDGENODE__MARKET_TIME__FROM_NS": str(NOW_S * 10**9)}
BARS = 400


def until(box, ready):
    """Ask for the forecast until it is as `ready` wants it; the test's own limit ends it."""
    while True:
        found = box.ask("GET", "/api/v1/forecast")[1]
        sources = {s["source"]: s for row in found["instruments"] for s in row["sources"]}
        if ready(sources):
            return sources


def warm(sources):
    feed = sources.get("feed:views")
    return feed is not None and feed["state"] == "ready"


def test_a_killed_box_forecasts_the_same_to_the_last_digit(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    LockstepFile.create(tmp_path / "time", NOW_S * 10**9)
    env = {**STILL, "EDGENODE__MARKET_TIME__LOCKSTEP_FILE": str(tmp_path / "time")}
    values = wandering(11, BARS, step_s=60)
    rows = [{"t": NOW_S - 60 * (BARS + 1 - i), "v": round(v, 2)} for i, v in enumerate(values)]
    body = {"feed": "views", "instrument": "WETH-USDC", "rows": rows}
    with running(data, env=env) as box:
        status, said, _ = box.ask("POST", "/api/v1/signals", body)
        assert (status, said["taken"], said["refused"]) == (200, BARS, 0)
        status, said, _ = box.ask("POST", "/api/v1/signals", {**body, "rows": rows[-30:]})
        assert (status, said["taken"], said["duplicates"]) == (200, 0, 30)  # sent again
        before = until(box, warm)
        page = box.text("/")
        assert "most likely" in page
        assert 'class="fan' in page
        assert 'edgenode_forecast_volume{instrument="WETH-USDC"' in box.text("/metrics")
        box.process.kill()
        box.process.wait()
    listed = command("signals", "ls", "--data", str(data))[1]
    assert listed["sources"] >= 1
    with running(data, env=env) as box:
        again = until(box, warm)
        for name, source in before.items():
            assert again[name]["horizons"] == source["horizons"], name
            assert again[name]["newest_bar"] == source["newest_bar"], name


def test_a_stranger_pushes_nothing(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    with running(data) as box:
        body = {"feed": "views", "instrument": "WETH-USDC", "rows": []}
        assert box.ask("POST", "/api/v1/signals", body, Authorization="")[0] == 401
        assert box.ask("DELETE", "/api/v1/signals/views", Authorization="")[0] == 401
        assert box.ask("GET", "/api/v1/signals")[1]["sources"] is not None
