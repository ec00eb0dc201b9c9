"""The README's commands, pasted as one block into a shell, each one ends well."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S, free_port

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def block_of(heading: str) -> str:
    return README.partition(f"## {heading}\n")[2].split("```")[1]


@pytest.mark.needs("curl")
def test_by_hand(tmp_path):
    """As it stands, but for ports that nobody else uses and a folder that outlives it."""
    box, centre = str(free_port()), str(free_port())
    lines = block_of("Try it by hand").replace("8080", box).replace("8090", centre)
    script = lines.replace(". .venv/bin/activate\n", "").replace("; rm -r $D", "")
    assert script.count("\n") > 20
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
    assert re.search(r"WETH-USDC +-1\.00 ", said), (
        said
    )  # the desk sold it: at once, or by its first quote
    assert "link: no centre is configured" in said
    assert "approved" in said
    assert [p.name for p in tmp_path.iterdir()] == [p.name for p in tmp_path.glob("tmp.*")]


def test_it_leaves_nothing_in_the_checkout():
    """Data folders hold private keys."""
    for line in block_of("Try it by hand").splitlines():
        if "--data" in line:
            assert "--data $D/" in line


def _end_what_is_left(session: int) -> None:
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        return
