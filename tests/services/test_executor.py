"""Orders and cancels reach their venues once they are durable; silent venues hold up nobody."""

import asyncio

import pytest

from edgenode.core.observations import CancelAsked, Reported, Tick
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, Finished, NotAnswered, NotFound
from edgenode.services.executor import IN_FLIGHT_MAX
from tests.core.world import SECOND
from tests.services.desk import Desk, Venue, lived, view


def quiet():
    desk = Desk()
    desk.world.policy(overlay_enabled=False, quote_size_lots=0)
    return desk


def test_a_dark_venue_with_many_unknown_orders_holds_up_no_other():
    dark, good = Venue(up=False), Venue()

    async def story(desk):
        lost = [await desk.sent(f"D{n}", "a") for n in range(3 * IN_FLIGHT_MAX)]
        await asyncio.sleep(60)
        assert {desk.order(id_).state for id_ in lost} == {OrderState.UNKNOWN}
        fine = await desk.sent("G", "b")
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert good.submitted == [fine]
        assert len(dark.asked) <= 60  # one question at a time, with growing pauses

    lived(story, {"a": dark, "b": good})


def test_a_venue_that_hangs_on_a_submit_holds_up_no_other():
    class Hanging(Venue):
        async def submit(self, order):
            self.submitted.append(order.order_id)
            await asyncio.Event().wait()

    hanging, good = Hanging(), Venue()

    async def story(desk):
        for n in range(2 * IN_FLIGHT_MAX):
            await desk.sent(f"D{n}", "a")
        fine = await desk.sent("G", "b")
        await asyncio.sleep(0.001)
        assert good.submitted == [fine]
        assert len(hanging.submitted) == IN_FLIGHT_MAX

    lived(story, {"a": hanging, "b": good})


def test_once_a_dark_venue_answers_every_order_is_resolved():
    dark = Venue(up=False)

    async def story(desk):
        lost = [await desk.sent(f"D{n}", "a") for n in range(20)]
        await asyncio.sleep(30)
        dark.views = {id_: view(id_, "canceled") for id_ in lost[:10]}
        dark.up = True
        await asyncio.sleep(5.1)
        assert {desk.order(id_).done_reason for id_ in lost[:10]} == {"canceled"}
        await asyncio.sleep(20)
        assert {desk.order(id_).done_reason for id_ in lost[10:]} == {"never_received"}
        assert sorted(dark.submitted) == sorted(lost)  # nothing was sent twice

    lived(story, {"a": dark})


def test_a_count_that_the_books_do_not_reach_is_asked_about_also_of_an_order_that_left():
    venue = Venue()

    async def story(desk):
        id_ = await desk.sent("H", "a")
        ended = Finished(venue="a", order_id=id_, reason="canceled", cum_lots=0)
        await desk.take(Reported(ended))
        desk.world.close_orders()
        venue.views = {id_: view(id_, "canceled", cum=0)}
        wrong = Finished(venue="a", order_id=id_, reason="filled", cum_lots=1)
        await desk.take(Reported(wrong))
        assert len(desk.state.breaks.open) == 1
        await asyncio.sleep(1)
        assert venue.asked == [id_]
        assert desk.state.breaks.open == {}  # it says now what the books say

    lived(story, {"a": venue})


def test_a_cancel_is_repeated_until_the_venue_has_taken_it_and_only_its_word_ends_the_order():
    venue = Venue()

    async def story(desk):
        id_ = await desk.sent("H", "a", time_in_force="day")
        await desk.take(Reported(Acked(venue="a", order_id=id_)))
        await asyncio.sleep(0)
        venue.up = False
        await desk.take(CancelAsked(id_, "person:p"))
        await asyncio.sleep(10)
        assert len(venue.canceled) > 1
        assert desk.order(id_).state is OrderState.WORKING
        venue.views = {id_: view(id_, "canceled")}
        venue.up = True
        await asyncio.sleep(6)
        assert desk.order(id_).done_reason == "canceled"
        count = len(venue.canceled)
        await asyncio.sleep(60)
        assert len(venue.canceled) == count

    lived(story, {"a": venue})


def test_what_was_open_before_a_start_is_taken_up_again():
    before = Desk()
    venue = Venue(up=False)
    ids = []

    async def first(desk):
        ids.append(await desk.sent("H", "a", time_in_force="gtd",
                                   expires_ns=desk.world.now + SECOND))  # fmt: skip
        await asyncio.sleep(1)
        desk.world.now += 2 * SECOND
        await desk.take(Tick())

    lived(first, {"a": venue}, before)
    assert before.order(ids[0]).cancel_sent

    class Working(Venue):
        async def cancel(self, order_id):
            await super().cancel(order_id)
            self.views = {order_id: view(order_id, "canceled")}

    again = Working()
    again.views = {ids[0]: view(ids[0], "working")}

    async def second(desk):
        await asyncio.sleep(10)
        assert again.canceled == ids
        assert desk.order(ids[0]).done_reason == "canceled"

    lived(second, {"a": again}, before)


def test_a_venue_that_rejects_an_order_ends_it_and_an_order_to_no_venue_was_never_sent():
    class Rejecting(Venue):
        async def submit(self, order):
            return view(order.order_id, "rejected")

    async def story(desk):
        ids = [await desk.sent("H", "a"), await desk.sent("I", "b")]
        await asyncio.sleep(1)
        assert [desk.order(id_).done_reason for id_ in ids] == ["rejected", "never_sent"]

    lived(story, {"a": Rejecting()})


def test_an_answer_that_we_refuse_to_read_leaves_the_order_unknown_and_asked():
    class Refusing(Venue):
        async def submit(self, _):
            raise RefusedError("no", code="EN002")

    venue = Refusing()

    async def story(desk):
        id_ = await desk.sent("H", "a")
        await asyncio.sleep(1)
        assert desk.order(id_).state is OrderState.UNKNOWN
        assert desk.state.exposure("WETH-USDC").overlay.high == 1
        assert venue.asked[0] == id_

    lived(story, {"a": venue})


def test_two_clear_answers_ten_seconds_apart_end_an_order_that_never_arrived():
    venue = Venue()

    async def story(desk):
        id_ = await desk.sent("H", "a")
        await desk.take(Reported(NotAnswered(venue="a", order_id=id_, detail="lost")))
        await asyncio.sleep(9)
        assert desk.order(id_).state is OrderState.UNKNOWN
        await asyncio.sleep(3)
        assert desk.order(id_).done_reason == "never_received"
        assert len(venue.asked) == 2

    lived(story, {"a": venue})


def test_not_known_ends_nothing_while_the_snapshot_cannot_be_read_or_lists_the_order():
    class Blind(Venue):
        blind = True

        async def snapshot(self):
            if self.blind:
                raise UnreachableError("a page")
            return await super().snapshot()

        async def query(self, order_id):
            self.asked.append(order_id)
            return NotFound()

    venue = Blind()

    async def story(desk):
        id_ = await desk.sent("H", "a", time_in_force="day")
        await desk.take(Reported(NotAnswered(venue="a", order_id=id_, detail="lost")))
        await asyncio.sleep(300)
        assert desk.order(id_).state is OrderState.UNKNOWN
        assert len(venue.asked) < 30
        venue.blind, venue.views = False, {id_: view(id_, "working")}
        await asyncio.sleep(40)
        assert desk.order(id_).state is OrderState.WORKING

    lived(story, {"a": venue})


@pytest.mark.parametrize("works", [True, False])
def test_a_cancel_that_overtook_its_submit_is_repeated_until_the_order_has_ended(works):
    """`works`: the venue then works the order; else the cancel is lost there, twice."""

    class Slow(Venue):
        lost = 0 if works else 2

        async def submit(self, order):
            await asyncio.sleep(0.5)
            self.submitted.append(order.order_id)
            self.views[order.order_id] = view(order.order_id, "working")

        async def cancel(self, order_id):
            self.canceled.append(order_id)
            if order_id in self.views and len(self.canceled) > self.lost:
                self.views[order_id] = view(order_id, "canceled")

    venue = Slow()

    async def story(desk):
        id_ = await desk.sent("H", "a", time_in_force="day")
        await asyncio.sleep(0.01)
        await desk.take(CancelAsked(id_, "person:p"))
        await asyncio.sleep(60)
        assert desk.order(id_).done_reason == "canceled"
        assert len(venue.canceled) > 1
        count = len(venue.canceled)
        await asyncio.sleep(600)
        assert len(venue.canceled) == count

    lived(story, {"a": venue})


def test_a_venue_that_never_cancels_is_asked_with_growing_pauses_and_a_person_is_told():
    class Deaf(Venue):
        async def submit(self, order):
            await super().submit(order)
            self.views[order.order_id] = view(order.order_id, "working")

    venue = Deaf()

    async def story(desk):
        id_ = await desk.sent("H", "a", time_in_force="day")
        await asyncio.sleep(0.01)
        await desk.take(CancelAsked(id_, "person:p"))
        before = desk.state.size
        for _ in range(600):
            await asyncio.sleep(1)
            await desk.take(Tick())
        assert 20 < len(venue.canceled) < 60
        assert desk.state.breaks.open.keys() == {f"not_canceled:{id_}"}
        assert desk.state.size - before < 200
        venue.views = {id_: view(id_, "canceled")}
        await asyncio.sleep(31)
        assert desk.state.breaks.open == {}

    lived(story, {"a": venue}, quiet())
