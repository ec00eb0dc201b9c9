from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.positions import Positions
from edgenode.daemon import paper
from edgenode.model.facts import FillRecorded

INSTRUMENT = paper.instrument(0)
fills = st.lists(
    st.builds(
        lambda account, venue, side, lots, ticks, fee, event, n: FillRecorded(
            at_ns=1, venue=venue, venue_account="v", scope="s", exec_id=str(n), order_id="O",
            account=account, instrument=INSTRUMENT.id, side=side, quantity_lots=lots,
            price_ticks=ticks, fee_minor=fee, fee_currency="USDC", venue_time_ns=0,
            content_hash=bytes(32), event_id=event, cost_minor=0, cash_minor=0,
            fee_counted_minor=0, fx=None, fee_fx=None,
        ),
        st.sampled_from(["desk:book", "desk:overlay"]), st.sampled_from(["a", "b"]),
        st.sampled_from(["buy", "sell"]), st.integers(1, 10**6), st.integers(1, 10**7),
        st.integers(0, 10**6), st.sampled_from(["none", "e1"]), st.integers(0, 10**9),
    ),
    max_size=30,
)  # fmt: skip


def folded(run):
    positions = Positions()
    for fill in run:
        positions.filled(fill, INSTRUMENT, 10**16)
    return positions


@given(fills, st.randoms(use_true_random=False))
def test_any_order_of_the_same_fills_gives_the_same_totals(run, random):
    shuffled = list(run)
    random.shuffle(shuffled)
    assert folded(run).canonical() == folded(shuffled).canonical()


@given(fills)
def test_lots_and_cash_are_the_plain_sums(run):
    positions = folded(run)
    sign = {"buy": 1, "sell": -1}
    for account in ("desk:book", "desk:overlay"):
        mine = [f for f in run if f.account == account]
        assert positions.net(account, INSTRUMENT.id) == sum(
            sign[f.side] * f.quantity_lots for f in mine
        )
        cash = sum(t.cash_minor for k, t in positions.totals.items() if k.account == account)
        # one tick times one lot is 0.01 x 0.01 USDC = 100 micro-USDC
        assert cash == sum(
            -sign[f.side] * f.quantity_lots * f.price_ticks * 100 - f.fee_minor for f in mine
        )
        for venue in ("a", "b"):
            there = [f for f in mine if f.venue == venue]
            assert positions.at_venue(account, venue, INSTRUMENT.id) == sum(
                sign[f.side] * f.quantity_lots for f in there
            )
