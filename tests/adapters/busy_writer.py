"""A program that appends to a ledger and says what is durable, for tests that fail its disk.

python -m tests.adapters.busy_writer LEDGER COUNT [LENGTH]

It says `ready` and its writer thread's id, and begins once a line, or the end, of stdin is read.
With the length of a segment it seals as it goes, drops the oldest of three, and says `trouble`
where one could not be made.
"""

import asyncio
import sys
from pathlib import Path

from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.ledger.retention import SEGMENT_ENTRIES
from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import InvariantBrokenError
from tests.core.sync.parties import LEDGER, SIGNER, Writer

EXIT_FAILED = 9


async def main(path: Path, count: int, length: int) -> int:
    own = OwnLedger(path, LEDGER, SIGNER, length=length)
    entries = Writer(count).entries[own.head.size if own.head else 0 :]
    print("ready", f"thread={own._thread.native_id}", flush=True)  # noqa: T201  the test reads it
    sys.stdin.readline()
    try:
        while entries:
            taken = Snapshot(bytes(32), b"parts") if length < SEGMENT_ENTRIES else None
            head = await own.append(entries[:3], snapshot=taken)
            print(head.size, flush=True)  # noqa: T201
            entries = entries[3:]
        own.rest()
        here = [s for s in own.files.segments() if not s.dropped]
        own.drop(here[: max(0, len(here) - 2)])
        own.rest()
        if own.trouble:
            print("trouble", flush=True)  # noqa: T201
    except InvariantBrokenError as error:
        print(error.code, flush=True)  # noqa: T201
        return EXIT_FAILED
    finally:
        own.close()
    return 0


if __name__ == "__main__":
    segments_sqlite.SLICE_ENTRIES = 8
    segment = int(sys.argv[3]) if sys.argv[3:] else SEGMENT_ENTRIES
    sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), segment)))
