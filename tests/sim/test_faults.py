import pytest

from edgenode.model.errors import RefusedError
from edgenode.sim.faults import Faulty, asked
from edgenode.sim.rail.engine import RailEngine
from edgenode.sim.venue.engine import Engine
from edgenode.sim.venue.markets import StaticMarket


@pytest.mark.parametrize("engine", [Faulty(), RailEngine(), Engine("a", StaticMarket())])
def test_a_fault_lets_some_occasions_pass_strikes_its_number_and_is_used_up(engine):
    assert asked(engine, b'{"kind":"down","count":2,"after":1}', ("down",)) == (
        200, {"kind": "down", "count": 2, "after": 1},
    )  # fmt: skip
    assert engine.strikes("slow") is None  # another occasion
    assert [engine.strikes("slow", "down") for _ in range(4)] == [None, "down", "down", None]
    assert engine.faults == []


def test_a_fault_that_a_server_does_not_know_is_refused_and_waits_for_nothing():
    engine = Faulty()
    status, told = asked(engine, b'{"kind":"fire"}', ("down", "slow"))
    assert (status, told["status"]) == (422, 422)
    assert told["detail"] == "kind 'fire'; known here: down, slow"
    with pytest.raises(RefusedError):
        asked(engine, b'{"kind":"down","colour":1}', ("down",))
    assert engine.faults == []
