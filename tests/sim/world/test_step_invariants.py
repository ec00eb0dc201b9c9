"""Each invariant of quotes, rooms and the order of a step bites: the product is broken for it."""

from dataclasses import replace

from edgenode.core.gate import risk_limits
from edgenode.core.orders import quotes, renewal
from edgenode.core.risk.room import Rooms
from edgenode.core.state.escrow import Escrow
from edgenode.services import recorder as recorder_module
from edgenode.sim.world.plan import SCENARIOS
from tests.sim.world.mutations import found_in

BUSY = replace(SCENARIOS["rooms"], boxes=1, lasts_s=60.0)


def found():
    return found_in(BUSY, faults=[])


def test_nothing_is_found_where_rooms_come_and_go():
    assert found_in(BUSY, seeds=2, faults=[]) is None


def test_a_quote_that_looks_at_no_room(monkeypatch):
    class Endless(Rooms):
        def admitted(self, _, wanted):
            return wanted

    monkeypatch.setattr(quotes, "Rooms", Endless)
    assert found() == "quote_beyond_room"


def test_a_quote_that_stands_as_its_room_goes(monkeypatch):
    def stands(*_):
        return True

    monkeypatch.setattr(quotes, "_stands", stands)
    monkeypatch.setattr(renewal, "outdated", lambda *_: None)
    assert found() in {"quote_beyond_room", "stale_match"}


def test_an_order_that_is_let_in_without_room(monkeypatch):
    monkeypatch.setattr(risk_limits, "hedge_room", lambda *_: None)
    assert found() == "risk_beyond_room"


def test_a_match_on_a_quote_of_an_older_reference(monkeypatch):
    monkeypatch.setattr(renewal, "outdated", lambda *_: None)
    assert found() == "stale_match"


def test_a_quote_that_passes_a_grant(monkeypatch):
    quoted = Escrow.quoted

    def spends(self, fact, *, before):
        quoted(self, fact, before=before)
        for row in fact.reserved:
            if row.kind == "cash":
                self.grants.spend(row.grant, self.grants.accounts[row.grant].grant.limit)

    monkeypatch.setattr(Escrow, "quoted", spends)
    assert found() == "overdrawn_by_us"


def test_a_state_that_no_entry_changes(monkeypatch):
    step = recorder_module.step

    def changing(state, seen, observation, **kwargs):
        recorded = step(state, seen, observation, **kwargs)
        state.limits.newest_ns += 1
        return recorded

    monkeypatch.setattr(recorder_module, "step", changing)
    assert found() == "folds_otherwise"


def test_a_quote_that_takes_before_another_frees(monkeypatch):
    monkeypatch.setattr(renewal, "takes_more", lambda *_: False)
    many = replace(SCENARIOS["many_instruments"], lasts_s=30.0, instruments=12)
    assert found_in(many, faults=[]) == "taken_before_freed"
