"""The hot modules as C extensions: the same tests, and never an old build for new sources."""

import os
import shutil
import subprocess
import sys

import pytest

from tools import compile as tool

SAME_TESTS = ("gate", "market/test_book.py", "ledger/test_merkle.py", "hedge", "state", "risk")


def test_a_folder_is_fresh_only_for_the_sources_it_was_built_of(tmp_path):
    root, folder = tmp_path / "root", tmp_path / "built"
    (root / "edgenode").mkdir(parents=True)
    module = root / "edgenode" / "module.py"
    module.write_text("ONE = 1\n")
    folder.mkdir()
    assert not tool.fresh(folder, root)
    (folder / tool.STAMP).write_text(tool.stamp(root))
    assert tool.fresh(folder, root)
    module.write_text("ONE = 2\n")
    assert not tool.fresh(folder, root)


@pytest.mark.timeout(600)  # a compiler on a busy machine
@pytest.mark.skipif(shutil.which("gcc") is None and "CI" not in os.environ, reason="needs gcc")
def test_the_compiled_modules_pass_the_same_tests(tmp_path):
    folder = tmp_path / "built"
    tool.build(folder)
    for name in tool.hot():
        built = (folder / name).parent.glob((folder / name).stem + ".*.so")
        assert list(built), f"{name} was not built"
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    where = "import edgenode.core.market.book as b, edgenode.core.gate.gate as g"
    told = subprocess.run(
        [sys.executable, "-c", f"{where}; print(b.__file__, g.__file__)"],
        cwd=tool.ROOT, env=environment, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert all(file.startswith(str(folder)) and file.endswith(".so") for file in told), told
    tests = [f"tests/core/{name}" for name in SAME_TESTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", f"pythonpath={folder} .", "-p",
         "no:cacheprovider", *tests],
        cwd=tool.ROOT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:]
