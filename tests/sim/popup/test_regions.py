"""Parts of the prior: every drawn world is in one part of each figure, and losing is told."""

from dataclasses import asdict

import pytest

from edgenode.sim.popup.prior import PRIOR, drawn
from edgenode.sim.popup.regions import FEWEST, losing, regions


def rows(count, saved):
    """Return drawn worlds in which the overlay saves what a function of the world says."""
    found = []
    for seed in range(count):
        world = drawn(seed)
        arms = {"none-up": {"shortfall": saved(world, seed)}, "ours-up": {"shortfall": 0.0}}
        found.append({"seed": seed, "parameters": asdict(world), "arms": arms})
    return found


@pytest.mark.parametrize("count", [FEWEST, 16, 31, 60])
def test_every_world_is_in_one_part_of_each_figure(count):
    parts = regions(rows(count, lambda *_: 1.0))
    for name in PRIOR:
        mine = [part["worlds"] for part in parts if part["part"].startswith(f"{name} ")]
        assert sum(mine) == count
    came = {part["part"]: part["worlds"] for part in parts}
    assert came["a popup came"] + came["it fizzled"] == came["all drawn worlds"] == count


def test_where_the_overlay_always_loses_is_said_and_where_it_gains_is_not():
    """It loses wherever a venue is dear."""
    wild = (-1, 1)
    parts = regions(rows(300, lambda w, n: 50 * (2.4 - w.overlay_cost) + wild[n % 2]))
    dear = [where for where in losing(parts) if where.startswith("overlay_cost")]
    assert len(dear) == 2
    gains = [part["part"] for part in parts if part["says"] == "gains"]
    assert gains == [next(p["part"] for p in parts if p["part"].startswith("overlay_cost"))]


def test_chance_is_called_chance():
    parts = regions(rows(60, lambda _, n: (-100.0, 100.0)[n % 2]))
    assert parts[0]["says"] == "may be chance"


def test_too_few_worlds_tell_nothing():
    assert regions(rows(FEWEST - 1, lambda *_: -1.0)) == []
