"""A program that appends to a ledger and says what is durable, for tests that fail its disk.

python -m tests.adapters.busy_writer LEDGER COUNT

It says `ready` and its writer thread's id, and begins once a line, or the end, of stdin is read.
"""

import asyncio
import sys
from pathlib import Path

from edgenode.adapters.ledger_sqlite import OwnLedger
from edgenode.model.errors import InvariantBrokenError
from tests.core.sync.parties import LEDGER, SIGNER, Writer

EXIT_FAILED = 9


async def main(path: Path, count: int) -> int:
    own = OwnLedger(path, LEDGER, SIGNER)
    entries = Writer(count).entries[own.head.size if own.head else 0 :]
    print("ready", f"thread={own._thread.native_id}", flush=True)  # noqa: T201  the test reads it
    sys.stdin.readline()
    try:
        while entries:
            head = await own.append(entries[:3])
            print(head.size, flush=True)  # noqa: T201
            entries = entries[3:]
    except InvariantBrokenError as error:
        print(error.code, flush=True)  # noqa: T201
        return EXIT_FAILED
    finally:
        own.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]))))
