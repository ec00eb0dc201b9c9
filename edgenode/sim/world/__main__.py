"""Many simulated worlds, or one again: what `tools/campaign sim` runs.

    --seeds 1000 [--scenario NAME] [--jobs 2] [--html F] [--json F]
    --scenario copies --replay 17       one world's timeline, its plan shrunk

Exit: 0 everything held, 2 usage, 4 an invariant was violated.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from edgenode.sim.world import campaign, report
from edgenode.sim.world.plan import SCENARIOS
from edgenode.sim.world.shrink import shrunk
from edgenode.sim.world.world import live

VIOLATED = 4


def main(argv: list[str] | None = None) -> int:
    """Parse, run, tell."""
    sim = argparse.ArgumentParser(prog="tools/campaign sim", description="Simulated worlds.")
    sim.add_argument("--seeds", type=counted, default=200, help="how many worlds, at least 1")
    sim.add_argument("--first", type=int, default=0, help="the first seed")
    sim.add_argument("--scenario", choices=(*SCENARIOS, "all"), default="all")
    sim.add_argument("--replay", type=int, metavar="SEED", help="one world, its timeline")
    sim.add_argument("--jobs", type=counted, default=os.cpu_count() or 1)
    sim.add_argument("--html", type=writable, help="write a page here")
    sim.add_argument("--json", type=writable, help="write the figures here; - for standard output")
    asked = sim.parse_args(argv)
    if asked.replay is not None:
        if asked.scenario == "all":
            sim.error("--replay wants --scenario: a seed means another world in each")
        return replay(asked.scenario, asked.replay)
    names = list(SCENARIOS) if asked.scenario == "all" else [asked.scenario]
    done = campaign.run(
        names, asked.seeds, first=asked.first, jobs=asked.jobs, progress=campaign.show
    )
    if asked.html:
        asked.html.write_text(report.as_html(done), encoding="utf-8")
    if asked.json:
        text = json.dumps(report.as_json(done))
        if str(asked.json) == "-":
            print(text)
        else:
            asked.json.write_text(text, encoding="utf-8")
    tell(done)
    return VIOLATED if done.failures else 0


def counted(text: str) -> int:
    """Take a number of things: none of them would hold everything and prove nothing."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number


def writable(text: str) -> Path:
    """Take a file to write at the end, for hours may lie between here and there."""
    path = Path(text)
    if text == "-":
        return path
    at = path if path.exists() else path.parent
    if path.is_dir() or not os.access(at, os.W_OK):
        raise argparse.ArgumentTypeError(
            f"{text} cannot be written: name a file in a folder of yours"
        )
    return path


def tell(done: campaign.Campaign) -> None:
    """Print a line a scenario, and how to see each failing world again."""
    for name, tally in done.tallies.items():
        held = "held" if tally.worlds else "none lived"
        held = f"{tally.failed} FAILED" if tally.failed else held
        hours = tally.virtual_s / 3600
        print(
            f"{name:<16} {tally.worlds:>6} worlds {hours:>8.1f} h {tally.entries:>9,} entries "
            f"{tally.checks:>11,} checks  {held}",
            file=sys.stderr,
        )
    for outcome in done.failures:
        print(
            f"{outcome.violation}\n  {len(outcome.faults)} faults needed; see it again: "
            f"tools/campaign sim --scenario {outcome.scenario} --replay {outcome.seed}",
            file=sys.stderr,
        )


def replay(name: str, seed: int) -> int:
    """Print one world's timeline; of a failing one that of its smallest plan."""
    outcome = live(SCENARIOS[name], seed, lines_max=None)
    if outcome.violation is not None:
        smaller = shrunk(SCENARIOS[name], outcome)
        outcome = live(SCENARIOS[name], seed, smaller.faults, lines_max=None)
    print("\n".join(outcome.lines))
    print(f"\ntrace {outcome.digest}")
    for fault in outcome.faults:
        print(f"  {fault}")
    print(outcome.violation or "everything held")
    return VIOLATED if outcome.violation else 0


if __name__ == "__main__":
    sys.exit(main())
