"""A campaign as plain data and as one page that needs nothing else."""

from html import escape
from typing import Any

from edgenode.sim.world.campaign import Campaign, Tally
from edgenode.sim.world.world import Outcome

Json = dict[str, Any]
SCHEMA = "edgenode.campaign.sim/1"
BAR_PX = 320
TIMELINE_LINES = 400
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:right;padding:.2rem .6rem}
td:first-child,th:first-child{text-align:left}tr{border-bottom:1px solid #ddd}
.bad{color:#b00020;font-weight:600}.good{color:#0a6b3d;font-weight:600}
pre{background:#f6f6f4;padding:1rem;overflow:auto;font-size:12px}
@media(prefers-color-scheme:dark){body{background:#151515;color:#ddd}pre{background:#222}}
"""


def as_json(campaign: Campaign) -> Json:
    """Return the whole of it; one row a scenario, one a failing seed."""
    return {
        "message_type": "summary",
        "schema": SCHEMA,
        "worlds": campaign.worlds,
        "failed": len(campaign.failures),
        "worlds_per_minute": round(campaign.per_minute, 1),
        "took_s": round(campaign.took_s, 1),
        "scenarios": {name: _tally(tally) for name, tally in campaign.tallies.items()},
        "failures": [_failure(outcome) for outcome in campaign.failures],
    }


def as_html(campaign: Campaign) -> str:
    """Return the page."""
    verdict = (
        f'<span class="bad">{len(campaign.failures)} failed</span>'
        if campaign.failures
        else '<span class="good">all held</span>'
    )
    hours = sum(t.virtual_s for t in campaign.tallies.values()) / 3600
    rows = "".join(_row(name, tally) for name, tally in campaign.tallies.items())
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated worlds</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><h1>{campaign.worlds} simulated worlds: {verdict}</h1>"
        f"<p>{hours:.1f} hours of their time in {campaign.took_s:.0f} s of ours, "
        f"{campaign.per_minute:.0f} worlds a minute.</p>"
        "<table><tr><th>scenario<th>worlds<th>failed<th>hours<th>entries<th>orders<th>fills"
        f"<th>checks</tr>{rows}</table>"
        f"<h2>What went wrong, on purpose</h2>{_bars(campaign)}"
        + "".join(_story(outcome) for outcome in campaign.failures)
    )


def _tally(tally: Tally) -> Json:
    return {
        "worlds": tally.worlds,
        "failed": tally.failed,
        "virtual_s": round(tally.virtual_s),
        "entries": tally.entries,
        "orders": tally.orders,
        "fills": tally.fills,
        "checks": tally.checks,
        "faults": dict(sorted(tally.faults.items())),
    }


def _failure(outcome: Outcome) -> Json:
    violation = outcome.violation
    return {
        "scenario": outcome.scenario,
        "seed": outcome.seed,
        "violation": violation.name if violation else None,
        "found": str(violation),
        "faults": [fault.json() for fault in outcome.faults],
        "digest": outcome.digest,
    }


def _row(name: str, tally: Tally) -> str:
    tone = "bad" if tally.failed else "good"
    figures = (tally.entries, tally.orders, tally.fills, tally.checks)
    cells = "".join(f"<td>{figure:,}" for figure in figures)
    return (
        f'<tr><td>{escape(name)}<td>{tally.worlds}<td class="{tone}">{tally.failed}'
        f"<td>{tally.virtual_s / 3600:.1f}{cells}</tr>"
    )


def _bars(campaign: Campaign) -> str:
    total: dict[str, int] = {}
    for tally in campaign.tallies.values():
        for kind, count in tally.faults.items():
            total[kind] = total.get(kind, 0) + count
    most = max(total.values(), default=1)
    rows = []
    for index, (kind, count) in enumerate(sorted(total.items(), key=lambda i: -i[1])):
        y, width = index * 22, count / most * BAR_PX
        rows.append(
            f'<text x="150" y="{y + 15}" text-anchor="end">{escape(kind)}</text>'
            f'<rect x="160" y="{y + 3}" width="{width:.1f}" height="15" fill="#4477aa"/>'
            f'<text x="{166 + width:.1f}" y="{y + 15}">{count}</text>'
        )
    height = len(rows) * 22
    return (
        f'<svg width="{BAR_PX + 240}" height="{height}" fill="currentColor" font-size="13" '
        f'role="img" aria-label="faults by kind">{"".join(rows)}</svg>'
    )


def _story(outcome: Outcome) -> str:
    faults = "".join(f"<li>{escape(str(fault))}" for fault in outcome.faults)
    lines = escape("\n".join(outcome.lines[-TIMELINE_LINES:]))
    return (
        f'<h2 class="bad">{escape(outcome.scenario)} {outcome.seed}: '
        f"{escape(str(outcome.violation))}</h2><p>The smallest plan found:<ul>{faults}</ul>"
        f"<details><summary>Timeline</summary><pre>{lines}</pre></details>"
    )
