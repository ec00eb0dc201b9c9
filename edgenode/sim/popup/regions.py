"""Where the overlay loses: drawn worlds apart by one figure at a time, and what each part saves.

A part of the prior is one third of the drawn worlds by one figure (or: those that fizzled). It
*loses* where the interval of what the overlay saves lies below 0, *gains* where it lies above, and
else may be chance; of forty parts one does so by chance alone.
"""

from collections.abc import Sequence
from typing import Any

from edgenode.sim.popup.intervals import difference
from edgenode.sim.popup.prior import PRIOR, Parameters

Json = dict[str, Any]
PARTS = 3
FEWEST = 5 * PARTS  # worlds, below which no part is told


def regions(rows: Sequence[Json]) -> list[Json]:
    """Return each part's saving in shortfall, USDC an hour, link up; none of too few worlds."""
    if len(rows) < FEWEST:
        return []
    found = [_part("all drawn worlds", rows)]
    fizzled = [row for row in rows if Parameters(**row["parameters"]).fizzles]
    came = [row for row in rows if not Parameters(**row["parameters"]).fizzles]
    found += [_part("a popup came", came), _part("it fizzled", fizzled)]
    for name in PRIOR:
        found += _thirds(name, rows)
    return [part for part in found if part["worlds"]]


def losing(parts: Sequence[Json]) -> list[str]:
    """Name the parts where the overlay loses beyond chance."""
    return [part["part"] for part in parts if part["says"] == "loses"]


def _thirds(name: str, rows: Sequence[Json]) -> list[Json]:
    ranked = sorted(rows, key=lambda row: (row["parameters"][name], row["seed"]))
    values = sorted({row["parameters"][name] for row in rows})
    if len(values) <= 2:  # noqa: PLR2004  there or not
        return [
            _part(f"{name} = {value:g}", [r for r in ranked if r["parameters"][name] == value])
            for value in values
        ]
    found = []
    for n in range(PARTS):
        few = ranked[n * len(ranked) // PARTS : (n + 1) * len(ranked) // PARTS]
        low, high = (few[end]["parameters"][name] for end in (0, -1))
        found.append(_part(f"{name} {low:.3g} to {high:.3g}", few))
    return found


def _part(name: str, rows: Sequence[Json]) -> Json:
    saved = difference(
        [row["arms"]["none-up"]["shortfall"] for row in rows],
        [row["arms"]["ours-up"]["shortfall"] for row in rows],
    )
    return {"part": name, "worlds": len(rows), "says": _says(saved), "saved": saved}


def _says(saved: Json) -> str:
    if saved["low"] is None:
        return "too few"
    if saved["high"] < 0:
        return "loses"
    return "gains" if saved["low"] > 0 else "may be chance"
