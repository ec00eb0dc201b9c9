"""Sets up the demo's parties on disk: one centre, twelve enrolled nodes, their configurations."""

import json
from dataclasses import dataclass
from pathlib import Path

from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.central import folder as central_folder
from edgenode.central.desk.desk import Desk
from edgenode.central.feeds import NamedFeeds
from edgenode.daemon import paper
from edgenode.daemon.folder import enrolment
from edgenode.daemon.folder import folder as node_folder
from edgenode.model.ids import NodeId
from edgenode.sim.demo.arms import ARMS, DAYS, SHOWN, Arm
from edgenode.sim.recorded import MINUTE_NS, RecordedDay, load
from edgenode.wire.note import Vkey

FROM_MINUTE = 17 * 60 + 40
TO_MINUTE = 18 * 60 + 50
CUT_MINUTE = 17 * 60 + 58
RESTORED_MINUTE = 18 * 60 + 28
FOMC_MINUTE = 18 * 60
RETRY_S = 1.0  # a minute of market at speed 60
DRAIN_S = 240.0  # the books end equal on a busy machine too
CORE_HORIZON_S = 300
CORE_SLICE_S = 30
CORE_SLICE_LOTS_MAX = 2_000
CORE_HALF_SPREAD_PPM = 100
VENUES = ("a", "b")
ANSWER_S = 600  # market time that a venue has to answer: 10 s at speed 60


def at_minute(minute: int) -> int:
    """Return market time at a minute of the demo's day. The quiet day keeps its own date."""
    return load(SHOWN.day).start_ns + minute * MINUTE_NS


BEGINS, ENDS = at_minute(FROM_MINUTE), at_minute(TO_MINUTE)
CUT, RESTORED, FOMC = at_minute(CUT_MINUTE), at_minute(RESTORED_MINUTE), at_minute(FOMC_MINUTE)


def recorded(arm: Arm) -> RecordedDay:
    """Return an arm's recorded day, under the demo's date."""
    return load(arm.day).moved(load(SHOWN.day).start_ns)


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything lies, and what the run was asked for."""

    data: Path
    speed: int
    seed: int
    port: int
    arms: tuple[Arm, ...] = ARMS

    @property
    def shown(self) -> Arm:
        """Return the arm whose page opens and whose counts head the summary."""
        return SHOWN if SHOWN in self.arms else self.arms[0]

    @property
    def start_file(self) -> Path:
        """Return the file whose appearance starts market time everywhere."""
        return self.data / "start"

    @property
    def centre(self) -> Path:
        """Return the centre's folder."""
        return self.data / "centre"

    def node(self, arm: Arm) -> Path:
        """Return a node's folder."""
        return self.data / "nodes" / arm.node_id

    def config(self, name: str) -> Path:
        """Return a process's configuration file."""
        return self.data / "config" / f"{name}.toml"

    @property
    def sandbox(self) -> Path:
        """Return the sandbox server's configuration file."""
        return self.data / "config" / "sandbox.json"


def figures_of(arm: Arm) -> paper.PaperWorld:
    """Return the paper policy of the demo for one arm."""
    return paper.PaperWorld(
        static_reference_ticks=None,
        overlay_enabled=arm.overlay,
        quote_size_lots=paper.QUOTE_LOTS,
        venues=VENUES,
        reference_venue="a",
        answer_s=ANSWER_S,
    )


async def enroll_all(places: Places, vkeys: dict[str, str]) -> None:
    """Enroll, approve and equip every node at the centre, and pin the centre at every node."""
    market = MarketClock(BEGINS, places.speed, str(places.start_file))
    async with central_folder.opened(places.centre, WallClock(), market) as opened:
        desk = Desk(
            opened, NamedFeeds({f"core-{arm.day}": paper.WETH_USDC for arm in places.arms})
        )
        for arm in places.arms:
            await _enroll(places, desk, opened, arm, vkeys[arm.node_id])


async def _enroll(
    places: Places, desk: Desk, opened: central_folder.OpenedCentre, arm: Arm, vkey: str
) -> None:
    name = NodeId(arm.node_id)
    invited = await desk.perform(
        "node.enroll", {"node_id": name, "desk": "demo", "actor": "demo-first"}
    )
    claim = {"ledger": f"{name}/1", "ledger_vkey": vkey, "code": invited["code"]}
    answer = await desk.claim(claim)
    key = Vkey.parse(vkey).fingerprint
    await desk.perform("node.approve", {"node_id": name, "key": key, "actor": "demo-second"})
    facts = paper.down_ledger(figures_of(arm), BEGINS)
    await opened.centre.tell(name, facts, "person:demo")
    hedge = {
        "node_id": name,
        "instrument": paper.WETH_USDC,
        "enabled": True,
        "horizon_s": CORE_HORIZON_S,
        "slice_s": CORE_SLICE_S,
        "slice_lots_max": CORE_SLICE_LOTS_MAX,
        "band_lots": 0,
        "half_spread_ppm": CORE_HALF_SPREAD_PPM,
        "feed": f"core-{arm.day}",
    }
    await desk.perform("core-hedge.set", hedge)
    pin = {key: str(answer[key]) for key in ("party", "vkey", "cosigner")}
    enrolment.write_pin(places.node(arm), {"url": "", **pin})


def make_folders(places: Places) -> dict[str, str]:
    """Begin the centre's and every node's ledger; returns each node's key."""
    central_folder.init(places.centre)
    vkeys = {}
    for arm in places.arms:
        # No party signs these: they only declare what the funds are in.
        declared = paper.said_locally(arm.node_id, b"", paper.declared(BEGINS), BEGINS)
        summary = node_folder.init(
            places.node(arm),
            node_id=arm.node_id,
            mode="paper",
            funds=[*declared, *paper.funds(figures_of(arm))],
            market=MarketClock(BEGINS, 1, str(places.start_file)),
        )
        vkeys[arm.node_id] = str(summary["ledger_vkey"])
    return vkeys


def write_sandbox(places: Places) -> None:
    """Configure the sandbox server: two venues per arm, and a price feed per day for core."""
    venues: list[dict[str, object]] = []
    for number, arm in enumerate(places.arms):
        a, b = arm.venue("a"), arm.venue("b")
        venues.append({"name": a, **_replayed(arm.day)})
        venues.append({"name": b, "kind": "late", "of": a, "seed": places.seed * 100 + number})
    venues += [{"name": f"core-{day}", **_replayed(day)} for day in DAYS]
    settings = {
        "venues": venues,
        "speed": places.speed,
        "from_ns": BEGINS,
        "start_file": str(places.start_file),
    }
    places.sandbox.parent.mkdir(parents=True, exist_ok=True)
    places.sandbox.write_text(json.dumps(settings), encoding="utf-8")


def write_centre(places: Places, sandbox_url: str) -> None:
    """Configure the centre."""
    feeds = [
        f'[[feeds]]\nid = "core-{day}"\nurl = "{sandbox_url}/v/core-{day}"\n'
        'instrument = "WETH-USDC"\n'
        for day in DAYS
    ]
    text = f'port = 0\nlog_level = "warning"\n{_market(places)}' + "".join(feeds)
    places.config("centre").write_text(text, encoding="utf-8")


def write_node(places: Places, arm: Arm, sandbox_url: str, centre_url: str) -> None:
    """Configure one node."""
    port = places.port if arm == places.shown else 0
    venues = [
        f'[[venues]]\nid = "{letter}"\nurl = "{sandbox_url}/v/{arm.venue(letter)}"\n'
        'account = "desk"\ninstrument = "WETH-USDC"\n'
        for letter in VENUES
    ]
    head = (
        f'log_level = "warning"\n[control]\nport = {port}\n'
        f'[central]\nurl = "{centre_url}"\nretry_max_s = {RETRY_S}\n'
        f"drain_s = {DRAIN_S}\n"
    )
    text = head + _market(places) + "".join(venues)
    places.config(arm.node_id).write_text(text, encoding="utf-8")


def _market(places: Places) -> str:
    return (
        f"[market_time]\nfrom_ns = {BEGINS}\nspeed = {places.speed}\n"
        f'start_file = "{places.start_file}"\nbegin_anew = true\n'
    )


def _replayed(day: str) -> dict[str, str]:
    return {"kind": "recorded", "day": day, "shown_as": SHOWN.day}
