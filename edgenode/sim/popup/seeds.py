"""A popup's worlds lived through, a seed at a time; what is done is kept and never done again.

DIR/prior.json     worlds, their figures, and the digest that was taken before the first one ran
DIR/seeds.jsonl    a row a world and seed, as it was done
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.model.errors import RefusedError
from edgenode.sim.arms import pool
from edgenode.sim.arms.played import play
from edgenode.sim.arms.score import foresight
from edgenode.sim.popup.arms import ARMS, FROM_MIN, ONSET_MIN, settings
from edgenode.sim.popup.judged import Judged, judged, within_min
from edgenode.sim.popup.prior import BASE, NULLS, Parameters, digest

Json = dict[str, Any]
BASE_WORLD = "base"
ONSET_S = (ONSET_MIN - FROM_MIN) * 60
FEWEST = 4  # seeds of each null world


@dataclass(frozen=True, slots=True)
class World:
    """One world and seed to live through."""

    name: str
    parameters: Parameters
    seed: int


def worlds(seeds: int, first: int = 1) -> list[World]:
    """Return the base world's seeds, and a tenth as many of each world without a popup."""
    few = max(FEWEST, seeds // 10)
    return [
        *(World(BASE_WORLD, BASE, seed) for seed in range(first, first + seeds)),
        *(
            World(name, parameters, seed)
            for name, parameters in NULLS.items()
            for seed in range(first, first + few)
        ),
    ]


def row(gamma: float, world: World) -> Json:
    """Live through all arms of one world; the same row on every machine of an architecture."""
    found: dict[str, Judged] = {}
    best = None
    for arm, setting in settings(world.parameters, world.seed, gamma):
        played = play(setting)
        found[arm.name] = judged(played)
        if arm.name == "none-up":
            best = foresight(played, gamma)
    assert best is not None
    return {
        "world": world.name,
        "seed": world.seed,
        "prior": digest(world.parameters),
        "arms": {
            arm.name: _told(found[arm.name], found[f"none-{arm.link}"])
            for arm in ARMS
        },
        "foresight": {"cost": round(best.cost, 2), "rms_net": round(best.rms_net, 3)},
    }  # fmt: skip


def _told(arm: Judged, alone: Judged) -> Json:
    minutes = within_min(arm, alone, ONSET_S)
    return {
        "cost": round(arm.cost, 2),
        "loss": round(arm.loss, 2),
        "shortfall": round(arm.shortfall, 2),
        "peak_net": round(arm.peak_net, 2),
        "rms_net": round(arm.rms_net, 3),
        "area": round(arm.area, 1),
        "within_min": None if minutes is None else round(minutes, 2),
        "orders": arm.orders,
        "hedged_quantity": round(arm.hedged_quantity, 2),
        "breaches": arm.breaches,
        "answers": {str(status): count for status, count in sorted(arm.answers.items())},
        "digest_equal": arm.equal,
    }


def run(
    todo: Sequence[World],
    gamma: float,
    jobs: int,
    into: Path | None,
    tell: Callable[[int, int], None],
) -> list[Json]:
    """Live through worlds; rows that `into` holds already are taken from there."""
    rows = _begun(into, gamma) if into else []
    done = {(found["world"], found["seed"]) for found in rows}
    wanted = {(world.name, world.seed) for world in todo}
    rows = [found for found in rows if (found["world"], found["seed"]) in wanted]
    left = [world for world in todo if (world.name, world.seed) not in done]
    tell(len(rows), len(todo))
    for made in _each(left, gamma, jobs):
        rows.append(made)
        if into:
            with (into / "seeds.jsonl").open("a") as file:
                file.write(json.dumps(made) + "\n")
        tell(len(rows), len(todo))
    names = [BASE_WORLD, *NULLS]
    return sorted(rows, key=lambda found: (names.index(found["world"]), found["seed"]))


def _each(left: Sequence[World], gamma: float, jobs: int) -> Iterator[Json]:
    for _, made in pool.each(partial(row, gamma), left, jobs):
        yield made


def _begun(into: Path, gamma: float) -> list[Json]:
    """Begin or go on with a folder; EN006 where it is one of another gamma or prior."""
    worlds_told = {BASE_WORLD: asdict(BASE), **{name: asdict(p) for name, p in NULLS.items()}}
    told = json.dumps({"gamma": gamma, "worlds": worlds_told}, indent=2)
    into.mkdir(parents=True, exist_ok=True)
    prior, seeds = into / "prior.json", into / "seeds.jsonl"
    if not prior.exists():
        durable_file.write(prior, told.encode())
        return []
    if prior.read_text() != told:
        raise RefusedError(
            f"{into} holds a popup of other figures",
            expected="a new folder, or one begun with the same gamma and release",
            do="give another --into",
            code="EN006",
        )
    if not seeds.exists():
        return []
    whole = seeds.read_text().rpartition("\n")[0]  # a line that a crash cut off is done again
    seeds.write_text(whole + "\n" if whole else "")
    try:
        return [json.loads(line) for line in whole.splitlines()]
    except ValueError as error:
        raise RefusedError(
            f"{seeds}: {error}",
            expected="a row of JSON a line, as this drill writes them",
            do="begin a new folder: the rows of this one cannot be trusted",
            code="EN006",
        ) from error
