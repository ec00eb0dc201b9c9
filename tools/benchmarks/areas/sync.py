"""Sync of a trading day's records beside four others, each from one process to another.

Every peer starts from nothing in each round; setting up is not measured. Wall time is from "go"
until everything is at the other end as that peer means it; CPU time is that of all processes at
both ends.
"""

from pathlib import Path

from tools.benchmarks import network, records
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import Sample, Spread, quantile, ratio, wall
from tools.benchmarks.peers import own_live
from tools.benchmarks.peers.nats import Nats
from tools.benchmarks.peers.node_programs import hypercore, pouchdb
from tools.benchmarks.peers.own_sync import Own
from tools.benchmarks.peers.postgresql import PostgreSql
from tools.benchmarks.records import Records
from tools.benchmarks.report import Profile, Row
from tools.benchmarks.transfer import SyncPeer, Transfer

OTHERS: dict[str, SyncPeer] = {
    peer.name: peer for peer in (Nats(), pouchdb(), hypercore(), PostgreSql())
}
PEERS = tuple(OTHERS)
OURS = "ours"
WALL_BARS = {"nats": 3.0, "pouchdb": 8.0, "hypercore": 10.0, "postgresql": 0.8}
BYTE_BARS = {"postgresql": 5.0, "hypercore": 4.0}
FLOOR_BAR, FLOOR_LEVEL = 1.5, 19
HELD_BYTES, HELD_BYTES_PER_LEVEL = 1_024, 64  # < 1 KB + O(log n): two hashes a level of the tree
GROWTH_BAR_MIB, MIB = 64, 1 << 20
EACH_WAY_MS = (0, 50)
LATENCY_ACTS, LATENCY_RUNS = 840, 3  # half a minute each
LATENCY_NOTE = "at 4x load: 28 acts a second"


def run(bench: Bench) -> None:
    """Measure everything."""
    with bench.folder() as folder, network.private() as alone:
        folder.chmod(0o755)
        if not alone:
            bench.report.notes.append(
                "no network namespace: bytes are the whole machine's loopback"
            )
        _all(bench, folder)


def _all(bench: Bench, folder: Path) -> None:
    given = records.make(bench, folder / "records", bench.of(50_000, 300))
    floors = ", ".join(f"zstd {level}: {size:,}" for level, size in given.floors.items())
    bench.report.notes.append(f"{given.count:,} records of {given.raw_bytes:,} bytes; {floors}")
    peers: dict[str, SyncPeer] = {OURS: Own()}
    peers |= {name: peer for name, peer in OTHERS.items() if bench.wants(name)}
    for name, peer in peers.items():
        bench.report.versions[name] = peer.version()
    found = _rounds(bench, peers, given, folder)
    samples = {name: [one.sample for one in taken] for name, taken in found.items()}
    bench.report.costs(samples, {name: peer.note for name, peer in peers.items()})
    folded = [one.folded for one in found[OURS] if one.folded is not None]
    bench.report.costs({f"{OURS}, until the book is folded, too": folded})
    _bars(bench, samples, found, given)
    _latencies(bench, folder)
    _held_already(bench, given, folder)
    bench.progress("profile: both ends")
    for title, lines in Own().profiled(given, _fresh(folder, "profile")).items():
        bench.report.profiles.append(Profile(title, lines))
    if bench.long:
        _long(bench, folder)


def _rounds(
    bench: Bench, peers: dict[str, SyncPeer], given: Records, folder: Path
) -> dict[str, list[Transfer]]:
    """Let the peers take turns, in an order that rotates; the first round is discarded."""
    found: dict[str, list[Transfer]] = {name: [] for name in peers}
    names = list(peers)
    for number in range(bench.runs + 1):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            bench.progress(f"round {number} of {bench.runs}: {name}")
            one = peers[name].transfer(given, _fresh(folder, f"{number}-{name}"))
            if number:
                found[name].append(one)
    return found


def _bars(
    bench: Bench,
    samples: dict[str, list[Sample]],
    found: dict[str, list[Transfer]],
    given: Records,
) -> None:
    report = bench.report
    for name, limit in WALL_BARS.items():
        if name in samples:
            report.bar(f"times {name} (wall)", ">=", limit, ratio(samples, name, OURS, wall))
    carried = {name: Spread.of([t.wire_bytes for t in ts]) for name, ts in found.items()}
    for name, spread in carried.items():
        growth = [
            f"{end} +{max(t.growth.get(end, 0) for t in found[name]) / MIB:.0f} MiB"
            for end in found[name][0].growth
        ]
        each = f"{spread.median:,.0f} bytes, {spread.median / given.count:.0f} a record"
        report.notes.append(f"{name}: {'; '.join((each, *growth))}")
    for name, limit in BYTE_BARS.items():
        if name in carried:
            times = carried[name].median / carried[OURS].median
            report.bar(f"bytes of {name} over ours", ">=", limit, times)
    floor = given.floors[FLOOR_LEVEL]
    title = f"bytes over the entropy floor (zstd {FLOOR_LEVEL} of all records as one)"
    report.bar(title, "<=", FLOOR_BAR, carried[OURS].scaled(1 / floor))


def _latencies(bench: Bench, folder: Path) -> None:
    """Return how long a fill of a connected node waits for the centre's cosignature."""
    runs = min(bench.runs, LATENCY_RUNS)
    for each_way_ms in EACH_WAY_MS:
        found: list[list[int]] = []
        for number in range(runs):
            bench.progress(
                f"fill to cosignature, {each_way_ms} ms each way: {number + 1} of {runs}"
            )
            place = _fresh(folder, f"live-{each_way_ms}-{number}")
            history = records.make(bench, place / "records", bench.of(5_000, 200), peers=False)
            acts = bench.of(LATENCY_ACTS, 20)
            waited = own_live.until_cosigned(history, place, acts=acts, each_way_ms=each_way_ms)
            found.append(waited)
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            spread = Spread.of([quantile(one, part) / 1e3 for one in found])
            title = f"{name} from fill to cosignature, {each_way_ms} ms each way (wall only)"
            bench.report.rows.append(Row(title, len(found[0]), spread, spread, LATENCY_NOTE))


def _held_already(bench: Bench, given: Records, folder: Path) -> None:
    bench.progress("sync of what is held already")
    held = Own().held_already(given, _fresh(folder, "held"))
    levels = (given.count - 1).bit_length()
    limit = HELD_BYTES + HELD_BYTES_PER_LEVEL * levels
    report = bench.report
    report.bar("held already: round trips", "<=", 1, held["exchanges"], unit="")
    title = (
        f"held already: bytes of messages (1 KiB and {HELD_BYTES_PER_LEVEL} B a level of the tree)"
    )
    report.bar(title, "<=", limit, held["messages"], unit="B")
    report.notes.append(
        f"held already: {held['wire']:,} bytes on the wire with the connection and HTTP's headers"
    )


def _long(bench: Bench, folder: Path) -> None:
    """Let a node that was away for a million entries catch up, and look at both ends' memory."""
    given = records.make(bench, folder / "long", bench.of(1_000_000, 1_000), peers=False)
    bench.progress(f"catching up {given.count:,} entries")
    one = Own().transfer(given, _fresh(folder, "catch-up"))
    for end, grown in one.growth.items():
        bench.report.bar(
            f"catch-up: growth of {end}", "<=", GROWTH_BAR_MIB, grown / MIB, unit="MiB"
        )
    bench.report.costs({"ours, catch-up": [one.sample]})


def _fresh(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    made.chmod(0o755)
    return made
