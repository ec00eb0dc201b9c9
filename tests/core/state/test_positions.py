from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.positions import NO_TOTALS, NOTHING_HELD, Positions
from edgenode.daemon import paper
from edgenode.model.facts import FillRecorded

INSTRUMENT = paper.instrument(0)
LOT = 10**16  # of 18 decimals
fills = st.lists(
    st.builds(
        lambda account, venue, side, lots, ticks, fee, paid_in, event, n: FillRecorded(
            at_ns=1, venue=venue, venue_account="v", scope="s", exec_id=str(n), order_id="O",
            account=account, instrument=INSTRUMENT.id, side=side, quantity_lots=lots,
            price_ticks=ticks, fee_minor=fee, fee_currency=paid_in, venue_time_ns=0,
            content_hash=bytes(32), event_id=event, cost_minor=0, cash_minor=0,
            fee_counted_minor=0, fx=None, fee_fx=None,
        ),
        st.sampled_from(["desk:book", "desk:overlay"]), st.sampled_from(["a", "b"]),
        st.sampled_from(["buy", "sell"]), st.integers(1, 10**6), st.integers(1, 10**7),
        st.integers(-(10**17), 10**18), st.sampled_from(["USDC", "WETH", "ETH"]),
        st.sampled_from(["none", "e1"]), st.integers(0, 10**9),
    ),
    max_size=30,
)  # fmt: skip


def folded(run):
    positions = Positions()
    for fill in run:
        positions.filled(fill, INSTRUMENT, LOT)
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
        taken = {key: totals.fee_lots for key, totals in positions.totals.items()}
        taken = {key: lots for key, lots in taken.items() if key.account == account}
        assert positions.net(account, INSTRUMENT.id) == sum(
            sign[f.side] * f.quantity_lots for f in mine
        ) - sum(taken.values())
        cash = sum(t.cash_minor for k, t in positions.totals.items() if k.account == account)
        # one tick times one lot is 0.01 x 0.01 USDC = 100 micro-USDC
        assert cash == sum(
            -sign[f.side] * f.quantity_lots * f.price_ticks * 100
            - (f.fee_minor if f.fee_currency == "USDC" else 0)
            for f in mine
        )
        for venue in ("a", "b"):
            there = [f for f in mine if f.venue == venue]
            assert positions.at_venue(account, venue, INSTRUMENT.id) == sum(
                sign[f.side] * f.quantity_lots for f in there
            ) - sum(lots for key, lots in taken.items() if key.venue == venue)


@given(fills)
def test_fees_stay_in_their_currency_and_those_in_the_base_take_whole_lots(run):
    positions = folded(run)
    for key, totals in positions.totals.items():
        mine = [f for f in run if (f.account, f.venue, f.event_id) == (key[0], key[1], key[4])]
        for code in ("WETH", "ETH"):
            paid = sum(f.fee_minor for f in mine if f.fee_currency == code)
            assert totals.other_fees.get(code, 0) == paid
        owed = sum(f.fee_minor for f in mine if f.fee_currency == "WETH")
        assert abs(totals.fee_lots * LOT) <= abs(owed) < abs(totals.fee_lots * LOT) + LOT
        assert totals.fee_lots * owed >= 0


@given(fills)
def test_what_is_taken_out_again_leaves_nothing(run):
    positions = folded(run)
    for fill in run:
        positions.filled(fill, INSTRUMENT, LOT, times=-1)
    assert positions.totals == {}
    assert not any(positions._net.values())
    assert all(set(held.values()) <= {NOTHING_HELD} for held in positions._desk.values())
    assert not any(positions._fees.values())


@given(fills, fills)
def test_totals_of_two_ledgers_add_up(one, other):
    both, parts = folded([*one, *other]), [folded(one), folded(other)]
    for key, totals in both.totals.items():
        summed = NO_TOTALS
        for part in parts:
            summed = summed.plus(part.totals.get(key, NO_TOTALS))
        assert summed.other_fees == totals.other_fees
        assert (summed.traded_lots, summed.cash_minor) == (totals.traded_lots, totals.cash_minor)
