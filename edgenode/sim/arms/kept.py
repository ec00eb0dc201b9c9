"""An arm's ledgers on disk: what every figure of it can be computed from again.

The risk needs the recorded day too: its variances look 7 minutes beyond the window.

DIR/ARM/node.jsonl      the node's entries, with the checkpoint behind them: as `ledger export`
DIR/ARM/desk.jsonl      the centre's own entries, its core executions among them
DIR/ARM/venues.json     what each venue executed, as that venue recorded it
DIR/ARM/setting.json    window, flow, link, and A's mid at each market second, in ticks
"""

import json
from pathlib import Path

from edgenode.central.centre import DESK
from edgenode.model.ledgers import LedgerId
from edgenode.sim.arms.played import Played
from edgenode.sim.recorded import SECOND_NS
from edgenode.sim.world.disk import Chain
from edgenode.wire.export_row import row


def keep(played: Played, folder: Path) -> None:
    """Write one arm's ledgers, its venues' truth and its setting."""
    setting = played.setting
    to = folder / setting.name
    to.mkdir(parents=True)
    _lines(to / "node.jsonl", played.ledger, played.node)
    _lines(to / "desk.jsonl", DESK, played.desk)
    (to / "venues.json").write_text(json.dumps(played.truth))
    seconds = range(setting.from_ns, setting.to_ns + 1, SECOND_NS)
    told = {
        "from_ns": setting.from_ns,
        "to_ns": setting.to_ns,
        "direction": setting.direction,
        "cut": setting.cut,
        "seed": setting.seed,
        "core": setting.core,
        "mid_ticks": [setting.day.mid_ticks(at) for at in seconds],
    }
    (to / "setting.json").write_text(json.dumps(told))


def _lines(path: Path, ledger: LedgerId, chain: Chain) -> None:
    with path.open("w") as file:
        for sealed in chain.sealed:
            file.write(json.dumps(row(ledger, sealed)) + "\n")
        file.write(json.dumps({"checkpoint": chain.heads[-1].note}) + "\n")
