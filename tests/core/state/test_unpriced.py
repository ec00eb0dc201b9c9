"""What is charged for a fee is its amount at its rate, once, on the grants that paid it."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.unpriced import NOTHING_UNPRICED, Owed
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FxRate, Grant
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import BustReport, CorrectReport, FillReport
from tests.core.orders.sent import fill
from tests.core.orders.test_evidence import RICH
from tests.core.world import LEDGER, SECOND, WETH, World, intent
from tests.examples import examples

USDC, MILLIETHER = 10**6, 10**15
UNIT = {"USDC": USDC, "ETH": MILLIETHER, "DUST": 1}
COUNTED = {"ETH": 10 * USDC, "DUST": 100 * USDC}  # of one unit of ETH; of any amount of DUST
AT_RATE = {"ETH": 1_515_000}  # of one unit, with 1 % haircut
DAY = 86_400 * SECOND


class Venue:
    """A venue that reports sales of one lot under ids that nobody ordered, each with a fee."""

    def __init__(self, *limits, world=None):
        self.world = world = world or World(
            PaperWorld(quote_size_lots=0, venues=("a",), cost_limit=1_000)
        )
        self.version, self.newest = 0, {}
        for number, limit in enumerate(limits):
            ends = world.now + (number + 1) * 3600 * SECOND
            world.adopt(Grant(
                at_ns=world.now, id=f"cost-0{number}", kind="cost", limit=limit * USDC,
                unit="USDC", scope="node", instrument=None, side=None, expiry=ends,
                grace_until=ends, reducing_reserve=0,
            ))  # fmt: skip
        self.tick()

    def tick(self, later_ns=0):
        self.world.now += later_ns
        self.world.publish("a", 150_000)
        self.world.observe(Tick())

    def fill(self, id_, fee, currency):
        report = FillReport(
            venue="a", venue_account="desk", scope="a", exec_id=id_, order_id=f"none-{id_}",
            instrument=WETH, side="sell", quantity_lots=1, price_ticks=150_000,
            fee_minor=fee * UNIT[currency], fee_currency=currency, venue_time_ns=7,
        )  # fmt: skip
        self.newest[id_] = report
        self.world.observe(Reported(report))

    def correct(self, id_, fee, currency):
        self.version += 1
        self.newest[id_] = right = replace(
            self.newest[id_], exec_id=f"{id_}.{self.version}",
            price_ticks=150_000 + self.version,
            fee_minor=fee * UNIT[currency], fee_currency=currency,
        )  # fmt: skip
        said = CorrectReport(fill=right, refers_to=id_, version=self.version)
        self.world.observe(Reported(said))

    def bust(self, id_):
        self.world.observe(Reported(BustReport(
            venue="a", venue_account="desk", scope="a", exec_id=id_, version=9_999, detail="",
        )))  # fmt: skip

    def rate(self, usdc=1_500, currency="ETH"):
        world, ppb = self.world, usdc * 10**9
        world.adopt(FxRate(at_ns=world.now, base=currency, quote="USDC", bid_ppb=ppb,
                           ask_ppb=ppb, as_of=world.now, source="s"))  # fmt: skip
        self.tick()

    def spent(self):
        accounts = self.world.state.grants.accounts
        return {i: a.spent / USDC for i, a in accounts.items() if a.grant.kind == "cost"}


class Owes:
    """The rules said again for one execution: its known cost, and its fee without a rate."""

    def __init__(self):
        self.known, self.currency, self.fee, self.counted = 0, "", 0, 0

    def told(self, fee, currency, *, rated):
        if fee <= 0:
            return
        if currency == "USDC" or (rated and currency in AT_RATE):
            at = USDC if currency == "USDC" else AT_RATE[currency]
            self.currency, self.fee, self.counted = "", 0, 0
            self.known = max(self.known, fee * at)
            return
        counted = COUNTED[currency] * (fee if currency == "ETH" else 1)
        if currency == self.currency:
            fee, counted = max(fee, self.fee), max(counted, self.counted)
        self.currency, self.fee, self.counted = currency, fee, counted

    def rated(self):
        if self.currency in AT_RATE:
            self.known += self.fee * AT_RATE[self.currency]
            self.currency, self.fee, self.counted = "", 0, 0


def assert_attributed(world):
    """What grants paid of unpriced fees is what is owed, and no grant is silently beyond."""
    state = world.state
    paid = {}
    for row in state.limits.unpriced.values():
        assert sum(amount for _, amount in row.paid) == row.owed.counted_minor
        for id_, amount in row.paid:
            paid[id_] = paid.get(id_, 0) + amount
    for id_, account in state.grants.accounts.items():
        assert paid.get(id_, 0) <= account.spent
        if account.spent + account.reserved > account.grant.limit:
            assert f"grant_overdrawn:{id_}" in state.breaks.open


words = st.lists(
    st.tuples(
        st.sampled_from(["told", "told", "told", "bust", "rate", "forget"]),
        st.integers(0, 3), st.integers(-3, 40), st.sampled_from(sorted(UNIT)),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=80)
@given(words, st.lists(st.integers(1, 300), max_size=2))
def test_a_fee_is_charged_once_at_its_rate_whatever_is_told_of_its_execution(run, limits):
    venue, model, busted, rated = Venue(*limits), {}, set(), False
    for what, number, fee, currency in run:
        id_ = f"x{number}"
        if what == "rate" and not rated:
            venue.rate()
            rated = True
            for owes in model.values():
                owes.rated()
        elif what == "told" and id_ not in busted:
            (venue.correct if id_ in venue.newest else venue.fill)(id_, fee, currency)
            model.setdefault(id_, Owes()).told(fee, currency, rated=rated)
        elif what == "bust" and id_ in venue.newest:
            venue.bust(id_)
            busted.add(id_)
        elif what == "forget":
            venue.world.close_orders()
        assert_attributed(venue.world)
        expected = sum(owes.known + owes.counted for owes in model.values())
        assert round(sum(venue.spent().values()) * USDC) == expected
        assert venue.world.state.limits.spent("none") == expected
    venue.world.assert_refolds()
    state = venue.world.state
    assert digest(snapshot.load(LEDGER, snapshot.dump(state))) == digest(state)


@pytest.mark.parametrize("corrections", [0, 1, 4])
def test_a_correction_does_not_count_its_fee_again(corrections):
    venue = Venue()
    venue.fill("x", 100, "ETH")
    for _ in range(corrections):
        venue.correct("x", 100, "ETH")
    assert venue.spent() == {"cost-1": 1_000}
    venue.rate()
    assert venue.spent() == {"cost-1": 151.5}
    venue.correct("x", 100, "ETH")
    assert venue.spent() == {"cost-1": 151.5}


def test_a_rate_restores_the_grant_that_paid_the_fee():
    venue = Venue(1_000)
    venue.fill("x1", 100, "ETH")
    venue.fill("x2", 900, "USDC")
    assert venue.spent() == {"cost-00": 1_000, "cost-1": 900}
    venue.rate()
    assert venue.spent() == {"cost-00": 151.5, "cost-1": 900}
    venue.tick(7_200 * SECOND)
    venue.fill("x3", 900, "USDC")
    assert "grant_overdrawn:cost-1" in venue.world.state.breaks.open


def test_a_fee_of_an_earlier_day_lessens_nothing_of_todays_spend():
    venue = Venue()
    venue.fill("x1", 50, "ETH")
    venue.tick(DAY)
    venue.fill("x2", 7, "USDC")
    venue.rate()
    assert venue.world.state.limits.spent("none") == 7 * USDC
    assert venue.spent() == {"cost-1": 7 + 75.75}


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50)), max_size=5),
    st.integers(0, 400),
)
def test_what_is_taken_out_of_a_row_leaves_what_grants_paid_and_what_counts(rows, priced):
    row, parts = NOTHING_UNPRICED, []
    for fees, one, other in rows:
        parts.append(Owed(fees, one + other))
        row = row.more(parts[-1], [("g1", one), ("g2", other)])
    target = row.at(min(priced, row.owed.counted_minor))
    assert sum(paid for _, paid in target) >= min(priced, row.owed.counted_minor)
    assert all(paid <= dict(row.paid)[id_] for id_, paid in target)
    for part in parts:
        row = row.less(part)
        assert sum(paid for _, paid in row.paid) == row.owed.counted_minor
    assert row == NOTHING_UNPRICED


KEPT = st.one_of(
    st.tuples(st.just("close")),
    st.tuples(st.just("fill"), st.integers(1, 40)),
    st.tuples(st.just("correct"), st.integers(0, 3)),
    st.tuples(st.just("rate"), st.sampled_from([1_500, 1_700])),
    st.tuples(st.just("clock"), st.integers(-900, 900)),
)


def counted(run, *, closes):
    """Return what fees of orders cost and owe, after each step of a run."""
    venue, told, found = Venue(world=World(RICH)), [], []
    world = venue.world
    asks = [intent(f"H{n}", account=DESK_OVERLAY, venue="a", lots=10, price=150_100)
            for n in range(sum(what == "fill" for what, *_ in run))]  # fmt: skip
    orders = [world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id for ask in asks]
    for number, (what, *of) in enumerate(run):
        venue.tick(of[0] * SECOND if what == "clock" else 0)
        if what == "fill":
            told.append(fill(orders[len(told)], f"x{number}", 10, price_ticks=150_000,
                             fee_minor=of[0] * MILLIETHER, fee_currency="ETH"))  # fmt: skip
            world.observe(Reported(told[-1]))
        elif what == "correct" and of[0] < len(told):
            known = told[of[0]]
            right = replace(known, exec_id=f"c{number}", price_ticks=150_001 + number)
            said = CorrectReport(fill=right, refers_to=known.exec_id, version=number)
            world.observe(Reported(said))
        elif what == "rate":
            venue.rate(of[0])
        elif what == "close" and closes:
            world.close_orders()
        limits = world.state.limits
        owed = {key: row.owed for key, row in limits.unpriced.items()}
        found.append((venue.spent(), limits.spent("none"), owed))
    venue.world.assert_refolds()
    return found


@settings(max_examples=examples(60))
@given(st.lists(KEPT, max_size=10))
@example([("fill", 9), ("rate", 1_500), ("close",), ("correct", 0)])
@example([("fill", 1), ("rate", 1_500), ("clock", -600), ("fill", 9), ("close",), ("correct", 1)])
@example([("fill", 9), ("rate", 1_500), ("close",), ("clock", 900), ("fill", 9), ("rate", 1_700),
          ("correct", 0)])  # fmt: skip
def test_a_fee_counts_as_if_its_execution_had_never_left_the_state(run):
    assert counted(run, closes=True) == counted(run, closes=False)


@pytest.mark.parametrize("older", [0, 50])
@pytest.mark.parametrize("told", ["corrected", "kept"])
def test_todays_spend_is_that_of_todays_fees_whatever_an_earlier_day_owes(older, told):
    venue = Venue()
    if older:
        venue.fill("x0", older, "ETH")
    venue.tick(DAY)
    venue.fill("x1", 20, "ETH")
    venue.fill("x2", 10, "ETH")
    limits = venue.world.state.limits
    assert limits.spent("none") == 300 * USDC
    if told == "corrected":
        venue.correct("x1", 7, "USDC")
        assert limits.spent("none") == 107 * USDC
    if older:
        venue.correct("x0", 1, "USDC")
    assert (
        limits.spent("none") == (107 if told == "corrected" else 300) * USDC + bool(older) * USDC
    )
    venue.world.assert_refolds()
