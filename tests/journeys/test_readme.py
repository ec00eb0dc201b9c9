"""The commands of README and handbook, pasted as a block into a shell, end well."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S, free_port

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "README.md": (ROOT / "README.md").read_text().partition("## Try it\n")[2],
    "by-hand.md": (ROOT / "edgenode" / "handbook" / "by-hand.md").read_text(),
}


def block_of(page: str) -> str:
    return PAGES[page].split("```")[1]


@pytest.mark.needs("curl")
@pytest.mark.parametrize("page", PAGES)
def test_its_commands_end_well(page, tmp_path):
    """As they stand, but for ports that nobody else uses and a folder that outlives them."""
    box, centre = str(free_port()), str(free_port())
    lines = block_of(page).replace("8080", box).replace("8090", centre)
    script = lines.replace(". .venv/bin/activate\n", "").replace("; rm -r $D", "")
    assert script.count("\n") > 10
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    own["EDGENODE__CONTROL__PORT"] = box
    shell = subprocess.Popen(
        ["sh", "-euc", script], cwd=ROOT, env={**os.environ, **own},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said = shell.communicate(timeout=PATIENCE_S)[0]
    finally:
        shell.kill()
        _end_what_is_left(shell.pid)
    assert shell.returncode == 0, said
    assert re.search(r"-1\.00\b", said), said  # the desk sold it: at once, or by its first quote
    assert "link: no centre is configured" in said
    assert ("approved" in said) is (page == "by-hand.md")
    assert [p.name for p in tmp_path.iterdir()] == [p.name for p in tmp_path.glob("tmp.*")]


@pytest.mark.parametrize("page", PAGES)
def test_they_leave_nothing_in_the_checkout(page):
    """Data folders hold private keys."""
    for line in block_of(page).splitlines():
        if "--data" in line:
            assert "--data $D/" in line


def _end_what_is_left(session: int) -> None:
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        return
