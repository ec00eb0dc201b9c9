"""The story at each of its turns, with figures of nobody's."""

from dataclasses import replace

from edgenode.sim.demo import summary, world
from edgenode.sim.demo.arms import ARMS, LIVE
from edgenode.sim.demo.story import Story
from edgenode.sim.recorded import MINUTE_NS
from tests.sim.demo.rows import told_of

MINUTES = 70


def status(net="1.25", *, online=True, waits=0):
    """Return as much of a node's status as the story reads."""
    return {
        "exposure": [{"net_quantity": net}],
        "sync": {"online": online, "unsynced_entries": waits},
    }


def path(arm):
    """Return 71 minutes of net exposure."""
    size = 1.5 if arm.overlay else 30.0
    return tuple(f"{size * (minute % 7 - 3) / 3:.2f}" for minute in range(MINUTES + 1))


def arms():
    """Return what is told of every arm."""
    return {arm: replace(told_of(arm), net_by_minute=path(arm)) for arm in ARMS}


def ended(told, **changed):
    """Return as much of a summary as the story reads."""
    rows = [told[arm].row for arm in ARMS]
    apart = [
        {"node_id": row["node_id"], "live": False, "part": "orders"}
        for row in rows
        if not row["digest_equal"]
    ]
    return {
        "verdict": summary.verdict(rows, apart),
        "differing": apart,
        "overlay_gains_on_both_flows": summary.gains_on_both_flows(rows),
        "figures_sha256": "ab" * 32,
        "live": [
            {"node_id": arm.node_id, "digest_equal": True, "entries": {"node": 9, "centre": 9}}
            for arm in LIVE
        ],
        "slowed": {"ran_s": 94.3, "stood_s": 24.3, "waited_for": []},
    } | changed


def stories():
    """Return the story at each turn, by name."""
    turns = {
        name: Story(world.ENDS, 60, 120.0)
        for name in ("setting up", "playing", "ending", "finished", "apart", "gains")
    }
    for name, story in turns.items():
        if name == "setting up":
            continue
        for minute in range(25 if name == "playing" else MINUTES + 1):
            net = {arm: path(arm)[minute] for arm in LIVE}
            at_ns = world.BEGINS + minute * MINUTE_NS
            cut = world.CUT <= at_ns < world.RESTORED
            story.heard(at_ns, {a: status(n, online=not cut, waits=318) for a, n in net.items()})
        told = arms()
        story.arms = {arm: told[arm] for arm in ARMS[:5]} if name == "playing" else told
        story.phase = name
    playing = turns["playing"]
    playing.urls = dict.fromkeys(LIVE, "http://127.0.0.1:1234/?a=1&b=2")
    for name in ("finished", "apart", "gains"):
        turns[name].phase = "finished"
    apart, gains = turns["apart"], turns["gains"]
    apart.arms[ARMS[3]] = told_of(ARMS[3], digest_equal=False)
    gains.arms |= {arm: told_of(arm, trading_pnl="99.00") for arm in ARMS if arm.overlay}
    for name in ("finished", "apart", "gains"):
        turns[name].summary = ended(turns[name].arms)
    gains.summary["verdict"] += " <b>&</b>"
    return turns
