import itertools

from edgenode.core.state.fills import FillKey, Fills, content_hash, key_of
from edgenode.model.facts import FillRecorded
from edgenode.model.venue import FillReport

REPORT = {
    "venue": "a", "venue_account": "desk", "scope": "venue", "exec_id": "e1", "order_id": "O1",
    "instrument": "WETH-USDC", "side": "buy", "quantity_lots": 10, "price_ticks": 150_000,
    "fee_minor": 75, "fee_currency": "USDC", "venue_time_ns": 5,
}  # fmt: skip


def report(**changes):
    return FillReport(**{**REPORT, **changes})


def recorded(exec_id):
    row = {**REPORT, "exec_id": exec_id}
    return FillRecorded(
        at_ns=1, account="desk:overlay", content_hash=content_hash(report(exec_id=exec_id)),
        event_id="none", cost_minor=75, **row,
    )  # fmt: skip


def test_every_word_of_the_venue_but_its_name_is_in_the_content():
    base = content_hash(report())
    for name in ("order_id", "instrument", "fee_currency"):
        assert content_hash(report(**{name: "X"})) != base
    assert content_hash(report(side="sell")) != base
    for name in ("quantity_lots", "price_ticks", "fee_minor", "venue_time_ns"):
        assert content_hash(report(**{name: 1})) != base
    assert content_hash(report(raw={"liquidity": "maker"})) == base


def test_a_fill_is_known_by_venue_account_scope_and_id():
    fills = Fills()
    fills.recorded(recorded("e1"))
    assert fills.known(key_of(report())) == content_hash(report())
    for name in ("venue", "venue_account", "scope", "exec_id"):
        assert fills.known(key_of(report(**{name: "other"}))) is None


def test_the_running_hash_tells_histories_apart():
    chains = set()
    for order in itertools.permutations(["e1", "e2", "e3"]):
        fills = Fills()
        for exec_id in order:
            fills.recorded(recorded(exec_id))
        chains.add(fills.chain)
        assert fills.booked == 3
    assert len(chains) == 6


def test_a_key_is_readable():
    assert key_of(report()) == FillKey("a", "desk", "venue", "e1")
