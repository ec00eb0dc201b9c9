"""The demo's one page as it stands now: HTML by element id, the same live and in the report.

Live nodes are shown while they run; each arm fills in as it is done. At the end the sentence says
what the table shows. Nothing here decides or counts: figures come from the arms' rows.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from edgenode.daemon.report.document import Verdict, card
from edgenode.model.instants import instant
from edgenode.sim.demo import story_table, verdict, world
from edgenode.sim.demo.arms import ARMS, FLOWS, LINKS, LIVE, Arm
from edgenode.sim.demo.charts import LARGE, SMALL, Frame, Line, chart, signed, span
from edgenode.sim.demo.story import Story, net
from edgenode.sim.recorded import MINUTE_NS

Json = dict[str, Any]
FLOW_NAMES = {"recorded": "As recorded", "mirrored": "Mirrored", "quiet": "Quiet day"}
LINK_NAMES = {"up": "link up", "cut": "link cut 30 min"}
STYLES = {False: "without", True: "with"}  # of the overlay; the later one is drawn on top
TICK = "✓"


def parts(story: Story) -> dict[str, str]:
    """Return every part of the page by its element's id."""
    return {
        "state": _state(story),
        "numbers": _numbers(story),
        "cut-chart": _large(story, "cut"),
        "up-chart": _large(story, "up"),
        "live": _live(story),
        "panels": _panels(story),
        "table": story_table.table(story.arms, story.summary),
        "minutes": story_table.minutes(story.arms, world.FROM_MINUTE),
    }


def _state(story: Story) -> str:
    done = f"{len(story.arms)} of {len(ARMS)} arms played"
    at = instant(story.market_ns)[11:16]
    match story.phase:
        case "finished":
            return _card_of_end(story)
        case "playing":
            text = f"{done}, about {story.left_s} s left."
            return _told("stop", f"Playing {at}.", text)
        case "ending":
            text = f"The live nodes have ended; {done}, about {story.left_s} s left."
            return _told("stop", "The hour is over.", text)
        case _:
            text = f"Two nodes, a centre and their venues begin; {done}. About {story.left_s} s."
            return _told("stop", "Setting up.", text)


def _card_of_end(story: Story) -> str:
    assert story.summary is not None
    told = str(story.summary["verdict"])
    if story.summary["differing"]:
        return _told("fault", "Not equal.", told)
    if story.summary["overlay_gains_on_both_flows"]:
        return _told("warn", "Do not believe it.", told)
    first, _, rest = told.partition(",")
    return _told("ready", f"Finished. {first},", rest)


def _told(state: str, head: str, text: str) -> str:
    role = "alert" if state in {"warn", "fault"} else "status"
    return card(Verdict(state, head, text), role)


def _numbers(story: Story) -> str:
    rows = {arm: told.row for arm, told in story.arms.items()}
    return (
        _number(rows, "With overlay", "with", overlay=True)
        + _number(rows, "Without overlay", "without", overlay=False)
        + _money(rows)
    )


def _number(rows: Mapping[Arm, Json], title: str, style: str, *, overlay: bool) -> str:
    """Show the typical exposure of the recorded hour, the link cut, and beside it the link up."""
    cut, up = (rows.get(Arm("recorded", overlay, link)) for link in ("cut", "up"))
    box = f'<div class="card number {style}-card">'
    line = f'<svg viewBox="0 0 60 4" aria-hidden="true"><path class="{style}" d="M0 2H60"/></svg>'
    head = f"<h2>{title}{line}</h2>"
    if cut is None or up is None:
        return f'{box}{head}<p class="note">Not played yet</p></div>'
    when = "link cut" if cut["was_cut"] else "link not cut in this window"
    return (
        f"{box}{head}<p><b>{_typical(cut)}</b> <span>WETH typical, {when}</span></p>"
        f"<p>at most {float(cut['peak_abs']):.1f} · link up {_typical(up)}</p></div>"
    )


def _money(rows: Mapping[Arm, Json]) -> str:
    both = [Arm(flow, on, "up") for flow in verdict.BOTH for on in (True, False)]
    if any(arm not in rows for arm in both):
        return ""
    of = {on: rows[Arm("recorded", on, "up")] for on in (True, False)}
    costs = [verdict.cost(rows.values(), "up", overlay=on) for on in (True, False)]
    listed = [
        ("Hedging and fees, with", f"{costs[0]:.2f}"),
        ("Hedging and fees, without", f"{costs[1]:.2f}"),
        ("Worst minutes, with", signed(-float(of[True]["es95_minute_loss"]))),
        ("Worst minutes, without", signed(-float(of[False]["es95_minute_loss"]))),
    ]
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in listed)
    results = [
        signed(float(rows[Arm(flow, on, "up")]["trading_pnl"]), 0)
        for flow in verdict.BOTH
        for on in (True, False)
    ]
    return (
        '<div class="card"><h2>What it cost and saved, USDC</h2>'
        f'<dl>{shown}</dl><p class="note">Link up; cost is the mean of both flows. Result of the'
        f" hour: {results[0]} with, {results[1]} without; mirrored, {results[2]} and {results[3]}."
        " That is chance, mostly.</p></div>"
    )


def _played(story: Story, flow: str, link: str) -> list[Line]:
    """Return the lines of those two arms that are played."""
    arms = {on: story.arms.get(Arm(flow, on, link)) for on in STYLES}
    return [
        Line(f"{STYLES[on]} overlay", STYLES[on], [float(v) for v in told.net_by_minute])
        for on, told in arms.items()
        if told is not None
    ]


def _running(story: Story) -> list[Line]:
    """Return the lines of the live nodes, as far as their hour has come."""
    found = []
    for arm in reversed(LIVE):
        seen = story.nets.get(arm, {})
        values = [seen.get(minute) for minute in range(story.minutes + 1)]
        found.append(Line(f"{STYLES[arm.overlay]} overlay, live", STYLES[arm.overlay], values))
    return found


def _frame(story: Story, flow: str, link: str) -> Frame:
    cut = None
    if link == "cut" and story.until_ns > world.CUT:
        ends = min(world.RESTORED, story.until_ns)
        cut = (world.CUT_MINUTE - world.FROM_MINUTE, (ends - world.BEGINS) // MINUTE_NS)
    event = None
    if flow != "quiet" and story.until_ns > world.FOMC:
        name = "FOMC decision 18:00"
        event = (world.FOMC_MINUTE - world.FROM_MINUTE, name)
    return Frame(world.FROM_MINUTE, story.minutes, cut, event)


def _large(story: Story, link: str) -> str:
    """Draw the recorded hour: the live nodes until the end, then the arms."""
    lines = _played(story, "recorded", link)
    if link == "cut" and story.phase != "finished":
        lines = _running(story) if story.nets else []
    if not lines:
        return '<p class="note empty">The first minute arrives at 17:41.</p>'
    sentence = _sentence(story, "recorded", link)
    frame, scale = _frame(story, "recorded", link), span(lines)
    drawn = "".join(chart(lines, frame, size, scale, sentence) for size in LARGE)
    return f"{drawn}<p>{escape(sentence)}</p>"


def _sentence(story: Story, flow: str, link: str) -> str:
    found = [story.arms.get(Arm(flow, on, link)) for on in (True, False)]
    if found[0] is None or found[1] is None:
        return f"Net exposure, {FLOW_NAMES[flow].lower()}, {LINK_NAMES[link]}: still playing."
    peaks = [float(told.row["peak_abs"]) for told in found if told is not None]
    return (
        f"{FLOW_NAMES[flow]}, {LINK_NAMES[link]}: exposure is at most {peaks[0]:.1f} WETH with the"
        f" overlay and {peaks[1]:.1f} without."
    )


def _panels(story: Story) -> str:
    pairs = [(flow, link) for flow in FLOWS for link in LINKS]
    lines = {pair: _played(story, *pair) for pair in pairs}
    scale = span(line for found in lines.values() for line in found)
    return "".join(_panel(story, *pair, lines[pair], scale) for pair in pairs)


def _panel(story: Story, flow: str, link: str, lines: list[Line], scale: tuple[int, int]) -> str:
    rows = {on: _row(story, Arm(flow, on, link)) for on in reversed(STYLES)}
    sentence = _sentence(story, flow, link)
    drawn = chart(lines, _frame(story, flow, link), SMALL, scale, sentence) if lines else ""
    shown = " · ".join(f"{STYLES[on]} <b>{_typical(row)}</b>" for on, row in rows.items())
    return (
        f'<div class="card panel"><h2>{FLOW_NAMES[flow]}<small>{LINK_NAMES[link]}</small></h2>'
        f"{drawn}<p>{shown}</p><p>{_books([row for row in rows.values() if row])}</p></div>"
    )


def _row(story: Story, arm: Arm) -> Json | None:
    told = story.arms.get(arm)
    return None if told is None else told.row


def _typical(row: Json | None) -> str:
    return "…" if row is None else f"{float(row['rms_exposure']):.1f}"


def _books(rows: list[Json]) -> str:
    if apart := [row for row in rows if not row["digest_equal"]]:
        return f'<span class="apart">✕ {len(apart)} of 2 books differ</span>'
    return (
        f"{TICK}{TICK} both books equal"
        if len(rows) == len(STYLES)
        else f"{len(rows)} of 2 played"
    )


def _live(story: Story) -> str:
    """Show the two live nodes: real processes, real sockets."""
    return "".join(_live_row(story, arm) for arm in LIVE) + _slowed(story)


def _slowed(story: Story) -> str:
    """Say how long the live hour took, where market time had to wait."""
    if story.summary is None or not story.summary["slowed"]["stood_s"]:
        return ""
    slowed = story.summary["slowed"]
    return (
        f"<li>The hour took {slowed['ran_s']:g} s; for {slowed['stood_s']:g} s of them market time"
        " stood still, until every process had taken it.</li>"
    )


def _live_row(story: Story, arm: Arm) -> str:
    title = "With overlay" if arm.overlay else "Without overlay"
    status = story.statuses.get(arm)
    if status is None:
        return f"<li><b>{title}</b> starts</li>"
    sync = status["sync"]
    waits = sync["unsynced_entries"]
    link = (
        "link up"
        if sync["online"]
        else f"No link to the centre; {waits} records wait, none is lost"
    )
    page = ""
    if arm in story.urls:
        page = f' <a href="{escape(story.urls[arm], quote=True)}">its own page</a>'
    books = ""
    if story.summary is not None:
        row = next(r for r in story.summary["live"] if r["node_id"] == arm.node_id)
        books = f" · {TICK + ' book equal' if row['digest_equal'] else '✕ book differs'}"
        link = f"{row['entries']['node']} records"
    return f"<li><b>{title}</b> net {signed(net(status))} WETH · {escape(link)}{books}{page}</li>"
