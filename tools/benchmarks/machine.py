"""What a figure was measured on: the machine, the interpreter, and the version of everything."""

import os
import platform
import sqlite3
import ssl
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path


def machine(folder: Path) -> dict[str, str]:
    """Describe this machine; `folder` is where files were written."""
    return {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.2f}",
        "kernel": platform.release(),
        "filesystem": _filesystem(folder),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "edgenode": _commit(),
    }


def versions(distributions: Sequence[str]) -> dict[str, str]:
    """Return the installed versions of Python packages."""
    found = {}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def program_version(*argv: str) -> str:
    """Return the first line that a program says of itself; "absent" if there is none."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "absent"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _filesystem(folder: Path) -> str:
    """Return the type of the file system that holds a folder."""
    best, kind = "", "unknown"
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, found, *_ = line.split()
        if str(folder.resolve()).startswith(place) and len(place) >= len(best):
            best, kind = place, found
    return kind


def _commit() -> str:
    root = Path(__file__).parent
    said = program_version("git", "-C", str(root), "describe", "--always", "--dirty")
    return said if "fatal" not in said else "no checkout"
