"""Whatever happened before: what the gate accepts breaks no row of its table."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.gate.gate import judge
from edgenode.core.observations import (
    AmendAsked,
    CancelAsked,
    Funded,
    OrderAsked,
    PauseAsked,
    Reported,
    StateAsked,
    Tick,
)
from edgenode.core.orders.changes import _intent
from edgenode.core.orders.quotes import renewed
from edgenode.core.state.memo import Memo
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import GrantRevoked, OrderGated, QuotesSet
from edgenode.model.orders import OrderState
from edgenode.model.venue import Finished
from tests.core.gate.naive import Ledger, live, reduces, worst_of, wrong
from tests.core.gate.orders import declare
from tests.core.orders.sent import fill
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent
from tests.examples import examples

MILLION = 10**6
sides = st.sampled_from(["buy", "sell"])


def copied(kept):
    other = Memo()
    other._state, other._ruled_seq, other._found = kept._state, kept._ruled_seq, dict(kept._found)
    return other


def fives(low, high):
    """Return multiples of five, so that sums of orders often meet a limit exactly."""
    return st.integers(low, high).map(lambda n: 5 * n)


ACCOUNTS = (
    (CUSTOMER, "local"), ("desk:book", "local"), ("desk:book", "a"),
    ("desk:overlay", "a"), ("desk:overlay", "b"),
)  # fmt: skip
orders = st.tuples(
    st.just("order"), st.sampled_from(ACCOUNTS), sides, st.integers(-400, 400),
    fives(1, 24), st.sampled_from(["day", "ioc"]), st.sampled_from([False] * 4 + [True]),
    st.sampled_from([None, None, "none", "drop"]),
)  # fmt: skip
fills = st.tuples(st.just("fill"), st.integers(0, 9), fives(1, 20), st.booleans())
others = st.one_of(
    st.tuples(st.just("amend"), st.integers(0, 9), st.integers(-300, 300), fives(1, 30)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("end"), st.integers(0, 9)),
    st.tuples(st.just("mid"), st.integers(146_000, 154_000)),
    st.tuples(st.just("state"), st.sampled_from(["active", "reducing", "halted"]),
              st.sampled_from(["node", "venue:a", "event:drop"])),
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("grant"), st.sampled_from(["cost", "cash", "position-buy", "position-sell"]),
              st.integers(0, 600), st.integers(1, 60)),
    st.tuples(st.just("revoke"), st.sampled_from(["cost-1", "position-buy"])),
    st.tuples(st.just("time"), st.integers(1, 40)),
)  # fmt: skip
moves = st.integers(0, 9).flatmap(lambda n: orders if n < 5 else fills if n < 7 else others)
limits = st.fixed_dictionaries(
    {
        "order_notional_max": st.integers(1_000, 4_000).map(lambda n: n * MILLION),
        "net_position_lots_max": fives(10, 100),
        "gross_notional_max": st.integers(2_000, 20_000).map(lambda n: n * MILLION),
        "event_gross_notional_max": st.integers(2_000, 20_000).map(lambda n: n * MILLION),
        "event_loss_max": st.integers(5, 200).map(lambda n: n * MILLION),
        "day_loss_max": st.integers(5, 200).map(lambda n: n * MILLION),
        "open_orders_max": st.integers(1, 6),
        "open_notional_max": st.integers(2_000, 9_000).map(lambda n: n * MILLION),
        "event_spend_max": st.integers(1, 60).map(lambda n: n * MILLION),
        "price_collar_ppm": st.integers(1_000, 9_000),
        "quote_size_lots": st.sampled_from([0, 60, 200]),
        "quote_skew_ppm": st.sampled_from([20, 2_000]),
        "overlay_enabled": st.booleans(),
        "band_lots": fives(0, 8),
        "slice_lots_max": fives(1, 8),
    }
)
rooms = st.fixed_dictionaries(
    {
        "cash_limit": st.integers(1_000, 9_000),
        "cost_limit": st.integers(5, 60),
        "funds_cash": st.integers(2_000, 20_000),
        "funds_lots": st.integers(100, 600),
        "position_lots": fives(4, 60),
    }
)


class Life:
    """A world in which anything may be asked; every acceptance is held against the naive table."""

    def __init__(self, figures, policy):
        self.world = World(PaperWorld(venues=("a", "b"), **figures))
        self.world.policy(**policy)
        self.ticks, self.count, self.accepted = 150_000, 0, 0
        self.asked = []
        for currency, instrument in (("USDC", None), (None, "WETH-USDC")):
            fund = Funded(account="desk:book", venue="a", currency=currency,
                          instrument=instrument, amount=3_000 * MILLION if currency else 200,
                          reference="")  # fmt: skip
            self.world.observe(fund)
        declare(self.world, "drop", ends_s=400)
        self.publish()

    def publish(self):
        for venue in "ab":
            self.world.publish(venue, self.ticks)

    def move(self, what, *args):
        self.count += 1
        if self.count % 3 == 0:  # rules change within a second too
            self.world.now += SECOND
        self.publish()
        self.quote()
        self.world.observe(Tick())
        getattr(self, what)(*args)
        self.books_add_up()
        self.kept_terms_hold()

    def quote(self):
        """What the next tick would quote passes the table side by side."""
        world = self.world
        decision = renewed(world.state, world.seen, "WETH-USDC", world.now)
        for act in decision.acts:
            if not isinstance(act.fact, QuotesSet):
                continue
            made = act.fact
            crossed = sum(type(a.fact).__name__ == "FillRecorded" for a in decision.acts)
            for side, price, lots in (
                ("buy", made.bid_ticks, made.bid_lots), ("sell", made.ask_ticks, made.ask_lots),
            ):  # fmt: skip
                if lots and not crossed:
                    ask = intent("Q", account="desk:book", side=side, price=price, lots=lots)
                    assert wrong(world, ask, quote_side=True) == set()
            self.grants(made.reserved, reducing=False, freed=standing(world))

    def order(self, who, side, away, lots, tif, reduce_only, event):  # noqa: PLR0917
        account, venue = who
        ask = intent(
            f"T{self.count}", account=account, venue=venue, side=side, lots=lots,
            price=self.ticks + away, time_in_force=tif, reduce_only=reduce_only, event_id=event,
        )  # fmt: skip
        self.check(ask)
        self.world.observe(OrderAsked(ask, "anyone"))

    def amend(self, index, away, lots):
        order = self.at(index, "local")
        if order is None:
            return
        asked = AmendAsked(
            order_id=order.gated.order_id, client_order_id=f"T{self.count}", quantity_lots=lots,
            price_ticks=self.ticks + away, actor="anyone",
        )  # fmt: skip
        self.check(_intent(order, asked), order)
        self.world.observe(asked)

    def check(self, ask, order=None):
        world = self.world
        verdict = judge(world.state, world.seen, ask, world.now, order)
        self.asked.append(ask)
        if verdict.reasons:
            return
        self.accepted += 1
        amends = order.gated.order_id if order else None
        assert wrong(world, ask, amends=amends) == set()
        mark = world.seen.reference(world.state.rules.policy, WETH, world.now).ticks
        assert verdict.saw.worst_ticks == worst_of(world, Ledger(world), ask, mark)
        held = world.state.reservations.orders.get(amends, ()) if amends else ()
        ledger = Ledger(world, without=amends)
        net = ledger.interval("desk:book", "desk:overlay")
        sign = (1 if ask.side == "buy" else -1) * (-1 if ask.account == CUSTOMER else 1)
        executed = sum(f.quantity_lots for f in ledger.fills if f.order_id == amends)
        reducing = reduces(net, sign * (ask.quantity_lots - executed))
        self.grants(verdict.reserved, reducing=reducing, freed=held)
        spend = world.state.limits
        cost = sum(r.amount for r in verdict.reserved if r.kind in {"cost", "unwind"})
        back = sum(r.amount for r in held if r.kind in {"cost", "unwind"})
        used = spend.used(verdict.event_id) - back + cost
        assert not cost or used <= world.state.rules.policy.event_spend_max
        for row in verdict.reserved:
            if row.kind in {"funds", "inventory"}:
                key = (ask.account, ask.venue, row.unit)
                free = world.state.wallet.balances[key] - world.state.wallet.held.get(key, 0)
                freed = sum(r.amount for r in held if (r.kind, r.unit) == (row.kind, row.unit))
                assert row.amount <= free + freed

    def kept_terms_hold(self):
        """Terms that were worked out earlier say what they would say now, and a while later."""
        state, seen = self.world.state, self.world.seen
        memo = seen.memo
        for ask in self.asked[-6:]:
            for later in (0, 1, SECOND, 45 * SECOND, -2 * SECOND):
                at = self.world.now + later
                found = said(judge(state, replace(seen, memo=copied(memo)), ask, at))
                assert said(judge(state, replace(seen, memo=Memo()), ask, at)) == found
            judge(state, seen, ask, self.world.now)

    def grants(self, rows, *, reducing, freed):
        """No acceptance makes spent + reserved pass a grant, nor use one that holds no more."""
        reserved, claimed = Ledger(self.world).reserved(), Counter()
        for row in freed:
            reserved[row.grant] -= row.amount
        for row in rows:
            if not row.grant or row.kind in {"unwind_use", "unwind_cash_use"}:
                continue
            account = self.world.state.grants.accounts[row.grant]
            (claimed if row.kind == "unwind_proceeds" else reserved)[row.grant] += row.amount
            taken = max(account.spent, account.claimed + claimed[row.grant])
            assert taken + reserved[row.grant] <= account.grant.limit
            assert row.amount <= live(account, self.world.now, reducing=reducing)

    def at(self, index, *venues):
        found = [
            o for o in self.world.state.orders.orders.values()
            if o.state is not OrderState.DONE and o.gated.venue in venues
        ]  # fmt: skip
        return found[index % len(found)] if found else None

    def cancel(self, index):
        order = self.at(index, "local")
        if order is not None:
            self.world.observe(CancelAsked(order.gated.order_id, "anyone"))

    def fill(self, index, lots, better):
        order = self.at(index, "a", "b")
        if order is None:
            return
        gated = order.gated
        away = (-7 if gated.side == "buy" else 7) * better
        report = fill(
            gated.order_id, exec_id=f"x{self.count}", lots=min(lots, order.remaining_lots),
            venue=gated.venue, side=gated.side, price_ticks=gated.price_ticks + away, fee_minor=0,
        )  # fmt: skip
        self.world.observe(Reported(report))

    def end(self, index):
        order = self.at(index, "a", "b")
        if order is not None:
            gated, done = order.gated, order.filled_lots
            said = Finished(venue=gated.venue, order_id=gated.order_id, reason="canceled",
                            cum_lots=done)  # fmt: skip
            self.world.observe(Reported(said))

    def mid(self, ticks):
        self.ticks = ticks

    def state(self, word, scope):
        if scope != "event:drop" or "drop" in self.world.state.limits.events:
            self.world.observe(StateAsked(scope=scope, state=word, reason="", actor="p"))

    def pause(self, paused):
        self.world.observe(PauseAsked(paused=paused, hedges=False, reason="", actor="p"))

    def grant(self, kind, limit, seconds):
        held = self.world.state.grants.accounts
        old = held[kind if kind in held else f"{kind}-1"].grant
        limit *= MILLION if kind in {"cost", "cash"} else 1
        expiry = self.world.now + seconds * SECOND
        self.world.adopt(
            replace(
                old, id=f"g{self.count}", limit=limit, expiry=expiry,
                grace_until=expiry + seconds * SECOND, reducing_reserve=limit // 3,
            )
        )  # fmt: skip

    def revoke(self, id_):
        self.world.adopt(GrantRevoked(at_ns=self.world.now, id=id_, reason=""))

    def time(self, seconds):
        self.world.now += seconds * SECOND

    def books_add_up(self):
        """What grants, wallet and spend caps say is held is what open orders hold."""
        state, ledger = self.world.state, Ledger(self.world)
        reserved = ledger.reserved()
        assert set(state.reservations.orders) <= set(ledger.open)
        for id_, account in state.grants.accounts.items():
            assert account.reserved == (reserved[id_] if account.grant.kind != "position" else 0)
            assert 0 <= account.grace_used <= account.grant.reducing_reserve
        assert all(spend.reserved >= 0 for spend in state.limits.spend.values())


def said(verdict):
    return (
        *(verdict.reasons, verdict.would_reserve, verdict.event_id, verdict.limits_version),
        *(verdict.price_ticks, verdict.plan_id, None if verdict.reasons else verdict.saw),
    )


def standing(world):
    quote = world.state.orders.quotes.get("WETH-USDC")
    if quote is None:
        return ()
    held = world.state.reservations.orders
    return [r for side in "bs" for r in held.get(f"{quote.quote_id}.{side}", ())]


@settings(max_examples=examples(150))
@given(rooms, limits, st.lists(moves, min_size=10, max_size=40))
def test_what_the_gate_accepts_breaks_no_row_of_its_table(figures, policy, run):
    life = Life(figures, policy)
    for what, *args in run:
        life.move(what, *args)
    life.world.assert_refolds()


def test_such_lives_do_accept_orders_of_every_kind():
    """The law above would hold of a gate that denies everything."""
    life = Life({}, {"quote_size_lots": 60})
    for index, who in enumerate(ACCOUNTS):
        side, away = ("sell", 40) if index % 2 else ("buy", -40)
        life.move("order", who, side, away, 20, "day", False, None)
    assert life.accepted == len(ACCOUNTS)
    gated = [r.fact for r in life.world.recorded if isinstance(r.fact, OrderGated)]
    assert len(gated) == len(ACCOUNTS)
