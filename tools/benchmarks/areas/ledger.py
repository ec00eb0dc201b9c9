"""The ledger beside naive and raw SQLite; how it grows; what a start, proof and digest cost."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.core.state.digest import digest
from edgenode.model.ledgers import Entry
from edgenode.wire import entry as wire_entry
from edgenode.wire.note import Vkey
from tools.benchmarks import machine, own, syncs
from tools.benchmarks.bench import Bench, lines_of
from tools.benchmarks.growth import grow
from tools.benchmarks.measure import (
    Contender,
    Run,
    Spread,
    each_ns,
    quantile,
    ratio,
    wall,
)
from tools.benchmarks.node import Node
from tools.benchmarks.peers import sqlite
from tools.benchmarks.report import Profile, Row, Sense
from tools.benchmarks.story import Story

PEERS = (sqlite.NAIVE, sqlite.RAW, syncs.STRACE)
BATCH = 1_000
PRODUCERS = (1, 10, 100, 1_000)
NAIVE_ENTRIES = {1: 500, 10: 500, 100: 1_000, 1_000: 2_000}
OWN_ENTRIES = {1: 500, 10: 3_000, 100: 20_000, 1_000: 40_000}
NAIVE_BARS = {10: 5.0, 100: 20.0}
RAW_BAR, RAW_BAR_MANY = 0.60, 0.75
VERIFY_BAR = 0.40
DIGEST_MS, DIGEST_ORDERS = 10.0, 1_000
FEW, MANY = 5, 45  # batches: too few pages for a checkpoint of the log


def run(bench: Bench) -> None:
    """Measure everything."""
    bench.report.versions |= machine.versions(["aiosqlite", "msgpack", "cryptography", "uvloop"])
    bench.progress("making entries")
    entries = made(max(OWN_ENTRIES.values()) if not bench.quick else BATCH)
    size = sum(len(entry.body) for entry in entries) / len(entries)
    bench.report.notes.append(f"entries of a trading day, bodies of {size:.0f} bytes on average")
    with bench.folder() as folder:
        file = Files(folder)
        _beside_naive(bench, entries, file)
        _beside_raw(bench, entries, file)
        _latencies(bench, entries, file)
        _syncs(bench, folder)
        _verification(bench, entries, file)
        _digest(bench)
        grow(bench, folder)
        _profile(bench, entries, file)


class Files:
    """A fresh path at each call; the files at the path before are gone by then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._given = 0

    def __call__(self) -> Path:
        """Return a path that is not in use."""
        for old in self._folder.glob(f"{self._given}.sqlite*"):
            old.unlink()
        self._given += 1
        return self._folder / f"{self._given}.sqlite"


def made(count: int) -> list[Entry]:
    """Return the first entries of the day."""
    return [entry for step in Story(1).entries(count) for entry in step][:count]


def _beside_naive(bench: Bench, entries: Sequence[Entry], file: Callable[[], Path]) -> None:
    """Compare the wall time of durable entries: waiting for the disk is what batches save."""
    for producers in PRODUCERS:
        ours = entries[: bench.of(OWN_ENTRIES[producers], 50)]
        name = f"ours, {producers:,} producers"
        contenders = [_contender(name, _single, file, ours, producers)]
        # Both ways that a program may go about it: with a lock each commit is one producer's own,
        # without it one commit carries what others have executed by then.
        theirs = {sqlite.NAIVE: _naive, sqlite.UNGUARDED: _unguarded}
        if bench.wants(sqlite.NAIVE):
            some = entries[: bench.of(NAIVE_ENTRIES[producers], 20)]
            for peer, run_of in theirs.items():
                title = f"{peer}, {producers:,} producers"
                contenders.append(_contender(title, run_of, file, some, producers))
        samples = bench.measure(contenders)
        bench.report.costs(samples)
        if producers in NAIVE_BARS and bench.wants(sqlite.NAIVE):
            for peer in theirs:
                found = ratio(samples, f"{peer}, {producers:,} producers", name, wall)
                title = f"times {peer} at {producers:,} producers (wall)"
                bench.report.bar(title, ">=", NAIVE_BARS[producers], found)


def _beside_raw(bench: Bench, entries: Sequence[Entry], file: Callable[[], Path]) -> None:
    """Compare CPU time: what the tree, the signed head, the queue and the futures add."""
    some = entries[: bench.of(20_000, 100)]
    many = "ours, append_many by 1,000"
    contenders = [_contender(many, _many, file, some, BATCH)]
    for producers in (100, 1_000):
        name = f"ours, single by {producers:,}"
        contenders.append(_contender(name, _single, file, some, producers))
    if bench.wants(sqlite.RAW):
        for batch in (100, 1_000):
            name = f"{sqlite.RAW}, batches of {batch:,}"
            contenders.append(_contender(name, _raw, file, some, batch))
    samples = bench.measure(contenders)
    bench.report.costs(samples)
    if not bench.wants(sqlite.RAW):
        return
    large = f"{sqlite.RAW}, batches of 1,000"
    bench.report.bar(
        "CPU of raw over append_many", ">=", RAW_BAR_MANY, ratio(samples, large, many)
    )
    for producers in (100, 1_000):
        ours = f"ours, single by {producers:,}"
        same = f"{sqlite.RAW}, batches of {producers:,}"
        title = f"CPU of raw over single append, {producers:,} producers, equal batches"
        bench.report.bar(title, ">=", RAW_BAR, ratio(samples, same, ours))
    found = ratio(samples, large, "ours, single by 100")
    bench.report.notes.append(
        f"CPU of raw in batches of 1,000 over single append by 100 producers: {found.median:.2f}"
    )


def _latencies(bench: Bench, entries: Sequence[Entry], file: Callable[[], Path]) -> None:
    """Return how long one durable append takes, from asking to knowing."""
    for producers in PRODUCERS:
        bench.progress(f"latency of a durable append, {producers:,} producers")
        some = entries[: bench.of(OWN_ENTRIES[producers], 50)]
        found: list[list[int]] = []
        for _ in range(bench.runs):
            ledger = own.created(file(), own.signer())
            found.append(sorted(uvloop.run(own.append_single(ledger, some, producers))))
            ledger.close()
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            spread = Spread.of([quantile(one, part) / 1e3 for one in found])
            title = f"{name} until durable, {producers:,} producers (wall only)"
            bench.report.rows.append(Row(title, len(some), spread, spread))


def _syncs(bench: Bench, folder: Path) -> None:
    if not bench.wants(syncs.STRACE):
        return
    bench.progress("counting the disk's syncs")
    found = syncs.counted(folder, FEW, MANY) / (MANY - FEW)
    senses: tuple[Sense, Sense] = ("<=", ">=")
    for sense in senses:
        bench.report.bar("durable syncs per batch", sense, 1.0, found, unit="")


def _verification(bench: Bench, entries: Sequence[Entry], file: Callable[[], Path]) -> None:
    """Compare the proof of a whole ledger with nothing but hashing its leaves and nodes."""
    path, key = file(), own.signer()
    ledger = own.created(path, key)
    uvloop.run(own.append_many(ledger, entries, BATCH))
    data = [wire_entry.data_of(ledger.ledger, sealed) for sealed in ledger.read(0, len(entries))]
    ledger.close()
    with ledger_store.reading(path) as files:

        def hashes() -> int:
            return ledger_start.verify(files, key.vkey)[0].size

        def whole() -> int:
            return ledger_start.verify(files, key.vkey, bodies=True)[0].size

        ours = {"ours, chain, tree and head": hashes, "ours, `ledger verify`, bodies too": whole}
        pure = "SHA-256 of leaves and nodes"
        samples = bench.measure(
            [
                Contender(pure, lambda: lambda: _hashes(data)),
                *(Contender(name, lambda work=work: work) for name, work in ours.items()),  # type: ignore[misc]
            ]
        )
    bench.report.costs(samples)
    for name in ours:
        found = ratio(samples, pure, name)
        bench.report.bar(f"pure hashing over {name}", ">=", VERIFY_BAR, found)
    bench.profile(f"verify of {len(entries):,} entries", _verifying(path, key.vkey))


def _verifying(path: Path, vkey: Vkey) -> Callable[[], object]:
    def work() -> object:
        with ledger_store.reading(path) as files:
            return ledger_start.verify(files, vkey, bodies=True)

    return work


def _hashes(data: Sequence[bytes]) -> int:
    sha256 = hashlib.sha256
    level = [sha256(b"\x00" + one).digest() for one in data]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above + level[len(above) * 2 :]
    return len(data)


def _digest(bench: Bench) -> None:
    one = Node()
    one.open_orders(bench.of(DIGEST_ORDERS, 50))
    found = each_ns(lambda: digest(one.state), bench.of(200, 5))
    spread = Spread(quantile(found, 0.5) / 1e6, found[0] / 1e6, found[-1] / 1e6)
    name = f"digest with {bench.of(DIGEST_ORDERS, 50):,} open orders"
    bench.report.bar(name, "<=", DIGEST_MS, spread, unit="ms")
    bench.profile(name, lambda: [digest(one.state) for _ in range(bench.of(50, 2))])


def _profile(bench: Bench, entries: Sequence[Entry], file: Callable[[], Path]) -> None:
    """Say where an append's time goes: in the writer's thread, then in the event loop's."""
    producers, some = bench.of(100, 10), entries[: bench.of(20_000, 50)]
    ledger = own.Profiled.created(file(), own.signer())
    uvloop.run(own.append_single(ledger, some, producers))
    ledger.close()
    title = f"single appends by {producers} producers"
    lines = lines_of(ledger.profiler)
    bench.report.profiles.append(
        Profile(f"{title}, the writer's thread (with its waiting)", lines)
    )
    bench.profile(f"{title}, the event loop's thread", _single(file(), some, producers))


def _contender(
    name: str,
    make: Callable[[Path, Sequence[Entry], int], Run],
    file: Callable[[], Path],
    entries: Sequence[Entry],
    number: int,
) -> Contender:
    return Contender(name, lambda: make(file(), entries, number))


def _single(path: Path, entries: Sequence[Entry], producers: int) -> Run:
    ledger = own.created(path, own.signer())

    def work() -> int:
        uvloop.run(own.append_single(ledger, entries, producers))
        ledger.close()
        return len(entries)

    return work


def _many(path: Path, entries: Sequence[Entry], batch: int) -> Run:
    ledger = own.created(path, own.signer())

    def work() -> int:
        uvloop.run(own.append_many(ledger, entries, batch))
        ledger.close()
        return len(entries)

    return work


def _raw(path: Path, entries: Sequence[Entry], batch: int) -> Run:
    db = sqlite.raw_file(path)

    def work() -> int:
        sqlite.store_raw(db, entries, batch)
        db.close()
        return len(entries)

    return work


def _naive(path: Path, entries: Sequence[Entry], producers: int) -> Run:
    sqlite.naive_file(path)
    return lambda: uvloop.run(sqlite.store_naive(path, entries, producers))


def _unguarded(path: Path, entries: Sequence[Entry], producers: int) -> Run:
    sqlite.naive_file(path)
    return lambda: uvloop.run(sqlite.store_naive(path, entries, producers, guarded=False))
