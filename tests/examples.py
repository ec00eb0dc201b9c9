"""How many examples a law gets: the number it names, in proportion to the profile in use."""

from hypothesis import settings

_OF_DEFAULT = 100  # what the profile `default` gives a law that says nothing itself


def examples(count: int) -> int:
    """Return how many examples a law of `count` gets under this profile (see conftest.py)."""
    return max(1, count * settings().max_examples // _OF_DEFAULT)
