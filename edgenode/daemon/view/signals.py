"""The sources of signals in outward shapes: what became of what they said, and what is wrong."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from edgenode.core.estimate.live import LiveForecast
from edgenode.core.state.rules import Rules
from edgenode.daemon.calendar_file import CalendarFile
from edgenode.daemon.drop_folder import DropFolder, FileTold
from edgenode.daemon.view.forecast import unit_of
from edgenode.daemon.view.units import Json
from edgenode.model.instants import instant
from edgenode.model.signals import FEED, Outcome
from edgenode.services.pulling import Pull
from edgenode.services.signals import Signals

SECOND_NS = 1_000_000_000
EVENTS_AHEAD_S = 86_400


@dataclass(frozen=True, slots=True)
class Heard:
    """Where signals come from."""

    signals: Signals
    files: DropFolder | None = None
    calendar: CalendarFile | None = None
    pulls: Sequence[Pull] = ()

    def parts(self, seconds_per_wall_s: float) -> list[Coroutine[Any, Any, None]]:
        """Return what runs while the box trades."""
        beside = [part.run() for part in (self.files, self.calendar) if part is not None]
        pulled = [pull.run() for pull in self.pulls]
        return [self.signals.run(seconds_per_wall_s), *beside, *pulled]


def signals(heard: Heard | None, rules: Rules, now_ns: int) -> Json:
    """Return each source with what became of what it said, files, and scheduled events."""
    if heard is None:
        return {
            "sources": [],
            "trouble": None,
            "refused_feeds": [],
            "files": [],
            "events": [],
            "pulls": [],
        }
    now_s, of = now_ns // SECOND_NS, heard.signals
    return {
        "sources": [
            _source(live, of, rules, now_s) for _, live in sorted(of.sources.live.items())
        ],
        "trouble": of.trouble or None,
        "refused_feeds": [
            {"source": name, "code": error.code, "found": error.found, "do": error.do}
            for name, error in of.refused.items()
        ],
        "files": [_file(told) for told in heard.files.told] if heard.files else [],
        "events": events(heard, now_s),
        "pulls": [_pull(pull) for pull in heard.pulls],
    }


def events(heard: Heard | None, now_s: int) -> list[Json]:
    """Return the scheduled events that run, or begin within a day."""
    if heard is None or heard.calendar is None:
        return []
    return [
        {
            "name": event.name,
            "instrument": event.instrument or None,
            "begins": instant(event.begins_s * SECOND_NS),
            "ends": instant(event.ends_s * SECOND_NS),
        }
        for event in heard.calendar.calendar.near(now_s, EVENTS_AHEAD_S)
    ]


def problems(heard: Heard | None) -> list[Json]:
    """Return what an operator should mend: nothing of it stops trading."""
    if heard is None:
        return []
    found = []
    if heard.signals.trouble:
        text = f"Bars of signals are not kept, and the forecast waits: {heard.signals.trouble}"
        found.append(_problem("EN404", text, "Check the disk of DIR/bars.sqlite"))
    for name, error in heard.signals.refused.items():
        text = f"Demand feed {name.removeprefix(FEED)} is not taken: {error.found}"
        found.append(_problem(error.code, text, error.do))
    files, calendar = heard.files, heard.calendar
    if files is not None:
        found += [_of_file(told) for told in files.told if told.error or told.refused]
        if files.missing:
            text = f"The drop folder {files.path} is not there"
            found.append(_problem("EN013", text, "Make it, or change [signals] drop_folder"))
    if calendar is not None:
        found += _of_calendar(calendar)
    for pull in heard.pulls:
        found += _of_pull(pull)
    return found


def _of_pull(pull: Pull) -> list[Json]:
    found = []
    error = pull.trouble
    if error is not None:
        text = f"Feed {pull.name} at {_host(pull)} is not heard: {error.found}"
        since = instant(pull.since_ns)
        found.append({**_problem(error.code, text, error.do), "since": since})
    elif pull.silent:
        text = f"Feed {pull.name} at {_host(pull)} tells nothing for {pull.silent_s:g} s"
        found.append(_problem("EN302", text, "Look at its server; bars of this time are unknown"))
    refused = pull.told_refused
    if refused is not None:
        text = f"{pull.refused} messages of feed {pull.name} were refused; newest: {refused.found}"
        found.append(_problem(refused.code, text, refused.do))
    return found


def _pull(pull: Pull) -> Json:
    return {
        "feed": pull.name,
        "server": _host(pull),
        "state": pull.state,
        "since": instant(pull.since_ns),
        "silent": pull.silent,
        "heard": None if pull.heard_ns is None else instant(pull.heard_ns),
        "connections": pull.connections,
        "messages_taken": pull.taken,
        "messages_refused": pull.refused,
        "trouble": None if pull.trouble is None else pull.trouble.found,
    }


def _host(pull: Pull) -> str:
    """Return where a feed comes from, without path and query: these may hold a secret."""
    parts = urlsplit(pull.stream.url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _of_file(told: FileTold) -> Json:
    if told.error is not None:
        text = f"{told.name} was not taken: {told.error.found}"
        return _problem(told.error.code, text, told.error.do)
    line, found = told.lines[0]
    rows = f"{told.refused} of {told.rows} rows of {told.name} were refused"
    text = f"{rows}; first line {line}: {found}"
    return _problem("EN013", text, "Correct these rows and drop them as a file of their own")


def _of_calendar(calendar: CalendarFile) -> list[Json]:
    name, found = calendar.path.name, []
    if calendar.error is not None:
        text = f"The calendar {name} cannot be read, the older one holds: {calendar.error.found}"
        found.append(_problem(calendar.error.code, text, calendar.error.do))
    if calendar.calendar.refused:
        line, what = calendar.calendar.refused[0]
        many = f"{len(calendar.calendar.refused)} lines of {name} are no events"
        text = f"{many}; first line {line}: {what}"
        found.append(_problem("EN013", text, "Correct the file; it is read again by itself"))
    return found


def _source(live: LiveForecast, of: Signals, rules: Rules, now_s: int) -> Json:
    source, shown = live.source, live.shown(now_s)
    heard_s = shown.heard_s
    return {
        "source": source.id,
        "feed": source.id.removeprefix(FEED) if source.id.startswith(FEED) else None,
        "instrument": source.instrument,
        "kind": source.kind,
        "form": source.form,
        "unit": unit_of(source, rules),
        "step_s": source.step_s,
        "decimals": source.decimals,
        "state": shown.state,
        "heard_until": None if heard_s is None else instant(heard_s * SECOND_NS),
        "bars": live.signal.bars,
        "rows": {outcome.value: of.sources.counts[source.id, outcome] for outcome in Outcome},
    }


def _file(told: FileTold) -> Json:
    return {
        "file": told.name,
        "rows": told.rows,
        "taken": told.taken,
        "duplicates": told.duplicates,
        "refused": told.refused,
        "lines": [{"line": line, "found": found} for line, found in told.lines],
        "error": told.error.found if told.error else None,
    }


def _problem(code: str, text: str, do: str) -> Json:
    return {"code": code, "severity": "warning", "text": text, "do": do, "since": None}
