"""How far corrections are believed."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.pool import NARROW_MIN, Belief, Narrowing

FLOATS = st.floats(-3, 3)


def test_noise_is_believed_less_and_less_and_truth_more_and_more():
    noise, truth = Belief(300, prior=0.0, most=1.0), Belief(300, prior=0.0, most=1.0)
    assert truth.times == 0.0
    for i in range(400):
        said = 0.5 if i % 2 else -0.5
        noise.learn(said, 0.5 if i % 4 < 2 else -0.5)
        truth.learn(said, said)
    assert noise.times < 0.05
    assert truth.times > 0.9


@given(st.lists(st.tuples(FLOATS, FLOATS), max_size=60), st.floats(0, 1))
def test_a_belief_stays_within_its_bounds(said, prior):
    belief = Belief(300, prior=prior, most=2.0)
    for one, error in said:
        belief.learn(one, error)
    assert 0.0 <= belief.times <= 2.0


@given(st.lists(st.tuples(FLOATS, FLOATS), max_size=60))
def test_errors_are_narrowed_within_bounds(said):
    narrowing = Narrowing(300)
    for shift, error in said:
        narrowing.learn(shift, error)
    assert NARROW_MIN <= narrowing.times <= 1.0
