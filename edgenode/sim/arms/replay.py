"""A recorded hour replayed: core alone beside our overlay, both signs of flow, link up and cut.

The flow is given: quotes stand at mid +- 5 bp, 5 WETH an order, without skew or widening, and caps
and grants are out of reach, so that every arm meets the same customers. Where the link is cut, it
is from minute 15 to 45; a shorter window may end before (`was_cut`). A frontier has besides:

    ours-third, ours-triple   a third of gamma, and three times
    twap                      even slices over 10 min, outside of a fixed band of 1 WETH
    immediate                 all that is unhedged, every 5 s
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from edgenode.daemon import paper
from edgenode.model.errors import RefusedError
from edgenode.sim import recorded
from edgenode.sim.arms.setting import Setting
from edgenode.sim.recorded import MINUTE_NS, RecordedDay

Json = dict[str, Any]
POLICIES = ("core", "ours")
BESIDE = ("ours-third", "ours-triple", "twap", "immediate")  # what a frontier has besides
FLOWS = {"recorded": 1, "mirrored": -1}
LINKS = ("up", "cut")
CUT_MINUTES = (15, 45)
PPM = 1_000_000
FILE_BYTES_MAX = 4 << 20  # a recorded day has some 200 kB
FAR = 1_000_000_000  # USDC, or lots: never reached
GIVEN = paper.PaperWorld(
    static_reference_ticks=None,
    venues=("a", "b"),
    reference_venue="a",
    event_spend_max=FAR,
    cash_limit=FAR,
    cost_limit=FAR,
    position_lots=FAR,
    gross_max=FAR,
    loss_max=FAR,
    open_notional_max=FAR,
    funds_cash=FAR,
    funds_lots=FAR,
    quote_size_lots=paper.QUOTE_LOTS,
    quote_half_spread_ppm_max=500,
    quote_skew_ppm=0,
    horizon_s=300,  # core's
    slice_s=5,
)
TIMES = {"ours-third": 1 / 3, "ours-triple": 3.0}  # gamma
SCHEDULES: dict[str, dict[str, Any]] = {
    "twap": {"risk_aversion_ppm": 0, "horizon_s": 600, "slice_s": 30},
    "immediate": {"risk_aversion_ppm": 0, "horizon_s": 5, "slice_s": 5, "band_lots": 0},
}


@dataclass(frozen=True, slots=True)
class Window:
    """A part of one recorded day, in market ns."""

    day: RecordedDay
    from_ns: int
    minutes: int

    @property
    def to_ns(self) -> int:
        """Return its end."""
        return self.from_ns + self.minutes * MINUTE_NS

    @property
    def cut(self) -> tuple[int, int]:
        """Return from when to when a cut link is down."""
        begins, ends = CUT_MINUTES
        return self.from_ns + begins * MINUTE_NS, self.from_ns + ends * MINUTE_NS


@dataclass(frozen=True, slots=True)
class ReplayArm:
    """One arm of a replay."""

    policy: str
    flow: str
    link: str

    @property
    def name(self) -> str:
        """Name its node."""
        return f"{self.policy}-{self.flow}-{self.link}"


ARMS = tuple(ReplayArm(*parts) for parts in product(POLICIES, FLOWS, LINKS))
FRONTIER = tuple(ReplayArm(*parts) for parts in product(POLICIES + BESIDE, FLOWS, LINKS))


def window(file: Path, from_ns: int, minutes: int) -> Window:
    """Read a recorded day's minutes; EN006, EN002 where file and window do not fit together."""
    try:
        with file.open("rb") as source:
            data = source.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise recorded.malformed(f"{file} has more than {FILE_BYTES_MAX} bytes")
        day = recorded.parse(data.decode("ascii"))
    except OSError as error:
        raise RefusedError(
            f"{file}: {error.strerror}",
            expected="a file of recorded minutes",
            do="give --flow a file that is there and may be read",
            code="EN006",
        ) from error
    except UnicodeDecodeError as error:
        raise recorded.malformed(f"{file} is no ASCII text") from error
    found = Window(day, from_ns, minutes)
    if not day.start_ns <= from_ns < found.to_ns <= day.start_ns + 24 * 60 * MINUTE_NS:
        raise RefusedError(
            "the window lies outside of the recorded day",
            expected="--from and --minutes within the UTC day of the file",
            do="choose a time of that day",
            code="EN002",
        )
    return found


def settings(
    of: Window, gamma: float, arms: tuple[ReplayArm, ...] = ARMS
) -> Iterator[tuple[ReplayArm, Setting]]:
    """Yield each arm with what it lives through."""
    for arm in arms:
        averse = {"risk_aversion_ppm": round(gamma * TIMES.get(arm.policy, 1.0) * PPM)}
        figures = replace(
            GIVEN,
            overlay_enabled=arm.policy != "core",
            **SCHEDULES.get(arm.policy, averse),
        )
        yield arm, setting(of, arm, figures)


def setting(of: Window, arm: ReplayArm, figures: paper.PaperWorld) -> Setting:
    """Return what one arm of a window lives through."""
    return Setting(
        name=arm.name,
        day=of.day,
        from_ns=of.from_ns,
        to_ns=of.to_ns,
        figures=figures,
        direction=FLOWS[arm.flow],
        cut=of.cut if arm.link == "cut" else None,
    )
