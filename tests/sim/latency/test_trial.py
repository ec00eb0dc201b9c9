"""A short trial with real processes: all is seen that happened; no test asserts on time."""

import pytest

from edgenode.sim.latency.stages import CUSTOMER, times, uncosigned
from edgenode.sim.latency.trial import tried

ORDERS = 12


class Silent:
    """Reports nothing."""

    def say(self, text):
        pass

    def waits(self, what, names):
        pass


@pytest.mark.timeout(600)  # on a busy machine
async def test_what_a_node_told_its_centre_was_seen_on_the_wire(tmp_path_factory):
    data = tmp_path_factory.mktemp("l")  # short: a socket's path has 107 bytes at most
    seen = await tried(data / "d", ORDERS, Silent())
    assert len(seen.asked) == ORDERS
    assert {asked.status for asked in seen.asked.values()} <= {201, 422}
    assert uncosigned(seen) == 0
    assert [upto for _, upto in seen.cosigned] == sorted(upto for _, upto in seen.cosigned)
    assert max(upto for _, upto in seen.pushed) >= max(upto for _, upto in seen.cosigned)
    found = times(seen)[CUSTOMER]
    assert len(found["durable"]) == len(found["pushed"]) == len(found["cosigned"])
    assert all(stamp >= 0 for stamps in found.values() for stamp in stamps)
    assert all(row["seq"] == n for n, row in enumerate(seen.rows, start=1))
