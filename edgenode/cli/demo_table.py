"""The demo's summary as text: whether the figures count, the arms side by side, the counts."""

import shlex

from edgenode.cli.output import Json

HEAD = (
    f"{'flow':<9} {'overlay':<8} {'link':<11} {'rms':>6} {'peak':>6} {'final':>6} {'ES95':>7}"
    f" {'hedge cost':>10} {'fees':>7} {'stale':>7} {'selection':>9} {'P&L':>8}  books"
)

LEGEND = (
    "rms, peak, final: of net exposure. ES95: the mean loss of the worst 5 % of minutes.",
    "hedge cost: against the price when each order was sent, fees included. stale: what fills at",
    "the late venue gained on its old prices (below 0: cost). selection: what the price still",
    "moved within the minute of a customer's trade. books: do node and centre agree?",
)


def table(summary: Json) -> str:
    """Return the whole text; a distorted run says so before its table and behind it."""
    warned = distorted(summary["distortion"], summary["speed"])
    lines = ["", *warned, HEAD, "-" * len(HEAD), *map(_arm, summary["arms"]), *LEGEND, ""]
    lines += [*_counted(summary), kept(summary["data"])]
    return "\n".join([*lines, *warned[:1]])


def kept(data: str | None) -> str:
    """Say where ledgers and logs are, and what removes them."""
    if data is None:
        return "nothing is kept; --keep keeps ledgers and logs"
    return f"ledgers and logs are kept in {data}; rm -r {shlex.quote(data)} removes them"


def distorted(found: Json, speed: int) -> list[str]:
    """Say that the machine did not keep up, by which measures, and what to do; else nothing."""
    if not found["distorted"]:
        return []
    rows = [row for row in found["measures"] if row["distorted"]]
    return [
        "DISTORTED: this machine did not keep up with market time; do not compare these figures",
        *(
            f"  {row['text']}: {row['worst']:g} {row['unit']} in {row['node_id']},"
            f" limit {row['limit']:g} ({row['measure']})"
            for row in rows
        ),
        f"  do: run it again while nothing else runs, or slower: --speed {max(1, speed // 3)}",
        "",
    ]


def books(arm: Json) -> str:
    """Say whether node and centre agree: `equal`, `BEHIND n` entries, or `DIFFER`."""
    if arm["digest_equal"]:
        return "equal"
    behind = arm["entries"]["node"] - arm["entries"]["centre"]
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


def _counted(summary: Json) -> list[str]:
    orders, fills, lag = summary["orders"], summary["fills"], summary["sync_lag_ms"]
    link, minutes = summary["link"], summary["market_minutes"]
    cut = "cut" if link["cut_at"] else "not cut yet"
    counted = (
        f"arm recorded / on / {cut}: {orders['accepted']} orders accepted,"
        f" {orders['denied']} denied, {fills['booked']} fills booked,"
        f" {fills['busts']} busts, {fills['corrections']} corrections,"
        f" {fills['disputes']} disputed reports, {orders['unknown_now']} unknown;"
    )
    lagged = f"cosigned within {lag['p50']} ms (p50), {lag['p99']} ms (p99) while the link was up"
    return [
        f"{minutes['ran']} of {minutes['recorded']} market minutes ran",
        "exposure in WETH, money in USDC; cost is fairest as the mean of recorded and mirrored",
        f"{counted} up to {link['unsynced_peak']} entries waited for the link",
        lagged if lag["samples"] else "no entry's way to the centre was timed",
        f"core price {summary['core_price']}; {summary['note']}",
    ]
