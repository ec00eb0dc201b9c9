"""Which source tells what another one told."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.copies import LAGS, Copies


def fed(streams, bars=2_000):
    copies = Copies()
    for i in range(bars):
        copies.take({name: tell(i) for name, tell in streams.items()})
    return copies


def told(seed, lag=0, unit=1.0, noise=0.0):
    rng = random.Random(seed)
    values = [rng.gauss(0, 0.5) for _ in range(2_100)]
    more = random.Random(seed + 1)
    return lambda i: unit * values[max(0, i - lag)] + more.gauss(0, noise)


@settings(max_examples=15)
@given(st.integers(0, LAGS - 1), st.sampled_from([0.5, 1.0, 3.0]))
def test_a_copy_is_found_at_any_lag_and_in_any_unit(lag, unit):
    copies = fed({"a": told(1), "b": told(1, lag, unit), "c": told(5)})
    assert copies.of == {"b": "a"}


def test_of_two_that_tell_the_same_the_earlier_one_is_the_original_whatever_its_name():
    assert fed({"z": told(1), "a": told(1, lag=2)}).of == {"a": "z"}


def test_sources_that_only_move_together_are_no_copies():
    assert fed({"a": told(1), "b": told(1, noise=0.2)}).of == {}


def test_a_copy_of_a_copy_is_one_of_the_first():
    copies = fed({"a": told(1), "b": told(1, lag=1), "c": told(1, lag=2)})
    assert set(copies.of) == {"b", "c"}


def test_sources_that_hardly_move_or_are_silent_copy_nobody():
    assert fed({"a": lambda _: 0.0, "b": lambda _: 0.0, "c": lambda _: None}).of == {}


def test_a_copy_whose_original_leaves_stands_by_itself():
    copies = fed({"a": told(1), "b": told(1)})
    assert copies.of == {"b": "a"}
    copies.forget("a")
    assert copies.of == {}
