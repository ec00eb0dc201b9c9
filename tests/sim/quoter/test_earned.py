"""What quotes earned, computed a second time from the entries alone."""

import pytest

from edgenode.model.facts import FillRecorded
from edgenode.model.ids import DESK_BOOK
from edgenode.sim.arms.played import play
from edgenode.sim.quoter.arms import settings
from edgenode.sim.quoter.earned import earned
from tests.sim.quoter.test_arms import window

__all__ = ["window"]
MINUTE_NS = 60 * 1_000_000_000


def test_earned_is_what_customers_paid_beyond_the_mid(window):
    arm, setting = next(iter(settings(window, 0.01)))
    played = play(setting)
    mid = window.day.mid_ticks
    paid = lost = traded = 0.0
    for fact in played.facts():
        if isinstance(fact, FillRecorded) and fact.account == DESK_BOOK:
            sells = fact.side == "sell"
            then, later = (mid(fact.venue_time_ns + ns) / 100 for ns in (0, MINUTE_NS))
            beyond, moved = fact.price_ticks / 100 - then, then - later
            paid += fact.quantity_lots / 100 * (beyond if sells else -beyond)
            lost += fact.quantity_lots / 100 * (moved if sells else -moved)
            traded += fact.quantity_lots / 100
    found = earned(played)
    assert traded > 0, arm
    assert found.quantity == pytest.approx(traded)
    assert found.earned == pytest.approx(paid)
    assert found.selection == pytest.approx(lost)
    assert found.utility(0.01) == pytest.approx(
        paid - found.hedged.cost - 0.01 * found.hedged.risk
    )
    assert found.earned > 0, "quotes stand on the far side of the mid"
