"""Open a centre's folder and let a box claim its node there: `claimer DATA CODE [DESCRIPTORS]`.

Says `ready`, then `claimed` or the code of the error. With DESCRIPTORS, the process may open only
so many files more while it claims, and says afterwards how the same claim ends without that limit.
"""

import asyncio
import resource
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.clock import WallClock
from edgenode.central import folder
from edgenode.central.desk.desk import Desk
from edgenode.model.errors import EdgenodeError
from edgenode.wire.note import Signer

NODE = "edge-07"
VKEY = Signer(NODE, Ed25519PrivateKey.from_private_bytes(bytes(range(32)))).vkey


def claim_of(code: str) -> dict[str, str]:
    return {"ledger": f"{NODE}/1", "ledger_vkey": VKEY.text, "code": code}


async def outcome(desk: Desk, code: str) -> str:
    try:
        return str((await desk.claim(claim_of(code)))["state"])
    except EdgenodeError as error:
        return error.code


async def main(data: Path, code: str, descriptors: int | None) -> None:
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        desk = Desk(opened)
        say("ready")
        if descriptors is None:
            say(await outcome(desk, code))
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (newest_descriptor() + descriptors, hard))
        short = await outcome(desk, code)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        say(short)
        say(await outcome(desk, code))


def newest_descriptor() -> int:
    return max(int(fd.name) for fd in Path("/proc/self/fd").iterdir())


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else None))
