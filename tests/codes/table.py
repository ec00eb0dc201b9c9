"""Every stable code with a program that makes the product say it, and the words it must say.

`@says(...)` and `@denies(...)` enter a producer into `TABLE`; test_every_code.py runs each one and
holds the table to the registry, so that a code without a producer fails. A producer lives with its
kind: gate, inputs, sync, ledger, access. `{tmp}` in the words stands for the producer's folder.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from edgenode.core.gate.gate import judge
from edgenode.core.observations import OrderAsked
from edgenode.model.errors import EdgenodeError
from edgenode.model.facts import OrderDenied
from tests.journeys.box import Box, command, running

Json = dict[str, Any]


class Words(NamedTuple):
    """What was found, what was expected, what to do."""

    code: str
    found: str
    expected: str = ""
    do: str = ""


class Limit(NamedTuple):
    """A gate's reason: its limit and the order's value."""

    code: str
    name: str
    limit: str
    value: str
    unit: str


class Ground:
    """Where producers stand: an empty folder for each, one PAPER daemon for all."""

    def __init__(self, box_data: Path, stack: ExitStack) -> None:
        self.tmp = Path()
        self._box_data = box_data
        self._stack = stack

    @cached_property
    def box(self) -> Box:
        assert command("init", "--data", str(self._box_data), "--node-id", "edge-07")[0] == 0
        return self._stack.enter_context(running(self._box_data))

    def node(self, name: str = "node") -> Path:
        """Begin a PAPER ledger in the producer's own folder."""
        data = self.tmp / name
        assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
        return data


class Producer(NamedTuple):
    """A program, and what it must make the product say."""

    must_say: Words | Limit
    run: Callable[[Ground], Words | Limit]


TABLE: dict[str, Producer] = {}


def says(code: str, *words: str) -> Callable[[Callable[[Ground], Words]], object]:
    """Enter a producer of an error with its words."""

    def enter(run: Callable[[Ground], Words]) -> object:
        _enter(code, Producer(Words(code, *words), run))
        return run

    return enter


def denies(
    code: str, name: str, limit: str, value: str, unit: str
) -> Callable[[Callable[[], tuple[Any, Any]]], object]:
    """Enter a producer of a denial: it gives a world and the order that is asked for there."""

    def enter(made: Callable[[], tuple[Any, Any]]) -> object:
        def run(_: Ground) -> Limit:
            world, ask = made()
            judged = judge(world.state, world.seen, ask, world.now).reasons
            denied = [f for f in world.facts(OrderAsked(ask, "x")) if type(f) is OrderDenied]
            # recorded as judged; an order asked for again is answered as before, on no new record
            assert [f.reasons for f in denied] == [judged][: len(denied)]
            assert denied or code == "EN103"
            found = [r for r in judged if (r.code, r.name) == (code, name)]
            assert found, judged
            return Limit(code, name, found[0].limit, found[0].value, found[0].unit)

        _enter(code, Producer(Limit(code, name, limit, value, unit), run))
        return made

    return enter


def raised(act: Callable[[], object]) -> Words:
    """Return the words of the error that `act` raises."""
    try:
        act()
    except EdgenodeError as error:
        return Words(error.code, error.found, error.expected, error.do)
    raise AssertionError("nothing was raised")


def ended(exit_code: int, *args: str, entry: str | None = None, stdin: str = "") -> Words:
    """Return the words of the error that a command ends with."""
    more = {} if entry is None else {"entry": entry}
    code, line = command(*args, stdin=stdin, **more)
    assert (code, line["message_type"], line["exit_code"]) == (exit_code, "error", exit_code), line
    return Words(line["code"], line["found"], line["expected"], line["do"])


def answered(status: int, answer: tuple[int, Json, Any]) -> Words:
    """Return the words of a problem that the control port answers with."""
    got, body, headers = answer
    assert (got, body["status"]) == (status, status), body
    assert headers.get_content_type() == "application/problem+json"
    assert body["type"] == f"urn:edgenode:error:{body['code']}"
    return Words(
        body["code"],
        body.get("detail") or body["title"],
        body.get("expected", ""),
        body.get("do", ""),
    )


def _enter(code: str, producer: Producer) -> None:
    """Enter a producer; a code of several denials has one for each, under code and name."""
    said = producer.must_say
    key = f"{code} {said.name}" if code in TABLE and isinstance(said, Limit) else code
    assert key not in TABLE, f"{key} has two producers"
    TABLE[key] = producer
