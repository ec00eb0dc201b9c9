"""What an operator reads at a terminal, without --json: lines and tables, no notation of code."""

import subprocess
import sys

from tests.journeys.box import CENTRE, NODE, command, order, running
from tests.journeys.centre import serving


def told(*args, entry=NODE):
    done = subprocess.run(
        [sys.executable, "-c", entry, *args], capture_output=True, text=True, check=True
    )
    assert not set(done.stdout) & set("{}[]'\"")
    return done.stdout.splitlines()


def test_status_tells_the_orders_and_the_link_also_while_the_daemon_is_stopped(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    with running(data) as box:
        assert box.ask("POST", "/api/v1/orders", order("T1", price="1400.00"))[0] == 201
        lines = told("status", "--data", str(data))
        assert lines[0].startswith("edge-07 READY (paper), ledger ")
        assert lines[1].startswith("  quoting: ")
        assert lines[2:4] == [
            "  orders: 1 open, 0 of them unknown",
            "  link: no centre is configured; after `enroll` a restart is needed",
        ]
        box.stop()
    lines = told("status", "--data", str(data))
    assert lines[0].startswith("edge-07 STOPPED (paper), ledger ")
    assert lines[1].startswith("  orders: 1 open")
    assert lines[2] == "  link: down, as the daemon is stopped"
    digest = told("state", "digest", "--data", str(data))
    assert digest[0] == "ledger         edge-07/1"
    assert digest[6] == "parts"


def test_the_desk_reads_tables(tmp_path):
    with serving(tmp_path / "centre") as centre:
        for name in ("edge-07", "edge-11"):
            assert centre.desk("node", "enroll", "--node-id", name, "--desk", "d1")[0] == 0
        at = ("--data", str(centre.data))
        head, first, second = told("node", "ls", *at, entry=CENTRE)[1:]
        assert head.split()[:3] == ["node_id", "state", "desk"]
        assert [row.split()[:3] for row in (first, second)] == [
            ["edge-07", "invited", "d1"],
            ["edge-11", "invited", "d1"],
        ]
        assert head.index("state") == first.index("invited")
        assert "positions: none" in told("book", "positions", *at, entry=CENTRE)


def test_the_configuration_has_a_line_for_each_key_with_its_source(tmp_path):
    file = tmp_path / "edgenode.toml"
    file.write_text("[control]\nport = 8181\n")
    done = subprocess.run(
        [sys.executable, "-c", NODE, "config", "show", "--effective", "--config", str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["control.port", "8181", str(file)] in rows
    assert ["log_level", "info", "default"] in rows
