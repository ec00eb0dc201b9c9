"""The order book beside five others, on one flow."""

from edgenode.core.market import book as ours_module
from tools.benchmarks import machine
from tools.benchmarks.bench import Bench
from tools.benchmarks.flow import Flow, flow
from tools.benchmarks.measure import Contender, Run, Spread, cpu, ratio
from tools.benchmarks.peers.books import ENGINES, Engine, Engines, Looking, Make, Ours
from tools.benchmarks.report import Curve

PEERS = tuple(ENGINES)
BARS = {"cython-orderbook": 2.5, "lightmatchingengine": 4.0, "order-matching": 100.0}
SEED = 20_260_728
SLOW = "order-matching"  # its cost grows with the book: it gets the flow's beginning only
OURS, DEEP = "ours", "ours, deep book"
LOOKING = "ours, as a ledger uses it"
CURVE_PEERS = ("cython-orderbook", "lightmatchingengine", "limit-order-book")


def run(bench: Bench) -> None:
    """Measure everything."""
    engines = {name: make for name, make in ENGINES.items() if bench.wants(name)}
    kind = "compiled" if ours_module.__file__.endswith(".so") else "pure Python"
    bench.report.versions |= machine.versions(list(engines)) | {"ours": kind}
    default = flow(SEED, bench.of(200_000, 2_000))
    bench.progress("do all engines execute the same?")
    for name, make in engines.items():
        count = bench.of(1_000 if name == SLOW else 50_000, 300)
        _agree(bench, name, make(), default.first(count))
    _speed(bench, engines, default)
    _slow(bench, engines, default)
    _deep(bench, default)
    _growth(bench, engines)
    bench.profile("order book, the flow", lambda: Ours().replay(default.ops))


def _agree(bench: Bench, name: str, engine: Engine, given: Flow) -> None:
    found = engine.executions((*given.resting, *given.ops))
    expected = Ours().executions((*given.resting, *given.ops))
    if found is None:
        bench.report.notes.append(f"{name} does not tell what executes; compared by speed alone")
        return
    same = sum(a == b for a, b in zip(found, expected, strict=False))
    if found == expected:
        said = f"{name} executes exactly what ours does: {same:,} executions"
    else:
        said = (
            f"{name} DIFFERS: {same:,} of {len(expected):,} executions are ours ({len(found):,})"
        )
    bench.report.notes.append(said)


def _speed(bench: Bench, engines: Engines, default: Flow) -> None:
    fast = [name for name in engines if name != SLOW]
    _agree(bench, LOOKING, Looking(), default)
    contenders = [_contender(OURS, Ours, default), _contender(LOOKING, Looking, default)]
    contenders += [_contender(name, ENGINES[name], default) for name in fast]
    samples = bench.measure(contenders)
    bench.report.costs(samples)
    for name in fast:
        if name in BARS:
            bench.report.bar(f"times {name}", ">=", BARS[name], ratio(samples, name, OURS))


def _slow(bench: Bench, engines: Engines, default: Flow) -> None:
    if SLOW not in engines:
        return
    short = default.first(bench.of(4_000, 200))
    ours = f"{OURS}, the first {len(short.ops):,}"
    samples = bench.measure(
        [_contender(ours, Ours, short), _contender(SLOW, ENGINES[SLOW], short)]
    )
    bench.report.costs(samples)
    bench.report.bar(f"times {SLOW}", ">=", BARS[SLOW], ratio(samples, SLOW, ours))


def _deep(bench: Bench, default: Flow) -> None:
    deep = flow(SEED, len(default.ops), bench.of(200_000, 1_000))
    samples = bench.measure([_contender(OURS, Ours, default), _contender(DEEP, Ours, deep)])
    bench.report.costs({DEEP: samples[DEEP]})
    name = f"{len(deep.resting):,} resting orders, times the default"
    bench.report.bar(name, "<=", 2.0, ratio(samples, DEEP, OURS))


def _growth(bench: Bench, engines: Engines) -> None:
    makers: dict[str, Make] = {OURS: Ours, LOOKING: Looking}
    makers |= {n: ENGINES[n] for n in CURVE_PEERS if n in engines}
    lines: dict[str, list[tuple[float, float]]] = {name: [] for name in makers}
    for power in range(bench.of(6, 3)):
        given = flow(SEED, bench.of(5_000, 200), 10**power)
        contenders = [_contender(name, make, given) for name, make in makers.items()]
        samples = bench.measure(contenders, bench.of(3, 1))
        for name, taken in samples.items():
            cost = Spread.of([cpu(sample) for sample in taken]).median / 1e3
            lines[name].append((10**power, cost))
    title, per = "Cost by open orders at the beginning", "CPU us per operation"
    bench.report.curves.append(Curve(title, "open orders", per, lines))


def _contender(name: str, make: Make, given: Flow) -> Contender:
    def prepare() -> Run:
        engine = make()
        engine.replay(given.resting)

        def work() -> int:
            engine.replay(given.ops)
            return len(given.ops)

        return work

    return Contender(name, prepare)
