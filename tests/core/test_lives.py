"""Random lives of a node: whatever it is told, what it holds adds up and folds again.

Orders, changes, auctions, pauses, restarts, and venues that say things in any order, contradict
themselves and repeat themselves. After each step every total is held against its rows; at the end
the ledger is folded afresh, a snapshot is loaded, and everything that is open is ended.
"""

import os
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest

from edgenode.core import observations as o
from edgenode.core.gate.gate import judge
from edgenode.core.restrictions.overdrawn import DESK
from edgenode.core.risk.pnl import total
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.order import quote_order_id
from edgenode.core.state.reservations import CLAIM, OF_COST, ON_BALANCE
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE
from edgenode.model.orders import SIDES, OrderState
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    NotAnswered,
    NotKnown,
)
from tests.core.hedge.laws import assert_programmes
from tests.core.world import CUSTOMER, LEDGER, SECOND, WETH, World, intent

LIVES = int(os.environ.get("EDGENODE_LIVES", "40"))
STEPS = 250
OTHER = "customer:c2"
MID = 150_000
ROUNDED = 20  # minor units by which executions may round what stays for closing


class Life:
    """One node, and what its world happens to say next."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        self.world = World(
            PaperWorld(
                quote_size_lots=rng.choice((0, 50, 500)), venues=("a", "b"),
                cost_limit=rng.choice((5, 1_000)), cash_limit=rng.choice((3_000, 300_000)),
                event_spend_max=rng.choice((3, 250)), over_hedge_lots=rng.choice((0, 300)),
                position_lots=rng.choice((150, 1_000)),
            )
        )  # fmt: skip
        self.number = 0
        self.mid = MID
        for currency, instrument, amount in (("USDC", None, 10**11), (None, WETH, 5_000)):
            self.world.observe(
                o.Funded(account=OTHER, venue="local", currency=currency, instrument=instrument,
                         amount=amount, reference="")
            )  # fmt: skip

    def next(self):
        """Draw what happens next; None where nothing of the drawn kind can."""
        draws = {
            self.order: 30, o.Tick: 20, self.word: 25, self.change: 5, self.call: 3,
            self.pause: 3, self.trading_state: 3, self.cause: 4, self.event: 3,
            lambda: o.CancelAllAsked(account=CUSTOMER, actor="c"): 2,
            lambda: o.Started(boot_tag=self.number, version="0", mode="paper"): 2,
            lambda: o.SessionBegan(account=OTHER, actor="c"): 1,
            lambda: o.SessionEnded(account=OTHER, actor="c"): 1,
            o.DigestDue: 1,
            self.world.close_orders: 1,
        }  # fmt: skip
        self.number += 1
        (draw,) = self.rng.choices(list(draws), weights=list(draws.values()))
        return draw()

    def order(self):
        rng, now = self.rng, self.world.now
        market = rng.random() < 0.1
        kind = rng.choice(("day", "day", "gtd", "ioc", "fok"))
        ask = intent(
            f"T{self.number}", account=rng.choice((CUSTOMER, OTHER)), side=rng.choice(SIDES),
            lots=rng.randint(1, 200), price=None if market else self.near(400),
            type="market" if market else "limit", time_in_force=kind,
            post_only=rng.random() < 0.1, reduce_only=rng.random() < 0.05,
            expires_ns=now + rng.randint(1, 60) * SECOND if kind == "gtd" else None,
        )  # fmt: skip
        return o.OrderAsked(ask, "c")

    def word(self):
        """Let a venue say something of one of our orders; often not for the first time."""
        orders = self.world.state.orders.orders.values()
        out = [order for order in orders if order.gated.venue != LOCAL_VENUE]
        if not out:
            return None
        rng, order = self.rng, self.rng.choice(out)
        gated, named = order.gated, {"venue": order.gated.venue, "order_id": order.gated.order_id}
        fee, currency = self.fee()
        fill = FillReport(
            **named, venue_account="desk", scope="venue", exec_id=self.exec_id("x"),
            instrument=WETH, side=gated.side, quantity_lots=rng.randint(1, gated.quantity_lots),
            price_ticks=self.near(50), fee_minor=fee, fee_currency=currency,
            venue_time_ns=rng.randint(1, 3),
        )  # fmt: skip
        bust = BustReport(venue=gated.venue, venue_account="desk", scope="venue",
                          exec_id=self.exec_id("xc"), version=0, detail="")  # fmt: skip
        right = replace(fill, exec_id=self.exec_id("xc"))
        correct = CorrectReport(
            fill=right, refers_to=self.exec_id("xc"), version=rng.randint(0, 3)
        )
        cum = rng.choice((order.filled_lots, rng.randint(0, gated.quantity_lots)))
        said = (
            fill, fill, fill, bust, correct, Acked(**named), NotAnswered(**named, detail="d"),
            NotKnown(**named), Finished(**named, reason="canceled", cum_lots=max(0, cum)),
        )  # fmt: skip
        return o.Reported(rng.choice(said))

    def fee(self):
        """Draw a fee in the quote, in the base, in a third currency, or in one nobody declared."""
        rng = self.rng
        unit = {"USDC": 1, "WETH": 10**13, "ETH": 10**13, "DUST": 1}
        currency = rng.choice(("USDC", "USDC", *unit))
        return rng.randint(-500, 5_000) * unit[currency], currency

    def change(self):
        orders = self.world.state.orders.orders.values()
        here = [x for x in orders if x.gated.venue == LOCAL_VENUE and x.state != OrderState.DONE]
        if not here:
            return None
        return o.AmendAsked(
            order_id=self.rng.choice(here).gated.order_id, client_order_id=f"A{self.number}",
            quantity_lots=self.rng.randint(1, 250), price_ticks=self.near(400), actor="c",
        )  # fmt: skip

    def call(self):
        ends = self.world.now + self.rng.randint(1, 20) * SECOND
        return o.AuctionAsked(instrument=WETH, ends=ends, actor="p")

    def pause(self):
        paused = self.rng.random() < 0.4
        return o.PauseAsked(paused=paused, hedges=self.rng.random() < 0.3, reason="", actor="p")

    def trading_state(self):
        scope = self.rng.choice(("node", "venue:a", f"instrument:{WETH}"))
        state = self.rng.choice(("active", "active", "reducing", "halted"))
        return o.StateAsked(scope=scope, state=state, reason="", actor="p")

    def cause(self):
        """Let evidence restrict the node or free it; mostly it frees, so that it trades."""
        rng, level = self.rng, self.rng.choice(("active", "active", "reducing"))
        venue = rng.choice(("a", "b"))
        agreed = o.Reconciled(venue=venue, differences=(), lasting=())
        return rng.choice((
            o.CentreAllows(level, "said"), o.DiskFound(level=level, free_mib=1), agreed, agreed,
            o.Started(boot_tag=self.number, version="0", mode="paper", restored=(venue,)),
        ))  # fmt: skip

    def event(self):
        now = self.world.now
        return o.EventDeclared(event_id=f"e{self.number}", source="declared", name="n",
                               starts=now, ends=now + self.rng.randint(1, 100) * SECOND,
                               actor="p")  # fmt: skip

    def near(self, ticks):
        return self.mid + self.rng.randint(-ticks, ticks)

    def exec_id(self, letters):
        return f"{self.rng.choice(letters)}{self.rng.randint(0, self.number // 4)}"

    def live(self):
        """Let time pass and one thing happen."""
        self.world.now += self.rng.choice((0, 1, 1, 5, 30)) * SECOND
        self.mid = MID + self.rng.randint(-300, 300)
        if self.rng.random() < 0.9:
            self.world.publish("a", self.mid)
            self.world.publish("b", self.near(20))
        observation = self.next()
        if observation is not None:
            with suppress(RefusedError):  # turned away before anything changed
                self.world.observe(observation)

    def end(self):
        """End every order that is open."""
        for order in list(self.world.state.orders.orders.values()):
            gated = order.gated
            if order.state is OrderState.DONE:
                continue
            if gated.venue == LOCAL_VENUE:
                self.world.observe(o.CancelAsked(gated.order_id, "c"))
            else:
                end = Finished(venue=gated.venue, order_id=gated.order_id, reason="canceled",
                               cum_lots=order.filled_lots)  # fmt: skip
                self.world.observe(o.Reported(end))


def quote_ids(state):
    quote = state.orders.quotes.get(WETH)
    return {} if quote is None else {side: quote_order_id(quote.quote_id, side) for side in SIDES}


def assert_adds_up(state):
    """Every total equals the rows that it is made of."""
    grants, claims, balances = Counter(), Counter(), Counter()
    for order_id, rows in state.reservations.orders.items():
        order = state.orders.orders.get(order_id)
        gated = order.gated if order else None
        where = (gated.account, gated.venue) if gated else (DESK_BOOK, LOCAL_VENUE)
        assert order is None or order.state is not OrderState.DONE, order_id
        assert order is not None or order_id in quote_ids(state).values(), order_id
        for row in rows:
            if row.kind in ON_BALANCE:
                balances[*where, row.unit] += row.amount
            elif row.kind == CLAIM:
                claims[row.grant] += row.amount
            else:
                grants[row.grant] += row.amount
    for rows in state.reservations.kept.values():
        for row in rows:
            grants[row.grant] += row.amount
    assert {tuple(key): n for key, n in state.wallet.held.items()} == balances
    assert {i: a.reserved for i, a in state.grants.accounts.items() if a.reserved} == grants
    assert {i: a.claimed for i, a in state.grants.accounts.items() if a.claimed} == claims
    assert all(spend.reserved >= 0 for spend in state.limits.spend.values())


def assert_spend_adds_up(state):
    """Cost counts against the cap of its micro-event, cash does not."""
    events: Counter[str] = Counter()
    for order_id, rows in state.reservations.orders.items():
        cost = sum(row.amount for row in rows if row.kind in OF_COST)
        if cost:
            events[state.orders.orders[order_id].gated.event_id] += cost
    for rows in state.reservations.kept.values():
        for kept in rows:
            if kept.of_cost:
                events[kept.event_id] += kept.amount
    assert {
        i: spend.reserved for i, spend in state.limits.spend.items() if spend.reserved
    } == events


def assert_no_grant_is_silently_beyond(world):
    state = world.state
    for id_, account in state.grants.accounts.items():
        if account.used > account.grant.limit:
            assert f"grant_overdrawn:{id_}" in state.breaks.open
    for side in SIDES:
        limit = state.grants.position_limit(WETH, side, world.now, reducing=True)
        for desk in DESK:
            if state.position_use(desk, WETH, side) > limit:
                assert state.breaks.overdrawn, (desk, side)


def assert_an_unwind_is_funded(world):
    """Money never denies an order that closes what the overlay holds."""
    state = world.state
    held = state.positions.net("desk:overlay", WETH)
    side = "sell" if held > 0 else "buy"
    lots = abs(held) - state.orders.open_lots("desk:overlay", WETH, side)
    if lots > 0:
        price = MID + (-300 if side == "sell" else 300)
        ask = intent("U", account="desk:overlay", venue="a", side=side, lots=lots, price=price)
        found = {reason.name for reason in judge(state, world.seen, ask, world.now).reasons}
        assert not found & {"grant_cost", "grant_cash", "event_spend_max"}, (held, found)


def assert_pnl_known(world):
    """A loss is known wherever a price is, whatever fees were taken in."""
    policy = world.state.rules.policy
    if world.seen.reference(policy, WETH, world.now) is not None:
        assert total(world.state, world.seen, policy, None, world.now) is not None


def assert_covered(state):
    """Every order that may still execute holds its notional, or its lots."""
    instrument = state.rules.instruments[WETH]
    for order in state.orders.orders.values():
        gated, lots = order.gated, order.remaining_lots
        rows = state.reservations.orders.get(gated.order_id, ())
        held = {row.kind: row.amount for row in rows}
        if gated.side == "buy":
            assert held.get("funds", 0) >= instrument.notional_minor(gated.price_ticks, lots)
        else:
            assert held.get("inventory", 0) >= lots


def assert_held_by_share(state):
    """Of each row that it was accepted with, an order holds the share of its open lots."""
    for order in state.orders.orders.values():
        gated, lots = order.gated, order.remaining_lots
        held, needed = Counter(), Counter()
        for row in state.reservations.orders.get(gated.order_id, ()):
            held[row.grant, row.kind, row.unit] += row.amount
        for row in gated.reserved:
            share = row.amount * lots // gated.quantity_lots
            needed[row.grant, row.kind, row.unit] += max(0, share - ROUNDED)
        assert held >= needed, (gated.order_id, held, needed)


def assert_open_lots(state):
    """What may still execute is what orders and the quote say, and the book shows it."""
    lots, load = Counter(), Counter()
    for order in state.orders.orders.values():
        gated = order.gated
        lots[gated.account, gated.instrument, gated.side] += order.remaining_lots
        load[gated.account] += order.remaining_lots * gated.saw.worst_ticks
    book = {r.order_id: r.lots for r in state.orders.book(WETH).orders()}
    for side, id_ in quote_ids(state).items():
        lots[DESK_BOOK, WETH, side] += book.get(id_, 0)
    assert +Counter(state.orders._open.lots) == +lots  # + drops what is zero, or less
    assert min(state.orders._open.lots.values(), default=0) >= 0
    held = {
        account: sum(one.tick_lots for one in loads.values())
        for account, loads in state.orders._open.loads.items()
    }
    assert Counter({account: sum_ for account, sum_ in held.items() if sum_}) == +load


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_a_node_is_told_what_it_holds_adds_up(seed):
    life = Life(seed)
    state = life.world.state
    for _ in range(STEPS):
        life.live()
        assert_adds_up(state)
        assert_spend_adds_up(state)
        assert_open_lots(state)
        assert_covered(state)
        assert_held_by_share(state)
        assert_programmes(state)
        assert_pnl_known(life.world)
        assert_no_grant_is_silently_beyond(life.world)
        assert_an_unwind_is_funded(life.world)
    life.world.assert_refolds()
    assert digest(snapshot.load(LEDGER, snapshot.dump(state))) == digest(state)
    life.end()
    assert_adds_up(state)
    left = set(state.reservations.orders) - set(quote_ids(state).values())
    assert not left
