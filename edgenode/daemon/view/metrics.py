"""OpenMetrics text from the status: the same numbers, another shape."""

from typing import Any

Json = dict[str, Any]
SHOWN = ("q05", "q50", "q95")


def metrics(status: Json, signals: Json | None = None, forecast: Json | None = None) -> str:
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
    lines += _signals(signals or {"sources": []})
    lines += _forecast(forecast or {"instruments": []})
    return "\n".join([*lines, "# EOF", ""])


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
