"""A trigger is warming, quiet, warns or stops; its cause names kind, venue and instrument."""

import pytest

from edgenode.core.estimate.stops.alarm import BASIS, Watched


def watched(value=0.0, *, known=True, since_ns=None):
    return Watched(BASIS, "alpha", "WETH-USDC", value, 6.0, 8.0, known, since_ns, "")


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (watched(known=False), "warming"),
        (watched(6.0), "quiet"),
        (watched(-6.1), "warns"),
        (watched(7.0, since_ns=1), "stops"),
    ],
)
def test_its_state_is_one_word(row, state):
    assert row.state == state


def test_its_cause_names_what_stopped_where():
    assert watched().cause == "stress:basis:alpha/WETH-USDC"
