"""The forecast over a pipe: a bar a line in, its quantiles a line out before the next is read."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from edgenode.adapters.forecast_file import ForecastFile
from edgenode.core.estimate.forecast.explanation import explain
from edgenode.core.estimate.forecast.signal import Quantiles, Signal
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

DIGITS = 10  # significant, of what is printed
LINE_BYTES_MAX = 4096
STEP_S_MAX = 86_400
TIME_S_MAX = 1 << 36
VALUE_MAX = 1e100  # sums of days of it, and 50 times as much, are numbers still


class Bar(msgspec.Struct, forbid_unknown_fields=True):
    """One bar: when it began, its volume (null: not known), its length, what the volume is."""

    t: float
    v: float | None
    step: float
    kind: Literal["count", "amount"] = "amount"


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a pipe, each as soon as it is there; of a line too long its begin."""
    while line := stream.readline(LINE_BYTES_MAX + 1):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(LINE_BYTES_MAX + 1)):
            pass  # the rest of a long line is no line


def answers(
    lines: Iterable[bytes | str],
    state: Path | None,
    explained: Callable[[str], None] | None = None,
) -> Iterator[str | RefusedError]:
    """Yield the answer to each bar: `{"5": [...], ...}`, or why a line was refused: as no bar.

    `explained` is told why, as JSON, before each answer to a bar.

    `state` keeps the forecast: a start with the same file goes on as if it had never ended.
    """
    kept = ForecastFile(state) if state is not None else None
    signal = kept.load() if kept is not None else None
    try:
        for line in lines:
            if not line.strip():
                continue
            try:
                bar = _bar(line, signal)
            except RefusedError as error:
                yield error
                continue
            signal = signal or Signal(round(bar.step), counts=bar.kind == "count")
            said = _take(signal, bar, kept)
            if explained is not None:
                explained(_explained(signal))
            yield _said(said)
    finally:
        if kept is not None and signal is not None:
            kept.save(signal)
            kept.close()


def _take(signal: Signal, bar: Bar, kept: ForecastFile | None) -> Quantiles:
    at_s = int(bar.t)
    if kept is None:
        return signal.bar(at_s, bar.v)
    kept.take(signal, at_s, bar.v)
    said = signal.bar(at_s, bar.v)
    kept.taken(signal)
    return said


def _bar(line: bytes | str, signal: Signal | None) -> Bar:
    """Read a bar; EN002 if it is none, or not one of this signal."""
    if len(line) > LINE_BYTES_MAX:
        raise _no_bar(f"a line of more than {LINE_BYTES_MAX} bytes", "one bar a line")
    bar = foreign.json_as(line, Bar)
    if not 0 <= bar.t < TIME_S_MAX:
        raise _no_bar(f"t {bar.t}", "seconds since 1970")
    if not 1 <= bar.step <= STEP_S_MAX or bar.step % 1:
        raise _no_bar(f"step {bar.step}", f"whole seconds, 1 to {STEP_S_MAX}")
    if bar.v is not None and not 0 <= bar.v <= VALUE_MAX:
        raise _no_bar(f"v {bar.v}", f"a volume from 0 to {VALUE_MAX:g}, or null")
    if signal is not None:
        _check_same(bar, signal)
    return bar


def _check_same(bar: Bar, signal: Signal) -> None:
    if (round(bar.step), bar.kind == "count") != (signal.step_s, signal.counts):
        kind = "count" if signal.counts else "amount"
        raise RefusedError(
            f"a bar of {bar.step} s of kind {bar.kind}",
            expected=f"{signal.step_s} s and {kind}, as the first bar of this signal",
            do="give each signal a process and a state file of its own",
            code="EN002",
        )


def _no_bar(found: str, expected: str) -> RefusedError:
    return RefusedError(
        found,
        expected=expected,
        do="send this bar again as edgenode forecast --help describes it; nothing changed",
        code="EN002",
    )


def _said(quantiles: Quantiles) -> str:
    return json.dumps(
        {str(minutes): [_short(q) for q in found] for minutes, found in quantiles.items()},
        separators=(",", ":"),
    )


def _explained(signal: Signal) -> str:
    chances = signal.probabilities()
    found = {}
    for horizon in signal.horizons:
        why = explain(signal, horizon.minutes)
        found[str(horizon.minutes)] = {
            "sentence": why.sentence,
            "usual": _short(why.usual) if why.known else None,
            "times_usual": _short(why.times_usual) if why.known else None,
            "parts_percent": {name: round(percent, 1) for name, percent in why.parts},
            "chances": {
                str(n): round(chance, 4) for n, chance in chances.get(horizon.minutes, {}).items()
            },
        }
    return json.dumps(found, separators=(",", ":"))


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
