"""Measure one area: `tools/bench AREA [--quick] [--json F] [--html F] [--runs N]`.

Exit codes: 0 every bar met, 2 wrong usage, 3 a peer is absent, 4 a bar was missed.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from pathlib import Path

from tools.benchmarks import areas, machine, picture
from tools.benchmarks.bench import AbsentPeerError, Bench, said
from tools.benchmarks.report import Report

ABSENT, MISSED = 3, 4


def main(argv: list[str] | None = None) -> int:
    """Run, report, and say by the exit code whether every bar was met."""
    names = sorted(found.name for found in pkgutil.iter_modules(areas.__path__))
    asked = _parser(names).parse_args(argv)
    area = importlib.import_module(f"tools.benchmarks.areas.{asked.area}")
    unknown = set(asked.without) - {"all", *area.PEERS}
    if unknown:
        print(f"no such peers: {', '.join(sorted(unknown))}; this area's: {', '.join(area.PEERS)}")
        return 2
    report = Report(area=asked.area, quick=asked.quick)
    runs = asked.runs or (1 if asked.quick else 5)
    bench = Bench(report, runs, frozenset(asked.without), asked.long, said)
    try:
        area.run(bench)
    except AbsentPeerError as error:
        print(f"{error}; install it, or leave it out with --without", file=sys.stderr)
        return ABSENT
    with bench.folder() as folder:
        report.machine = machine.machine(folder)
    print(report.to_text())
    if asked.json:
        Path(asked.json).write_text(report.to_json(), encoding="utf-8")
    if asked.html:
        Path(asked.html).write_text(picture.page(report), encoding="utf-8")
    return MISSED if report.missed else 0


def _parser(names: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/bench", description="Measure ours beside its peers, in one run."
    )
    parser.add_argument("area", choices=names)
    parser.add_argument("--quick", action="store_true", help="show that it works; judges nothing")
    parser.add_argument(
        "--json", metavar="F", type=_writable, help="write everything for programs"
    )
    parser.add_argument(
        "--html", metavar="F", type=_writable, help="write tables and pictures as one page"
    )
    parser.add_argument("--runs", metavar="N", type=_positive, help="rounds to take (5)")
    parser.add_argument(
        "--without", metavar="PEER", action="append", default=[], help="leave a peer out, or all"
    )
    parser.add_argument("--long", action="store_true", help="sync: also a million entries")
    return parser


def _writable(text: str) -> str:
    """Take a file to write at the end, for an hour may lie between here and there."""
    path = Path(text)
    at = path if path.exists() else path.parent
    if path.is_dir() or not os.access(at, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written")
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
