"""Caps that will not last are told before they are spent."""

import pytest

from edgenode.core.risk.runway import DAY_NS, short
from tests.core.gate.orders import declare, ready
from tests.core.world import SECOND, START

HOUR = 3600 * SECOND


def using(event_id, spent, *, at_ns):
    world = ready()
    world.now = START
    if event_id != "none":
        declare(world, event_id, ends_s=3600)
    world.state.limits.newest_ns = world.now = at_ns
    world.state.limits.book_spent(event_id, spent * 10**6)
    return short(world.state, world.state.rules.policy, at_ns)


@pytest.mark.parametrize(
    ("spent", "told"), [(60, False), (100, False), (126, True), (250, True)]
)  # of 250, half of the hour has passed
def test_an_events_cap_is_told_where_the_pace_passes_it_before_its_end(spent, told):
    found = using("drop", spent, at_ns=START + HOUR // 2)
    assert [row.subject for row in found] == (["event:drop"] if told else [])
    for row in found:
        assert row.lasts_ns < row.ends_ns == START + HOUR
        assert row.lasts_ns == row.ends_ns - HOUR // 2 + (250 - spent) * (HOUR // 2) // spent


def test_what_belongs_to_no_event_must_last_the_day():
    noon = START // DAY_NS * DAY_NS + DAY_NS // 2
    assert using("none", 125, at_ns=noon) == []
    (row,) = using("none", 126, at_ns=noon)
    assert (row.subject, row.ends_ns) == ("event:none", noon + DAY_NS // 2)


def test_a_cost_grant_must_last_until_it_expires_and_one_barely_used_is_not_told():
    world = ready()
    account = world.state.grants.accounts["cost-1"]
    account.spent = account.grant.limit // 4
    policy = world.state.rules.policy
    (row,) = short(world.state, policy, START + 24 * HOUR)
    assert (row.subject, row.lasts_ns) == ("grant:cost-1", START + 96 * HOUR)
    account.spent -= 1
    assert short(world.state, policy, START + 24 * HOUR) == []
    account.spent = account.grant.limit
    assert short(world.state, policy, account.grant.expiry) == []
