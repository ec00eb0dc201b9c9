"""Micro-events open once, end by their rule, and what a detector finds opens no cap."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.micro_events import BEFORE_NS, OPEN_MAX, SURGE_NS
from edgenode.core.observations import (
    CalendarRead,
    EventCloseAsked,
    EventDeclared,
    OrderAsked,
    PlannedEvent,
    SurgeFound,
    Tick,
)
from edgenode.core.report.event import EventFold
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.model.errors import RefusedError
from edgenode.model.facts import MicroEventClosed, MicroEventOpened, OrderGated
from edgenode.model.ids import NO_EVENT
from tests.core.report.lived import folded, hedged, publish
from tests.core.world import LEDGER, SECOND, START, WETH, World, intent

MINUTE = 60 * SECOND
STAFF = "person:staff"


def world_of():
    world = World()
    publish(world)
    world.observe(Tick())
    return world


def planned(name="drop", begins=10, lasts=60, event_id=None):
    starts = START + begins * MINUTE
    return PlannedEvent(event_id=event_id or f"cal-{name}", name=name, starts=starts,
                        ends=starts + lasts * MINUTE)  # fmt: skip


def surge(world, times=6_000):
    at = world.now // MINUTE * MINUTE
    return SurgeFound(instrument=WETH, source="a/WETH-USDC", at_ns=at, times_milli=times)


def declare(world, name="e1", begins=0, lasts=60):
    starts = world.now + begins * MINUTE
    return EventDeclared(event_id=name, source="declared", name=name, starts=starts,
                         ends=starts + lasts * MINUTE, actor=STAFF)  # fmt: skip


def kinds(facts):
    return [type(f).__name__ for f in facts if isinstance(f, MicroEventOpened | MicroEventClosed)]


def close(world, event_id):
    asked = EventCloseAsked(event_id=event_id, reason="over", actor=STAFF)
    return world.facts(asked)


def test_what_the_calendar_names_opens_once_and_tags_from_its_begin():
    world = world_of()
    read = CalendarRead((planned(begins=10),))
    assert kinds(world.facts(read)) == ["MicroEventOpened"]
    assert kinds(world.facts(read)) == []
    assert world.state.limits.event_at(world.now) == NO_EVENT
    assert world.state.limits.event_at(START + 10 * MINUTE) == "cal-drop"
    world.assert_refolds()


def test_what_leaves_the_calendar_before_its_begin_ends_and_may_come_back():
    world = world_of()
    world.observe(CalendarRead((planned(begins=10),)))
    assert kinds(world.facts(CalendarRead(()))) == ["MicroEventClosed"]
    assert kinds(world.facts(CalendarRead((planned(begins=10),)))) == ["MicroEventOpened"]


def test_what_runs_stays_until_its_end_whatever_becomes_of_the_calendar():
    world = world_of()
    world.observe(CalendarRead((planned(begins=0),)))
    world.now += MINUTE
    assert kinds(world.facts(CalendarRead(()))) == []


def test_a_calendar_ends_only_what_it_opened():
    world = world_of()
    world.observe(replace(declare(world, begins=5), source="scheduled"))
    assert kinds(world.facts(CalendarRead(()))) == []


def test_what_is_over_is_not_opened():
    world = world_of()
    assert kinds(world.facts(CalendarRead((planned(begins=-90, lasts=60),)))) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-5_400, 5_400), max_size=12))
def test_whatever_the_clock_does_nothing_opens_twice(jumps):
    world = world_of()
    read, found = CalendarRead((planned(begins=0, lasts=30),)), surge(world)
    for jump in (0, *jumps):
        world.now = max(START, world.now + jump * SECOND)
        publish(world)
        world.observe(read)
        world.observe(found)
        world.observe(Tick())
    ids = [r.fact.event_id for r in world.recorded if isinstance(r.fact, MicroEventOpened)]
    assert len(ids) == len(set(ids))


def test_a_surge_in_a_time_that_has_not_come_or_long_ago_is_none():
    world = world_of()
    for apart in (-SURGE_NS, SECOND, 7_200 * SECOND):
        found = replace(surge(world), at_ns=world.now + apart)
        assert kinds(world.facts(found)) == []
    assert kinds(world.facts(surge(world))) == ["MicroEventOpened"]


def test_an_open_id_is_declared_again_alike_or_not_at_all():
    world = world_of()
    world.observe(declare(world, "e1", lasts=60))
    assert world.facts(declare(world, "e1", lasts=60)) == []
    with pytest.raises(RefusedError, match="another name or end") as refused:
        world.observe(declare(world, "e1", lasts=90))
    assert refused.value.code == "EN007"


def test_what_a_person_ended_is_not_opened_again_until_its_end():
    world = world_of()
    read = CalendarRead((planned(begins=0, lasts=60),))
    world.observe(read)
    close(world, "cal-drop")
    assert kinds(world.facts(read)) == []
    state = snapshot.load(LEDGER, snapshot.dump(world.state))
    assert state.limits.closed == {"cal-drop": START + 60 * MINUTE}
    assert digest(state) == digest(world.state)


def test_many_are_refused_and_those_of_people_with_words():
    world = world_of()
    many = CalendarRead(tuple(planned(f"n{k}", begins=k % 50) for k in range(OPEN_MAX + 20)))
    world.observe(many)
    assert len(world.state.limits.events) == OPEN_MAX
    world.observe(many)
    assert len(world.state.limits.events) == OPEN_MAX
    assert kinds(world.facts(surge(world))) == []
    with pytest.raises(RefusedError) as refused:
        world.observe(declare(world))
    assert refused.value.code == "EN012"


def test_a_surge_opens_a_micro_event_that_is_told_and_ends_an_hour_later():
    world = world_of()
    (fact,) = world.facts(surge(world))
    assert (fact.source, fact.starts, fact.ends) == ("detected", world.now, world.now + SURGE_NS)
    assert "6.0 times the usual at a/WETH-USDC" in fact.name
    assert len(fact.name) <= 80
    assert kinds(world.facts(surge(world))) == []
    world.now += SURGE_NS
    publish(world)
    assert kinds(world.facts(Tick())) == ["MicroEventClosed"]
    world.assert_refolds()


@pytest.mark.parametrize("begins", [0, 10])
def test_a_surge_belongs_to_what_runs_or_is_about_to_begin(begins):
    world = world_of()
    world.observe(declare(world, begins=begins))
    assert kinds(world.facts(surge(world))) == []


def test_a_surge_long_before_a_begin_is_one_of_its_own():
    world = world_of()
    world.observe(CalendarRead((planned(begins=BEFORE_NS // MINUTE + 5),)))
    assert kinds(world.facts(surge(world))) == ["MicroEventOpened"]


def test_who_declares_a_micro_event_ends_the_detected_one():
    world = world_of()
    (found,) = world.facts(surge(world))
    facts = world.facts(declare(world))
    assert kinds(facts) == ["MicroEventOpened", "MicroEventClosed"]
    assert facts[1].event_id == found.event_id
    assert world.state.limits.event_at(world.now) == "e1"
    assert not world.state.limits.surges(world.now)


def test_a_detected_one_that_a_person_ended_is_not_found_again_in_the_same_bar():
    world = world_of()
    (found,) = world.facts(surge(world))
    close(world, found.event_id)
    assert kinds(world.facts(surge(world))) == []
    world.now += 11 * MINUTE
    assert kinds(world.facts(surge(world))) == ["MicroEventOpened"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=4), st.booleans())
def test_a_detected_micro_event_opens_no_cap_and_changes_no_decision(lots, late):
    """Two worlds, one with the detector's word, record the same but for that word."""
    told, untold = world_of(), world_of()
    if not late:
        told.observe(surge(told))
    for number, some in enumerate(lots):
        for world in (told, untold):
            asked = intent(f"N{number}", price=151_000, lots=some)
            world.observe(OrderAsked(asked, "customer:c1"))
        if late:
            told.observe(surge(told))
        for world in (told, untold):
            world.now += 30 * SECOND
            publish(world)
            world.observe(Tick())
    skips = (MicroEventOpened,)
    mine = [r.fact for r in told.recorded if not isinstance(r.fact, skips)]
    other = [r.fact for r in untold.recorded if not isinstance(r.fact, skips)]
    assert [type(f) for f in mine] == [type(f) for f in other]
    gated = [(f.event_id, f.quantity_lots, f.reserved) for f in mine if isinstance(f, OrderGated)]
    assert gated == [
        (f.event_id, f.quantity_lots, f.reserved) for f in other if isinstance(f, OrderGated)
    ]
    assert {event_id for event_id, _, _ in gated} == {NO_EVENT}
    assert told.state.limits.spend == untold.state.limits.spend


def test_no_order_may_name_a_detected_micro_event():
    world = world_of()
    (found,) = world.facts(surge(world))
    asked = intent("H", account="desk:overlay", venue="a", price=150_100, event_id=found.event_id)
    (denied,) = world.facts(OrderAsked(asked, "rule:overlay"))
    assert "EN127" in {reason.code for reason in denied.reasons}


def test_the_report_of_a_detected_one_counts_what_is_tagged_none_while_it_runs():
    world = world_of()
    hedged(world, lots=100, name="before")
    (found,) = world.facts(surge(world))
    hedged(world, lots=300, name="in")
    close(world, found.event_id)
    hedged(world, lots=50, name="behind")
    fold = folded(world, found.event_id)
    assert isinstance(fold, EventFold)
    assert fold.trades.of[WETH].customers_bought == 300
    assert fold.customers.taken == 1
    assert fold.spent_minor == fold.trades.of[WETH].cost_minor


def test_what_is_not_open_cannot_be_ended():
    with pytest.raises(RefusedError) as refused:
        close(world_of(), "nothing")
    assert refused.value.code == "EN006"


def test_a_loss_stop_of_a_micro_event_ends_with_it():
    world = world_of()
    world.observe(declare(world))
    world.restrict("event:e1", "reducing", "loss:e1")
    close(world, "e1")
    assert not world.restricted()
