"""`exposed` agrees, at every moment of random lives, with the contract's sentence taken literally.

|net| (worst end) > band, and: nothing works on it, or grown for 2 min, or not back in 12 min at
the pace of the last 5 min, or more than 2/3 of the limit. The reference keeps the whole history of
a life, and asks the gate itself whether any venue takes the smallest order of the plan.
"""

import os
import random
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.cli import status_text
from edgenode.core import observations as o
from edgenode.core.gate import gate
from edgenode.daemon.page import page
from edgenode.daemon.paper import PaperWorld
from edgenode.daemon.view.status import NO_LINK, Running, status
from edgenode.model.errors import RefusedError
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE
from edgenode.model.orders import OrderState, sign
from edgenode.model.venue import Acked, FillReport, Finished, NotAnswered
from tests.core.world import SECOND, WETH, World, intent

LIVES = int(os.environ.get("EDGENODE_LIVES", "12"))
STEPS = 220
MID = 150_000


@dataclass(frozen=True)
class Row:
    """What a tick found: the worst end of |net|, the band, and what hedges had done by then."""

    at: int
    worst: int
    band: int
    done: int
    known: bool  # an order works, and its venue owes no answer


class Reference:
    """The contract's sentence over the rows of all ticks."""

    def __init__(self, world):
        self.world, self.rows = world, []

    def note(self):
        self.rows.append(self.now_row())

    def now_row(self):
        state = self.world.state
        programme = state.programmes.of(WETH)
        band = programme.newest.band_lots if programme.newest else state.rules.policy.band_lots
        done = state.positions.net(DESK_OVERLAY, WETH)
        return Row(self.world.now, max(map(abs, self.net())), band, done, self.known())

    def net(self):
        """Return |net| over all outcomes, without the desk's own quotes."""
        state = self.world.state
        buys, sells = state.orders.quote_lots(WETH)
        low, high = state.exposure(WETH).net
        return low + sells, high - buys

    def needed(self):
        low, high = self.net()
        return "buy" if -low > high else "sell"

    def known(self):
        return any(
            order.gated.account == DESK_OVERLAY
            and order.gated.side == self.needed()
            and order.state not in {OrderState.DONE, OrderState.UNKNOWN}
            for order in self.world.state.orders.orders.values()
        )

    def exposed(self):
        policy, row = self.world.state.rules.policy, self.now_row()
        if row.worst <= row.band:
            return False
        return (
            3 * row.worst > 2 * policy.net_position_lots_max
            or (self.idle_s() > policy.slice_s and not row.known and not self.can_send())
            or self.grown(row)
            or self.too_slow(row)
        )

    def idle_s(self):
        """Return the seconds since |net| left the band, or since a hedge was last seen at work."""
        since = self.world.now
        for before, row in zip([None, *self.rows], [*self.rows, None], strict=True):
            if row is None:
                break
            if row.worst <= row.band:
                since = self.world.now
            elif before is None or before.worst <= before.band:
                since = row.at
            moved = before is not None and row.done != before.done
            if row.worst > row.band and (moved or row.known):
                since = row.at
        return (self.world.now - since) // SECOND

    def can_send(self):
        """Return whether the gate lets the plan's smallest order go to any venue with a book."""
        world, state, side = self.world, self.world.state, self.needed()
        policy, instrument = state.rules.policy, state.rules.instruments[WETH]
        wanted = state.programmes.of(WETH).remaining * sign(side)
        exposure = state.exposure(WETH)
        overlay = exposure.overlay
        towards = (exposure.target - overlay.high) if side == "buy" else (
            overlay.low - exposure.target)  # fmt: skip
        reference = world.seen.reference(policy, WETH, world.now)
        if min(wanted, towards) <= 0 or reference is None:
            return False
        away = -(-reference.ticks * policy.collar_ppm // 1_000_000)
        least = max(1, instrument.quantity_lots_min)
        for venue in policy.overlay_venues:
            age = world.seen.age_ms(venue.venue, WETH, world.now)
            if age is None or age > venue.age_ms_max:
                continue
            ask = intent("probe", side=side, lots=least, price=reference.ticks + sign(side) * away,
                         account=DESK_OVERLAY, venue=venue.venue, time_in_force="ioc",
                         event_id=state.limits.event_at(world.now))  # fmt: skip
            if not gate.judge(state, world.seen, ask, world.now).reasons:
                return True
        return False

    def taken(self):
        """Return (age in s, |net|) of a sample each 10 s, over some 5 min."""
        taken, newest = [], None
        for row in self.rows:
            if newest is None or row.at - newest >= 10 * SECOND:
                taken.append(((self.world.now - row.at) // SECOND, row.worst))
                newest = row.at
        return taken[-(300 // 10 + 2) :]

    def samples(self, span_s):
        """Return |net| of the last span; none if the span is not covered."""
        young = [worst for age_s, worst in self.taken() if age_s < span_s + 10]
        return young if any(age_s >= span_s for age_s, _ in self.taken()) else []

    def grown(self, row):
        """Return whether it has risen for 2 min: no fall, and no rest of more than a minute."""
        began = rested = None
        for (age, before), (after_age, after) in pairwise([*self.taken(), (0, row.worst)]):
            if after < before:
                began = None
            elif after > before:
                rests = began is None or rested - age > 60
                began, rested = age if rests else began, after_age
        return began is not None and began >= 120 and rested <= 60

    def too_slow(self, row):
        beyond = self.world.now
        for one in self.rows:
            within = one.worst <= one.band
            beyond = self.world.now if within else min(beyond, one.at)
        seen = self.samples(300)
        if self.world.now - beyond < 300 * SECOND or not seen:
            return False
        gone = seen[0] - row.worst
        return gone <= 0 or (row.worst - row.band) * 300 > gone * 720


class Life:
    """A node whose venues fall silent, answer late or not, and whose people pause and restrict."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        self.world = World(PaperWorld(
            quote_size_lots=500, venues=("a", "b"), band_lots=rng.choice((0, 100)),
            static_reference_ticks=rng.choice((None, MID)), cost_limit=rng.choice((5, 1_000)),
        ))  # fmt: skip
        self.silent = set()
        self.answers = rng.choice((0.1, 0.9))  # how often a venue answers an order
        self.running = Running(pid=1, mode="paper", wall=WallClock(), market=self)
        self.reference = Reference(self.world)
        self.number = 0

    def now_ns(self):
        return self.world.now

    def live(self):
        rng, world = self.rng, self.world
        self.number += 1
        world.now += rng.choice((1, 3, 10)) * SECOND
        if rng.random() < 0.03:
            self.silent ^= {rng.choice(("a", "b"))}
        for venue in {"a", "b"} - self.silent:
            world.publish(venue, MID)
        world.observe(o.Tick())
        self.running.pace.note(world.state, world.now)
        self.reference.note()
        with suppress(RefusedError):
            self.happens()

    def happens(self):
        rng, world = self.rng, self.world
        drawn = rng.random()
        if drawn < 0.15:
            side = rng.choice(("buy", "buy", "sell"))
            price = 152_000 if side == "buy" else 148_000
            world.observe(o.OrderAsked(
                intent(f"T{self.number}", side=side, lots=rng.randint(1, 400), price=price,
                       time_in_force="ioc"), "c"))  # fmt: skip
        elif drawn < 0.18:
            paused, hedges = rng.random() < 0.5, rng.random() < 0.5
            world.observe(o.PauseAsked(paused=paused, hedges=hedges, reason="", actor="p"))
        elif drawn < 0.21:
            scope = rng.choice(("node", "venue:a", "venue:b", f"instrument:{WETH}"))
            level = rng.choice(("active", "active", "reducing", "halted"))
            world.observe(o.StateAsked(scope=scope, state=level, reason="", actor="p"))
        else:
            self.answer()

    def answer(self):
        out = [x for x in self.world.state.orders.orders.values()
               if x.gated.venue != LOCAL_VENUE and x.state is not OrderState.DONE]  # fmt: skip
        for order in out:
            if self.rng.random() > self.answers:
                continue
            gated = order.gated
            named = {"venue": gated.venue, "order_id": gated.order_id}
            lots = self.rng.randint(1, order.remaining_lots)
            said = self.rng.choice((
                FillReport(**named, venue_account="desk", scope="venue",
                           exec_id=f"x{self.number}-{gated.order_id}", instrument=WETH,
                           side=gated.side, quantity_lots=lots, price_ticks=MID, fee_minor=0,
                           fee_currency="USDC", venue_time_ns=1),
                Acked(**named), NotAnswered(**named, detail="d"),
                Finished(**named, reason="canceled", cum_lots=order.filled_lots),
            ))  # fmt: skip
            self.world.observe(o.Reported(said))


@pytest.mark.parametrize("seed", range(LIVES))
def test_exposed_is_the_contracts_sentence(seed):
    life = Life(seed)
    for step in range(STEPS):
        life.live()
        found = status(life.world.state, life.running, NO_LINK, life.world.seen)
        assert found["exposed"] == life.reference.exposed(), (seed, step, found["problems"][:1])
        assert_one_figure(life, found)


def assert_one_figure(life, found):
    """Page, command, alarm and residual speak of the same worst end, with the ends it has."""
    low, high = life.reference.net()
    worst = f"{max(abs(low), abs(high)) / 100:.2f}"
    span = "" if low == high else f"({low / 100:.2f} to {high / 100:.2f})"
    (row,) = found["exposure"]
    assert row["exposed_quantity"].lstrip("-") == worst
    (line,) = [x for x in status_text.lines(found) if x.startswith(f"  {WETH}: net ")]
    html = page.fragments(found, {"t": [], "volume": [], "exposure": []})
    shown = html["exposure"].partition("<p class=big>")[2].partition("</p>")[0]
    alarm = [p["text"] for p in found["problems"] if p["code"] == "EN601"]
    for told in (line, shown, html["residual"], *alarm):
        plain = told.replace("\N{MINUS SIGN}", "-").replace("+", "")
        assert worst in plain
        assert span in plain


def test_the_lives_meet_exposure_of_every_kind():
    met = set()
    for seed in range(LIVES):
        life = Life(seed)
        for _ in range(STEPS):
            life.live()
            found = status(life.world.state, life.running, NO_LINK, life.world.seen)
            if found["exposed"]:
                met.add(found["problems"][0]["text"].partition(":")[0].partition(" (")[0])
                met.add(found["verdict"])
    assert {"Nothing works on it", "HOLD", "PAUSED", "EXPOSED"} <= met, met
