"""NATS JetStream: a program publishes each record, a server keeps them in a stream on disk.

The publisher is asynchronous and waits for every acknowledgement, with up to a thousand on the
way. The server of Debian acknowledges before it calls fsync (every two minutes by default; a
setting for "always" came later), so this peer promises less than ours.

The publisher: python -m tools.benchmarks.peers.nats RECORDS URL
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tools.benchmarks import machine
from tools.benchmarks.bench import AbsentPeerError
from tools.benchmarks.children import python, running, wait_for_port
from tools.benchmarks.network import free_port
from tools.benchmarks.records import Records
from tools.benchmarks.transfer import Transfer, timed

PROGRAM = "nats-server"
STREAM, SUBJECT = "records", "records.node"
PENDING_MAX = 1_000


class Nats:
    """NATS JetStream."""

    name = "nats"
    note = "acknowledged by the stream, before its fsync"

    def version(self) -> str:
        """Say which versions these are."""
        server = machine.program_version(PROGRAM, "--version")
        client = machine.versions(["nats-py"])["nats-py"]
        if "absent" in {server, client}:
            raise AbsentPeerError(
                f"the peer nats is absent ({PROGRAM}: {server}, nats-py: {client})"
            )
        return f"{server}, nats-py {client}"

    def transfer(self, records: Records, folder: Path) -> Transfer:
        """Start a server with an empty stream, and publish all records."""
        port = free_port()
        config = folder / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/store" }}\n',
            encoding="utf-8",
        )
        url = f"nats://127.0.0.1:{port}"
        with running("nats", (PROGRAM, "-c", str(config)), folder) as server:
            wait_for_port(port)
            argv = python(__name__, str(records.binary), url)
            with running("publisher", argv, folder) as source:
                source.hear()  # ready
                return timed(records.count, lambda: source.ask(verb="go"), source, server)


def read_binary(path: Path) -> list[bytes]:
    """Read the records behind their lengths."""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


async def _publish(path: Path, url: str) -> None:
    import nats  # noqa: PLC0415  a peer, maybe absent
    from nats.js.api import StorageType  # noqa: PLC0415

    records = read_binary(path)
    client: Any = await nats.connect(url)
    stream: Any = client.jetstream(publish_async_max_pending=PENDING_MAX)
    await stream.add_stream(name=STREAM, subjects=["records.>"], storage=StorageType.FILE)
    print(json.dumps({"ready": len(records)}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    answers = [await stream.publish_async(SUBJECT, record, wait_stall=60.0) for record in records]
    kept = max([(await answer).seq for answer in answers])
    print(json.dumps({"kept": kept}), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(_publish(Path(sys.argv[1]), sys.argv[2]))
