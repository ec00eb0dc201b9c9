"""Worlds lived through once: what is kept is not done again, and a folder of others is refused."""

import json
import os
from contextlib import closing
from dataclasses import replace

import pytest

from edgenode.adapters import folder_lock
from edgenode.model.errors import RefusedError
from edgenode.sim.arms.venues import venues_of
from edgenode.sim.popup import arms, seeds
from edgenode.sim.popup.prior import BASE, LATE, NULLS, drawn
from edgenode.sim.popup.seeds import DRAWN_WORLD, Plan, World, kept, run, worlds
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.loop import VirtualLoop


def stand_in(world, seed):
    return {**dict.fromkeys(sorted(seeds.ROW)), "world": world, "seed": seed}


@pytest.fixture
def lived(monkeypatch):
    """Stand-in rows, and the list of worlds for which one was asked."""
    asked = []

    def row(_, world):
        asked.append((world.name, world.seed))
        return stand_in(world.name, world.seed)

    monkeypatch.setattr(seeds, "row", row)
    return asked


def quiet(*_):
    return None


PLAN = Plan(gamma=0.01, seeds=4, drawn=2)


@pytest.fixture
def few(monkeypatch):
    """Worlds of the base alone."""
    monkeypatch.setattr(
        seeds, "worlds", lambda p: [World("base", BASE, n) for n in range(p.seeds)]
    )


def test_worlds_without_a_popup_are_beside_those_with_one_and_drawn_ones_behind():
    todo = worlds(Plan(gamma=0.01, seeds=60, drawn=5, first=7))
    assert [world.seed for world in todo if world.name == "base"] == list(range(7, 67))
    for name in (*NULLS, LATE):
        assert sum(world.name == name for world in todo) == 6
    last = [world for world in todo if world.name == DRAWN_WORLD]
    assert [(world.seed, world.parameters) for world in last] == [
        (n, drawn(n)) for n in range(7, 12)
    ]


def test_only_the_base_world_plays_every_arm_and_each_world_has_one_to_compare_with():
    for world in worlds(PLAN):
        names = {arm.name for arm in world.arms}
        assert {"none-up", "ours-up"} <= names
        assert ("static-up" in names) == (world.name == "base")
        assert ("none-cut" in names) == ("ours-cut" in names)


def test_what_is_kept_is_not_done_again_and_a_torn_line_is(lived, few, tmp_path):
    first = run(Plan(gamma=0.01, seeds=3, drawn=0), 1, tmp_path, quiet)
    with (tmp_path / "seeds.jsonl").open("a") as file:
        file.write('{"world": "base", "se')
    assert run(PLAN, 1, tmp_path, quiet) == [*first, stand_in("base", 3)]
    assert lived == [("base", seed) for seed in range(4)]
    told = (tmp_path / "seeds.jsonl").read_text().splitlines()
    assert [json.loads(line)["seed"] for line in told] == [0, 1, 2, 3]


def test_what_is_told_while_a_row_is_being_written_leaves_it_alone(lived, few, tmp_path):
    run(PLAN, 1, tmp_path, quiet)
    before = (tmp_path / "seeds.jsonl").read_text() + '{"world": "base", "se'
    (tmp_path / "seeds.jsonl").write_text(before)
    plan, rows = kept(tmp_path)
    assert plan == PLAN.told
    assert [row["seed"] for row in rows] == [0, 1, 2, 3]
    assert (tmp_path / "seeds.jsonl").read_text() == before


@pytest.mark.parametrize("other", [Plan(0.02, 4, 2), Plan(0.01, 4, 2, base=drawn(1))])
def test_a_folder_of_another_gamma_or_world_is_refused_and_left(lived, few, tmp_path, other):
    run(PLAN, 1, tmp_path, quiet)
    with pytest.raises(RefusedError, match="other figures"):
        run(other, 1, tmp_path, quiet)
    assert len(lived) == 4
    assert (tmp_path / "seeds.jsonl").read_text().count("\n") == 4


def test_one_process_at_a_time_lives_through_worlds_in_a_folder(lived, few, tmp_path):
    with folder_lock.taken(tmp_path, "wait"), pytest.raises(RefusedError, match="in use") as found:
        run(PLAN, 1, tmp_path, quiet)
    assert (found.value.code, lived) == ("EN403", [])
    assert len(run(PLAN, 1, tmp_path, quiet)) == 4


def test_a_folder_whose_figures_cannot_be_read_is_refused(lived, few, tmp_path):
    (tmp_path / "prior.json").write_bytes(b"\xff")
    with pytest.raises(RefusedError, match="other figures"):
        run(PLAN, 1, tmp_path, quiet)
    (tmp_path / "prior.json").unlink()
    (tmp_path / "prior.json").mkdir()
    with pytest.raises(RefusedError, match=r"prior\.json: a folder"):
        run(PLAN, 1, tmp_path, quiet)


@pytest.mark.parametrize(
    "line", ["no row", "null", "[]", '{"world": "base", "seed": 1}', "\udcff"]
)
def test_rows_that_are_none_are_refused(lived, few, tmp_path, line):
    run(PLAN, 1, tmp_path, quiet)
    (tmp_path / "seeds.jsonl").write_bytes(os.fsencode(f"{line}\n"))
    for told in (lambda: run(PLAN, 1, tmp_path, quiet), lambda: kept(tmp_path)):
        with pytest.raises(RefusedError, match=r"seeds\.jsonl"):
            told()
    assert len(lived) == 4


def test_a_folder_without_a_seed_or_of_another_release_tells_nothing(lived, few, tmp_path):
    with pytest.raises(RefusedError, match=r"prior\.json"):
        kept(tmp_path)
    run(Plan(0.01, 0, 0), 1, tmp_path, quiet)
    with pytest.raises(RefusedError, match="no seed"):
        kept(tmp_path)
    (tmp_path / "prior.json").write_text(json.dumps({**PLAN.told, "schema": "other/1"}))
    with pytest.raises(RefusedError, match="other/1"):
        kept(tmp_path)


def test_a_world_is_the_same_at_every_call(monkeypatch):
    """With the product's own box and centre, over the first minutes after the onset."""
    monkeypatch.setattr(arms, "FROM_MIN", 609)
    monkeypatch.setattr(arms, "TO_MIN", 612)
    world = World("base", replace(BASE, told_twice=0.5), 3, seeds.SQUARE)
    made = seeds.row(0.01, world)
    assert made == seeds.row(0.01, world)
    assert all(arm["digest_equal"] for arm in made["arms"].values())
    assert made["arms"]["none-up"]["orders"] == 0
    assert set(made["arms"]["ours-up"]["answers"]) == {"201"}


def test_executions_that_are_told_twice_change_no_figure(monkeypatch):
    """Each is struck at the venue: that is checked too."""
    monkeypatch.setattr(arms, "FROM_MIN", 609)
    monkeypatch.setattr(arms, "TO_MIN", 612)
    world = World("base", replace(BASE, told_twice=1.0), 3, seeds.PAIR)
    once = World("base", BASE, 3, seeds.PAIR)
    _, setting = list(arms.settings(world.parameters, 3, 0.01, world.arms))[1]
    with closing(VirtualLoop("twice")) as loop:
        pool, *_ = venues_of(setting, SimClock(loop))
    assert all(pool.engine.strikes("duplicate_fill") for _ in range(50))
    told, plain = seeds.row(0.01, world), seeds.row(0.01, once)
    assert told["arms"]["ours-up"]["orders"] > 0
    assert told["arms"] == plain["arms"]
