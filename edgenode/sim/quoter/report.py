"""The quoter's report: one HTML file, its verdict first, then earnings against exposure."""

import math
from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import Verdict, figure, number, pair, section, table
from edgenode.daemon.report.plot import Plot, axis
from edgenode.sim.quoter.runs import WORDS

Json = dict[str, Any]
STYLES = {"fixed": "none", "skewed": "other", "priced": "ours"}
LINKS = {"up": "link up", "cut": "link cut from minute 15 to 45"}


def report(told: Json) -> str:
    """Return the whole page."""
    return document.page(
        title="A recorded hour: three ways of quoting it",
        strip="<b>PAPER</b> · recorded market, invented customers · nothing real was sent",
        verdict=_verdict(told),
        parts=[
            section(
                "Utility against the exposure that is left, both flows together",
                pair(*(picture(told, link) for link in LINKS)),
                note="Above and left is better.",
            ),
            _arms(told),
        ],
        note=f"{told['note']}. {told['market_from']} to {told['market_to']}, gamma"
        f" {told['gamma']:g} a USDC.",
    )


def _verdict(told: Json) -> Verdict:
    if not told["digest_equal"]:
        return Verdict("fault", "Not equal.", told["verdict"])
    worth = {p: math.fsum(r["utility"] for r in told["arms"] if r["policy"] == p) for p in STYLES}
    if worth["priced"] < max(worth.values()):
        return Verdict("warn", "Pricing the risk was not worth it here.", told["verdict"])
    return Verdict("ready", "Pricing the risk was worth it.", told["verdict"])


def picture(told: Json, link: str) -> str:
    """Draw each way's mean utility against its typical exposure."""
    places = {}
    for policy in STYLES:
        rows = [r for r in told["arms"] if (r["policy"], r["link"]) == (policy, link)]
        rms = math.sqrt(math.fsum(row["rms_net"] ** 2 for row in rows) / len(rows))
        places[policy] = (rms, math.fsum(row["utility"] for row in rows) / len(rows))
    plot = Plot(
        axis([rms for rms, _ in places.values()], "typical net exposure, WETH"),
        axis([utility for _, utility in places.values()], "utility, USDC"),
    )
    for policy, at in places.items():
        plot.dot(at, STYLES[policy])
        plot.text(at, policy, f"{STYLES[policy]}-name")
    sentence = f"{LINKS[link].capitalize()}: " + ", ".join(
        f"{policy} {utility:.1f} USDC at {rms:.1f} WETH"
        for policy, (rms, utility) in places.items()
    )
    return figure(plot.svg(sentence), sentence + ".")


def _arms(told: Json) -> str:
    head = (
        "quotes", "flow", "link", "earned", "selection", "cost", "utility", "result", "traded",
        "hedged", "orders", "typical net", "books",
    )  # fmt: skip
    rows = [
        (
            row["policy"], row["flow"], row["link"], number(row["earned"]),
            number(row["selection"]), number(row["cost"]), number(row["utility"]),
            number(row["trading_pnl"]), number(row["quantity"]), number(row["hedged_quantity"]),
            str(row["orders"]), number(row["rms_net"]),
            "equal" if row["digest_equal"] else "DIFFER",
        )
        for row in told["arms"]
    ]  # fmt: skip
    return section("All arms", table("Arms", head, rows), document.legend(WORDS))
