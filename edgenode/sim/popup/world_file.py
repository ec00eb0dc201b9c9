"""A popup's world from a file of yours: figures by name, JSON or TOML; what it leaves out is base.

    surge = 9
    refill_s = 240

Each figure has bounds, beyond which the drill's engine says nothing that could be believed.
EN002 names the figure that is none, EN006 a file that cannot be read.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from edgenode.model.errors import RefusedError
from edgenode.sim.popup.prior import BASE, Parameters
from edgenode.wire import foreign

BYTES_MAX = 64 << 10
SAID = 10**15
BOUNDS: Mapping[str, tuple[float, float]] = {
    "surge": (0.1, 50.0),
    "lean": (-1.0, 1.0),
    "refill_s": (1.0, 3_600.0),
    "impact_exponent": (0.1, 2.0),
    "informed": (0.0, 1.0),
    "overlay_cost": (0.1, 20.0),
    "depth_exponent": (-1.0, 1.0),
    "outage_min": (0.0, 75.0),  # it ends before the window does
    "core_calm": (0.0, 1.0),
    "core_surge": (0.0, 1.0),
    "settlement_h": (0.0, 240.0),
    "told_twice": (0.0, 0.5),
    "announced_late_min": (0.0, 55.0),  # before the surge is over
}


def read(path: Path) -> Parameters:
    """Read a world from a file; its name's end says whether it is JSON or TOML."""
    try:
        with path.open("rb") as source:
            data = source.read(BYTES_MAX + 1)
    except OSError as error:
        raise RefusedError(
            f"{path}: {error.strerror}",
            expected="a file of figures",
            do="give --world a file that is there and may be read",
            code="EN006",
        ) from error
    if len(data) > BYTES_MAX:
        raise _refused(path, f"more than {BYTES_MAX} bytes")
    try:
        told = (foreign.toml_table if path.suffix == ".toml" else foreign.json_value)(data)
    except RefusedError as error:
        raise _refused(path, error.found) from error
    if not isinstance(told, dict):
        raise _refused(path, f"a {type(told).__name__} instead of figures by name")
    return replace(BASE, **{str(name): _figure(path, name, told[name]) for name in told})


def _figure(path: Path, name: str, value: object) -> float:
    if name not in BOUNDS:
        raise _refused(path, f"{name!r:.80} is the name of no figure")
    low, high = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(path, f"{name} = {value!r:.80} is no number", name)
    if not low <= value <= high:  # nor of what is no number
        said = f"{value:g}" if abs(value) < SAID else "a number of many digits"
        raise _refused(path, f"{name} = {said}", name)
    return float(value)


def _refused(path: Path, found: str, name: str | None = None) -> RefusedError:
    expected = f"any of {', '.join(BOUNDS)}, each a number"
    if name is not None:
        low, high = BOUNDS[name]
        expected = f"{name} from {low:g} to {high:g}"
    return RefusedError(
        f"{path}: {found}",
        expected=expected,
        do="correct the file; `edgenode help drills` says what each figure is",
        code="EN002",
    )
