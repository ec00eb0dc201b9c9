"""A program that appends a known number of batches, for counting the disk's syncs from outside.

python -m tools.benchmarks.syncs LEDGER BATCHES
"""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from tools.benchmarks import own
from tools.benchmarks.bench import AbsentPeerError
from tools.benchmarks.story import Story

BATCH = 8  # entries
STRACE = "strace"


def counted(folder: Path, few: int, many: int) -> int:
    """Return how many more syncs `many` batches took than `few`."""
    return _syncs(folder / "many", many) - _syncs(folder / "few", few)


async def append(path: Path, batches: int) -> None:
    """Append batches, each waited for, so that each is a commit of its own."""
    ledger = own.created(path, own.signer())
    entries = [e for step in Story(1).entries(batches * BATCH) for e in step]
    await own.append_many(ledger, entries[: batches * BATCH], BATCH)
    ledger.close()


def _syncs(path: Path, batches: int) -> int:
    log = path.with_suffix(".strace")
    program = (sys.executable, "-m", __spec__.name, str(path), str(batches))
    traced = (STRACE, "-f", "-e", "trace=fdatasync,fsync", "-o", str(log), *program)
    try:
        subprocess.run(traced, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise AbsentPeerError(f"{STRACE} does not work here ({error})") from error
    return len(re.findall(r"\b(?:fdatasync|fsync)\(", log.read_text(encoding="utf-8")))


if __name__ == "__main__":
    asyncio.run(append(Path(sys.argv[1]), int(sys.argv[2])))
