"""One whole spike: lived through without a connection, and the overlay shows."""

import socket
from dataclasses import replace

import pytest

from edgenode.sim.arms.figures import LOT, deals
from edgenode.sim.arms.played import play
from edgenode.sim.recorded import MINUTE_NS
from edgenode.sim.spike.arms import settings
from edgenode.sim.spike.runs import row
from edgenode.sim.spike.summary import summary, text
from edgenode.sim.spike.taken import taken


@pytest.fixture(scope="module")
def played():
    """Play the first minutes of one arm; whoever opens a connection fails."""

    def refused(*_, **__):
        raise AssertionError("a dry run opens no connection")

    arm = next(setting for arm, setting in settings(2, 0.01) if arm.name == "ours-up")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto", "bind", "listen"):
            patch.setattr(socket.socket, name, refused)
        return play(replace(arm, to_ns=arm.from_ns + 14 * MINUTE_NS))


def test_a_spike_sends_nothing_real_and_hedges_in_its_invented_venues(played):
    assert played.equal
    assert any(played.truth[name] for name in ("a", "b"))


def test_what_venues_took_is_what_the_ledger_books_of_the_overlay(played):
    setting, found = played.setting, taken(played)
    made = deals(played.facts(), played.core_fills(), setting.name, setting.day.mid_ticks)
    hedges = [deal for deal in made if deal.tier == "overlay"]
    cost = sum(d.lots * LOT * (d.price - d.mid_at_send) + d.fee for d in hedges)
    assert sum(venue.filled_lots for venue in found.values()) == sum(abs(d.lots) for d in hedges)
    assert sum(venue.cost for venue in found.values()) == pytest.approx(cost)
    for name, venue in found.items():
        true = sum(fill["lots"] for fill in played.truth[name])
        assert venue.filled_lots == true, "the venue's own count"


@pytest.mark.timeout(600)  # on a busy machine
def test_what_is_told_of_one_spike_is_what_its_arms_did():
    made = row(0.01, 2)
    arms = made["arms"]
    assert all(arm["digest_equal"] for arm in arms.values())
    assert arms["ours-up"]["rms_net"] < arms["none-up"]["rms_net"]
    assert arms["ours-up"]["within_min"] is not None
    assert arms["none-up"]["orders"] == 0
    assert arms["single-up"]["venues"]["b"]["orders"] == 0
    for name in ("ours-up", "ours-cut", "prompt-up"):
        venues = arms[name]["venues"]
        assert venues["b"]["orders"] > 0
        assert venues["b"]["behind"] >= 0, "a late venue gives no money away"
        assert sum(venue["orders"] for venue in venues.values()) == arms[name]["orders"]
    told = summary([made], 0.01)
    assert told["verdict"].startswith("In 100% of 1 spikes of 4 times the demand")
    assert told["verdict"] in text(told)
