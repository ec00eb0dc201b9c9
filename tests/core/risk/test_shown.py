"""Open requests in words: what is short now, for what, and the command that grants it."""

from decimal import Decimal

from edgenode.core.risk import shown
from edgenode.daemon.paper import USDC
from tests.core.risk.test_requests import ahead, declare, grants, ready


def rows(world):
    return {row["need"]: row for row in shown.listed(world.state, world.now)}


def asked():
    world = ready()
    declare(world)
    ahead(world)
    return world


def test_each_open_request_is_told_with_what_is_needed_left_and_short():
    row = rows(asked())["position_buy"]
    assert row["text"] == "permission to buy for Friday drop: 400.00 needed, 100.00 left WETH"
    assert (row["needed"], row["left"], row["short"]) == ("400.00", "100.00", "300.00")
    assert row["event"] == "Friday drop"
    assert row["begins"] < row["until"]
    (sized,) = row["sized"]
    assert (sized["quantity"], sized["reference"]) == ("400.00", "1500.00")


def test_what_to_do_is_a_command_with_the_missing_amount_in_smallest_units():
    found = rows(asked())
    assert found["position_sell"]["do"] == (
        "edgecentral grant issue edge-07 --kind position --unit lots"
        " --instrument WETH-USDC --side sell --limit 30000 or more, with --id and --expiry"
    )
    cash = found["cash"]
    missing = int(Decimal(cash["short"]) * USDC)
    assert f"--kind cash --unit USDC --limit {missing} or more" in cash["do"]
    assert "event_spend_max" in found["event_spend"]["do"]


def test_what_was_granted_in_part_is_short_by_less():
    world = asked()
    before = rows(world)["cash"]
    world.adopt(grants(world, amount=100_000 * USDC))
    after = rows(world)["cash"]
    assert float(before["short"]) - float(after["short"]) == 100_000
    assert after["left_when_asked"] == before["left"]


def test_nothing_asked_is_nothing_told():
    assert rows(ready()) == {}
