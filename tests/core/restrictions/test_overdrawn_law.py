"""Random lives of a desk with small position grants: no use of them grows beyond them unseen.

Grants come, expire and are revoked, clocks are set back, venues bust, correct, count and forget,
people decide and carry lots in. After each step and for each (account, side): the use lies within
what is granted, or did not grow, or the break of that side is open. No act of ours opens it.
"""

import os
from contextlib import suppress
from dataclasses import replace

import pytest

from edgenode.core import observations as o
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.core.restrictions.overdrawn import DESK, break_id
from edgenode.daemon import paper
from edgenode.model.break_types import BALANCE, CARRY_IN, POSITION, VERSION
from edgenode.model.errors import RefusedError
from edgenode.model.facts import GrantRevoked
from edgenode.model.orders import SIDES
from edgenode.model.venue import FillReport, Finished
from tests.core.orders.sent import fill
from tests.core.restrictions.test_overdrawn import ended, opened, sent
from tests.core.test_lives import MID, STEPS, Life
from tests.core.world import SECOND, WETH, intent

LIVES = int(os.environ.get("EDGENODE_LIVES", "40"))
OF_OTHERS = (o.Reported, o.ResolveAsked)
KEYS = [(account, WETH, side) for account in DESK for side in SIDES]


class Desk(Life):
    """One node whose desk trades by itself, too, under grants that do not last."""

    def next(self):
        rng = self.rng
        more = {
            self.decide: 6, self.stranger: 4, self.granted: 3, self.revoked: 1, self.differs: 3,
            self.explain: 2, self.desk_order: 8, self.set_back: 1, super().next: 72,
        }  # fmt: skip
        (draw,) = rng.choices(list(more), weights=list(more.values()))
        self.number += 1
        return draw()

    def stranger(self):
        rng = self.rng
        return o.Reported(
            FillReport(
                venue=rng.choice("ab"), order_id="STRANGER", venue_account="desk", scope="venue",
                exec_id=self.exec_id("x"), instrument=WETH, side=rng.choice(SIDES),
                quantity_lots=rng.randint(1, 80), price_ticks=self.near(50), fee_minor=0,
                fee_currency="", venue_time_ns=1,
            )
        )  # fmt: skip

    def desk_order(self):
        rng = self.rng
        ask = intent(
            f"D{self.number}", account=rng.choice(("desk:book", "desk:overlay")),
            venue=rng.choice(("a", "b", "local")), side=rng.choice(SIDES),
            lots=rng.randint(1, 100), price=self.near(300),
            time_in_force=rng.choice(("day", "ioc")), reduce_only=rng.random() < 0.1,
        )  # fmt: skip
        return o.OrderAsked(ask, "x")

    def granted(self):
        rng, now, side = self.rng, self.world.now, self.rng.choice(SIDES)
        (like,) = [one for one in paper.grants(self.world.figures, now) if one.side == side]
        lots, ends = rng.randint(10, 120), now + rng.randint(5, 300) * SECOND
        self.said(
            replace(
                like, id=f"p{self.number}", limit=lots, expiry=ends,
                reducing_reserve=rng.choice((0, lots // 2, lots)),
                grace_until=ends + rng.randint(0, 100) * SECOND,
            )
        )  # fmt: skip

    def revoked(self):
        held = self.world.state.grants.accounts.items()
        ids = [id_ for id_, account in held if account.grant.kind == "position"]
        self.said(GrantRevoked(at_ns=self.world.now, id=self.rng.choice(ids), reason="r"))

    def said(self, fact):
        before = self.uses()
        self.world.adopt(fact)
        self.look(before, fact, ours=True)

    def set_back(self):
        self.world.now -= self.rng.randint(1, 400) * SECOND

    def differs(self):
        venue = self.rng.choice("ab")
        found = o.Difference(type=POSITION, subject=f"{venue}/{WETH}", venue_says="1", we_say="0")
        return o.Reconciled(venue=venue, differences=(found,), lasting=(found,))

    def explain(self):
        ids = sorted(self.world.state.breaks.overdrawn)
        return self.of_person(o.BreakCloseAsked, ids, reason="looked at")

    def of_person(self, kind, ids, **more):
        if not ids:
            return None
        return kind(break_id=self.rng.choice(ids), actor="person:p", **more)

    def decide(self):
        """Let two persons decide a break, open or decided."""
        rng, breaks = self.rng, self.world.state.breaks
        ids = [
            id_ for id_ in (*breaks.open, *breaks.decided) if id_.partition(":")[0] in DECISIONS
        ]
        if not ids:
            return
        name = rng.choice(ids)
        type_ = name.partition(":")[0]
        decision, more = rng.choice(DECISIONS[type_]), {}
        if decision == VERSION:
            return
        if decision == CARRY_IN:
            more["account"] = rng.choice(("desk:book", "desk:overlay"))
            if type_ in {POSITION, BALANCE}:
                more["amount"] = rng.randint(-100, 100)
            if type_ == POSITION:
                more["price_ticks"] = MID
        for person in ("ann", "bob"):
            asked = o.ResolveAsked(break_id=name, decision=decision, reason="r", person=person,
                                   actor=f"person:{person}", **more)  # fmt: skip
            with suppress(RefusedError):
                self.observe(asked)

    def uses(self):
        state = self.world.state
        return {key: state.position_use(*key) for key in KEYS}, set(state.breaks.open)

    def observe(self, observation):
        before = self.uses()
        try:
            self.world.observe(observation)
        finally:
            self.look(before, observation, ours=not isinstance(observation, OF_OTHERS))

    def look(self, before, what, *, ours):
        """Hold the law against one step."""
        state, (uses, was_open) = self.world.state, before
        latest = state.limits.latest(self.world.now)
        for key, was in uses.items():
            use, name = state.position_use(*key), break_id("/".join(key))
            granted = state.grants.position_limit(*key[1:], latest, reducing=True)
            told = name in state.breaks.open
            assert use <= max(0, was, granted) or told, (key, was, use, granted, what)
            assert not (ours and told and name not in was_open), (key, was, use, granted, what)

    def live(self):
        self.world.now += self.rng.choice((0, 1, 1, 5, 30)) * SECOND
        self.mid = MID + self.rng.randint(-300, 300)
        if self.rng.random() < 0.9:
            self.world.publish("a", self.mid)
            self.world.publish("b", self.near(20))
        observation = self.next()
        if observation is not None:
            with suppress(RefusedError):
                self.observe(observation)


@pytest.mark.parametrize("seed", range(LIVES))
def test_no_use_of_a_position_grant_grows_beyond_it_unseen(seed):
    desk = Desk(seed)
    for _ in range(STEPS):
        desk.live()
    desk.world.assert_refolds()


def test_what_a_venue_counts_beyond_a_position_grant_is_a_break():
    world, id_ = sent(position_lots=100)
    ended(world, id_)
    count = Finished(venue="a", order_id=id_, reason="canceled", cum_lots=101)
    assert opened(world, count) == [f"desk:overlay/{WETH}/buy"]
    assert world.restricted() == {("node", "overdrawn"): "reducing"}
    world.assert_refolds()


def test_a_clock_that_was_set_back_renews_no_grant():
    world, id_ = sent(position_lots=100)
    (like,) = [one for one in paper.grants(world.figures, world.now) if one.side == "buy"]
    world.adopt(replace(like, id="short", limit=50, expiry=world.now + SECOND,
                        grace_until=world.now + SECOND))  # fmt: skip
    world.observe(o.Reported(fill(id_, lots=100)))
    world.now += 2 * SECOND
    world.observe(o.EventDeclared(event_id="e", source="declared", name="n", starts=world.now,
                                  ends=world.now + SECOND, actor="p"))  # fmt: skip
    world.now -= 2 * SECOND
    assert opened(world, fill(id_, "late", lots=1)) == [f"desk:overlay/{WETH}/buy"]
