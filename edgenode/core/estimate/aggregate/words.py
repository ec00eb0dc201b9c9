"""What each source adds to a target's forecast, in figures and in a sentence."""

from dataclasses import dataclass

from edgenode.core.estimate.aggregate.aggregate import CALENDAR, Aggregate
from edgenode.core.estimate.aggregate.trial import DROPPED, USED, Trial

TOLD_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One source beside a target. `weight`: its share of the correction now, from 0 to 1.

    `skill`: the share of the target's loss that it saves by itself; None before a whole day.
    `heard_s`: where its newest bar with a value ended; None of the calendar, or before any.
    """

    name: str
    state: str
    weight: float
    skill: float | None
    since_s: int | None
    heard_s: int | None
    silent: bool
    copy_of: str | None
    sentence: str


def told(aggregate: Aggregate) -> tuple[Told, ...]:
    """Return what there is to say of each source, and of a calendar that announced anything."""
    shares, found = aggregate.shares(), []
    for name, trial in aggregate.trials().items():
        if name == CALENDAR and not aggregate.calendar.events and trial.skill is None:
            continue  # nothing was ever announced
        member = aggregate.members.get(name)
        heard_s, silent = None, False
        if member is not None and aggregate.newest_s is not None:
            level = member.level
            heard_s = None if level.heard_s is None else level.heard_s + level.step_s
            usable_s = aggregate.usable_s(aggregate.newest_s, level.step_s)
            silent = level.surprise(usable_s) is None
        copy_of = aggregate.copies.of.get(name)
        quiet = silent and name != CALENDAR
        share = 0.0 if quiet else shares.get(name, 0.0)
        found.append(
            Told(
                name=name, state=trial.state, weight=share, skill=trial.skill,
                since_s=trial.since_s, heard_s=heard_s, silent=silent, copy_of=copy_of,
                sentence=_sentence(trial, share, copy_of, silent=quiet),
            )
        )  # fmt: skip
    return tuple(found)


def by_others(aggregate: Aggregate, moved: float) -> str:
    """Return by how much the others move a forecast's middle, and who they are."""
    percent = round(100 * (moved - 1))
    by = f"put it {percent} % higher" if percent > 0 else f"put it {-percent} % lower"
    shares = sorted(aggregate.shares().items(), key=lambda one: (-one[1], one[0]))
    who = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares[:TOLD_MAX])
    return f"Other sources {by if percent else 'confirm it'} (by weight: {who})."


def _sentence(trial: Trial, share: float, copy_of: str | None, *, silent: bool) -> str:
    if copy_of is not None:
        said = f"tells what {copy_of or 'the forecast source itself'} tells, and adds nothing"
    elif trial.state == DROPPED:
        said = f"dropped: {trial.why}; it may prove itself again in {trial.needs} days"
    elif trial.state == USED and share:
        said = f"has {100 * share:.0f} % of the say: it saves {_saved(trial)}"
    elif trial.state == USED:
        said = "used, without a say now" if silent else "has no say: it saves nothing lately"
    else:
        days = f"{len(trial.days)} days scored, {trial.needs} needed"
        skill = "" if trial.skill is None else f"; so far it saves {_saved(trial)}"
        said = f"in shadow: {days}{skill}"
    if silent:
        return f"{said}; it is silent now, or heard for too short a time"
    return said


def _saved(trial: Trial) -> str:
    percent = round(100 * (trial.skill or 0.0), 1)
    return f"{percent:.1f} % of the loss" if percent else "nothing"
