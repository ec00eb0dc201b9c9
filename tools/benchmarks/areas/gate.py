"""The gate with its whole table beside NautilusTrader's risk engine with about ten checks."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter_ns

from edgenode.core.gate import gate
from edgenode.core.observations import OrderAsked, StateAsked
from edgenode.daemon.paper import PaperWorld
from edgenode.model.ids import Actor
from edgenode.model.orders import OrderIntent
from tools.benchmarks import machine
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import Contender, Run, Spread, each_ns, quantile, ratio, sampled
from tools.benchmarks.node import AMPLE, MIDDLE, VENUES, Node, customer, hedge
from tools.benchmarks.peers import nautilus
from tools.benchmarks.report import Curve, Row

PEERS = (nautilus.NAME,)
PASSES, DENIES_BY_STATE, DENIES = "passes", "denied: halted", "denied: all that can fail"
CUSTOMER = "passes, a customer's order"
NOTIONAL_MAX = 25_000
LARGE_LOTS, LARGE_TICKS = 200_000, 200_000  # beyond the largest quantity of both
OPEN = 10_000
QUICK_OPEN = 100


def run(bench: Bench) -> None:
    """Measure everything."""
    compiled = gate.__file__.endswith(".so")
    kind = "compiled" if compiled else "pure Python"
    bench.report.versions |= {"ours": kind, **machine.versions(["nautilus_trader", "uvloop"])}
    _beside_the_peer(bench, compiled=compiled)
    _with_open_orders(bench)
    _recorded(bench)
    _growth(bench)
    one, order = Node(), hedge("H")
    count = bench.of(20_000, 500)
    bench.profile("gate.judge, a hedge that passes", _judged(one, order, count))


def _beside_the_peer(bench: Bench, *, compiled: bool) -> None:
    count = bench.of(50_000, 500)
    contenders = [
        _ours(PASSES, Node(), hedge("H"), count, 0),
        _ours(CUSTOMER, Node(), customer("C"), count, 0),
        _ours(DENIES_BY_STATE, _in_state("halted"), hedge("H"), count, 1),
        _ours(DENIES, *_denying(), count, 15),
    ]
    if bench.wants(nautilus.NAME):
        contenders += [
            _peer(PASSES, _engine(), count, "passed"),
            _peer(DENIES_BY_STATE, _engine(halted=True), count, "HALTED"),
            _peer(DENIES, _engine(LARGE_LOTS, LARGE_TICKS), count, "maximum trade size"),
        ]
    samples = bench.measure(contenders)
    bench.report.costs(samples)
    if not bench.wants(nautilus.NAME):
        return
    what = "compiled" if compiled else "pure Python"
    limits = ((PASSES, 0.08 if compiled else 0.35), (DENIES_BY_STATE, 0.1), (DENIES, 0.5))
    for name, limit in limits:
        found = ratio(samples, f"ours, {name}", f"{nautilus.NAME}, {name}")
        bench.report.bar(f"{name}: times {nautilus.NAME}, {what}", "<=", limit, found)
    if not compiled:
        said = "no compiled modules here (EDGENODE_COMPILE=1 makes them; bar <= 0.08x)"
        bench.report.notes.append(said)


def _with_open_orders(bench: Bench) -> None:
    """Compare single judgements, one by one, on a node with open orders and on one without."""
    none, many, count = Node(), Node(), bench.of(OPEN, QUICK_OPEN)
    bench.progress(f"{count:,} open orders")
    many.open_orders(count)
    calls, order = bench.of(20_000, 500), hedge("H")
    taken: dict[int, list[list[int]]] = {0: [], count: []}
    for number in range(bench.runs + 1):
        bench.progress(f"one by one: {number} of {bench.runs}")
        both = ((0, none), (count, many))
        for open_orders, one in both if number % 2 else both[::-1]:
            found = each_ns(_call(one, order), calls)
            if number:
                taken[open_orders].append(found)
    for open_orders, each in taken.items():
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            spread = Spread.of([quantile(one, part) / 1e3 for one in each])
            row = f"ours, {name} of single calls, {open_orders:,} open"
            bench.report.rows.append(Row(row, calls, spread, spread))
    pairs = zip(taken[count], taken[0], strict=True)
    found99 = Spread.of([quantile(a, 0.99) / quantile(b, 0.99) for a, b in pairs])
    bench.report.bar(f"p99 with {count:,} open orders, times with none", "<=", 1.3, found99)


def _recorded(bench: Bench) -> None:
    """Judge orders each of which is recorded before the next, so that no two see one state."""
    one, count, taken = Node(), bench.of(5_000, 200), []
    for number in range(bench.runs + 1):
        bench.progress(f"each recorded: {number} of {bench.runs}")
        each = []
        for index in range(count):
            order = hedge(f"R{number}-{index}")
            began = perf_counter_ns()
            verdict = gate.judge(one.state, one.seen, order, one.now)
            each.append(perf_counter_ns() - began)
            assert not verdict.reasons, verdict.reasons
            one.now += 1_000_000
            for venue in VENUES:
                one.publish(venue, MIDDLE)
            one.observe(OrderAsked(order, Actor("rule:overlay")))
        taken.append(sorted(each))
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        spread = Spread.of([quantile(one, part) / 1e3 for one in taken[1:]])
        row = f"ours, {name} of single calls, each recorded, 1 ms apart"
        bench.report.rows.append(Row(row, count, spread, spread))


def _growth(bench: Bench) -> None:
    """Cost by open orders: the node grows by a factor of ten each time."""
    one, order, rest = Node(), hedge("H"), 0
    points: dict[str, list[tuple[float, float]]] = {"p50": [], "p99": [], "mean (CPU)": []}
    for power in range(bench.of(6, 3)):
        bench.progress(f"growth: {10**power:,} open orders")
        one.open_orders(10**power, rest)
        rest = 10**power
        count = bench.of(10_000, 200)
        found = each_ns(_call(one, order), count)
        mean = sampled(_judged(one, order, count)).cpu_each / 1e3
        points["p50"].append((rest, quantile(found, 0.5) / 1e3))
        points["p99"].append((rest, quantile(found, 0.99) / 1e3))
        points["mean (CPU)"].append((rest, mean))
    bench.report.curves.append(Curve("One judgement by open orders", "open orders", "us", points))


def _ours(name: str, one: Node, order: OrderIntent, count: int, reasons: int) -> Contender:
    found = gate.judge(one.state, one.seen, order, one.now).reasons
    assert len({reason.code for reason in found}) == reasons, found
    return Contender(f"ours, {name}", lambda: _judged(one, order, count))


def _judged(one: Node, order: OrderIntent, count: int) -> Run:
    def work() -> int:
        judge, state, seen, now = gate.judge, one.state, one.seen, one.now
        for _ in range(count):
            judge(state, seen, order, now)
        return count

    return work


def _call(one: Node, order: OrderIntent) -> Callable[[], object]:
    judge, state, seen, now = gate.judge, one.state, one.seen, one.now
    return lambda: judge(state, seen, order, now)


def _in_state(state: str, figures: PaperWorld = AMPLE) -> Node:
    one = Node(figures)
    one.observe(StateAsked(scope="node", state=state, reason="", actor=Actor("person:bench")))
    return one


def _denying() -> tuple[Node, OrderIntent]:
    """Return an order and a node whose gate denies it by every row that can fail at once."""
    one = _in_state("reducing", replace(AMPLE, funds_cash=1))
    one.policy(
        permissions=(),
        restricted=("WETH-USDC",),
        price_collar_ppm=1,
        order_notional_max=1,
        open_orders_max=0,
        open_notional_max=0,
        gross_notional_max=0,
        event_gross_notional_max=0,
        event_loss_max=-1,
        day_loss_max=-1,
        orders_per_s_max=0,
        event_orders_per_s_max=0,
    )
    one.now -= 2 * 10**9
    one.publish("a", 150_000)
    order = customer("C", lots=LARGE_LOTS, price=LARGE_TICKS)
    return one, replace(
        order,
        type="stop",  # type: ignore[arg-type]  # no type that we know: row 27
        time_in_force="gtd",
        reduce_only=True,
        expires_ns=1,
    )


def _engine(lots: int = 100, ticks: int = 150_100, *, halted: bool = False) -> nautilus.RiskEngine:
    made = nautilus.RiskEngine(lots=lots, price_ticks=ticks, notional_max=NOTIONAL_MAX)
    if halted:
        made.halt()
    return made


def _peer(name: str, engine: nautilus.RiskEngine, count: int, says: str) -> Contender:
    (outcome,) = engine.outcomes
    assert says in outcome, outcome
    return Contender(f"{nautilus.NAME}, {name}", lambda: lambda: engine.submit_times(count))
