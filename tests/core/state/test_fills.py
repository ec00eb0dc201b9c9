import itertools
from dataclasses import replace

from edgenode.core.state.execution import content_hash, key_of, ref_of
from edgenode.core.state.fills import Fills
from edgenode.model.facts import FillBusted, FillCorrected, FillRecorded
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
        event_id="none", cost_minor=75, cash_minor=0, fee_counted_minor=0, fx=None, fee_fx=None,
        **row,
    )  # fmt: skip


def test_a_fill_is_known_by_venue_account_scope_and_id():
    fills = Fills()
    fills.recorded(recorded("e1"), 1)
    (held,) = fills.contents_of(key_of(report()))
    assert held.content_hash == content_hash(report())
    assert fills.contents_of(key_of(report(exec_id="other"))) == ()
    for name in ("venue", "venue_account", "scope", "exec_id"):
        other = key_of(report(**{name: "other"}))
        assert not fills.holds(other)
        assert fills.content_of(other) is None


def test_the_running_hash_tells_histories_apart():
    chains = set()
    for order in itertools.permutations(["e1", "e2", "e3"]):
        fills = Fills()
        for seq, exec_id in enumerate(order):
            fills.recorded(recorded(exec_id), seq)
        chains.add(fills.chain)
        assert fills.booked == 3
    assert len(chains) == 6


def test_plain_executions_leave_with_their_orders_and_the_rest_stays():
    fills = Fills()
    for seq, exec_id in enumerate(["e1", "e2", "e3"], start=1):
        fills.recorded(recorded(exec_id), seq)
    bust = FillBusted(at_ns=1, refers_to=ref_of(key_of(report())), version=0, evidence="",
                      recalled=None)  # fmt: skip
    fills.busted(bust)
    fills.closed(2, lambda order_id: order_id == "O1")
    assert fills.holds(key_of(report(exec_id="e2")))  # its order is still held
    fills.closed(2, lambda _: False)
    assert fills.holds(key_of(report()))
    assert not fills.holds(key_of(report(exec_id="e2")))
    assert fills.holds(key_of(report(exec_id="e3")))


def test_a_better_price_never_refills_a_grant_and_a_worse_one_is_charged_by_the_difference():
    fills = Fills()
    assert fills.recorded(recorded("e1"), 1).cost_minor == 75

    def correct(version, cost):
        fact = replace(recorded(f"c{version}"), cost_minor=cost, price_ticks=version)
        return fills.corrected(
            FillCorrected(at_ns=1, refers_to=ref_of(key_of(report())), version=version,
                          evidence="", fill=fact, recalled=())
        )  # fmt: skip

    assert correct(1, 50).cost_minor == 0
    assert correct(2, 90).cost_minor == 15
    assert correct(3, 80).cost_minor == 0
