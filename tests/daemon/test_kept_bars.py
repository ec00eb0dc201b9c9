"""Bars read from a folder: exported whole, with every gap as one."""

import asyncio
import csv
import io
import json

import pytest
from click.testing import CliRunner

from edgenode.adapters.bars.table import BarTable
from edgenode.cli.edgenode import cli
from edgenode.daemon import kept_bars
from edgenode.model.errors import RefusedError
from edgenode.model.signals import Bar, Source
from edgenode.ports.bars import Batch, Closed

FEED = Source(id="feed:x", instrument="WETH-USDC", decimals=2)
FIVE = Source(id="feed:five", instrument="WETH-USDC", step_s=300)
VALUES = {0: 150, 60: 0, 180: 7, 240: None, 300: 1, 360: 1, 420: 1, 480: 1, 540: 1}


@pytest.fixture
def data(tmp_path):
    async def fill():
        table = BarTable.opened(tmp_path)
        for source in (FEED, FIVE):
            await table.declare(source)
        bars = [Bar(begins_s=at, value=value) for at, value in VALUES.items()]
        await table.store(Batch([Closed(source=FEED.id, closed_s=600, bars=bars)]))
        table.close()

    asyncio.run(fill())
    return tmp_path


def test_a_gap_is_an_empty_field_and_a_zero_is_a_zero(data):
    done = CliRunner().invoke(cli, ["signals", "export", "feed:x", "--data", str(data)])
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["volume"] for row in rows][:6] == ["1.50", "0.00", "", "0.07", "", "0.01"]
    assert rows[1]["begins"] == "1970-01-01T00:01:00.000Z"
    assert len(rows) == 10


def test_longer_bars_are_known_where_each_part_is(data):
    found = list(kept_bars.export(data, "feed:x", 300, 0))
    assert [row["volume"] for row in found] == [None, "0.05"]
    assert [row["begins"] for row in kept_bars.export(data, "feed:x", 60, 480)] == [
        "1970-01-01T00:08:00.000Z",
        "1970-01-01T00:09:00.000Z",
    ]


def test_the_sources_are_listed_with_the_daemon_stopped(data):
    done = CliRunner().invoke(cli, ["signals", "ls", "--data", str(data), "--json"])
    *items, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert summary["sources"] == 2
    assert [(i["source"], i["bars"], i["with_volume"]) for i in items] == [
        ("feed:five", 0, 0),
        ("feed:x", 9, 8),
    ]


@pytest.mark.parametrize(
    ("name", "step_s", "code"), [("feed:y", 60, "EN006"), ("feed:five", 60, "EN002")]
)
def test_what_there_is_not_is_refused_by_name(data, name, step_s, code):
    with pytest.raises(RefusedError) as caught:
        list(kept_bars.export(data, name, step_s, 0))
    assert caught.value.code == code


def test_a_folder_without_a_table_says_so(tmp_path):
    with pytest.raises(RefusedError) as caught:
        kept_bars.sources(tmp_path)
    assert caught.value.code == "EN006"


@pytest.mark.parametrize("said", [["feed:none"], ["feed:five", "--step", "60"]])
def test_what_is_refused_prints_no_part_of_a_table(data, said):
    done = CliRunner().invoke(cli, ["signals", "export", *said, "--data", str(data)])
    assert done.exit_code != 0
    assert done.stdout == ""
