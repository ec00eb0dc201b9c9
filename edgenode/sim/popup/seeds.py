"""A popup's worlds lived through, a seed at a time; what is done is kept and never done again.

DIR/prior.json     worlds and prior with their digests, written before the first one ran
DIR/seeds.jsonl    a row a world and seed, as it was done
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file, folder_lock, plain_file
from edgenode.model.errors import RefusedError
from edgenode.sim.arms import pool
from edgenode.sim.arms.played import play
from edgenode.sim.arms.score import foresight
from edgenode.sim.arms.setting import Arm
from edgenode.sim.popup import prior
from edgenode.sim.popup.arms import ARMS, FROM_MIN, ONSET_MIN, settings
from edgenode.sim.popup.judged import Judged, judged, within_min
from edgenode.sim.popup.prior import BASE, Parameters, digest

Json = dict[str, Any]
SCHEMA = "edgenode.drill.popup/2"
BASE_WORLD, DRAWN_WORLD = "base", "drawn"
ONSET_S = (ONSET_MIN - FROM_MIN) * 60
PRIOR_BYTES_MAX = 1 << 20
ROW = {"world", "seed", "prior", "parameters", "arms", "foresight"}
FEWEST = 4  # seeds of each world beside
PAIR = (Arm("none", "up"), Arm("ours", "up"))
SQUARE = tuple(Arm(policy, link) for policy in ("none", "ours") for link in ("up", "cut"))


@dataclass(frozen=True, slots=True)
class World:
    """One world and seed to live through, by some arms."""

    name: str
    parameters: Parameters
    seed: int
    arms: tuple[Arm, ...] = ARMS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be lived through: gamma, the base world, and how many seeds of what."""

    gamma: float
    seeds: int
    drawn: int
    first: int = 1
    base: Parameters = BASE

    @property
    def beside(self) -> dict[str, Parameters]:
        """Return the worlds without a popup, and the one with another announcement."""
        return prior.nulls(self.base) | prior.placebo(self.base)

    @property
    def told(self) -> Json:
        """Return what is written down before the first world runs."""
        worlds = {BASE_WORLD: self.base, **self.beside}
        return {
            "schema": SCHEMA,
            "gamma": self.gamma,
            "worlds": {name: asdict(figures) for name, figures in worlds.items()},
            "digests": {name: digest(figures) for name, figures in worlds.items()},
            "prior": prior.prior_digest(),
        }


def worlds(plan: Plan) -> list[World]:
    """Return the base world's seeds, drawn worlds, and a tenth as many of each world beside."""
    few = max(FEWEST, plan.seeds // 10)
    return [
        *(World(BASE_WORLD, plan.base, seed) for seed in _seeds(plan, plan.seeds)),
        *(
            World(name, parameters, seed, PAIR)
            for name, parameters in plan.beside.items()
            for seed in _seeds(plan, few)
        ),
        *(
            World(DRAWN_WORLD, prior.drawn(seed, plan.base), seed, SQUARE)
            for seed in _seeds(plan, plan.drawn)
        ),
    ]


def _seeds(plan: Plan, count: int) -> range:
    return range(plan.first, plan.first + count)


def row(gamma: float, world: World) -> Json:
    """Live through all arms of one world; the same row on every machine of an architecture."""
    found: dict[str, Judged] = {}
    best = None
    for arm, setting in settings(world.parameters, world.seed, gamma, world.arms):
        played = play(setting)
        found[arm.name] = judged(played)
        if arm.name == "none-up":
            best = foresight(played, gamma)
    assert best is not None
    return {
        "world": world.name,
        "seed": world.seed,
        "prior": digest(world.parameters),
        "parameters": asdict(world.parameters),
        "arms": {
            arm.name: _told(found[arm.name], found[f"none-{arm.link}"], world.parameters)
            for arm in world.arms
        },
        "foresight": {"cost": round(best.cost, 2), "rms_net": round(best.rms_net, 3)},
    }


def _told(arm: Judged, alone: Judged, parameters: Parameters) -> Json:
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
        "cap_left": round(arm.cap_left, 2),
        "cash_least": round(arm.cash_least),
        "capital_hours": round(arm.hedged_notional * parameters.settlement_h),
        "breaches": arm.breaches,
        "answers": {str(status): count for status, count in sorted(arm.answers.items())},
        "net_by_minute": [round(net, 2) for net in arm.net_by_second[::60]],
        "digest_equal": arm.equal,
    }


def run(plan: Plan, jobs: int, into: Path, tell: Callable[[int, int], None]) -> list[Json]:
    """Live through a plan's worlds; rows that `into` holds already are taken from there.

    EN403 if another process lives through worlds there; see `begun`.
    """
    durable_file.folder(into)
    with folder_lock.taken(into, "wait for the other run, or give another --into"):
        return _run(plan, jobs, into, tell)


def _run(plan: Plan, jobs: int, into: Path, tell: Callable[[int, int], None]) -> list[Json]:
    todo = worlds(plan)
    done = {(found["world"], found["seed"]): found for found in begun(into, plan.told)}
    wanted = [(world.name, world.seed) for world in todo]
    rows = {key: done[key] for key in wanted if key in done}
    left = [world for world in todo if (world.name, world.seed) not in done]
    tell(len(rows), len(todo))
    for made in _each(left, plan.gamma, jobs):
        rows[made["world"], made["seed"]] = made
        with (into / "seeds.jsonl").open("a") as file:
            file.write(json.dumps(made) + "\n")
        tell(len(rows), len(todo))
    return [rows[key] for key in wanted]


def _each(left: Sequence[World], gamma: float, jobs: int) -> Iterator[Json]:
    for _, made in pool.each(partial(row, gamma), left, jobs):
        yield made


def begun(into: Path, told: Json) -> list[Json]:
    """Begin or go on with a folder; EN006 where it is one of other figures."""
    text = json.dumps(told, indent=2)
    durable_file.folder(into)
    if not (into / "prior.json").exists():
        durable_file.write(into / "prior.json", text.encode())
        return []
    if plain_file.read(into / "prior.json", PRIOR_BYTES_MAX) != text.encode():
        raise RefusedError(
            f"{into} holds a popup of other figures",
            expected="a new folder, or one begun with the same gamma, world and release",
            do="give another --into",
            code="EN006",
        )
    rows = _rows(into)
    if rows or (into / "seeds.jsonl").exists():  # a line that a crash cut off is done again
        text = "".join(json.dumps(found) + "\n" for found in rows)
        durable_file.write(into / "seeds.jsonl", text.encode())
    return rows


def kept(into: Path) -> tuple[Json, list[Json]]:
    """Return what a folder holds: what was written before it ran, and its rows in order."""
    try:
        told = json.loads((into / "prior.json").read_text())
        names = [BASE_WORLD, *(n for n in told["worlds"] if n != BASE_WORLD), DRAWN_WORLD]
        rows = sorted(_rows(into), key=lambda row: (names.index(row["world"]), row["seed"]))
        known = told["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_popup(into, f"{type(error).__name__}: {error}") from error
    if not known:
        raise _no_popup(into, f"rows of another release: {told['schema']}")
    if not any(row["world"] == BASE_WORLD for row in rows):
        raise _no_popup(into, "no seed of the base world is done yet")
    return told, rows


def _no_popup(into: Path, found: str) -> RefusedError:
    return RefusedError(
        f"{into}: {found}",
        expected=f"a popup's prior.json and seeds.jsonl, {SCHEMA}, with a seed of the base world",
        do="name a folder that `drill popup --into` of this release began",
        code="EN006",
    )


def _rows(into: Path) -> list[Json]:
    seeds = into / "seeds.jsonl"
    if not seeds.exists():
        return []
    held = seeds.read_bytes()
    whole = held[: held.rfind(b"\n") + 1]  # the last line may be one being written
    try:
        return [_read_row(line) for line in whole.splitlines()]
    except ValueError as error:
        raise RefusedError(
            f"{seeds}: {error}",
            expected="a row of JSON a line, as this drill writes them",
            do="begin a new folder: the rows of this one cannot be trusted",
            code="EN006",
        ) from error


def _read_row(line: bytes) -> Json:
    row = json.loads(line)
    if not isinstance(row, dict) or not row.keys() >= ROW:
        raise ValueError("a line that is no row")
    return dict(row)
