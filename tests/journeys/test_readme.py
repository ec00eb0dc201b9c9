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
HANDBOOK = ROOT / "edgenode" / "handbook"
SET_UP = "sh tools/dev setup && . .venv/bin/activate\n"
PAGES = {
    "README.md": (ROOT / "README.md").read_text().partition("## Try it\n")[2],
    **{name: (HANDBOOK / name).read_text() for name in ("by-hand.md", "outside.md", "rekey.md")},
}
SHOWN = {  # what the reader sees at some point
    "README.md": r"quoting: yes.*link: no centre is configured.*-1\.00\b",
    "by-hand.md": r"quoting: yes.*link: no centre is configured.*-1\.00\b.*approved",
    "outside.md": r"approved.*quoting: yes.*edge-07 +WETH-USDC +-?\d",
    "rekey.md": r"-1\.00\b.*approved.*carried.*approved.*quoting: yes",
}


def block_of(page: str) -> str:
    """Return a page's commands; those of re-keying go on before the last line of by-hand.md."""
    block = PAGES[page].split("```")[1]
    if page != "rekey.md":
        return block
    *lines, last = block_of("by-hand.md").strip("\n").splitlines(keepends=True)
    return "".join(["\n", *lines, block, last, "\n"])


@pytest.mark.needs("curl")
@pytest.mark.parametrize("page", PAGES)
def test_its_commands_end_well(page, tmp_path):
    """As they stand, but for ports that nobody else uses and a folder that outlives them."""
    box, *others = (str(free_port()) for _ in range(3))
    lines = block_of(page).replace("8080", box)
    for known, free in zip(("8090", "9100"), others, strict=True):
        lines = lines.replace(f"127.0.0.1:{known}", f"127.0.0.1:{free}")
        lines = lines.replace(f"--port {known}", f"--port {free}")
    assert SET_UP in lines
    script = lines.replace(SET_UP, "").replace("; rm -r $D", "")
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
    assert re.search(SHOWN[page], said, re.DOTALL), said
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
