"""A popup's report: one HTML file, its verdict first; from the summary and the rows alone."""

from collections.abc import Sequence
from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import MINUS, Verdict, between, number, pair, section, table
from edgenode.sim.popup import pictures
from edgenode.sim.popup.bars import SEEDS
from edgenode.sim.popup.prior import PRIOR, Now, Uniform
from edgenode.sim.popup.realism import MEANINGS
from edgenode.sim.popup.seeds import BASE_WORLD
from edgenode.sim.popup.summary import NAMES

Json = dict[str, Any]
TITLE = "A popup: six times the demand for an hour, with and without the overlay"
STRIP = "<b>PAPER</b> · made-up market, invented core price · nothing real was sent"
MARKS = {True: "met", False: "not met", None: "not known"}
ARMS = {
    "none-up": "no overlay, link up",
    "ours-up": "our overlay, link up",
    "static-up": "static overlay, link up",
    "none-cut": "no overlay, link cut",
    "ours-cut": "our overlay, link cut",
}
WORDS = (
    ("cost", "what hedges paid to trade, overlay and core: against the price when sent, and fees"),
    ("loss", "what prices moved between a customer's trade and its hedge"),
    ("cost + loss", "shortfall of all hedges against the price at which exposure was made"),
    ("worst 5 %", "mean of cost + loss over the worst twentieth of seeds"),
    ("typical net", "root mean square of net exposure over the 90 minutes, WETH"),
    ("area", "under |net exposure|, WETH minutes"),
    ("cap left", "of the event's cost cap, once what is held were sold or bought back"),
    ("capital", "USDC hours that overlay trades tie up until they settle"),
    ("static", "the fallback: a fixed band, worked off in even slices over 10 minutes"),
)


def report(told: Json, rows: Sequence[Json]) -> str:
    """Return the whole page."""
    base = [row for row in rows if row["world"] == BASE_WORLD]
    return document.page(
        title=TITLE,
        strip=STRIP,
        verdict=_verdict(told),
        parts=[
            _bars(told),
            section("Net exposure", pair(pictures.exposure(base), pictures.within(base))),
            section("Cost and risk", pair(pictures.frontier(told), pictures.shortfalls(base))),
            _arms(told),
            _square(told),
            _beside(told),
            _regions(told),
            _realism(told),
            _worlds(told),
        ],
        note=f"{told['note']}. Intervals are 95 %. USDC and WETH; gamma {told['gamma']:g}.",
    )


def _verdict(told: Json) -> Verdict:
    if not told["digest_equal"]:
        return Verdict("fault", "Not equal.", told["verdict"])
    if any(bar["met"] is False for bar in told["bars"]):
        few = told["seeds"] < SEEDS
        head = f"A trial of {told['seeds']} seeds." if few else "Not every bar is met."
        return Verdict("warn", head, told["verdict"])
    return Verdict("ready", "Every bar is met.", told["verdict"])


def _bars(told: Json) -> str:
    rows = [
        (bar["bar"], bar["found"].replace("-", MINUS), MARKS[bar["met"]]) for bar in told["bars"]
    ]
    return section("What it had to show", table("Bars", ("bar", "found", "verdict"), rows))


def _arms(told: Json) -> str:
    head = (
        "arm", "cost", "loss", "cost + loss", "q95", "worst 5 %", "typical net", "peak net",
        "area", "in 12 min", "interval",
    )  # fmt: skip
    rows = []
    for name in NAMES:
        arm = told["arms"][name]
        share = arm["within_12_min"]
        rows.append((
            ARMS[name],
            *(number(arm[f"{key}_mean"]) for key in ("cost", "loss", "shortfall")),
            number(arm["shortfall_q95"]), number(arm["shortfall_es95"]),
            *(number(arm[f"{key}_mean"]) for key in ("rms_net", "peak_net", "area")),
            f"{share['share']:.1%}", f"{share['low']:.1%} to {share['high']:.1%}",
        ))  # fmt: skip
    best = told["foresight"]
    rows.append((
        "perfect foresight", number(best["cost_mean"]), "-", "-", "-", "-",
        number(best["rms_net_mean"]), "-", "-", "-", "-",
    ))  # fmt: skip
    return section(
        f"Arms, means of {told['seeds']} seeds of the base world",
        table("Arms", head, rows),
        table("Money and limits", *_limits(told)),
        document.legend(WORDS),
        note="Foresight is computed, by nobody traded: nothing of its own impact is counted.",
    )


def _limits(told: Json) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return head and rows of what the arms used of money and limits."""
    head = ("arm", "orders", "cap passed", "cap left", "least of all", "cash least", "capital")
    rows: list[Sequence[str]] = []
    for name in NAMES:
        arm = told["arms"][name]
        rows.append((
            ARMS[name], number(arm["orders_mean"], 1), str(arm["breaches"]),
            number(arm["cap_left_mean"]), number(arm["cap_left_least"]),
            number(arm["cash_least_of_all"], 0), number(arm["capital_hours_mean"], 0),
        ))  # fmt: skip
    return head, rows


def _square(told: Json) -> str:
    """Show overlay on and off x link up and cut: the overlay's effect apart from the outage's."""
    saved, worst, rms = (told[key] for key in ("shortfall_saved", "worst_saved", "rms_saved"))
    total = told["total_saved"]
    names = {
        "ours-up": "our overlay, link up",
        "ours-cut": "our overlay, link cut",
        "static-up": "static overlay, link up",
    }
    rows = [
        (
            words, number(saved[name]["mean"]), _between(saved[name]),
            _share(saved[name]["worse"]), number(worst[name]["mean"]), _between(worst[name]),
            number(rms[name]["mean"]),
            _between(rms[name]), number(total[name]["mean"]), _between(total[name]),
            _share(total[name]["share"]),
        )
        for name, words in names.items()
    ]  # fmt: skip
    head = (
        "saved by", "cost + loss", "interval", "worse in", "worst 5 %", "interval", "typical net",
        "interval", "cost + gamma x risk", "interval", "of it",
    )  # fmt: skip
    costs = told["outage_costs"]
    outage = [
        (words, number(costs[policy]["mean"]), _between(costs[policy]))
        for policy, words in (("none", "no overlay"), ("ours", "our overlay"))
    ]
    return section(
        "Overlay on and off, link up and cut",
        pictures.saved(told),
        table("Saved by the overlay", head, rows),
        table("Cost of the outage", ("the outage costs", "cost + loss", "interval"), outage),
        note="Seed by seed against the same world without overlay; below 0 the overlay loses.",
    )


def _beside(told: Json) -> str:
    nulls = [
        (
            name, str(null["seeds"]), number(null.get("overlay_cost_mean")),
            number(null.get("loss_mean")), between(null.get("loss_low"), null.get("loss_high")),
            number(null.get("loss_es95")),
        )
        for name, null in told["null_worlds"].items()
    ]  # fmt: skip
    placebo = told["placebo"]
    shown = {
        "announced 30 minutes late, cost + loss changes by": placebo["shortfall_changed"],
        "announced 30 minutes late, typical net changes by": placebo["rms_net_changed"],
        "no surge came, cost + loss saved": placebo["saved_without_surge"],
        "no surge came, typical net saved": placebo["rms_saved_without_surge"],
    }
    rows = [(words, number(of["mean"]), _between(of)) for words, of in shown.items()]
    declared = told["premium_declared"], told["premium_es95_declared"]
    return section(
        "Where an overlay can only cost, and placebos",
        table("Worlds without a popup", (
            "world", "seeds", "overlay's cost", "it loses", "interval", "worst 5 %",
        ), nulls),
        document.paragraph(
            f"Declared premium: at most {declared[0]:.2f} USDC on average, and {declared[1]:.2f}"
            " in the worst twentieth."
        ),
        table("Placebos", ("placebo", "mean", "interval"), rows),
        note="The overlay looks at exposure, so another announcement should change nothing.",
    )  # fmt: skip


def _regions(told: Json) -> str:
    if not told["regions"]:
        return section(
            "Where the overlay loses", document.paragraph("Too few drawn worlds: give --drawn.")
        )
    drawn = told["drawn"]
    share = drawn["within_12_min"]
    came = (
        f"{drawn['seeds'] - drawn['fizzled']} of {drawn['seeds']} drawn popups came"
        f" (back in 12 minutes: {_share(share['share'])}); {drawn['breaches']} caps were passed."
    )
    rows = [
        (
            part["part"], str(part["worlds"]), number(part["saved"]["mean"]),
            _between(part["saved"]), _share(part["saved"]["worse"]), part["says"],
        )
        for part in told["regions"]
    ]  # fmt: skip
    where = "; ".join(told["loses_where"])
    sentence = f"It loses where: {where}." if where else "In no part does it lose beyond chance."
    chance = "Of forty parts one lies beyond its interval by chance alone."
    head = ("part of the prior", "worlds", "saved", "interval", "worse in", "the overlay")
    return section(
        "Where the overlay loses",
        document.paragraph(sentence),
        document.paragraph(came),
        pictures.regions(told["regions"]),
        table("Parts of the prior", head, rows),
        note=chance,
    )


def _realism(told: Json) -> str:
    rows = [
        (words, *(number(told["realism"][name][key], 3) for key in ("recorded", "calm", "surge")))
        for name, words in MEANINGS.items()
    ]
    return section(
        "How like the recorded pool it is",
        table("Realism", ("statistic", "recorded", "made up, calm", "made up, surge"), rows),
        note="Recorded: 2022-07-27 and 2022-08-07. Where they are far apart, believe less.",
    )


def _worlds(told: Json) -> str:
    figures = [(name, f"{value:g}", _prior(name)) for name, value in told["base"].items()]
    hashes = [(name, sha) for name, sha in told["digests"].items()]
    return section(
        "Worlds, written down and hashed before the run",
        table("The base world", ("figure", "base", "prior"), figures),
        table("Digests", ("world", "SHA-256"), [*hashes, ("prior", told["prior"])]),
    )


def _prior(name: str) -> str:
    if name not in PRIOR:
        return "always"
    match PRIOR[name]:
        case Now(value, share):
            return f"{value:g} in {share:.0%} of worlds"
        case Uniform(low, high, log):
            return f"{low:g} to {high:g}{', log' if log else ''}"


def _between(of: Json) -> str:
    return between(of["low"], of["high"])


def _share(of: float | None) -> str:
    return "-" if of is None else f"{of:.0%}"
