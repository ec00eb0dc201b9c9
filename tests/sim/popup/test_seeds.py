"""Worlds lived through once: what is kept is not done again, and a folder of others is refused."""

import json

import pytest

from edgenode.model.errors import RefusedError
from edgenode.sim.popup import arms, seeds
from edgenode.sim.popup.arms import PopupArm
from edgenode.sim.popup.prior import BASE, NULLS
from edgenode.sim.popup.seeds import World, run, worlds


@pytest.fixture
def lived(monkeypatch):
    """Stand-in rows, and the list of worlds for which one was asked."""
    asked = []

    def row(_, world):
        asked.append((world.name, world.seed))
        return {"world": world.name, "seed": world.seed}

    monkeypatch.setattr(seeds, "row", row)
    return asked


def quiet(*_):
    return None


def test_worlds_without_a_popup_are_beside_those_with_one():
    todo = worlds(60)
    assert sum(world.name == "base" for world in todo) == 60
    assert all(sum(world.name == name for world in todo) == 6 for name in NULLS)


def test_what_is_kept_is_not_done_again_and_a_torn_line_is(lived, tmp_path):
    todo = [World("base", BASE, seed) for seed in range(4)]
    first = run(todo[:3], 0.01, 1, tmp_path, quiet)
    with (tmp_path / "seeds.jsonl").open("a") as file:
        file.write('{"world": "base", "se')
    assert run(todo, 0.01, 1, tmp_path, quiet) == [*first, {"world": "base", "seed": 3}]
    assert lived == [("base", seed) for seed in range(4)]
    kept = (tmp_path / "seeds.jsonl").read_text().splitlines()
    assert [json.loads(line)["seed"] for line in kept] == [0, 1, 2, 3]


def test_a_folder_of_another_gamma_is_refused_and_left(lived, tmp_path):
    todo = [World("base", BASE, 1)]
    run(todo, 0.01, 1, tmp_path, quiet)
    with pytest.raises(RefusedError, match="other figures"):
        run(todo, 0.02, 1, tmp_path, quiet)
    assert len(lived) == 1
    assert (tmp_path / "seeds.jsonl").read_text().count("\n") == 1


def test_rows_that_are_none_are_refused(lived, tmp_path):
    todo = [World("base", BASE, 1)]
    run(todo, 0.01, 1, tmp_path, quiet)
    (tmp_path / "seeds.jsonl").write_text("no row\n")
    with pytest.raises(RefusedError, match=r"seeds\.jsonl"):
        run(todo, 0.01, 1, tmp_path, quiet)
    assert len(lived) == 1


def test_a_world_is_the_same_at_every_call(monkeypatch):
    """With the product's own box and centre, over the first minutes after the onset."""
    monkeypatch.setattr(arms, "FROM_MIN", 609)
    monkeypatch.setattr(arms, "TO_MIN", 612)
    few = tuple(PopupArm(policy, link) for policy in ("none", "ours") for link in ("up", "cut"))
    monkeypatch.setattr(seeds, "ARMS", few)
    monkeypatch.setattr(seeds, "settings", lambda *a: arms.settings(*a, few))
    made = seeds.row(0.01, World("base", BASE, 3))
    assert made == seeds.row(0.01, World("base", BASE, 3))
    assert all(arm["digest_equal"] for arm in made["arms"].values())
    assert made["arms"]["none-up"]["orders"] == 0
    assert set(made["arms"]["ours-up"]["answers"]) == {"201"}
