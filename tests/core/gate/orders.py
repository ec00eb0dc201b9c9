"""Orders for the gate's tests, and what it says of them."""

from edgenode.core.gate.check import Check
from edgenode.core.gate.gate import judge
from edgenode.core.gate.terms import terms_of
from edgenode.core.observations import EventDeclared
from edgenode.daemon.paper import PaperWorld
from tests.core.world import SECOND, World, intent


def ready(**figures):
    world = World(PaperWorld(venues=("a", "b"), **figures))
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    return world


def declare(world, event_id, *, starts_s=0, ends_s=3600):
    world.observe(
        EventDeclared(
            event_id=event_id, source="declared", name="n", actor="person:p",
            starts=world.now + starts_s * SECOND, ends=world.now + ends_s * SECOND,
        )
    )  # fmt: skip


def reasons(world, ask):
    return judge(world.state, world.seen, ask, world.now).reasons


def codes(world, ask):
    return [r.code for r in reasons(world, ask)]


def names(world, ask):
    return [r.name for r in reasons(world, ask)]


def hedge(lots=100, side="buy", name="H", **more):
    row = {"account": "desk:overlay", "venue": "a", "price": 150_100, **more}
    return intent(name, lots=lots, side=side, **row)


def check(world, ask):
    terms = terms_of(world.state, world.seen, ask, world.now)
    return Check(terms, world.state, world.seen, ask, world.now)
