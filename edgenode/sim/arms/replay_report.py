"""A replay's report: one HTML file, its verdict first, then cost against what risk is left.

Both flows together: their mean cost, and the root of their mean square exposure. Prices favour one
sign of the flow or the other by chance, and mostly cancel there.
"""

import math
from collections.abc import Sequence
from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import Verdict, figure, number, pair, section, table
from edgenode.daemon.report.plot import Axis, Plot, axis

Json = dict[str, Any]
TITLE = "A recorded hour: core alone beside the overlay"
STRIP = "<b>PAPER</b> · recorded market, invented core price · nothing real was sent"
LINKS = {"up": "link up", "cut": "link cut from minute 15 to 45"}
STYLES = {"core": "none", "ours": "ours", "ours-third": "ours", "ours-triple": "ours"}
UNDER = 18.0  # the bound's name stands below its dot: ours is close above
NAMES = {
    "core": "core alone",
    "ours": "ours",
    "ours-third": "ours, gamma / 3",
    "ours-triple": "ours, 3 gamma",
    "twap": "TWAP 10 min",
    "immediate": "immediate",
    "foresight": "perfect foresight",
}
WORDS = (
    ("cost", "of the overlay: price against the mid as the gate saw it, and fees, USDC"),
    ("risk", "sum of net exposure squared x the variance of the price, per minute, USDC^2"),
    (
        "total / core",
        "(cost + gamma x risk) / (gamma x risk of core alone): below 1 it was worth it",
    ),
    ("typical net", "root mean square of net exposure, WETH"),
    ("worst minutes", "mean loss of the worst 5 % of minutes, USDC"),
    ("result", "cash and open position at the last price, USDC: chance, mostly"),
    ("hedged, bp", "what the overlay executed, WETH; cost over its price, in 1/10,000"),
    ("foresight", "what nobody can do better, computed when all is known; no impact of its own"),
)


def report(told: Json) -> str:
    """Return the whole page."""
    return document.page(
        title=TITLE,
        strip=STRIP,
        verdict=_verdict(told),
        parts=[
            section(
                "Cost against the risk that is left, both flows together",
                pair(*(frontier(told, link) for link in LINKS)),
                note="Below and left is better. Dotted: the bound of perfect foresight, by gamma.",
            ),
            section(
                "Net exposure, flow as recorded", pair(*(exposure(told, link) for link in LINKS))
            ),
            _arms(told),
        ],
        note=f"{told['note']}. {told['market_from']} to {told['market_to']}, gamma"
        f" {told['gamma']:g} a USDC.",
    )


def _verdict(told: Json) -> Verdict:
    if not told["digest_equal"]:
        return Verdict("fault", "Not equal.", told["verdict"])
    worse = any(
        row["policy"] == "ours" and (row["total_over_core"] or 0) > 1 for row in told["arms"]
    )
    if worse:
        return Verdict("warn", "In one arm the overlay was not worth it.", told["verdict"])
    return Verdict("ready", "The overlay was worth it.", told["verdict"])


def frontier(told: Json, link: str) -> str:
    """Draw each policy's mean cost against its typical exposure, and what bounds them all."""
    rows = [row for row in told["arms"] if row["link"] == link]
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    places = {policy: _both([r for r in rows if r["policy"] == policy]) for policy in policies}
    gammas = sorted({point["gamma"] for point in told["bound"]})
    bound = [
        _both([p for p in told["bound"] if p["link"] == link and p["gamma"] == gamma])
        for gamma in gammas
    ]
    every = [*places.values(), *bound]
    plot = Plot(
        axis([rms for rms, _ in every], "typical net exposure, WETH"),
        axis([cost for _, cost in every], "cost of the overlay, USDC"),
    )
    plot.line(bound, "other")
    for policy, (rms, cost) in sorted(places.items(), key=lambda item: item[1][1]):
        style = STYLES.get(policy, "other")
        plot.dot((rms, cost), style)
        beneath = UNDER if policy == "foresight" else 0.0
        plot.text((rms, cost), NAMES[policy], f"{style}-name", down=beneath)
    ours, core = places["ours"], places["core"]
    sentence = (
        f"{LINKS[link].capitalize()}: ours leaves {ours[0]:.1f} WETH for {ours[1]:.0f} USDC, core"
        f" alone leaves {core[0]:.1f}."
    )
    return figure(plot.svg(sentence), sentence)


def _both(rows: Sequence[Json]) -> tuple[float, float]:
    """Return (typical exposure, mean cost) of both flows."""
    squares = math.fsum(row["rms_net"] ** 2 for row in rows) / len(rows)
    return math.sqrt(squares), math.fsum(row["cost"] for row in rows) / len(rows)


def exposure(told: Json, link: str) -> str:
    """Draw net exposure by the minute, core alone and ours, the flow as recorded."""
    arms = {
        row["policy"]: row
        for row in told["arms"]
        if (row["flow"], row["link"]) == ("recorded", link) and row["policy"] in {"core", "ours"}
    }
    rows = {policy: row["net_by_minute"] for policy, row in arms.items()}
    nets = [net for found in rows.values() for net in found]
    minutes = max(1, len(rows["core"]) - 1)
    plot = Plot(Axis(0.0, float(minutes), "minutes"), axis(nets, "net exposure, WETH"))
    for policy, found in rows.items():
        plot.line([(float(at), net) for at, net in enumerate(found)], STYLES[policy])
        sizes = [abs(net) for net in found]
        at = sizes.index(max(sizes))
        plot.text((float(at), found[at]), NAMES[policy], f"{STYLES[policy]}-name")
    peaks = {policy: row["peak_net"] for policy, row in arms.items()}  # also within a minute
    sentence = (
        f"{LINKS[link].capitalize()}: at most {peaks['ours']:.1f} WETH with the overlay and"
        f" {peaks['core']:.1f} without."
    )
    return figure(plot.svg(sentence), sentence)


def _arms(told: Json) -> str:
    head = (
        "policy", "flow", "link", "cost", "risk", "total / core", "typical net", "peak net",
        "worst minutes", "result", "orders", "hedged", "bp", "books",
    )  # fmt: skip
    rows = [
        (
            NAMES[row["policy"]], row["flow"],
            "not cut yet" if row["link"] == "cut" and not row["was_cut"] else row["link"],
            number(row["cost"]), number(row["risk"], 0), number(row["total_over_core"], 3),
            number(row["rms_net"]), number(row["peak_net"]), number(row["es95_minute_loss"]),
            number(row["trading_pnl"]), str(row["orders"]), number(row["hedged_quantity"]),
            number(row["cost_bp"]), _books(row),
        )
        for row in told["arms"]
    ]  # fmt: skip
    return section("All arms", table("Arms", head, rows), document.legend(WORDS))


def _books(row: Json) -> str:
    if "digest_equal" not in row:
        return "-"
    return "equal" if row["digest_equal"] else "DIFFER"
