"""Options that exclude one another are refused: no command takes the last of them in silence."""

import click
import pytest
from click.testing import CliRunner

from edgenode.cli import edgecentral, edgenode
from edgenode.cli.options import Command, Group
from edgenode.core.breaks.resolving import DECISIONS

SAID = ("--reason", "r", "--actor", "ann", "--data", "none")
DECISION_OPTIONS = (
    ("--both",),
    ("--version", "00"),
    ("--never-happened",),
    ("--write-off",),
    ("--carry-in", "desk:book"),
)


def commands(found, path=()):
    """Yield every command below a group with its path."""
    if isinstance(found, click.Group):
        for name, inner in found.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield path, found


EVERY = [
    pytest.param(cli, path, found, id=" ".join((cli.name, *path)))
    for cli in (edgenode.cli, edgecentral.cli)
    for path, found in commands(cli)
]


def valued(option):
    """Return words that name an option with some value."""
    return (option.opts[0],) if option.is_flag else (option.opts[0], "1")


@pytest.mark.parametrize(("cli", "path", "found"), EVERY)
def test_no_command_takes_an_option_twice(cli, path, found):
    assert isinstance(found, Command)
    decides = [
        p for p in found.params
        if isinstance(p, click.Option) and (not p.is_flag or p.secondary_opts)
    ]  # fmt: skip
    for option in decides:
        opposite = option.secondary_opts[:1] or valued(option)
        done = CliRunner().invoke(cli, [*path, *valued(option), *opposite])
        assert done.exit_code == 2
        assert f"{option.opts[0]}" in done.output
        assert "said 2 times; say it once" in done.output


def test_a_flag_may_be_repeated_for_it_says_the_same():
    assert CliRunner().invoke(edgenode.cli, ["version", "--json", "--json"]).exit_code == 0


@pytest.mark.parametrize("cli", [edgenode.cli, edgecentral.cli], ids=["edgenode", "edgecentral"])
@pytest.mark.parametrize("one", DECISION_OPTIONS, ids=lambda said: said[0])
@pytest.mark.parametrize("other", DECISION_OPTIONS, ids=lambda said: said[0])
def test_two_decisions_are_refused_before_anything_is_asked(cli, one, other):
    both = {one[0], other[0]}
    if one == other or both == {"--version", "--carry-in"}:
        return  # one decision: an execution is carried in as one of its versions
    of = ("--node", "n") if cli is edgecentral.cli else ()
    done = CliRunner().invoke(cli, ["breaks", "resolve", "id", *one, *other, *SAID, *of])
    assert done.exit_code == 2
    assert all(option in done.output.partition(": say one of")[0] for option in both)


def test_every_decision_has_its_option():
    words = {option[0].removeprefix("--").replace("-", "_") for option in DECISION_OPTIONS}
    assert words == {decision for admitted in DECISIONS.values() for decision in admitted}


def test_groups_make_groups_and_commands_of_the_same_kind():
    @click.group(cls=Group)
    def top():
        """Do nothing."""

    @top.group()
    def inner():
        """Do nothing."""

    assert isinstance(inner, Group)
    assert isinstance(top.command("x")(lambda: None), Command)


def test_a_sandbox_venue_takes_its_settings_from_one_place():
    done = CliRunner().invoke(
        edgenode.cli, ["sandbox", "venue", "--config", "f", "--replay", "2022-07-27"]
    )
    assert done.exit_code == 2
    assert "day: the file of --config says that" in done.output
