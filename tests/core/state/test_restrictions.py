"""Causes stand apart: any sets and lifts, in any order, change only what they name."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.restrictions import LEVELS, Restrictions
from edgenode.model.facts import RestrictionLifted, RestrictionSet

SCOPES = ("node", "venue:a", "instrument:X", "event:e1", "account:desk:overlay")
CAUSES = ("person", "loss:day", "restore:a", "restore:b", "centre", "clock", "stale:a")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(SCOPES), st.sampled_from(CAUSES), st.sampled_from((*LEVELS[1:], "lifted"))
    ),
    max_size=30,
)


def evolve(part, scope, cause, level, at_ns):
    more = {"at_ns": at_ns, "scope": scope, "cause": cause, "reason": f"r{at_ns}", "evidence": ""}
    if level == "lifted":
        part.lifted(RestrictionLifted(level="reducing", **more))
    else:
        part.restricted(RestrictionSet(level=level, **more))


@given(STEPS)
def test_setting_or_lifting_one_cause_changes_no_other(steps):
    part, model = Restrictions(), {}
    for at_ns, (scope, cause, level) in enumerate(steps):
        evolve(part, scope, cause, level, at_ns)
        if level == "lifted":
            model.pop((scope, cause), None)
        else:
            since = model[scope, cause][1] if (scope, cause) in model else at_ns
            model[scope, cause] = (level, since, f"r{at_ns}", "")
        assert {(s, c): tuple(row) for s, c, row in part.rows()} == model


@given(STEPS, st.sets(st.sampled_from(SCOPES)))
def test_the_level_is_the_strictest_cause_of_the_node_and_the_scopes_asked_for(steps, scopes):
    part = Restrictions()
    for at_ns, step in enumerate(steps):
        evolve(part, *step, at_ns)
    found = [row.level for scope, _, row in part.rows() if scope in {"node", *scopes}]
    assert part.level(*scopes) == max(found, key=LEVELS.index, default="active")
    level, scope, cause = part.strictest(*scopes)
    if level == "active":
        assert (scope, cause) == ("node", "")
    else:
        assert part.find(scope, cause).level == level


@given(STEPS)
def test_what_is_lifted_leaves_no_trace(steps):
    part = Restrictions()
    for at_ns, step in enumerate(steps):
        evolve(part, *step, at_ns)
    for scope, cause, _ in list(part.rows()):
        evolve(part, scope, cause, "lifted", 99)
    assert part == Restrictions()
    assert part.level(*SCOPES) == "active"
    assert part.canonical() == Restrictions().canonical()


@given(STEPS)
def test_the_same_facts_give_the_same_content(steps):
    one, other = Restrictions(), Restrictions()
    for part in (one, other):
        for at_ns, step in enumerate(steps):
            evolve(part, *step, at_ns)
    assert one.canonical() == other.canonical()
