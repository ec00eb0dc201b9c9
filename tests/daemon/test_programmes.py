"""What the outside sees of a hedge programme: how far it is, what waits and why, its alarms."""

from edgenode.daemon.view import books, programmes
from edgenode.model.facts import Instrument
from tests.core.hedge.test_programme import ended, exposed, node_state, settle, tick
from tests.core.world import WETH


def shown(world):
    (row,) = books.exposure(world.state)
    return row["programme"]


def test_no_programme_is_shown_before_one_has_begun():
    world = exposed()
    instrument = world.state.rules.instruments[WETH]
    assert isinstance(instrument, Instrument)
    assert programmes.row(world.state, instrument) is None


def test_a_programme_is_shown_with_what_is_done_works_waits_and_is_kept():
    world = exposed()
    settle(world, tick(world)[1])
    (order,) = tick(world)[1]
    row = shown(world)
    quantities = {key: value for key, value in row.items() if key.endswith("_quantity")}
    assert quantities == {
        "target_quantity": "3.00", "done_quantity": "0.15", "working_quantity": "0.15",
        "carried_quantity": "0.00", "planned_quantity": "2.70", "given_up_quantity": "0.00",
        "band_quantity": "1.00",
    }  # fmt: skip
    assert (row["children"], row["counter"]) == ([order.order_id], 2)
    assert (row["programme_id"], row["event_id"]) == ("overlay:WETH-USDC", "none")
    assert row["reserve"] == {"amount": "0.562275", "currency": "USDC"}
    assert row["said"] == "0.00 due, 2.70 scheduled (schedule)"


def test_a_denial_is_shown_at_once_and_is_a_problem_from_the_second_until_one_passes():
    world = exposed()
    node_state(world)
    tick(world)
    assert shown(world)["reason"] == "denied: EN121 trading_state"
    assert [(r["cause"], r["times"]) for r in shown(world)["refused"]] == [
        ("EN121 trading_state", 1)
    ]
    assert programmes.problems(world.state) == []
    tick(world)
    (problem,) = programmes.problems(world.state)
    assert (problem["code"], problem["severity"], problem["times"]) == ("EN140", "error", 2)
    assert problem["since"] == "2022-07-27T17:40:30.000Z"
    assert problem["detail"] == "a: halted: person:scope state, limit active"
    node_state(world, "active")
    tick(world)
    assert (programmes.problems(world.state), shown(world)["refused"]) == ([], [])


def test_a_venue_that_rejects_again_and_again_is_a_problem():
    world = exposed()
    for _ in range(2):
        for order in tick(world)[1]:
            ended(world, order, "rejected")
    assert {p["cause"] for p in programmes.problems(world.state)} == {"rejected by a"}
