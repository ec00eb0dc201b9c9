"""Build the hot pure modules as C extensions: `python tools/compile.py FOLDER [COMMAND...]`.

FOLDER then holds the whole package `edgenode`, with the extensions beside the sources they were
made of, and a stamp over all that went into them. A checkout is never compiled in place: whoever
wants the compiled modules puts FOLDER before the checkout on the path, and gets there only by way
of this tool, which builds again when the stamp differs. With a COMMAND, that is run on them.

Needs the pinned mypy and setuptools, gcc and Python's headers. Exit codes: 1 nothing was built,
else that of COMMAND.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "edgenode.compiled"

# Folders stand for every module in them. The parts of the state stay pure: mypyc erases the
# annotations of a class (to plain `dict`), and a snapshot reads its shape from them.
HOT = (
    "edgenode/core/gate",
    "edgenode/core/hedge",
    "edgenode/core/ledger/merkle.py",
    "edgenode/core/market/book.py",
    "edgenode/core/risk",
    "edgenode/core/seen.py",
    "edgenode/core/state/exposure.py",
    "edgenode/core/state/fx.py",
    "edgenode/wire/canonical.py",
)

# Run in a folder without pyproject.toml, whose build backend and mypy settings are not for this.
_BUILD = """\
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = sys.argv[1:]
sys.argv[1:] = ["--quiet", "build_ext", "--inplace"]
options = ["--explicit-package-bases", "--python-version", "%d.%d" % sys.version_info[:2]]
setup(name="edgenode-compiled", packages=[], ext_modules=mypycify([*options, *modules]))
"""


class CannotCompileError(Exception):
    """No compiler, no headers, no mypyc, or a module that it refuses."""


def hot(root: Path = ROOT) -> list[str]:
    """List the modules to compile, as paths below the checkout."""
    found = [root / place for place in HOT]
    files = [p for f in found for p in ([f] if f.is_file() else f.rglob("*.py"))]
    names = (file.relative_to(root).as_posix() for file in files)
    return sorted(n for n in names if not n.endswith("__init__.py"))


def stamp(root: Path = ROOT) -> str:
    """Name all that the build depends on: every file of the package, this tool, Python, mypyc."""
    digest = hashlib.sha256(f"{sys.version} {_version('mypy')} {_version('setuptools')}".encode())
    for file in (Path(__file__), *_sources(root)):
        content = file.read_bytes()
        digest.update(f"\n{file} {len(content)} ".encode() + content)
    return digest.hexdigest()


def fresh(folder: Path, root: Path = ROOT) -> bool:
    """Return whether the folder holds what would be built now."""
    found = folder / STAMP
    return found.is_file() and found.read_text(encoding="ascii") == stamp(root)


def build(folder: Path, root: Path = ROOT) -> None:
    """Make the folder anew; it appears whole or not at all.

    Raises:
        CannotCompileError: with what the compiler said; the folder is as before.
    """
    wanted = stamp(root)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="compile-", dir=folder.parent) as name:
        made = Path(name) / "made"
        skip = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(root / "edgenode", made / "edgenode", ignore=skip)
        _compile(made, hot(root))
        (made / STAMP).write_text(wanted, encoding="ascii")
        if folder.exists():
            folder.rename(Path(name) / "old")
        made.rename(folder)


def _compile(made: Path, modules: list[str]) -> None:
    if shutil.which(os.environ.get("CC", "gcc")) is None:
        raise CannotCompileError("no gcc; on Debian run: sh tools/dev deps")
    command = [sys.executable, "-c", _BUILD, *modules]
    done = subprocess.run(command, cwd=made, check=False, capture_output=True, text=True)
    if done.returncode:
        raise CannotCompileError((done.stdout + done.stderr)[-4_000:])
    shutil.rmtree(made / "build", ignore_errors=True)
    shutil.rmtree(made / ".mypy_cache", ignore_errors=True)


def _sources(root: Path) -> Iterator[Path]:
    files = (root / "edgenode").rglob("*")
    return iter(sorted(f for f in files if f.is_file() and "__pycache__" not in f.parts))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def main(argv: list[str]) -> int:
    """Build where needed, then run the command on what was built."""
    if not argv:
        print(__doc__, file=sys.stderr)
        return 2
    folder, command = Path(argv[0]).resolve(), argv[1:]
    if not fresh(folder):
        print(f"tools/compile: building {len(hot())} modules into {folder}", file=sys.stderr)
        try:
            build(folder)
        except CannotCompileError as error:
            print(f"tools/compile: nothing was built: {error}", file=sys.stderr)
            return 1
    if command:
        rest = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(folder), *([rest] if rest else [])])
        # Safe path: else `python -m` puts the working folder, a checkout, before all others.
        beside = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
        os.execvpe(command[0], command, os.environ | beside)  # noqa: S606  a command, no shell
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
