"""Orders over the real control port: kinds of orders, changes, mass cancel, a call, plans, and
what an ended connection ends."""

import http.client
from datetime import UTC, datetime

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.daemon.folder import folder
from edgenode.daemon.paper import PaperWorld
from tests.journeys.box import command, order, running
from tests.journeys.centre import until
from tests.journeys.stepped import Steps
from tests.patience import PATIENCE_S

ORDERS = "/api/v1/orders"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    data = tmp_path_factory.mktemp("trading") / "data"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    with running(data) as started:
        yield started


def place(box, name, **changes):
    status, body, _ = box.ask("POST", ORDERS, order(name, **changes))
    return status, body


def state(box, name):
    found = box.ask("GET", f"{ORDERS}/{name}?account=customer:c1")[1]
    return found["state"], found.get("done_reason")


def test_kinds_of_orders(box):
    status, body = place(box, "M1", type="market", price=None, time_in_force="ioc")
    assert (status, body["type"], body["done_reason"]) == (201, "market", "canceled")
    status, body = place(box, "F1", time_in_force="fok")
    assert (status, body["done_reason"]) == (201, "canceled")
    status, body = place(box, "P1", post_only=True)
    assert (status, body["state"], body["post_only"]) == (201, "WORKING", True)
    soon = datetime.fromtimestamp(WallClock().now_ns() // 10**9 + 3_600, tz=UTC).isoformat()
    status, body = place(box, "G1", time_in_force="gtd", expires=soon)
    assert (status, body["state"]) == (201, "WORKING")
    assert body["expires"].startswith(soon[:19])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "market", "price": None}, "market_rests"),
        ({"type": "market", "time_in_force": "ioc"}, "market_price"),
        ({"post_only": True, "time_in_force": "ioc"}, "post_only"),
        ({"time_in_force": "gtd"}, "expiry"),
        ({"time_in_force": "gtd", "expires": "2020-01-01T00:00:00Z"}, "expiry_past"),
        ({"price": "1876.00"}, "price_collar"),
    ],
)
def test_what_does_not_go_together_is_denied_by_name(box, changes, reason):
    status, body = place(box, f"D-{reason}", **changes)
    assert status == 422
    assert reason in [r["name"] for r in body["reasons"]]


@pytest.mark.parametrize("expires", ["tomorrow", "2026-01-01T00:00:00"])
def test_a_time_that_is_none_is_malformed(box, expires):
    status, body = place(box, "X1", time_in_force="gtd", expires=expires)
    assert (status, body["code"]) == (400, "EN002")


def test_a_working_order_is_changed_and_gated_again(box):
    place(box, "A1", quantity="2.00")
    target = f"{ORDERS}/A1?account=customer:c1"
    change = {"client_order_id": "A2", "quantity": "1.50", "price": "1450.00"}
    status, body, _ = box.ask("PUT", target, change)
    assert (status, body["quantity"], body["price"]) == (200, "1.50", "1450.00")
    assert box.ask("PUT", target, change)[0] == 409  # the name of a change is used once too
    status, body, _ = box.ask("PUT", target, {"client_order_id": "A3", "quantity": "900.00"})
    assert status == 422
    assert "EN107" in [r["code"] for r in body["reasons"]]
    assert state(box, "A1") == ("WORKING", None)
    assert state(box, "A2") == ("WORKING", None)  # found by the name of its change as well
    assert box.ask("PUT", f"{ORDERS}/NO?account=customer:c1", change)[0] == 404
    assert box.ask("PUT", target, {"client_order_id": "A4", "price": "1.001"})[0] == 400


def test_all_orders_of_an_account_are_canceled_at_once(box):
    for name in ("C1", "C2"):
        place(box, name)
    status, body, _ = box.ask("DELETE", f"{ORDERS}?account=customer:c1")
    assert status == 200
    assert body["canceled"] >= 2
    assert state(box, "C1") == state(box, "C2") == ("DONE", "canceled")
    assert box.ask("DELETE", ORDERS)[0] == 400


def test_a_call_auction_is_declared_with_its_event_and_ends_by_itself(tmp_path, needs):
    needs("faketime")
    steps = Steps(tmp_path / "clock")
    assert command("init", "--data", str(tmp_path / "data"))[0] == 0
    with running(tmp_path / "data", env=steps.env) as box:
        assert_a_call_opens_and_closes(box, steps)


def assert_a_call_opens_and_closes(box, steps):
    ends = declare_a_call(box)
    status, body = place(box, "U1", price="1500.00")
    assert (status, body["state"]) == (201, "WORKING")
    status, body = place(box, "U2", time_in_force="ioc")
    assert [r["name"] for r in body["reasons"]] == ["auction_call"]
    bad = {"name": "drop", "ends": ends, "auction": {"instrument": "NO-PE", "ends": ends}}
    assert box.ask("POST", "/api/v1/micro-events", bad)[0] == 404
    for over in (1, ends + 1):
        late = {**bad, "auction": {"instrument": "WETH-USDC", "ends": over}}
        assert box.ask("POST", "/api/v1/micro-events", late)[1]["code"] == "EN002"
    assert "AuctionOpened" in kinds(box)
    steps.to("+2h")
    while "AuctionClosed" not in kinds(box):
        pass  # the call ends by itself; pytest's time-out watches


def declare_a_call(box):
    """Declare an event that begins with an hour's call; returns the end of the call."""
    ends = WallClock().now_ns() + 3_600 * 10**9
    call = {"instrument": "WETH-USDC", "ends": ends}
    event = {"name": "drop", "ends": ends + 10**12, "auction": call}
    assert box.ask("POST", "/api/v1/micro-events", event)[0] == 201
    return ends


def kinds(box):
    return {row["kind"] for row in box.ask("GET", "/api/v1/ledger?limit=1000")[1]}


def test_plans_are_listed_and_an_answer_to_none_is_refused(box):
    assert box.ask("GET", "/api/v1/approvals")[1] == []
    answer = {"person": "person:p", "signature": "00" * 64}
    status, body, _ = box.ask("POST", "/api/v1/approvals/plan-1", answer)
    assert (status, body["code"]) == (404, "EN006")
    status, body, _ = box.ask("POST", "/api/v1/approvals/plan-1", {**answer, "signature": "x"})
    assert (status, body["code"]) == (400, "EN002")


def test_orders_end_with_the_connection_that_asked_for_it(box):
    reader = http.client.HTTPConnection("127.0.0.1", box.port, timeout=PATIENCE_S)
    headers = {"Authorization": f"Bearer {box.token}", "Content-Type": "application/json"}
    reader.request("POST", "/api/v1/sessions", '{"account": "customer:c1"}', headers)
    answer = reader.getresponse()
    assert answer.readline().startswith(b"event: status")
    place(box, "S1")
    assert state(box, "S1") == ("WORKING", None)
    answer.close()
    reader.close()
    while state(box, "S1")[0] == "WORKING":
        pass  # the beat of the stream finds the dead reader; pytest's time-out watches
    assert state(box, "S1") == ("DONE", "canceled")
    rows = [row["kind"] for row in box.ask("GET", "/api/v1/ledger?limit=1000")[1]]
    assert rows.index("SessionOpened") < rows.index("SessionClosed")


def test_a_reduce_only_order_stays_that_when_it_is_changed_and_after_a_restart(tmp_path):
    data = tmp_path / "data"
    folder.init(data, node_id="edge-07", mode="paper", world=PaperWorld(quote_size_lots=500))
    change = {"quantity": "0.60", "price": "1530.00"}  # the position is 0.50

    def grown(box, name):
        target = f"{ORDERS}/R1?account=customer:c1"
        status, body, _ = box.ask("PUT", target, {**change, "client_order_id": name})
        return status, [r["code"] for r in body.get("reasons", ())]

    with running(data) as box:
        assert place(box, "B1", quantity="0.50", price="1510.00")[0] == 201
        until(box, lambda s: s["exposure"] and s["exposure"][0]["net_quantity"] == "-0.50")
        sold = {"side": "sell", "quantity": "0.40", "price": "1530.00"}
        assert place(box, "R1", **sold, reduce_only=True)[0] == 201
        assert grown(box, "R2") == (422, ["EN120"])
        assert box.stop() == 0
    with running(data) as box:
        assert grown(box, "R3") == (422, ["EN120"])
        assert state(box, "R1") == ("WORKING", None)
        change["quantity"] = "0.50"
        assert grown(box, "R4") == (200, [])
        assert box.stop() == 0
