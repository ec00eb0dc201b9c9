"""The demo's summary as text: the sentence, the arms side by side, what ran, what was counted."""

import shlex
import textwrap

from edgenode.cli.output import Json

WIDE = 99
HEAD = (
    f"{'flow':<9} {'overlay':<8} {'link':<11} {'rms':>6} {'peak':>6} {'final':>6} {'ES95':>7}"
    f" {'hedge cost':>10} {'fees':>7} {'stale':>7} {'selection':>9} {'P&L':>8}  books"
)
LEGEND = (
    "rms, peak, final: of net exposure, WETH; money in USDC. ES95: the mean loss of the worst 5 %",
    "of minutes. hedge cost: against the price when each order was sent, fees included; fairest",
    "as the mean of recorded and mirrored. stale: what fills at the late venue gained on its old",
    "prices (below 0: cost). selection: what the price still moved within the minute of a",
    "customer's trade. P&L: chance, mostly. books: do node and centre agree?",
)


def table(summary: Json) -> str:
    """Return the whole text: the sentence first, then the table."""
    lines = ["", *textwrap.wrap(summary["verdict"], WIDE), "", HEAD, "-" * len(HEAD)]
    lines += [*map(_arm, summary["arms"]), *LEGEND, "", *_ran(summary), *_counted(summary)]
    report = summary["report"]
    if report is not None:
        lines.append(f"report: {report}")
    return "\n".join([*lines, kept(summary["data"])])


def kept(data: str | None) -> str:
    """Say where ledgers and logs are, and what removes them."""
    if data is None:
        return "nothing else is kept; --keep keeps ledgers and logs"
    return f"ledgers and logs are kept in {data}; rm -r {shlex.quote(data)} removes them"


def books(row: Json) -> str:
    """Say whether node and centre agree: `equal`, `BEHIND n` entries, or `DIFFER`."""
    if row["digest_equal"]:
        return "equal"
    behind = row["entries"]["node"] - row["entries"]["centre"]
    return f"BEHIND {behind}" if behind else "DIFFER"


def _arm(arm: Json) -> str:
    overlay = "on" if arm["overlay"] else "off"
    link = "not cut yet" if arm["link"] == "cut" and not arm["was_cut"] else arm["link"]
    return (
        f"{arm['flow']:<9} {overlay:<8} {link:<11} {arm['rms_exposure']:>6}"
        f" {arm['peak_abs']:>6} {arm['final_abs']:>6} {arm['es95_minute_loss']:>7}"
        f" {arm['hedge_cost']:>10} {arm['fees']:>7} {arm['stale_gain']:>7}"
        f" {arm['intraminute_selection']:>9} {arm['trading_pnl']:>8}  {books(arm)}"
    )


def _ran(summary: Json) -> list[str]:
    minutes, slowed = summary["market_minutes"], summary["slowed"]
    waited = ", ".join(f"{one['name']} {one['s']:g} s" for one in slowed["waited_for"] if one["s"])
    stood = f"; market time stood still for {slowed['stood_s']:g} s of them" if waited else ""
    ran = f"{minutes['ran']} of {minutes['recorded']} market minutes ran in {slowed['ran_s']:g} s"
    return [
        f"same seed, same table: figures_sha256 {summary['figures_sha256']}",
        f"two live nodes: {ran}{stood}",
        *textwrap.wrap(f"it waited for {waited}" if waited else "", WIDE),
    ]


def _counted(summary: Json) -> list[str]:
    orders, fills, lag = summary["orders"], summary["fills"], summary["sync_lag_ms"]
    live = [f"{row['node_id']} {books(row)}" for row in summary["live"]]
    counted = (
        f"  {summary['live'][0]['node_id']}: {orders['accepted']} orders accepted,"
        f" {orders['denied']} denied, {fills['booked']} fills booked, {orders['unknown_now']}"
        f" unknown; up to {summary['link']['unsynced_peak']} entries waited for the link"
    )
    lagged = f"  cosigned within {lag['p50']} ms (p50), {lag['p99']} ms (p99) while it was up"
    return [
        f"  books: {', '.join(live)}",
        counted,
        lagged if lag["samples"] else "  no entry's way to the centre was timed",
        f"core price {summary['core_price']}; {summary['note']}",
    ]
