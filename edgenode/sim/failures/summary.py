"""What the worlds of the failures say together: a row a failure, a sentence each, one verdict."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from edgenode.sim.failures.cases import BY_NAME, FAILURES, Failure
from edgenode.sim.failures.judged import OF_COPIES, OF_ONE, World

Json = dict[str, Any]
STRUCK_OF = 2  # of so many worlds at least one must be struck
DIFFERS = 4  # exit code: a failure did not hold
QUESTIONS = tuple(dict.fromkeys((*OF_ONE, *OF_COPIES)))
SAID = {
    "books_equal": "equal books",
    "nothing_lost": "nothing lost",
    "nothing_twice": "nothing twice",
    "no_double_hedge": "no double hedge",
    "right_breaks": "right breaks",
    "copies_stopped": "copies stopped",
}


def summary(worlds: Sequence[World]) -> Json:
    """Return the summary: the verdict first, then a row a failure."""
    rows = [
        _row(failure, found)
        for failure in FAILURES
        if (found := [world for world in worlds if world.name == failure.name])
    ]
    held = bool(rows) and all(map(_is_held, rows))
    return {
        "message_type": "summary",
        "schema": "edgenode.drill.failures/1",
        "verdict": _verdict(rows, worlds),
        "held": held,
        "failures": rows,
        "note": "invented worlds in virtual time; settlement over rails is not part of them",
    }


def _row(failure: Failure, worlds: Sequence[World]) -> Json:
    settled = [w.seen.settled_s for w in worlds if _lasts(failure, w)]
    known = [seconds for seconds in settled if seconds is not None]
    left: Counter[str] = Counter()
    for world in worlds:
        left.update(world.seen.left)
    row: Json = {
        "failure": failure.name,
        "told": failure.told,
        "worlds": len(worlds),
        "held": sum(world.held for world in worlds),
        "struck": sum(world.struck for world in worlds),
        "answers": {
            question: _answered([world.answers[question] for world in worlds])
            for question in QUESTIONS
            if question in worlds[0].answers
        },
        "checks": sum(sum(world.seen.made.values()) for world in worlds),
        "orders_unknown": sum(world.seen.counted("OrderUnknown") for world in worlds),
        "waiting_max": max(world.seen.waiting_max for world in worlds),
        "settled_s_max": max(known) if known and len(known) == len(settled) else None,
        "breaks_left": dict(sorted(left.items())),
        "violations": [f"seed {w.seed}: {w.violation}" for w in worlds if w.violation],
        "digests": {str(world.seed): world.digest for world in worlds},
    }
    return {**row, "verdict": _sentence(row)}


def _is_held(row: Json) -> bool:
    """Return whether all its worlds held, and at least half of them were struck."""
    return bool(row["held"] == row["worlds"] and STRUCK_OF * row["struck"] >= row["worlds"])


def _lasts(failure: Failure, world: World) -> bool:
    """Return whether a failure lasts, and all can be well again behind it."""
    return not failure.stops and any(fault.for_s for fault in failure.faults(world.seed))


def _answered(found: Sequence[bool | None]) -> Json:
    return {"yes": found.count(True), "no": found.count(False), "not_asked": found.count(None)}


def _sentence(row: Json) -> str:
    """Say of one failure what happened, and how it ended."""
    head = f"{row['told'][0].upper()}{row['told'][1:]}"
    if not _is_held(row):
        return f"{head}: held in {row['held']} of {row['worlds']} worlds; {_why(row)}."
    said = [SAID[question] for question in row["answers"]]
    tail = []
    if row["struck"] < row["worlds"]:
        tail.append(f"it struck in {row['struck']} of {row['worlds']} worlds")
    if row["settled_s_max"] is not None:
        tail.append(
            f"at most {row['waiting_max']} entries waited, none {row['settled_s_max']} s later"
        )
    if row["breaks_left"]:
        counts = ", ".join(f"{kind} {count}" for kind, count in row["breaks_left"].items())
        tail.append(f"left to decide: {counts}")
    told = "; ".join((", ".join(said), *tail))
    return f"{head}: {told}."


def _why(row: Json) -> str:
    if row["violations"]:
        return str(row["violations"][0])
    missed = [SAID[q] for q, told in row["answers"].items() if told["no"] or told["not_asked"]]
    if missed:
        return f"not shown: {', '.join(missed)}"
    return f"it struck in {row['struck']} only, and elsewhere proves nothing"


def _verdict(rows: Sequence[Json], worlds: Sequence[World]) -> str:
    """Say in one sentence whether all held."""
    if not rows:
        return "No world was lived through: nothing is shown."
    bad = [row for row in rows if not _is_held(row)]
    if bad:
        named = "; ".join(f"{row['failure']}: {_why(row)}" for row in bad)
        return f"{len(bad)} of {len(rows)} failures did not hold: {named}."
    copies = sum(BY_NAME[row["failure"]].stops for row in rows)
    whole = len(rows) - copies
    ends = []
    if whole:
        ends.append(
            "box and centre ended with equal books, nothing was lost, counted twice or hedged"
            " twice, and only breaks that a person or a venue must close were left open"
        )
    if copies:
        ends.append("where two histories of one ledger met, their writers were stopped")
    return f"{len(rows)} failures in {len(worlds)} worlds held: {'; '.join(ends)}."


def text(told: Json) -> str:
    """Return the summary for people: the verdict, then a line a failure."""
    lines = [told["verdict"], ""]
    width = max((len(row["failure"]) for row in told["failures"]), default=0)
    lines += [
        f"{row['failure']:<{width}}  {row['held']}/{row['worlds']}  {row['verdict']}"
        for row in told["failures"]
    ]
    lines += ["", f"{told['note']}."]
    return "\n".join(lines)
