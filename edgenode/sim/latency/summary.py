"""What a trial comes to: a row a stage, one verdict; figures of one machine, judged by nobody."""

from typing import Any

from edgenode.daemon.report import document
from edgenode.daemon.report.document import Verdict, figure, number, section, table
from edgenode.daemon.report.plot import Axis, Plot, axis
from edgenode.sim.latency.stages import (
    CUSTOMER,
    QUANTILES,
    VENUE,
    Times,
    quantiles,
    times,
    uncosigned,
)
from edgenode.sim.latency.trial import PAUSE_S, Observed

Json = dict[str, Any]
INCOMPLETE = 4  # exit code: a fill has no cosignature
TITLE = "Latency: from a fill to its central cosignature"
STRIP = "<b>PAPER</b> · real processes and sockets on one machine, recorded market"
CHAINS = {
    CUSTOMER: "a customer's fill, since its order was sent",
    VENUE: "a venue's fill, since it executed",
}
MEANINGS = {
    "durable": "its answer came: order and fill are committed",
    "hedge": "a venue heard the order that hedges it",
    "pushed": "the node's message with it left for the centre",
    "cosigned": "the centre's cosignature came back",
}
WIDE = 900
NAMED = {CUSTOMER: (0.6, 22.0), VENUE: (0.9, -20.0)}  # where on its line, and how far below it
STYLES = {CUSTOMER: "ours", VENUE: "other"}


def summary(seen: Observed) -> Json:
    """Return the summary: the verdict first, then quantiles of each stage in milliseconds."""
    found = times(seen)
    fills = len(found[CUSTOMER]["durable"])
    told: Json = {
        "message_type": "summary",
        "schema": "edgenode.drill.latency/1",
        "verdict": "",
        "orders": len(seen.asked),
        "accepted": sum(asked.status == 201 for asked in seen.asked.values()),  # noqa: PLR2004
        "fills": fills,
        "complete": not uncosigned(seen),
        "stages": [
            {"chain": chain, "stage": stage, **quantiles(of[stage])}
            for chain, of in found.items()
            for stage in of
        ],
        "note": f"one machine, loopback, an order each {PAUSE_S} s; a figure, not a promise",
    }
    told["verdict"] = _verdict(told)
    return told


def _verdict(told: Json) -> str:
    if not told["fills"]:
        return "No customer's order was filled: nothing was measured."
    if not told["complete"]:
        return "A fill has no central cosignature: the times of the others are not all."
    row = {(r["chain"], r["stage"]): r for r in told["stages"]}
    whole, hedge = row[CUSTOMER, "cosigned"], row[CUSTOMER, "hedge"]
    said = (
        f"All {told['fills']} customers' fills were cosigned by the centre: half of them within"
        f" {whole['p50']:.0f} ms of their order, 99 % within {whole['p99']:.0f} ms"
    )
    if hedge["samples"]:
        said += f"; half of {hedge['samples']} hedges reached their venue in {hedge['p50']:.0f} ms"
    return f"{said}."


def text(told: Json) -> str:
    """Return the summary for people."""
    lines = [told["verdict"], "", f"{'':<58} {'p50':>8} {'p95':>8} {'p99':>8} {'samples':>7}"]
    for chain, words in CHAINS.items():
        lines.append(f"{words}:")
        lines += [_line(row) for row in told["stages"] if row["chain"] == chain]
    return "\n".join((*lines, "", f"milliseconds; {told['note']}."))


def _line(row: Json) -> str:
    cells = " ".join("       -" if row[q] is None else f"{row[q]:>8.1f}" for q in QUANTILES)
    return f"  {row['stage']:<9} {MEANINGS[row['stage']]:<46} {cells} {row['samples']:>7}"


def report(told: Json, found: dict[str, Times]) -> str:
    """Return the whole page."""
    rows = [
        (
            f"{row['chain'].replace('_', ' ')}: {row['stage']}",
            *(number(row[q]) for q in QUANTILES), str(row["samples"]),
        )
        for row in told["stages"]
    ]  # fmt: skip
    head = ("stage", *QUANTILES, "samples")
    well = told["complete"] and told["fills"]
    return document.page(
        title=TITLE,
        strip=STRIP,
        verdict=Verdict("ready" if well else "fault", "Cosigned." if well else "Not shown.",
                        told["verdict"]),
        parts=[
            section("Share of fills that were cosigned in time", shares(found)),
            section(
                "Stages, milliseconds", table("Stages", head, rows),
                document.legend(MEANINGS.items()),
                note="A customer's fill counts since its order was sent, a venue's since the"
                " venue executed it.",
            ),
        ],
        note=f"{told['note']}.",
    )  # fmt: skip


def shares(found: dict[str, Times]) -> str:
    """Draw what share of fills was cosigned within so many milliseconds."""
    drawn = {chain: sorted(of["cosigned"]) for chain, of in found.items() if of["cosigned"]}
    values = [value for few in drawn.values() for value in few]
    across = axis(values, "milliseconds")
    plot = Plot(across, Axis(0.0, 1.0, "share of fills"), width=WIDE)
    for chain, few in drawn.items():
        points = [(value, (n + 1) / len(few)) for n, value in enumerate(few)]
        plot.line([(few[0], 0.0), *points], STYLES[chain])
        share, down = NAMED[chain]
        at = points[int(share * (len(few) - 1))]
        plot.text(at, chain.replace("_", "'s "), f"{STYLES[chain]}-name", down=down)
    sentence = "Each line: the share of fills that had the centre's cosignature by then."
    return figure(plot.svg(sentence), sentence)
