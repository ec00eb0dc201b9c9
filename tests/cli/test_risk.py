"""`edgenode risk` lays out what the box tells as tables, and as JSON word for word."""

import json

from click.testing import CliRunner

from edgenode.cli import control_client
from edgenode.cli.edgenode import cli
from edgenode.daemon.view.risk import risk
from tests.core.restrictions.test_stress import PRICE, Watched


def told():
    made = Watched("a")
    made.lives(5, a=PRICE * 2)
    return risk(made.world.state, made.world.seen, {"instruments": []}, made.world.now)


def ran(monkeypatch, tmp_path, *more):
    asked = []
    found = told()
    monkeypatch.setattr(control_client, "ask", lambda *args: asked.append(args) or found)
    done = CliRunner().invoke(cli, ["risk", "--data", str(tmp_path), *more])
    assert done.exit_code == 0, done.output
    assert [args[1:] for args in asked] == [("GET", "/api/v1/risk")]
    return done.output, found


def test_it_is_tables_of_pnl_scenarios_and_triggers(monkeypatch, tmp_path):
    text, _ = ran(monkeypatch, tmp_path)
    lines = text.splitlines()
    assert {"pnl", "shocks", "triggers"} <= set(lines)
    assert any("depeg USDC" in line for line in lines)
    assert any("basis" in line and "stops" in line for line in lines)


def test_as_json_it_is_what_the_box_told(monkeypatch, tmp_path):
    text, found = ran(monkeypatch, tmp_path, "--json")
    assert json.loads(text) == {"message_type": "summary", **found}
