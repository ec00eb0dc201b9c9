"""Kill -9 at many points: what restarts verifies, continues, and has done nothing twice."""

from edgenode.sim.demo import world
from tests.journeys import books
from tests.journeys.stage import ARM, customers, staged

# Each is reached and the process killed at once; with what a venue does wrong on the way there.
POINTS = (
    ("OrderGated", None),
    ("OrderSent", None),
    ("OrderSent", "lost_answer"),
    ("OrderUnknown", "down"),
    ("FillRecorded", "duplicate_fill"),
    ("OrderDone", "late_fill"),
    ("FillBusted", "bust"),
    ("FillCorrected", "correct"),
    ("HedgePlanned", None),
)
ROUNDS = 3


async def test_a_killed_node_continues_and_nothing_is_sent_or_booked_twice(tmp_path):
    orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
    async with staged(tmp_path) as stage:
        stage.begin_market()
        for number, (kind, fault) in enumerate(POINTS * ROUNDS):
            await stage.until(lambda s: s["market"] and s["sync"]["online"])
            if fault:
                for letter in "ab":
                    await stage.venue(letter, "/faults", {"kind": fault, "count": 1})
            await stage.trade_until(kind, orders)
            await stage.kill("node")
            if number % 7 == 3:
                await stage.kill("centre")
                await stage.start_centre()
            code, verified = books.run("main", "ledger", "verify", "--data", str(stage.data))
            assert (code, verified["ok"], verified["anchor"]) == (0, True, "match")
            await stage.start_node()
        await stage.desk.pause_all()
        await stage.until(lambda s: s["orders"]["unknown"] == 0 and s["sync"]["online"])
        assert await stage.stop("node") == 0
        truths = {letter: await stage.venue(letter, "/truth") for letter in "ab"}
        assert await stage.stop("centre") == 0
    rows = books.export(stage.data)
    assert len(books.of(rows, "BootStarted")) == len(POINTS) * ROUNDS + 1
    assert len(books.of(rows, "OrderUnknown")) >= ROUNDS
    for letter, truth in truths.items():
        books.assert_fills_are_the_venues(rows, letter, truth)
        books.assert_nothing_sent_twice(rows, letter, truth)
    assert truths["a"]["fills"], "a journey without hedges proves nothing"
    books.assert_acts_kept_the_bound(rows, band=100, one_slice=300)
    own = books.run("main", "state", "digest", "--data", str(stage.data))[1]
    args = ("book", "digest", "--node-id", ARM.node_id, "--data", str(stage.places.centre))
    theirs = books.run("central", *args)[1]
    assert own["parts"] == theirs["parts"]
    assert own["size"] == theirs["size"] == len(rows)
