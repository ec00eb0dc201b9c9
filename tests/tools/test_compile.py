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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The hot modules, compiled into a folder of their own."""
    if shutil.which("gcc") is None and "CI" not in os.environ:
        pytest.skip("needs gcc, run tools/dev deps")
    folder = tmp_path_factory.mktemp("built")
    tool.build(folder)
    return folder


def beside(folder):
    return os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


@pytest.mark.timeout(600)  # a compiler on a busy machine
def test_every_hot_module_is_built_and_taken_in_place_of_its_source(built):
    for name in tool.hot():
        made = (built / name).parent.glob((built / name).stem + ".*.so")
        assert list(made), f"{name} was not built"
    where = "import edgenode.core.market.book as b, edgenode.core.gate.gate as g"
    told = subprocess.run(
        [sys.executable, "-c", f"{where}; print(b.__file__, g.__file__)"],
        cwd=tool.ROOT, env=beside(built), check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert all(file.startswith(str(built)) and file.endswith(".so") for file in told), told


@pytest.mark.timeout(600)
@pytest.mark.parametrize("tests", SAME_TESTS)
def test_the_compiled_modules_pass_the_same_tests(built, tests):
    """With few examples of each law: their number is that of the sources' own runs."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", f"pythonpath={built} .", "-p",
         "no:cacheprovider", "--hypothesis-profile", "quick", f"tests/core/{tests}"],
        cwd=tool.ROOT, env=beside(built), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:]
