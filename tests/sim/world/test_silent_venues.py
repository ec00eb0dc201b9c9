"""Worlds whose venues restart, forget, answer with pages and are silent; rules are broken."""

from dataclasses import replace

import pytest

from edgenode.adapters.venues import answers
from edgenode.adapters.venues.place import Place
from edgenode.core.venues import silence, statuses
from edgenode.model.facts import OrderDone
from edgenode.model.venue import VenueView
from edgenode.services import inquiry, reconciler
from edgenode.services.reconciler import Reconciler
from edgenode.sim.venue.engine import Engine
from edgenode.sim.world.plan import SCENARIOS, Fault
from edgenode.sim.world.world import live

SILENT = SCENARIOS["silent_venues"]
BUSY = replace(SILENT, boxes=1, orders_per_s=2.0)


def found_in(scenario, faults=None, seeds=6):
    """Return the name of the first violation in a few worlds."""
    found = (live(scenario, seed, faults).violation for seed in range(seeds))
    return next((violation.name for violation in found if violation is not None), None)


def lasting(kind, *times, for_s=6.0, amount=0.0):
    return [Fault(kind, at, for_s, 0, amount) for at in times]


def test_nothing_is_found_where_nothing_is_broken():
    assert found_in(SILENT, seeds=3) is None


@pytest.mark.parametrize(
    "kind", ["venue_restarts", "venue_forgets", "venue_pages", "venue_silent"]
)
def test_each_of_these_faults_alone_is_lived_through(kind):
    assert found_in(BUSY, lasting(kind, 15.0, 30.0, 45.0, 60.0), seeds=2) is None


def test_a_page_that_is_believed_to_reject_an_order(monkeypatch):
    submitted = answers.submitted

    def believing(reader, order_id, answer):
        if answer.media_type == answers.JSON:
            return submitted(reader, order_id, answer)
        return VenueView(order_id=order_id, state="rejected", cum_lots=0, fills=())

    monkeypatch.setattr(answers, "submitted", believing)
    pages = lasting("venue_pages", 15.0, 30.0, 45.0, 60.0, for_s=12.0)
    assert found_in(BUSY, pages) == "beyond_worst_case"


def test_an_order_that_ends_at_the_first_not_known(monkeypatch):
    """Its submit is still on its way."""

    def ends(state, event, order, now_ns):
        done = OrderDone(
            at_ns=now_ns, order_id=event.order_id, reason="never_received", filled_lots=0
        )
        return statuses.Decision((statuses.Act(done, "venue:a"),))

    monkeypatch.setattr(silence, "not_known", ends)
    monkeypatch.setattr(inquiry, "SETTLES_S", 0.0)
    long = replace(BUSY, lasts_s=400.0)
    held = lasting("reorder_venue", 10.0, for_s=380.0, amount=0.5)
    assert found_in(long, held) == "beyond_worst_case"


OFF = {
    "the venue's epoch": (Engine, "after", lambda _, cursor, __: cursor),
    "the cursor behind ours": (Place, "began_anew", lambda *_: False),
    "all executions read at a difference": (Reconciler, "_is_new", lambda *_: False),
    "orders that are not listed": (reconciler, "unlisted", lambda *_: []),
    "silence": (silence, "due", lambda *_: []),
}
RESTARTS = lasting("venue_restarts", *(10.0 + 3 * n for n in range(25)))


def test_numbers_that_begin_anew_and_that_no_rule_notices(monkeypatch):
    for where, name, off in OFF.values():
        monkeypatch.setattr(where, name, off)
    assert found_in(BUSY, RESTARTS) == "fill_lost"


@pytest.mark.parametrize("rule", OFF)
def test_each_rule_alone_finds_what_was_executed_under_other_numbers(monkeypatch, rule):
    for other, (where, name, off) in OFF.items():
        if other != rule:
            monkeypatch.setattr(where, name, off)
    assert found_in(BUSY, RESTARTS, seeds=2) is None
