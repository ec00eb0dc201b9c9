"""The twelve arms: three flows x overlay on and off x link up and cut; two run live too."""

from dataclasses import dataclass
from itertools import product

WEEK_DAY = "2022-07-27"
QUIET_DAY = "2022-08-07"
FLOWS = ("recorded", "mirrored", "quiet")
LINKS = ("up", "cut")


@dataclass(frozen=True, slots=True)
class Arm:
    """One node of the demo with its own customers, venues and mandate."""

    flow: str
    overlay: bool
    link: str

    @property
    def node_id(self) -> str:
        """Name the node, e.g. `recorded-on-cut`."""
        return f"{self.flow}-{'on' if self.overlay else 'off'}-{self.link}"

    @property
    def day(self) -> str:
        """Return the recorded day whose prices this arm lives in."""
        return QUIET_DAY if self.flow == "quiet" else WEEK_DAY

    @property
    def direction(self) -> int:
        """Return -1 where the customers' signs are mirrored; prices never are."""
        return -1 if self.flow == "mirrored" else 1

    @property
    def twin(self) -> "Arm":
        """Return the arm that differs in the overlay alone."""
        return Arm(self.flow, not self.overlay, self.link)

    def venue(self, letter: str) -> str:
        """Name this arm's own copy of a sandbox venue."""
        return f"{self.node_id}-{letter}"


ARMS = tuple(Arm(flow, on, link) for flow, on, link in product(FLOWS, (True, False), LINKS))
SHOWN = Arm("recorded", overlay=True, link="cut")  # the live node whose counts head the summary
LIVE = (SHOWN, SHOWN.twin)  # as real processes over real sockets
