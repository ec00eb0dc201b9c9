"""The breaks of an execution follow what is known of it."""

from edgenode.core.venues.disputes import retold
from edgenode.model.venue import BustReport, CorrectReport, Finished
from tests.core.breaks.test_resolving import RICH, ids, interval, resolve, two_orders
from tests.core.orders.sent import fill, say, sent
from tests.core.world import World

STRANGER = "NOT-OURS-0000000000A"


def test_one_content_has_no_breaks_of_its_own():
    world, order_id = sent()
    say(world, fill(order_id))
    (key,) = world.state.fills._plain
    assert retold(world.state, key, world.now).acts == ()


def test_a_dispute_is_one_break_until_its_venue_tells_which_is_true():
    world, order_id = sent()
    first = fill(order_id)
    say(world, first)
    say(world, fill(order_id, lots=41))
    say(world, fill(order_id, lots=42))
    assert len(ids(world, "fill_content")) == 1
    say(world, CorrectReport(fill=fill(order_id, "x2", lots=43), refers_to="x1", version=1))
    assert world.state.breaks.open == {}


def test_nobodys_execution_that_its_venue_takes_back_is_explained():
    world = World(RICH)
    say(world, fill(STRANGER))
    say(world, BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1", version=1,
                          detail="trade cancel"))  # fmt: skip
    assert world.state.breaks.open == {}
    assert world.exposure().book == (0, 0)


def test_what_people_put_back_into_suspense_is_asked_again():
    world = World(RICH)
    say(world, fill(STRANGER))
    (unknown,) = ids(world, "unknown_order")
    resolve(world, unknown, "never_happened")
    assert world.state.breaks.open == {}
    resolve(world, unknown.replace("unknown_order", "fill_content"), "both")
    assert ids(world, "unknown_order") == [unknown]
    assert world.exposure().book.high == 40


def test_an_overfill_that_a_dispute_takes_back_is_explained():
    world, order_id = sent()
    say(world, fill(order_id, lots=120))
    assert ids(world, "overfill")
    say(world, fill(STRANGER, lots=120))
    assert not ids(world, "overfill"), "which order it is of is disputed: none is booked"
    assert ids(world, "fill_content")


def bust(exec_id="x1"):
    return BustReport(venue="a", venue_account="desk", scope="venue", exec_id=exec_id, version=1,
                      detail="trade cancel")  # fmt: skip


def left(executed, counted):
    """Two orders that share the execution id x1, after they ended, were counted and left."""
    world, orders, _ = two_orders()
    for id_, lots in zip(orders, executed, strict=True):
        say(world, fill(id_, f"own-{id_}", lots=lots))
        for cum in (lots, counted):
            say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=cum))
    world.close_orders()
    assert not world.state.orders.orders
    return world, orders


def test_news_of_one_order_leaves_the_breaks_and_the_count_of_another_one():
    world, (first, second) = left((60, 5), 60)
    before = interval(world).high
    assert ids(world, "cum_quantity") == [f"cum_quantity:{second}"]
    say(world, fill(first, lots=2))
    assert ids(world, "cum_quantity") == [f"cum_quantity:{second}"]
    assert interval(world).high == before + 2
    world, (first, second) = left((5, 120), 120)
    say(world, fill(first, lots=2))
    assert ids(world, "overfill") == [f"overfill:{second}"]


def test_a_bust_of_an_order_that_has_left_closes_what_it_explains():
    world, order_id = sent()
    say(world, fill(order_id, lots=60))
    say(world, fill(order_id, "x2", lots=60))
    world.close_orders()
    assert ids(world, "overfill")
    say(world, bust("x2"))
    assert not ids(world, "overfill")


def test_what_people_decide_of_an_order_that_has_left_closes_what_it_explains():
    world, order_id = sent()
    say(world, fill(order_id, lots=120))
    say(world, fill(order_id, lots=121))
    world.close_orders()
    assert ids(world, "overfill")
    (disputed,) = ids(world, "fill_content")
    for person in ("ann", "bob"):
        resolve(world, disputed, "never_happened", person)
    assert world.state.breaks.open == {}
