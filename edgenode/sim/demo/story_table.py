"""The demo's tables as HTML: the arms with their legend, and the large chart by the minute."""

from collections.abc import Mapping
from html import escape
from typing import Any

from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.virtual import Told

Json = dict[str, Any]
COLUMNS = (  # field, head, what it is
    ("rms_exposure", "typical", "root mean square of net exposure over the hour's seconds, WETH"),
    ("peak_abs", "peak", "largest net exposure, WETH"),
    ("final_abs", "final", "net exposure at the end, WETH"),
    ("es95_minute_loss", "ES95", "mean loss of the worst 5 % of minutes, USDC"),
    ("hedge_cost", "hedge cost", "against the price when each order was sent, with fees, USDC"),
    ("fees", "fees", "of hedges, USDC"),
    (
        "stale_gain",
        "stale",
        "what fills at the late venue gained on old prices, USDC; below 0: cost",
    ),
    (
        "intraminute_selection",
        "selection",
        "what the price still moved within the minute of a customer's trade, USDC",
    ),
    ("trading_pnl", "result", "cash and open position at the last price, USDC: chance, mostly"),
)


def books(row: Json) -> str:
    """Say whether node and centre agree: `equal`, `BEHIND n` entries, or `DIFFER`."""
    if row["digest_equal"]:
        return "equal"
    behind = row["entries"]["node"] - row["entries"]["centre"]
    return f"BEHIND {behind}" if behind else "DIFFER"


def link(row: Json) -> str:
    """Name an arm's link as it was in this window."""
    return "not cut yet" if row["link"] == "cut" and not row["was_cut"] else str(row["link"])


def table(arms: Mapping[Arm, Told], summary: Json | None) -> str:
    """Return the table of the arms that are played, and what its columns mean."""
    heads = "".join(f'<th scope="col">{head}</th>' for _, head, _ in COLUMNS)
    rows = "".join(_row(arms[arm].row) for arm in ARMS if arm in arms)
    legend = "".join(f"<div><dt>{head}</dt><dd>{text}</dd></div>" for _, head, text in COLUMNS)
    hashed = ""
    if summary is not None:
        sha = escape(str(summary["figures_sha256"]))
        hashed = f"<p>The same seed gives the same table: figures_sha256 <code>{sha}</code></p>"
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of the arms"><table>'
        '<thead><tr><th scope="col">flow</th><th scope="col">overlay</th>'
        f'<th scope="col">link</th>{heads}<th scope="col">books</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f'<dl class="legend">{legend}</dl>{hashed}'
    )


def minutes(arms: Mapping[Arm, Told], begins: int) -> str:
    """Return what the large chart draws, from a minute of the day on."""
    pairs = [Arm("recorded", on, link) for link in ("cut", "up") for on in (True, False)]
    played = [arm for arm in pairs if arm in arms]
    names = [f"{'with' if a.overlay else 'without'}, link {a.link}" for a in played]
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("UTC", *names))
    rows = []
    for minute, nets in enumerate(zip(*(arms[arm].net_by_minute for arm in played), strict=False)):
        hour, rest = divmod(begins + minute, 60)
        told = "".join(f'<td class="n">{_true_minus(net)}</td>' for net in nets)
        rows.append(f'<tr><th scope="row">{hour:02}:{rest:02}</th>{told}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Net exposure by the minute">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(row: Json) -> str:
    told = "".join(f'<td class="n">{_true_minus(row[name])}</td>' for name, _, _ in COLUMNS)
    overlay = "on" if row["overlay"] else "off"
    return (
        f'<tr><th scope="row">{row["flow"]}</th><td>{overlay}</td><td>{link(row)}</td>{told}'
        f"<td>{books(row)}</td></tr>"
    )


def _true_minus(text: str) -> str:
    return text.replace("-", "−")  # noqa: RUF001  a true minus
