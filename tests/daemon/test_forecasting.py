"""The forecast over a pipe: an answer a line, errors that change nothing, and no bar lost."""

import io
import json
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from edgenode.cli.forecast import forecast
from edgenode.daemon.forecasting import LINE_BYTES_MAX, answers, lines
from edgenode.model.errors import RefusedError
from tests.core.estimate.forecast.series import wandering
from tests.journeys.box import NODE
from tests.patience import PATIENCE_S

STEP_S = 300
VALUES = wandering(21, 700)


def line(index, **changes):
    bar = {"t": index * STEP_S, "v": VALUES[index], "step": STEP_S}
    return json.dumps({**bar, **changes})


def said(lines, state=None):
    return [answer if isinstance(answer, RefusedError) else json.loads(answer)
            for answer in answers(lines, state)]  # fmt: skip


def test_each_bar_is_answered_and_quantiles_come_once_enough_is_known():
    found = said(line(i) for i in range(300))
    assert (len(found), found[0]) == (300, {})
    assert {key: len(found[-1][key]) for key in found[-1]} == {"5": 9, "15": 9, "30": 9, "60": 9}


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense", "{}", "[1]", "[" * 4_000, "x" * 5_000,
        line(1, v=-1), line(1, v=True), line(1, v="3"), line(1, t=None), line(1, t=-5),
        line(1, step=0), line(1, step=60), line(1, kind="count"), line(1, kind="sum"),
        '{"t": 300, "v": 1e999, "step": 300}', '{"t": 300, "v": NaN, "step": 300}',
        line(1, extra=1), line(1, v=1e101), line(1, step=300.5), b"\xff\xfe", b'{"t": "\xff"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_bar_of_this_signal_is_an_error_and_changes_nothing(wrong):
    head = [line(i) for i in range(150)]
    tail = [line(i) for i in range(150, 160)]
    (error,) = said([*head, wrong])[150:]
    assert error.code == "EN002"
    assert error.found
    assert error.expected
    assert said([*head, wrong, *tail])[151:] == said([*head, *tail])[150:]


def test_a_forecast_that_is_kept_goes_on_after_each_end(tmp_path):
    whole = said(line(i) for i in range(600))
    found = []
    for begin, end in ((0, 1), (1, 250), (250, 590), (590, 600)):
        found += said((line(i) for i in range(begin, end)), tmp_path / "state")
    assert found == whole


def test_a_state_that_is_none_is_refused_by_its_name_and_left_as_it_is(tmp_path):
    state = tmp_path / "state"
    state.write_text("something else")
    with pytest.raises(RefusedError, match=f"{state}: .*cannot be read"):
        said([line(0)], state)
    assert state.read_text() == "something else"


@pytest.mark.parametrize("values", [[1e100], [1e100, 0], [5e-324, 1e100], [0, 0, 0, 1e-300]])
def test_quantiles_of_the_largest_and_the_smallest_volumes_are_numbers(values):
    bars = [json.dumps({"t": i * 60, "v": values[i % len(values)], "step": 60})
            for i in range(400)]  # fmt: skip
    told: list[str] = []
    found = [json.loads(row) for row in answers(bars, None, told.append)]
    assert len(found[-1]) == 4
    assert "Infinity" not in "".join([*told, *map(json.dumps, found)])
    assert "NaN" not in "".join([*told, *map(json.dumps, found)])


def test_a_line_that_never_ends_is_refused_without_being_held():
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, into):
            into[:] = b"x" * len(into)
            self.given += len(into)
            if self.given > 10_000_000:
                raise EOFError
            return len(into)

    endless = lines(io.BufferedReader(Endless()))
    assert len(next(endless)) == LINE_BYTES_MAX + 1
    with pytest.raises(EOFError):
        next(endless)
    after = io.BytesIO(b"x" * 100_000 + b"\n" + line(0).encode())
    (error, first) = said(lines(after))
    assert (error.code, error.found) == ("EN002", f"a line of more than {LINE_BYTES_MAX} bytes")
    assert first == {}


@pytest.mark.parametrize(
    ("sent", "code"),
    [(["no bar"], 2), ([line(0), "no bar", line(1)], 3), ([line(0)], 0), ([], 0)],
)
def test_the_command_ends_as_its_lines_were_taken_and_errors_have_their_documented_shape(
    sent, code
):
    done = CliRunner().invoke(forecast, ["--stdin"], input="\n".join(sent))
    assert done.exit_code == code
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    errors = [row for row in rows if row.get("message_type") == "error"]
    assert (len(rows), len(errors)) == (len(sent), sent.count("no bar"))
    assert all((row["code"], row["exit_code"]) == ("EN002", 2) for row in errors)


@pytest.mark.parametrize(
    "argv", [["--stdin", "--data", "x"], ["--data", "x", "--explain"], ["--state", "x"], []]
)
def test_options_that_would_be_ignored_are_refused(argv):
    done = CliRunner().invoke(forecast, argv, input=line(0))
    assert (done.exit_code, done.stdout) == (2, "")


def test_why_is_told_on_stderr_and_changes_no_answer():
    sent = "\n".join(line(i) for i in range(130))
    plain = CliRunner().invoke(forecast, ["--stdin"], input=sent)
    told = CliRunner().invoke(forecast, ["--stdin", "--explain"], input=sent)
    assert told.stdout == plain.stdout
    assert plain.stderr == ""
    first, *_, last = [json.loads(row) for row in told.stderr.splitlines()]
    assert first["15"]["sentence"] == "The next 15 min are not yet known: 1 of 103 bars seen."
    assert first["15"]["times_usual"] is None
    assert last["15"]["chances"].keys() == {"2", "4"}
    assert sum(last["15"]["parts_percent"].values()) / 100 + 1 == pytest.approx(
        last["15"]["times_usual"], abs=0.01
    )


def test_a_state_in_a_folder_that_does_not_exist_says_to_make_it(tmp_path):
    with pytest.raises(RefusedError, match="is no folder") as refused:
        said([line(0)], tmp_path / "none" / "state")
    assert refused.value.do == f"make the folder: mkdir -p {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()


def test_killed_at_any_bar_it_gives_the_same_quantiles_and_chances_again(tmp_path):
    why: list[str] = []
    whole = [json.loads(row) for row in answers((line(i) for i in range(400)), None, why.append)]
    state = ["--state", str(tmp_path / "state")]
    argv = [sys.executable, "-c", NODE, "forecast", "--stdin", "--explain", *state]
    index, told = 0, (tmp_path / "told").open("a")
    for until in (130, 131, 300, 400):
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True, bufsize=1
        )
        while index < until:
            process.stdin.write(f"{line(index)}\n")
            assert json.loads(process.stdout.readline()) == whole[index]
            index += 1
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)
    told.close()
    assert (tmp_path / "told").read_text().splitlines() == why
