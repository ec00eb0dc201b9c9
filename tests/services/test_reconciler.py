"""Each venue is reconciled at a start, at a reconnect and at intervals, in virtual time."""

import asyncio
from dataclasses import replace

from edgenode.core.observations import Reported
from edgenode.model.errors import UnreachableError
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import Acked, FillReport, LinkChanged, MassStatus
from edgenode.services.reconciler import EVERY_S, RETRY_S, SETTLE_S, TRIES_TOLD, Reconciler
from edgenode.sim.world.loop import VirtualLoop
from tests.core.world import START, WETH
from tests.services.desk import Desk

EMPTY = MassStatus(
    venue="a", open_orders=(), fills=(), cursor=0, positions={},
    balances={"USDC": 150_000 * 10**6, WETH: 10_000},
)  # fmt: skip


class Shows:
    """A venue that shows what a test wants."""

    id = "a"

    def __init__(self):
        self.status = EMPTY
        self.up = True
        self.looks, self.whole = [], []

    async def snapshot(self, *, whole=False):
        self.whole.append(whole)
        self.looks.append(asyncio.get_running_loop().time())
        if not self.up:
            raise UnreachableError("dark")
        return self.status


def lived(story):
    desk, venue, asked = Desk(), Shows(), []
    reconciler = Reconciler(desk, venue, asked.append, desk)

    async def life():
        running = asyncio.get_running_loop().create_task(reconciler.run())
        try:
            await story(desk, venue, reconciler, asked)
        finally:
            running.cancel()

    loop = VirtualLoop(1)
    try:
        loop.run_until_complete(life())
    finally:
        loop.close()


def types(desk):
    return sorted(found.type for found in desk.state.breaks.open.values())


def test_at_a_start_at_intervals_and_at_a_reconnect():
    async def story(_, venue, reconciler, __):
        await asyncio.sleep(1)
        assert len(venue.looks) == 1
        reconciler.hear(LinkChanged(venue="a", state="disconnected"))
        await asyncio.sleep(1)
        assert len(venue.looks) == 1
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep(1)
        assert len(venue.looks) == 2
        await asyncio.sleep(EVERY_S + 1)
        assert len(venue.looks) == 3

    lived(story)


def test_what_a_snapshot_shows_is_booked_and_an_order_that_it_does_not_show_is_asked_about():
    async def story(desk, venue, reconciler, asked):
        await asyncio.sleep(1)
        id_ = await desk.sent("H", "a", time_in_force="day")
        await desk.take(Reported(Acked(venue="a", order_id=id_)))
        fill = FillReport(
            venue="a", venue_account="desk", scope="a", exec_id="x1", order_id=id_,
            instrument=WETH, side="buy", quantity_lots=1, price_ticks=150_000, fee_minor=0,
            fee_currency="USDC", venue_time_ns=1,
        )  # fmt: skip
        balances = {"USDC": 150_000 * 10**6 - 15_000_000, WETH: 10_001}
        venue.status = replace(EMPTY, fills=(fill,), positions={WETH: 1}, balances=balances)
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep(1)
        assert desk.state.positions.net(DESK_OVERLAY, WETH) == 1
        assert types(desk) == []
        assert asked == []  # that order is done
        other = await desk.sent("I", "a", time_in_force="day")
        await desk.take(Reported(Acked(venue="a", order_id=other)))
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep(1)
        assert asked == [other]

    lived(story)


def test_only_a_difference_that_a_second_look_finds_again_is_a_break():
    async def story(desk, venue, reconciler, _):
        await asyncio.sleep(1)
        venue.status = replace(EMPTY, positions={WETH: 5})
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep(SETTLE_S / 2)
        venue.status = EMPTY  # it was under way
        await asyncio.sleep(SETTLE_S)
        assert types(desk) == []
        venue.status = replace(EMPTY, positions={WETH: 5})
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep(SETTLE_S + 1)
        assert types(desk) == ["position_mismatch"]
        venue.status = EMPTY
        await asyncio.sleep(EVERY_S + 1)
        assert types(desk) == []

    lived(story)


def test_a_dark_venue_is_tried_again():
    async def story(desk, venue, _, __):
        venue.up = False
        await asyncio.sleep(3 * RETRY_S + 1)
        assert len(venue.looks) == 4
        venue.up = True
        await asyncio.sleep(RETRY_S)
        assert len(venue.looks) == 5
        assert types(desk) == []

    lived(story)


def named(desk):
    return {cause for _, cause in desk.world.restricted() if cause.startswith("unreconciled")}


def test_a_view_that_is_owed_and_cannot_be_read_is_a_cause_until_it_can():
    async def story(desk, venue, reconciler, _):
        await asyncio.sleep(1)
        assert reconciler.failing is None
        venue.up = False
        reconciler.hear(LinkChanged(venue="a", state="live"))
        await asyncio.sleep((TRIES_TOLD - 1) * RETRY_S)
        assert named(desk) == set()
        await asyncio.sleep(RETRY_S)
        assert named(desk) == {"unreconciled:a"}
        venue.up = True
        await asyncio.sleep(RETRY_S)
        assert named(desk) == set()
        assert reconciler.failing is None

    lived(story)


def test_a_start_owes_a_view():
    async def story(desk, venue, reconciler, _):
        venue.up = False
        await asyncio.sleep(TRIES_TOLD * RETRY_S)
        assert named(desk) == {"unreconciled:a"}
        assert reconciler.failing.tries == TRIES_TOLD
        assert reconciler.failing.since_ns == START

    lived(story)


def test_a_view_of_each_minute_that_cannot_be_read_is_a_problem_and_no_cause():
    async def story(desk, venue, reconciler, _):
        await asyncio.sleep(1)
        venue.up = False
        await asyncio.sleep(EVERY_S + 5 * RETRY_S)
        assert named(desk) == set()
        assert reconciler.failing.tries >= TRIES_TOLD
        assert "dark" in reconciler.failing.found

    lived(story)


def test_what_was_told_of_an_instrument_before_it_was_declared_is_read_again_then():
    async def story(desk, venue, _, __):
        told = FillReport(
            venue="a", venue_account="desk", scope="venue", exec_id="x1", order_id="Z",
            instrument="NEW-USDC", side="buy", quantity_lots=5, price_ticks=150_000, fee_minor=0,
            fee_currency="USDC", venue_time_ns=START,
        )  # fmt: skip
        await desk.take(Reported(told))
        assert types(desk) == ["fill_instrument"]
        await asyncio.sleep(1)
        assert venue.whole == [True], "this start has not read it"
        await asyncio.sleep(EVERY_S)
        assert not any(venue.whole[1:]), "nothing new is known"
        new = replace(desk.state.rules.instruments[WETH], id="NEW-USDC")
        desk.world.adopt(new)
        venue.status = replace(EMPTY, fills=(told,), positions={"NEW-USDC": 5})
        seen = len(venue.whole)
        await asyncio.sleep(EVERY_S)
        assert venue.whole[seen]
        assert "fill_instrument" not in types(desk)
        assert desk.state.exposure("NEW-USDC").book.high == 5, "in suspense: an unknown order"

    lived(story)
