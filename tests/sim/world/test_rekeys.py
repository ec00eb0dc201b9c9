"""Nodes keyed anew in invented worlds; each invariant of them bites."""

from dataclasses import replace

import pytest

from edgenode.central.book.book import Book
from edgenode.central.registry import Registry
from edgenode.central.sync.server import SyncServer
from edgenode.core.breaks import books, history
from edgenode.core.sync.table import Standing
from edgenode.sim.world.plan import REKEY_WAYS, SCENARIOS, Fault
from edgenode.sim.world.world import live
from edgenode.wire.note import ED25519, Vkey
from tests.sim.world.mutations import found_in

HEARD = {"VenueRead", "FillRecorded", "BreakOpened"}
ONE_BOX = replace(SCENARIOS["rekeys"], boxes=1, lasts_s=80.0)


def test_what_was_stored_when_the_link_broke_is_adopted_over_the_next_one():
    """A slow disk adopts what the centre carried over; the centre is lost on the way."""
    faults = [
        Fault("slow_disk", 19.0, 30.0, 0, 60.0), *once("disk_lost", 20.0),
        Fault("centre_kill", 22.0, 10.0),
    ]  # fmt: skip
    assert live(ONE_BOX, 3, faults).violation is None


def once(way, at_s=30.0):
    return [Fault("rekey", at_s, 8.0, 0, 5.0, way)]


@pytest.mark.parametrize("way", REKEY_WAYS)
def test_a_box_goes_on_in_its_next_ledger_while_the_centre_starts_again(way):
    faults = [*once(way, 20.0), Fault("centre_kill", 28.0, 1.0), *once(way, 45.0)]
    outcome = live(ONE_BOX, 3, faults, lines_max=None)
    assert outcome.violation is None
    ledgers = [
        line.split("ledger=")[1].split()[0] for line in outcome.lines if " rekeyed " in line
    ]
    assert ledgers == ["edge-0/2", "edge-0/3"]
    if way == "cut_off":
        said = [line.rsplit("said=", 1)[1] for line in outcome.lines if " courier " in line]
        assert set(said) == {"EN307"}, "what came late was refused"


def test_a_new_ledger_hears_no_venue_before_it_has_its_books():
    outcome = live(ONE_BOX, 3, once("disk_lost"), lines_max=None)
    rekeyed = next(n for n, line in enumerate(outcome.lines) if " rekeyed " in line)
    kinds = [line.split()[2] for line in outcome.lines[rekeyed:] if " seq=" in line]
    first = min(kinds.index(kind) for kind in kinds if kind in HEARD)
    assert kinds[:first].count("Adopted") > 15


def found(way="planned"):
    return found_in(ONE_BOX, seeds=4, faults=once(way))


def test_executions_that_are_told_again_are_booked_again(monkeypatch):
    monkeypatch.setattr(history, "facts", lambda *_: [])
    assert found() in {"fill_counted_twice", "beyond_worst_case"}


def test_both_ledgers_count(monkeypatch):
    monkeypatch.setattr(Book, "_counts", lambda *_: True)
    assert found() == "counted_elsewhere"


def test_a_position_that_is_not_carried(monkeypatch):
    carried = books.carried

    def most(*args):
        return [row for row in carried(*args) if getattr(row, "account", "") != "customer:c1"]

    monkeypatch.setattr(books, "carried", most)
    assert found() == "counted_elsewhere"


def test_core_that_stays_with_the_older_ledger(monkeypatch):
    evolve = Registry._carried

    def carries(self, fact):
        core = {key: replace(totals) for key, totals in self.core.items()}
        evolve(self, fact)
        self.core |= core

    monkeypatch.setattr(Registry, "_carried", carries)
    assert found() == "core_elsewhere"


def test_a_core_position_without_its_mandate(monkeypatch):
    facts = books.facts
    monkeypatch.setattr(books, "facts", lambda state, _, *args: facts(state, {}, *args))
    assert found() == "tiers_differ"


def test_an_older_ledger_that_still_grows(monkeypatch):
    standing = SyncServer._standing

    def forgiving(self, ledger):
        found = standing(self, ledger)
        if found[0] is not Standing.SUPERSEDED:
            return found
        record = self._centre.registry.nodes[ledger.party]
        key = record.retired_key or record.ledger_key
        return Standing.CURRENT, Vkey(ledger.party, ED25519, key)

    monkeypatch.setattr(SyncServer, "_standing", forgiving)
    assert found("cut_off") == "superseded_grew"
