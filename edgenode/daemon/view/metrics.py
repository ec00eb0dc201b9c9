"""OpenMetrics text from the status: the same numbers, another shape."""

from typing import Any

Json = dict[str, Any]
SHOWN = ("q05", "q50", "q95")


def metrics(
    status: Json,
    signals: Json | None = None,
    forecast: Json | None = None,
    risk: Json | None = None,
) -> str:
    """Return gauges and counters; ends with the EOF marker of OpenMetrics 1.0."""
    sync, ledger, orders = status["sync"], status["ledger"], status["orders"]
    lines = _gauge("edgenode_ledger_entries", "Entries in the node's ledger", ledger["size"])
    lines += _gauge("edgenode_sync_online", "1 where the centre is reachable", int(sync["online"]))
    lines += _gauge("edgenode_sync_acked_entries", "Entries cosigned", sync["acked_size"])
    lines += _gauge(
        "edgenode_sync_unsynced_entries", "Entries not yet cosigned", sync["unsynced_entries"]
    )
    lines += _gauge("edgenode_orders_open", "Open orders", orders["open"])
    lines += _gauge("edgenode_orders_unknown", "Orders without an outcome", orders["unknown"])
    lines += _gauge("edgenode_breaks_open", "Open breaks", status["breaks"])
    dropped = status["log_lines_dropped"]
    lines += _counter("edgenode_log_lines_dropped", "Lines of the log that were lost", dropped)
    for key, text in (
        ("net_quantity", "Net exposure"),
        ("overlay_quantity", "Overlay position"),
        ("mandate_quantity", "Core position promised by mandate"),
    ):
        lines += _head(f"edgenode_{key}", f"{text}, in units of the base asset")
        lines += [
            f'edgenode_{key}{{instrument="{row["instrument"]}"}} {row[key]}'
            for row in status["exposure"]
        ]
    lines += _head("edgenode_restriction", "1 for each cause that restricts trading")
    lines += [
        f'edgenode_restriction{{scope="{row["scope"]}",cause="{row["cause"]}",'
        f'level="{row["level"]}"}} 1'
        for row in status["restrictions"]
    ]
    lines += _gauge(
        "edgenode_exposed", "1 if more is exposed than hedging works off", int(status["exposed"])
    )
    lines += _head("edgenode_verdict", "1 for the present verdict")
    if status["verdict"]:
        lines.append(f'edgenode_verdict{{verdict="{status["verdict"]}"}} 1')
    lines += _triggers(status["triggers"])
    lines += _risk(risk or {"pnl": [], "shocks": []})
    lines += _signals(signals or {"sources": []})
    lines += _forecast(forecast or {"instruments": []})
    return "\n".join([*lines, "# EOF", ""])


def _triggers(triggers: list[Json]) -> list[str]:
    """Return what each trigger sees, as a share of what it stops at, and what it says."""
    lines = _head("edgenode_trigger_share", "What a trigger sees, in parts of what it stops at")
    for row in triggers:
        share = abs(float(row["value"])) / float(row["stops_at"])
        lines.append(f"edgenode_trigger_share{{{_where(row)}}} {share:.3f}")
    lines += _head("edgenode_trigger_state", "1 for the present state of a trigger")
    lines += [
        f'edgenode_trigger_state{{{_where(row)},state="{row["state"]}"}} 1' for row in triggers
    ]
    return lines


def _where(row: Json) -> str:
    return f'kind="{row["kind"]}",venue="{row["venue"]}",instrument="{row["instrument"]}"'


def _risk(risk: Json) -> list[str]:
    """Return the P&L in its parts, and what scenarios would make of the book, where known."""
    lines = _head("edgenode_pnl", "Live P&L by its parts, in the currency that is named")
    lines += [
        f'edgenode_pnl{{by="{row["by"]}",name="{row["name"]}",currency="{row["currency"]}"}} '
        f"{row['pnl']}"
        for row in risk["pnl"]
        if row["pnl"] is not None
    ]
    lines += _head("edgenode_shock_pnl", "P&L at worst if a scenario struck the live book now")
    lines += [
        f'edgenode_shock_pnl{{scenario="{row["scenario"]}",percent="{row["percent"]}"}} '
        f"{row['worst']}"
        for row in risk["shocks"]
        if row["worst"] is not None
    ]
    return lines


def _signals(signals: Json) -> list[str]:
    """Return what became of what sources said: venues and feeds are bounded, and so is this."""
    name = "edgenode_signal_rows"
    lines = [
        f"# TYPE {name} counter",
        f"# HELP {name} Books and rows of each source, by what became of them",
    ]
    lines += [
        f'{name}_total{{source="{row["source"]}",outcome="{outcome}"}} {times}'
        for row in signals["sources"]
        for outcome, times in row["rows"].items()
        if times
    ]
    lines += _head("edgenode_forecast_state", "1 for the present state of a source's forecast")
    lines += [
        f'edgenode_forecast_state{{source="{row["source"]}",state="{row["state"]}"}} 1'
        for row in signals["sources"]
    ]
    return lines


def _forecast(forecast: Json) -> list[str]:
    """Return the forecast of each instrument's first source."""
    name = "edgenode_forecast_volume"
    lines = _head(name, "Quantiles of the volume of the next minutes")
    for row in forecast["instruments"]:
        for ahead in row["horizons"]:
            quantiles = ahead["quantiles"] or {}
            labels = f'instrument="{row["instrument"]}",minutes="{ahead["minutes"]}"'
            lines += [
                f'{name}{{{labels},quantile="0.{quantile[1:]}"}} {value}'
                for quantile, value in quantiles.items()
                if quantile in SHOWN
            ]
    return lines


def _gauge(name: str, text: str, value: object) -> list[str]:
    return [*_head(name, text), f"{name} {value}"]


def _counter(name: str, text: str, value: object) -> list[str]:
    return [f"# TYPE {name} counter", f"# HELP {name} {text}", f"{name}_total {value}"]


def _head(name: str, text: str) -> list[str]:
    return [f"# TYPE {name} gauge", f"# HELP {name} {text}"]
