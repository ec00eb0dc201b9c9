"""What listens is wired from the configuration; a table that cannot be opened stops nobody."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from edgenode.adapters import sqlite_files
from edgenode.daemon import listening
from edgenode.daemon.config import Config
from tests.core.world import World
from tests.journeys.box import command, running
from tests.services.bar_store import MemoryBars
from tests.services.test_signals import START, Clock


def heard(**settings):
    config = msgspec.convert(settings, Config)
    rules = World().state.rules
    return listening.heard(MemoryBars(), config, Clock(), lambda: rules)


async def test_feeds_folder_and_calendar_are_of_the_configuration(tmp_path):
    made = heard(
        demand_feeds=[{"id": "x", "instrument": "WETH-USDC", "step_s": 300}],
        signals={"drop_folder": str(tmp_path), "calendar_file": str(tmp_path / "c"),
                 "feeds_max": 3, "keep_days": 9},
    )  # fmt: skip
    (tmp_path / "x.csv").write_text(f"t,v\n{START},4\n")
    await made.signals.start()
    await made.signals.close()
    await made.signals.first()
    assert made.signals.sources.live["feed:x"].source.step_s == 300
    assert made.files.told[-1].taken == 1
    assert made.calendar.path == Path(tmp_path / "c")
    assert (made.signals.sources.bounds.feeds_max, made.signals.sources.bounds.keep_days) == (3, 9)
    assert len([part.close() for part in made.parts(1)]) == 3


async def test_the_calendar_is_announced_to_the_forecasts(tmp_path):
    file = tmp_path / "c.csv"
    file.write_text("begins,ends,name\n2030-01-01T18:00:00Z,2030-01-01T19:00:00Z,drop\n")
    made = heard(
        demand_feeds=[{"id": "x", "instrument": "WETH-USDC"}], signals={"calendar_file": str(file)}
    )
    await made.signals.start()
    await made.signals.close()
    await made.calendar.look()
    await made.signals.close()
    assert len(made.signals.sources.live["feed:x"].aggregate.calendar.events) == 1


def test_without_settings_there_is_neither_folder_nor_calendar():
    made = heard()
    assert (made.files, made.calendar) == (None, None)
    assert len([part.close() for part in made.parts(1)]) == 1


@pytest.mark.parametrize("error", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR])
def test_a_table_that_cannot_be_opened_is_a_problem_and_no_end(tmp_path, monkeypatch, error):
    def failing(*_, **__):
        raised = sqlite3.OperationalError("database or disk is full")
        raised.sqlite_errorcode = error
        raise raised

    monkeypatch.setattr(sqlite_files.sqlite3, "connect", failing)
    table, (problem,) = listening.table_of(tmp_path)
    assert table is None
    assert (problem["code"], problem["severity"]) == ("EN404", "warning")
    assert "disk is full" in problem["text"]


def test_a_box_trades_on_where_its_table_is_no_file(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    (data / "bars.sqlite").mkdir()
    (data / "bars.sqlite" / "in_the_way").touch()
    (data / "bars.sqlite.damaged").mkdir()
    (data / "bars.sqlite.damaged" / "in_the_way").touch()
    with running(data) as box:
        found = box.ask("GET", "/api/v1/status")[1]
        assert found["verdict"] == "READY"
        assert "The table of bars cannot be opened" in " ".join(
            p["text"] for p in found["problems"]
        )
        assert box.ask("GET", "/api/v1/forecast")[1]["kept"] is False
        body = {"feed": "x", "instrument": "WETH-USDC", "rows": []}
        status, said, _ = box.ask("POST", "/api/v1/signals", body)
        assert (status, said["code"]) == (400, "EN121")
