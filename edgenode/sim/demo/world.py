"""The demo's world, and its live parties on disk: a centre, its nodes, their configurations."""

import json
from dataclasses import dataclass
from pathlib import Path

from edgenode.adapters.clock import WallClock
from edgenode.adapters.lockstep import LockstepFile
from edgenode.central import folder as central_folder
from edgenode.central.desk.desk import Desk
from edgenode.central.feeds import NamedFeeds
from edgenode.daemon import paper
from edgenode.daemon.folder import enrolment
from edgenode.daemon.folder import folder as node_folder
from edgenode.model.ids import NodeId
from edgenode.sim.arms.setting import CORE
from edgenode.sim.demo.arms import LIVE, SHOWN, Arm
from edgenode.sim.recorded import MINUTE_NS, RecordedDay, load
from edgenode.wire.note import Vkey

FROM_MINUTE = 17 * 60 + 40
TO_MINUTE = 18 * 60 + 50
CUT_MINUTE = 17 * 60 + 58
RESTORED_MINUTE = 18 * 60 + 28
FOMC_MINUTE = 18 * 60
RETRY_S = 1.0  # a minute of market at speed 60
DRAIN_S = 240.0  # the books end equal on a busy machine too
HORIZON_S = 300
VENUES = ("a", "b")
OVERLAY_LOOK_S = 5
QUOTES_PPM = 500  # 5 bp around A's last mid: every arm meets the same flow
EVENT_CAP = 450  # USDC
RISK_AVERSION_PPM = 10_000  # gamma .01
ANSWER_WALL_S = 10  # a venue has this long to answer, however fast market time runs
SANDBOX_SLOT, CENTRE_SLOT, NODES_SLOT = 0, 1, 2  # of the lockstep file


def at_minute(minute: int) -> int:
    """Return market time at a minute of the demo's day. The quiet day keeps its own date."""
    return load(SHOWN.day).start_ns + minute * MINUTE_NS


BEGINS, ENDS = at_minute(FROM_MINUTE), at_minute(TO_MINUTE)
CUT, RESTORED, FOMC = at_minute(CUT_MINUTE), at_minute(RESTORED_MINUTE), at_minute(FOMC_MINUTE)


def recorded(arm: Arm) -> RecordedDay:
    """Return an arm's recorded day, under the demo's date."""
    return load(arm.day).moved(load(SHOWN.day).start_ns)


class NotBegun:
    """Market time before it begins."""

    def now_ns(self) -> int:
        """Return the begin of the window."""
        return BEGINS


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything lies, and what the run was asked for. `arms` are the live nodes."""

    data: Path
    speed: int
    seed: int
    arms: tuple[Arm, ...] = LIVE

    @property
    def lockstep(self) -> Path:
        """Return the file by which the processes wait for each other."""
        return self.data / "market-time"

    @property
    def participants(self) -> tuple[str, ...]:
        """Return who waits for whom, by slot."""
        return ("sandbox", "centre", *(arm.node_id for arm in self.arms))

    @property
    def days(self) -> tuple[str, ...]:
        """Return the recorded days that the nodes live in."""
        return tuple(sorted({arm.day for arm in self.arms}))

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


def figures_of(arm: Arm, *, speed: int = 1) -> paper.PaperWorld:
    """Return the paper policy of one arm, whose market time runs `speed` times as fast."""
    return paper.PaperWorld(
        static_reference_ticks=None,
        overlay_enabled=arm.overlay,
        event_spend_max=EVENT_CAP,
        risk_aversion_ppm=RISK_AVERSION_PPM,
        horizon_s=HORIZON_S,
        slice_s=OVERLAY_LOOK_S,
        quote_size_lots=paper.QUOTE_LOTS,
        quote_half_spread_ppm_max=QUOTES_PPM,
        quote_skew_ppm=0,
        venues=VENUES,
        reference_venue="a",
        answer_s=ANSWER_WALL_S * speed,
    )


async def enroll_all(places: Places, vkeys: dict[str, str]) -> None:
    """Enroll, approve and equip every node at the centre, and pin the centre at every node."""
    async with central_folder.opened(places.centre, WallClock(), NotBegun()) as opened:
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
    facts = paper.down_ledger(figures_of(arm, speed=places.speed), BEGINS)
    await opened.centre.tell(name, facts, "person:demo")
    hedge = {
        "node_id": name,
        "instrument": paper.WETH_USDC,
        "enabled": True,
        **CORE,
        "feed": f"core-{arm.day}",
    }
    await desk.perform("core-hedge.set", hedge)
    pin = {key: str(answer[key]) for key in ("party", "vkey", "cosigner")}
    enrolment.write_pin(places.node(arm), {"url": "", **pin})


def make_folders(places: Places) -> dict[str, str]:
    """Begin the centre's and every node's ledger; returns each node's key."""
    LockstepFile.create(places.lockstep, BEGINS)
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
            market=NotBegun(),
        )
        vkeys[arm.node_id] = str(summary["ledger_vkey"])
    return vkeys


def write_sandbox(places: Places) -> None:
    """Configure the sandbox server: two venues per node, and a price feed per day for core."""
    venues: list[dict[str, object]] = []
    for arm in places.arms:
        a, b = arm.venue("a"), arm.venue("b")
        venues.append({"name": a, **_replayed(arm.day)})
        venues.append({"name": b, "kind": "late", "of": a, "seed": places.seed})
    venues += [{"name": f"core-{day}", **_replayed(day)} for day in places.days]
    settings = {
        "venues": venues,
        "speed": places.speed,
        "from_ns": BEGINS,
        "lockstep_file": str(places.lockstep),
        "lockstep_slot": SANDBOX_SLOT,
    }
    places.sandbox.parent.mkdir(parents=True, exist_ok=True)
    places.sandbox.write_text(json.dumps(settings), encoding="utf-8")


def write_centre(places: Places, sandbox_url: str) -> None:
    """Configure the centre."""
    feeds = [
        f'[[feeds]]\nid = "core-{day}"\nurl = "{sandbox_url}/v/core-{day}"\n'
        'instrument = "WETH-USDC"\n'
        for day in places.days
    ]
    text = f'port = 0\nlog_level = "warning"\n{_market(places, CENTRE_SLOT)}' + "".join(feeds)
    places.config("centre").write_text(text, encoding="utf-8")


def write_node(places: Places, arm: Arm, sandbox_url: str, centre_url: str) -> None:
    """Configure one node."""
    venues = [
        f'[[venues]]\nid = "{letter}"\nurl = "{sandbox_url}/v/{arm.venue(letter)}"\n'
        'account = "desk"\ninstrument = "WETH-USDC"\n'
        for letter in VENUES
    ]
    head = (
        'log_level = "warning"\n[control]\nport = 0\n'
        f'[central]\nurl = "{centre_url}"\nretry_max_s = {RETRY_S}\n'
        f"drain_s = {DRAIN_S}\n"
    )
    slot = NODES_SLOT + places.arms.index(arm)
    text = head + _market(places, slot) + "".join(venues)
    places.config(arm.node_id).write_text(text, encoding="utf-8")


def _market(places: Places, slot: int) -> str:
    return (
        f"[market_time]\nfrom_ns = {BEGINS}\nspeed = {places.speed}\n"
        f'lockstep_file = "{places.lockstep}"\nlockstep_slot = {slot}\nbegin_anew = true\n'
    )


def _replayed(day: str) -> dict[str, str]:
    return {"kind": "recorded", "day": day, "shown_as": SHOWN.day}
