"""Whatever is said in whatever order: each cause is set and lifted by its own evidence alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import (
    CentreAllows,
    DiskFound,
    PauseAsked,
    Reconciled,
    ReleaseAsked,
    Started,
    StateAsked,
)
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from tests.core.world import World

P = "person:p"
LEVELS = st.sampled_from(("active", "reducing", "halted"))
SCOPES = st.sampled_from(("node", "venue:a", "instrument:WETH-USDC", "account:desk:overlay"))
RULES = st.sampled_from(("stress:x", "loss:drop", "forecast"))
NODE, HEDGES = ("node", "person"), ("account:desk:overlay", "person")
SAID = st.one_of(
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("resume")),
    st.tuples(st.just("state"), SCOPES, LEVELS),
    st.tuples(st.just("restored"), st.sets(st.sampled_from("ab"), min_size=1)),
    st.tuples(st.just("agreed"), st.sampled_from("ab")),
    st.tuples(st.just("centre"), LEVELS),
    st.tuples(st.just("disk"), LEVELS),
    st.tuples(st.just("rule"), SCOPES, LEVELS, RULES),
    st.tuples(st.just("release"), st.sampled_from(("stress:x", "disk", "restore:a", "person"))),
)


def put(model, key, level):
    model.pop(key, None) if level == "active" else model.__setitem__(key, level)


def say(world, model, said):  # noqa: C901, PLR0912  one case, one kind of evidence
    """Say it to the node, and to a model that knows only which evidence ends what."""
    match said:
        case "pause", hedges:
            world.observe(PauseAsked(paused=True, hedges=hedges, reason="", actor=P))
            model.setdefault(NODE, "reducing")
            model |= {HEDGES: "halted"} if hedges else {}
        case ("resume",):
            world.observe(PauseAsked(paused=False, hedges=False, reason="", actor=P))
            put(model, NODE, "active")
            put(model, HEDGES, "active")
        case "state", scope, level:
            world.observe(StateAsked(scope=scope, state=level, reason="", actor=P))
            put(model, (scope, "person:scope"), level)
        case "restored", venues:
            started = Started(boot_tag=2, version="0", mode="paper", restored=tuple(venues))
            world.observe(started)
            model |= {("node", f"restore:{venue}"): "reducing" for venue in venues}
        case "agreed", venue:
            world.observe(Reconciled(venue=venue, differences=(), lasting=()))
            put(model, ("node", f"restore:{venue}"), "active")
        case "centre", level:
            world.observe(CentreAllows(level, "said"))
            put(model, ("node", "centre"), level)
        case "disk", level:
            world.observe(DiskFound(level=level, free_mib=1))
            put(model, ("node", "disk"), level)
        case "rule", scope, level, cause:
            world.restrict(scope, level, cause)
            put(model, (scope, cause), level)
        case "release", cause:
            try:
                world.observe(ReleaseAsked(cause=cause, reason="r", actor=P))
            except RefusedError:
                return
            assert cause == "stress:x"
            for key in [key for key in model if key[1] == cause]:
                del model[key]
        case _:
            raise AssertionError(said)


@settings(deadline=None)
@given(st.lists(SAID, max_size=25))
def test_each_cause_is_set_and_lifted_by_its_own_evidence_alone(story):
    world, model = World(PaperWorld(venues=("a", "b"))), {}
    for said in story:
        say(world, model, said)
        assert world.restricted() == model
        strict = [level for (scope, _), level in model.items() if scope == "node"]
        order = ("active", "reducing", "halted")
        assert world.state.restrictions.level() == max(strict, key=order.index, default="active")
    world.assert_refolds()
    assert world.refolded().restrictions == world.state.restrictions
