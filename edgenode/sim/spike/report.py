"""A spike's report: one HTML file, its verdict first; from the summary alone."""

from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import (
    Verdict,
    between,
    figure,
    number,
    pair,
    section,
    table,
)
from edgenode.daemon.report.plot import Axis, Plot, axis
from edgenode.sim.spike.arms import ENDS_MIN, FROM_MIN, ONSET_MIN

Json = dict[str, Any]
TITLE = "A spike: four times the demand on two venues, one of them late"
STRIP = "<b>PAPER</b> · made-up market, invented core price · nothing was sent anywhere"
NAMES = {
    "none-up": "no overlay, link up",
    "none-cut": "no overlay, link cut",
    "ours-up": "our overlay, link up",
    "ours-cut": "our overlay, link cut",
    "prompt-up": "ours, b without its lag",
    "single-up": "ours, a alone",
}
LINKS = ("up", "cut")
STYLES = {"none": "none", "ours": "ours"}
WORDS = (
    ("cost", "what hedges paid to trade, overlay and core: against the price when sent, and fees"),
    ("cost + loss", "shortfall of all hedges against the price at which exposure was made"),
    ("typical net", "root mean square of net exposure, WETH"),
    ("behind", "what fills at b cost more than a's price for the same depth at that moment, USDC"),
)


def report(told: Json) -> str:
    """Return the whole page."""
    return document.page(
        title=TITLE,
        strip=STRIP,
        verdict=_verdict(told),
        parts=[
            section(
                "Net exposure of the first seed",
                pair(*(exposure(told, link) for link in LINKS)),
                note="From the spike's onset to its end the demand is four times the usual.",
            ),
            _arms(told),
            _venues(told),
            _saved(told),
        ],
        note=f"{told['note']}. Intervals are 95 %. USDC and WETH; gamma {told['gamma']:g}.",
    )


def _verdict(told: Json) -> Verdict:
    if not told["digest_equal"]:
        return Verdict("fault", "Not equal.", told["verdict"])
    back = all(told["arms"][f"ours-{link}"]["within_12_min"]["share"] == 1 for link in LINKS)
    state, head = ("ready", "Back in time.") if back else ("warn", "Not always back in time.")
    return Verdict(state, head, told["verdict"])


def exposure(told: Json, link: str) -> str:
    """Draw net exposure by the minute with one link, with and without the overlay."""
    found = {policy: told["net_by_minute"][f"{policy}-{link}"] for policy in STYLES}
    at = [float(minute + FROM_MIN - ONSET_MIN) for minute in range(len(found["none"]))]
    plot = Plot(
        Axis(at[0], at[-1], "minutes after the onset"),
        axis([net for nets in found.values() for net in nets], "net exposure, WETH"),
    )
    for edge in (0.0, float(ENDS_MIN - ONSET_MIN)):
        plot.line([(edge, plot.up.low), (edge, plot.up.high)], "limit")
    for policy, nets in found.items():
        plot.line(list(zip(at, nets, strict=True)), STYLES[policy])
        sizes = [abs(net) for net in nets]
        peak = sizes.index(max(sizes))
        plot.text((at[peak], nets[peak]), NAMES[f"{policy}-up"][:-9], f"{STYLES[policy]}-name")
    peaks = {policy: max(map(abs, nets)) for policy, nets in found.items()}
    sentence = (
        f"Link {link}, by the minute: at most {peaks['ours']:.1f} WETH with the overlay and"
        f" {peaks['none']:.1f} without."
    )
    return figure(plot.svg(sentence), sentence)


def _arms(told: Json) -> str:
    head = ("arm", "cost", "cost + loss", "peak net", "typical net", "orders", "in 12 min",
            "interval", "caps passed")  # fmt: skip
    rows = []
    for name, arm in told["arms"].items():
        share = arm["within_12_min"]
        means = ("cost", "shortfall", "peak_net", "rms_net", "orders")
        rows.append((
            NAMES[name], *(number(arm[f"{key}_mean"]) for key in means),
            f"{share['share']:.0%}", f"{share['low']:.0%} to {share['high']:.0%}",
            str(arm["breaches"]),
        ))  # fmt: skip
    return section(
        f"Arms, means of {told['seeds']} seeds", table("Arms", head, rows), document.legend(WORDS)
    )


def _venues(told: Json) -> str:
    rows = [
        (
            NAMES[name], venue, number(of["orders_mean"], 1), number(of["asked_mean"]),
            number(of["filled_mean"]), number(of["cost_mean"]), number(of["cost_bp"]),
            number(of["behind_mean"]),
        )
        for name, arm in told["arms"].items()
        for venue, of in arm["venues"].items()
        if of["orders_mean"]
    ]  # fmt: skip
    head = ("arm", "venue", "orders", "asked", "filled", "cost", "bp", "behind")
    return section("Which venue took what", table("Venues", head, rows))


def _saved(told: Json) -> str:
    saved = told["shortfall_saved"]
    found = {
        "the overlay saves, link up: cost + loss": saved["up"],
        "the overlay saves, link cut: cost + loss": saved["cut"],
        "having b at all saves: cost": told["cost_saved_by_b"],
        "the lag of b costs: cost": told["cost_of_lag"],
    }
    rows = [
        (words, number(of["mean"]), between(of["low"], of["high"])) for words, of in found.items()
    ]
    return section("Seed by seed", table("Differences", ("what", "USDC", "interval"), rows))
