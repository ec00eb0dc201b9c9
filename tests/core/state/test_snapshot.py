"""A state read back from its snapshot is the state: same digest, same future."""

import random

import pytest

from edgenode.core import node
from edgenode.core.observations import (
    EventDeclared,
    OrderAsked,
    PauseAsked,
    Reported,
    SessionBegan,
    Tick,
)
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.model.errors import RefusedError
from edgenode.model.facts import FxRate
from edgenode.wire.canonical import pack, unpack
from tests.core.gate.orders import hedge
from tests.core.gate.test_plans import approve, strict
from tests.core.orders.test_evidence import Said
from tests.core.world import CUSTOMER, LEDGER, SECOND, START, intent


def lived():
    """Return a world that has met most of what a state can hold."""
    world, plan = strict(quote_size_lots=500)
    approve(world, plan, "p", "q")
    world.observe(Tick())
    world.observe(SessionBegan(CUSTOMER, CUSTOMER))
    world.observe(EventDeclared(event_id="e", source="declared", name="n", starts=START,
                                ends=START + 10**15, actor="person:p"))  # fmt: skip
    world.adopt(FxRate(at_ns=START, base="USDC", quote="EUR", bid_ppb=1, ask_ppb=2,
                       as_of=START, source="s"))  # fmt: skip
    order_id = world.facts(OrderAsked(hedge(60, name="H2"), "rule:overlay"))[0].order_id
    for said in (
        Said("fill", "x1", 20), Said("fill", "x1", 21), Said("fill", "x2", 5),
        Said("correct", "c1", 4, refers_to="x2", version=1), Said("bust", "unheard"),
        Said("fill", "x3", 1),
    ):  # fmt: skip
        world.observe(Reported(said.report(order_id, "buy")))
    for index, (side, price) in enumerate((("buy", 149_000), ("buy", 149_000), ("sell", 151_500))):
        world.observe(OrderAsked(intent(f"T{index}", side=side, price=price, lots=10), CUSTOMER))
    gtd = intent("G", time_in_force="gtd", expires_ns=world.now + 5 * SECOND, lots=10)
    world.observe(OrderAsked(gtd, CUSTOMER))
    world.observe(OrderAsked(intent("D", lots=0), CUSTOMER))
    return world, order_id


def restored(world):
    return snapshot.load(LEDGER, snapshot.dump(world.state))


def test_every_field_comes_back():
    world, _ = lived()
    again = restored(world)
    assert digest(again) == digest(world.state)
    assert snapshot.dump(again) == snapshot.dump(world.state)
    for name in node.new_state(LEDGER).__dataclass_fields__:
        ours, theirs = getattr(world.state, name), getattr(again, name)
        if hasattr(ours, "__dataclass_fields__") and name != "ledger":
            for field in ours.__dataclass_fields__:
                held = getattr(ours, field)
                if "book" not in field and field != "_own":
                    assert getattr(theirs, field) == held, f"{name}.{field}"


def test_ids_of_one_execution_name_one_object_again():
    world, _ = lived()
    held = restored(world).fills.executions()
    by_id = {key.exec_id: execution for key, execution in held.items()}
    assert by_id["x2"] is by_id["c1"]
    assert by_id["x1"] is not by_id["x2"]


@pytest.mark.parametrize("seed", range(5))
def test_a_restored_state_has_the_same_future(seed):
    world, order_id = lived()
    other, _ = lived()
    other.state = restored(other)
    rng = random.Random(seed)
    for number in range(60):
        step = rng.choice(("tick", "order", "fill", "bust", "pause", "close"))
        for each in (world, other):
            each.now += SECOND
            each.publish("a", 150_000)
        if step == "close":
            world.close_orders()
            other.close_orders()
            continue
        observation = {
            "tick": Tick(),
            "order": OrderAsked(intent(f"N{number}", lots=rng.randint(1, 20),
                                       price=rng.choice((149_000, 151_000))), CUSTOMER),
            "fill": Reported(Said("fill", f"y{number}", 1).report(order_id, "buy")),
            "bust": Reported(Said("bust", rng.choice(("x1", "x2", "x3"))).report("", "")),
            "pause": PauseAsked(paused=rng.random() < 0.5, hedges=False, reason="", actor="p"),
        }[step]  # fmt: skip
        assert world.facts(observation) == other.facts(observation), step
        assert digest(world.state) == digest(other.state)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: [rows[0] + 1, *rows[1:]],
        lambda rows: [3, *rows[1:]],
        lambda rows: [1, *rows[1:]],
        lambda rows: [rows[0], rows[1], rows[2][:-1]],
        lambda rows: [rows[0], rows[1], [*rows[2][:-1], [1]]],
        lambda rows: [rows[0], rows[1], [*rows[2][:-1], None]],
        lambda _: "no list",
    ],
)
def test_what_is_of_another_shape_is_refused(spoil):
    world, _ = lived()
    rows = unpack(snapshot.dump(world.state), bytes_max=snapshot.BYTES_MAX)
    with pytest.raises(RefusedError) as refused:
        snapshot.load(LEDGER, pack(spoil(rows)))
    assert refused.value.code == "EN402"
