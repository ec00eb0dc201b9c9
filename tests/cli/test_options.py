"""Options that exclude one another are refused: no command takes the last of them in silence."""

import json

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


@pytest.mark.parametrize(("cli", "path", "found"), EVERY)
def test_no_command_takes_an_option_beside_its_opposite(cli, path, found):
    assert isinstance(found, Command)
    for option in (p for p in found.params if p.secondary_opts):
        both = (option.opts[0], option.secondary_opts[0])
        done = CliRunner().invoke(cli, [*path, *both])
        assert done.exit_code == 2
        assert f"{' and '.join(both)}: said 2 times; say one" in done.output


@pytest.mark.parametrize(("cli", "path", "found"), EVERY)
def test_every_command_speaks_json(cli, path, found):
    del cli, path
    assert "as_json" in {option.name for option in found.params}


def test_some_commands_have_opposites():
    pairs = {p.opts[0] for _, _, found in (e.values for e in EVERY) for p in found.params
             if p.secondary_opts}  # fmt: skip
    assert pairs == {"--paper", "--enabled"}


def test_a_later_value_of_an_option_stands_as_scripts_expect():
    args = ["config", "check", "--config", "none", "--config", "/dev/null", "--json"]
    assert CliRunner().invoke(edgenode.cli, args).exit_code == 0


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


def test_an_export_that_is_named_counts_beside_the_folder_of_the_environment(tmp_path):
    export, folder = tmp_path / "export", {"EDGENODE_DATA": str(tmp_path)}
    export.write_text("none\n")
    args = ["state", "digest", "--from", str(export), "--json"]
    taken = CliRunner().invoke(edgenode.cli, args, env=folder)
    assert json.loads(taken.output)["code"] == "EN002", "it is no export, and was read as one"
    both = CliRunner().invoke(edgenode.cli, [*args, "--data", str(tmp_path)])
    assert both.exit_code == 2
    assert "give exactly one of --data and --from" in both.output


FLOATS = [
    pytest.param(cli, path, option.opts[0], id=" ".join((*path, option.opts[0])))
    for cli in (edgenode.cli, edgecentral.cli)
    for path, found in commands(cli)
    for option in found.params
    if isinstance(option.type, click.types.FloatParamType | click.FloatRange)
]


@pytest.mark.parametrize(("cli", "path", "option"), FLOATS)
def test_no_number_of_a_command_may_be_none(cli, path, option):
    done = CliRunner().invoke(cli, [*path, option, "nan"])
    assert (done.exit_code, "'nan' is no number" in done.output) == (2, True), done.output


PLACES = [
    pytest.param(cli, path, option.opts[0], id=" ".join((*path, option.opts[0])))
    for cli in (edgenode.cli, edgecentral.cli)
    for path, found in commands(cli)
    for option in found.params
    if isinstance(option.type, click.Path)
]


@pytest.mark.parametrize(("cli", "path", "option"), PLACES)
@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_path_is_no_option_that_was_left_out(cli, path, option, text):
    done = CliRunner().invoke(cli, [*path, option, text])
    assert (done.exit_code, "an empty path names no" in done.output) == (2, True), done.output


@pytest.mark.parametrize("text", ["x", "-5s", "nan", "inf", "1e999s", ""])
def test_a_demo_ends_after_a_time_that_is_one(text):
    done = CliRunner().invoke(edgenode.cli, ["demo", "--exit-after", text])
    assert (done.exit_code, "give seconds, e.g. 90s" in done.output) == (2, True)


@pytest.mark.parametrize(
    "argv",
    [["event", "close", "\udcff"], ["breaks", "show", "\udcff"], ["breaks", "close", "\udcff"]],
)
def test_an_id_that_is_no_text_is_asked_for_as_any_other(tmp_path, argv):
    more = [] if "show" in argv else ["--reason", "r"]
    done = CliRunner().invoke(edgenode.cli, [*argv, *more, "--data", str(tmp_path), "--json"])
    assert json.loads(done.output)["code"] == "EN302"
